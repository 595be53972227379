//! Dropout's masks: how many numbers they keep, and of what they are a function.
use ito_torch::dropout_mask;
use tch::{Device, Kind, Tensor};

fn like(shape: &[i64]) -> Tensor {
    Tensor::zeros(shape, (Kind::Float, Device::Cpu))
}

fn numbers(x: &Tensor) -> Vec<f32> {
    Vec::try_from(x.flatten(0, -1)).unwrap()
}

fn check_rate(rate: f64) {
    let shape = [40, 5, 500];
    let mask = numbers(&dropout_mask(1, 2, 3, rate, &like(&shape)));
    let kept = (1.0 / (1.0 - rate)) as f32;
    assert!(mask.iter().all(|&m| m == 0.0 || m == kept));
    let n = mask.len() as f64;
    let dropped = mask.iter().filter(|&&m| m == 0.0).count() as f64;
    // Binomial; 5 standard deviations, two-sided: false alarm 6e-7.
    let deviation = (n * rate * (1.0 - rate)).sqrt();
    assert!((dropped - n * rate).abs() <= 5.0 * deviation, "{dropped} of {n} dropped at {rate}");
}

#[test]
fn as_many_numbers_drop_out_as_the_rate_says() {
    for rate in [0.0, 0.1, 0.5, 0.9] {
        check_rate(rate);
    }
}

#[test]
fn a_mask_is_a_function_of_seed_layer_sample_and_place() {
    let mask = |seed, layer, first, rows: i64| dropout_mask(seed, layer, first, 0.4, &like(&[rows, 3, 7]));
    let all = mask(1, 2, 3, 4);
    assert!(all.equal(&mask(1, 2, 3, 4)));
    assert!(all.narrow(0, 2, 1).equal(&mask(1, 2, 5, 1)), "row 2 is sample 5, alone too");
    for other in [mask(2, 2, 3, 4), mask(1, 3, 3, 4), mask(1, 2, 7, 4)] {
        assert!(!all.equal(&other));
    }
    assert!(!all.get(0).equal(&all.get(1)));
}

#[test]
fn the_words_are_those_that_the_documentation_names() {
    let mask = numbers(&dropout_mask(9, 4, 6, 0.25, &like(&[1, 6])));
    let stream = ito_noise::Stream::new(9, "dropout/4");
    let words = [stream.words(6, 0), stream.words(6, 1)].concat();
    let expected: Vec<f32> = words[..6].iter().map(|&w| if w >= 1 << 30 { 4.0 / 3.0 } else { 0.0 }).collect();
    assert_eq!(mask, expected);
}

#[test]
fn the_mask_has_the_dtype_and_shape_of_what_it_is_for() {
    for kind in [Kind::BFloat16, Kind::Double] {
        let x = Tensor::zeros([2, 0, 3], (kind, Device::Cpu));
        assert_eq!(dropout_mask(0, 0, 0, 0.5, &x).size(), [2, 0, 3]);
        let x = Tensor::zeros([2, 3], (kind, Device::Cpu));
        assert_eq!(dropout_mask(0, 0, 0, 0.5, &x).kind(), kind);
    }
    assert_eq!(dropout_mask(0, 0, 0, 0.5, &like(&[0, 3])).size(), [0, 3]);
}
