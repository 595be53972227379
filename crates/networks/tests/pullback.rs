//! The product with the Jacobian of a network's denoiser, against differences of the denoiser and against exact Gaussian data.
use ito_networks::{Clock, Given, Interface, Preconditioning, Predictor, UNet, UNetConfig};
use ito_noise::{SampleNoise, Stream};
use ito_samplers::{Denoiser, Pullback};
use ito_schedules::{Level, Path, Prediction, Straight, VpCosine};
use ito_state::{Batch, Rows};
use ito_torch::{State, Weights};
use tch::{Device, Kind, Tensor};

const ROWS: usize = 3;
const AROUND: Preconditioning = Preconditioning::Edm { mean: -0.7, deviation: 0.6 };

/// A network whose every layer says something, and its weights as a trainer would hold them: wanting gradients.
fn network() -> (Weights, UNet) {
    let config = UNetConfig { patch: 2, channels: vec![8, 16], groups: 4, head_dim: 8, ..UNetConfig::default() };
    let (weights, _) =
        Weights::create(0, Device::Cpu, |scope| UNet::new(&config, &Interface::plain(&[1, 5, 6]), scope));
    for (k, w) in weights.tensors().iter().enumerate() {
        let wave = (Tensor::arange(w.numel() as i64, (Kind::Float, Device::Cpu)) * 1.7 + k as f64).sin() * 0.1;
        let _ = w.shallow_clone().g_add_(&wave.view_as(w));
    }
    let leaves = weights.leaves();
    let network = leaves.bind(|scope| UNet::new(&config, &Interface::plain(&[1, 5, 6]), scope)).unwrap();
    (leaves, network)
}

fn numbers(name: &str) -> State {
    let mut values = vec![0.0; ROWS * 30];
    SampleNoise::consecutive(Stream::new(1, name), 0, ROWS).normal_f64(&mut values);
    State(Tensor::from_slice(&values).view([ROWS as i64, 1, 5, 6]))
}

fn flat(x: &State) -> Vec<f64> {
    Vec::try_from(x.0.flatten(0, -1)).unwrap()
}

/// `<v, J u>` from the denoiser alone: the fourth-order central difference, whose error is the network's f32 rounding over the
/// step, some 1e-6 / 0.02.
fn difference(model: &dyn Denoiser<State>, x: &State, at: &[Level], u: &State, v: &State) -> Vec<f64> {
    let h = 0.02;
    let along = |k: f64| v.dot_rows(&model.denoise(&State::lincomb(&[(1.0, x), (k * h, u)]), at));
    let [a, b, c, d] = [along(-2.0), along(-1.0), along(1.0), along(2.0)];
    (0..ROWS).map(|k| (a[k] - d[k] + 8.0 * (c[k] - b[k])) / (12.0 * h)).collect()
}

fn check(path: &dyn Path, prediction: Prediction, preconditioning: Preconditioning) {
    let (_leaves, network) = network();
    let model = Predictor {
        network: &network,
        dtype: Kind::Float,
        clock: Clock::Unit,
        given: &Given::default(),
        preconditioning,
        prediction,
        path,
    };
    let levels = [path.at(0.15), path.at(0.5), path.at(0.9)];
    let [x, u, v] = ["x", "u", "v"].map(numbers);
    let (denoised, back) = model.pullback(&x, &levels, &v);
    assert_eq!(flat(&denoised), flat(&model.denoise(&x, &levels)), "the estimate is the denoiser's, bit for bit");
    let (got, expected) = (back.dot_rows(&u), difference(&model, &x, &levels, &u, &v));
    let size = |x: &State| x.dot_rows(x).into_iter().map(f64::sqrt).collect::<Vec<_>>();
    let (of_back, of_u) = (size(&back), size(&u));
    for k in 0..ROWS {
        let (off, scale) = ((got[k] - expected[k]).abs(), of_back[k] * of_u[k]);
        assert!(off < 2e-4 * scale, "{prediction}, row {k}: {} against {}, scale {scale}", got[k], expected[k]);
    }
}

