//! The step size, the clipping, the moving average.
use ito_torch::{Init, Weights};
use ito_training::config::TrainConfig;
use ito_training::{clip_norm, follow, learning_rate};
use tch::{Device, Tensor};

fn config(steps: u64) -> TrainConfig {
    TrainConfig { steps, warmup: 10, lr: 0.5, ema: 0.9, ..TrainConfig::default() }
}

#[test]
fn the_rate_rises_through_the_warm_up_and_falls_to_zero() {
    let rate = |step| learning_rate(&config(164), step);
    assert_eq!([rate(0), rate(4), rate(9), rate(10), rate(64)], [0.05, 0.25, 0.5, 0.5, 0.5]);
    assert!((rate(114) - 0.25).abs() < 1e-15 && rate(164) == 0.0 && rate(500) == 0.0);
    assert!((64..164).all(|step| rate(step) > rate(step + 1)));
}

#[test]
fn the_rate_of_a_step_does_not_depend_on_when_the_steps_became_known() {
    for step in 0..=64 {
        assert_eq!(learning_rate(&config(0), step), learning_rate(&config(164), step));
    }
    assert_eq!(learning_rate(&config(8), 20), 0.5);
}

#[test]
fn a_long_gradient_is_scaled_down_and_a_short_one_left_alone() {
    let gradients = || vec![Tensor::from_slice(&[3.0f32, 0.0]), Tensor::from_slice(&[4.0f32])];
    let values = |g: &[Tensor]| g.iter().flat_map(|g| Vec::<f32>::try_from(g).unwrap()).collect::<Vec<_>>();
    let mut long = gradients();
    assert_eq!(clip_norm(&mut long, 1.0), 5.0);
    assert!(values(&long).iter().zip([0.6, 0.0, 0.8]).all(|(got, expected)| (got - expected).abs() < 1e-6));
    let mut short = gradients();
    assert_eq!(clip_norm(&mut short, 6.0), 5.0);
    assert_eq!(values(&short), [3.0, 0.0, 4.0]);
    let mut broken = vec![Tensor::from_slice(&[f32::NAN]), Tensor::from_slice(&[1.0f32])];
    assert!(!clip_norm(&mut broken, 1.0).is_finite());
}

#[test]
fn the_average_follows_with_a_decay_that_warms_up() {
    let one = |value| Weights::create(0, Device::Cpu, |scope| drop(scope.tensor("w", &[1], Init::Constant(value)))).0;
    let (average, weights) = (one(1.0), one(0.0));
    let mut expected = 1.0f64;
    for count in 1..=200u64 {
        follow(&average, &weights, &config(0), count).unwrap();
        expected *= ((1.0 + count as f64) / (10.0 + count as f64)).min(0.9);
    }
    let got = average.tensors()[0].double_value(&[0]);
    assert!((got - expected).abs() < 1e-5 * expected, "{got} against {expected}");
}
