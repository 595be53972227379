//! What stands around a network, against the formulas it is made from.
use ito_networks::{Clock, Given, Interface, Preconditioning, Predictor, UNet, UNetConfig};
use ito_noise::{SampleNoise, Stream};
use ito_samplers::Denoiser;
use ito_schedules::{Level, Path, Prediction, Straight, VpCosine, VpLinear};
use ito_torch::{State, Weights};
use tch::{Device, Kind, Tensor};

const MEAN: f64 = -0.7;
const DEVIATION: f64 = 0.6;

fn paths() -> [Box<dyn Path>; 3] {
    [Box::new(Straight), Box::new(VpLinear::default()), Box::new(VpCosine::default())]
}

/// Data N(m, s^2): `D = m + alpha s^2 / v (x - alpha m)`.
fn exact(level: Level, x: f64) -> f64 {
    let Level { alpha, sigma, .. } = level;
    let variance = (alpha * DEVIATION).powi(2) + sigma * sigma;
    MEAN + alpha * DEVIATION * DEVIATION / variance * (x - alpha * MEAN)
}

fn numbers(count: usize) -> Vec<f64> {
    let mut values = vec![0.0; count];
    SampleNoise::consecutive(Stream::new(1, "test"), 0, 1).normal_f64(&mut values);
    values
}

#[test]
fn the_prediction_is_what_the_denoiser_of_the_paper_implies() {
    let around = Preconditioning::Edm { mean: MEAN, deviation: DEVIATION };
    for (path, t) in paths().iter().flat_map(|path| [0.02, 0.3, 0.9].map(|t| (path, t))) {
        let (level, rate) = (path.at(t), path.derivative(t));
        let Level { alpha, sigma, .. } = level;
        let root = ((alpha * DEVIATION).powi(2) + sigma * sigma).sqrt();
        for prediction in Prediction::ALL {
            let (a, b) = prediction.target(level, rate);
            let c = around.at(level, (a, b));
            let (x, f) = (0.37, -1.9);
            let denoised = exact(level, x) + sigma * DEVIATION / root * f;
            let expected = a * denoised + b * (x - alpha * denoised) / sigma;
            let got = c.skip * x + c.offset + c.out * f;
            assert!(
                (got - expected).abs() < 1e-12 * (1.0 + expected.abs()),
                "{prediction} at {level:?}: {got}, {expected}"
            );
            assert!((c.input * x + c.shift - (x - alpha * MEAN) / root).abs() < 1e-14);
        }
    }
}

#[test]
fn a_new_network_is_the_exact_denoiser_of_gaussian_data() {
    let config = UNetConfig { patch: 1, channels: vec![8, 16], groups: 4, head_dim: 8, ..UNetConfig::default() };
    let (_, network) =
        Weights::create(0, Device::Cpu, |scope| UNet::new(&config, &Interface::plain(&[1, 4, 4]), scope));
    let network = network.unwrap();
    let values = numbers(3 * 16);
    let x = State(Tensor::from_slice(&values).view([3, 1, 4, 4]));
    for path in &paths() {
        for prediction in [Prediction::X0, Prediction::V, Prediction::Velocity] {
            let preconditioning = Preconditioning::Edm { mean: MEAN, deviation: DEVIATION };
            let model = Predictor {
                network: &network,
                dtype: Kind::Float,
                clock: Clock::Unit,
                given: &Given::default(),
                preconditioning,
                prediction,
                path: &**path,
            };
            let levels = [path.at(0.2), path.at(0.6), path.at(1.0)];
            let got = Vec::<f64>::try_from(model.denoise(&x, &levels).0.flatten(0, -1)).unwrap();
            for (k, (got, x)) in got.iter().zip(&values).enumerate() {
                let expected = exact(levels[k / 16], *x);
                assert!((got - expected).abs() < 1e-10, "{prediction}, row {}: {got}, {expected}", k / 16);
            }
        }
    }
}

#[test]
fn without_preconditioning_the_network_is_the_prediction() {
    let config =
        UNetConfig { patch: 1, channels: vec![8], attention_levels: vec![], groups: 4, ..UNetConfig::default() };
    let (weights, network) =
        Weights::create(0, Device::Cpu, |scope| UNet::new(&config, &Interface::plain(&[1, 4, 4]), scope));
    let network = network.unwrap();
    let bias = weights.names().position(|name| name == "conv_out.bias").unwrap();
    let _ = weights.tensors()[bias].shallow_clone().fill_(0.25);
    let x = State(Tensor::from_slice(&numbers(16)).view([1, 1, 4, 4]));
    let model = Predictor {
        network: &network,
        dtype: Kind::Float,
        clock: Clock::Unit,
        given: &Given::default(),
        preconditioning: Preconditioning::None,
        prediction: Prediction::X0,
        path: &Straight,
    };
    let got = Vec::<f64>::try_from(model.denoise(&x, &[Straight.at(0.5)]).0.flatten(0, -1)).unwrap();
    assert!(got.iter().all(|d| (d - 0.25).abs() < 1e-7), "{got:?}");
}