#[test]
fn the_product_is_that_of_differences_of_the_denoiser() {
    for preconditioning in [AROUND, Preconditioning::None] {
        for prediction in [Prediction::X0, Prediction::Eps, Prediction::V, Prediction::Velocity] {
            check(&Straight, prediction, preconditioning);
            check(&VpCosine::default(), prediction, preconditioning);
        }
    }
}

#[test]
fn rows_of_different_levels_do_not_touch_each_other() {
    let (_leaves, network) = network();
    let model = Predictor {
        network: &network,
        dtype: Kind::Float,
        clock: Clock::Unit,
        given: &Given::default(),
        preconditioning: AROUND,
        prediction: Prediction::V,
        path: &Straight,
    };
    let levels = [0.2, 0.5, 0.8].map(|t| Straight.at(t));
    let [x, v] = ["x", "v"].map(numbers);
    let together = model.pullback(&x, &levels, &v).1;
    for (k, level) in levels.into_iter().enumerate() {
        let [x, v] = [&x, &v].map(|all| all.take_rows(&[k]));
        let alone = model.pullback(&x, &[level], &v).1;
        let together = together.take_rows(&[k]);
        let off = State::lincomb(&[(1.0, &alone), (-1.0, &together)]);
        let (off, size) = (off.dot_rows(&off)[0].sqrt(), alone.dot_rows(&alone)[0].sqrt());
        // Kernels round as the batch's size makes them.
        assert!(off < 1e-5 * size, "row {k}: {off} of {size}");
    }
}

#[test]
fn a_new_network_has_the_jacobian_of_gaussian_data() {
    let config =
        UNetConfig { patch: 1, channels: vec![8], attention_levels: vec![], groups: 4, ..UNetConfig::default() };
    let (_, network) =
        Weights::create(0, Device::Cpu, |scope| UNet::new(&config, &Interface::plain(&[1, 5, 6]), scope));
    let network = network.unwrap();
    let model = Predictor {
        network: &network,
        dtype: Kind::Float,
        clock: Clock::Unit,
        given: &Given::default(),
        preconditioning: AROUND,
        prediction: Prediction::Velocity,
        path: &Straight,
    };
    let [x, v] = ["x", "v"].map(numbers);
    let levels = [0.2, 0.5, 1.0].map(|t| Straight.at(t));
    let back = flat(&model.pullback(&x, &levels, &v).1);
    for (k, (got, v)) in back.iter().zip(flat(&v)).enumerate() {
        let Level { alpha, sigma, .. } = levels[k / 30];
        let expected = alpha * 0.36 / (alpha * alpha * 0.36 + sigma * sigma) * v;
        assert!((got - expected).abs() < 1e-12, "{got} against {expected}");
    }
}

#[test]
fn weights_gather_no_gradients_and_the_mode_of_the_caller_stays() {
    let (leaves, network) = network();
    let model = Predictor {
        network: &network,
        dtype: Kind::Float,
        clock: Clock::Unit,
        given: &Given::default(),
        preconditioning: AROUND,
        prediction: Prediction::X0,
        path: &Straight,
    };
    let [x, v] = ["x", "v"].map(numbers);
    // In either mode of the caller.
    let (inside, back) = model.pullback(&x, &[Straight.at(0.5)], &v);
    assert!(!inside.0.requires_grad() && !back.0.requires_grad());
    let quiet = tch::no_grad(|| model.pullback(&x, &[Straight.at(0.5)], &v).1);
    assert_eq!(flat(&back), flat(&quiet));
    assert!(leaves.trained().iter().all(|w| w.requires_grad() && !w.grad().defined()));
    let doubled = &leaves.trained()[0] * 2.0;
    assert!(doubled.requires_grad(), "gradients are still on here");
    let doubled = tch::no_grad(|| {
        let _ = model.pullback(&x, &[Straight.at(0.5)], &v);
        &leaves.trained()[0] * 2.0
    });
    assert!(!doubled.requires_grad(), "gradients are still off here");
}
