//! The loss against the denoiser that sampling uses: the same network, the same draws, the mean square of the prediction's
//! error.
use ito_data::Images;
use ito_networks::{Clock, Given, Interface, Preconditioning, Predictor, UNet, UNetConfig};
use ito_noise::{SampleNoise, Stream};
use ito_samplers::Denoiser;
use ito_schedules::{Level, Path, Prediction, Straight, VpCosine, VpLinear, Weight};
use ito_torch::{State, Weights};
use ito_training::condition::Conditions;
use ito_training::config::Times;
use ito_training::{Draws, Objective};
use tch::{Device, Kind, Tensor};

const SIZE: usize = 16;
const FIRST: u64 = 40;
const SEED: u64 = 3;

fn images() -> Images {
    let pixels = (0..6 * SIZE).map(|k| (k * 37 % 256) as u8).collect();
    Images { channels: 1, height: 4, width: 4, pixels, labels: None }
}

fn network() -> UNet {
    let config =
        UNetConfig { patch: 1, channels: vec![8], attention_levels: vec![], groups: 4, ..UNetConfig::default() };
    let (weights, network) =
        Weights::create(0, Device::Cpu, |scope| UNet::new(&config, &Interface::plain(&[1, 4, 4]), scope));
    let last = weights.names().position(|name| name == "conv_out.weight").unwrap();
    let _ = weights.tensors()[last].shallow_clone().fill_(0.05);
    network.unwrap()
}

/// What the loss should be, from the pieces: times, noise, the denoiser, the prediction it implies.
fn expected(path: &dyn Path, prediction: Prediction, preconditioning: Preconditioning, pictures: &[usize]) -> f64 {
    let rows = pictures.len();
    let noise = |name| SampleNoise::consecutive(Stream::new(SEED, name), FIRST, rows);
    let times = noise("train/times").uniform();
    let levels: Vec<Level> = times.iter().map(|&t| path.at(t)).collect();
    let mut eps = vec![0f32; rows * SIZE];
    noise("train/noise").normal_f32(&mut eps);
    let mut x0 = vec![0f32; rows * SIZE];
    for (row, &picture) in x0.chunks_exact_mut(SIZE).zip(pictures) {
        images().scaled_into(picture, row);
    }
    let at = |k: usize| levels[k / SIZE];
    let x: Vec<f64> =
        (0..rows * SIZE).map(|k| at(k).alpha * f64::from(x0[k]) + at(k).sigma * f64::from(eps[k])).collect();
    let model = Predictor {
        network: &network(),
        dtype: Kind::Float,
        clock: Clock::Unit,
        given: &Given::default(),
        preconditioning,
        prediction,
        path,
    };
    let state = State(Tensor::from_slice(&x).view([rows as i64, 1, 4, 4]));
    let denoised = Vec::<f64>::try_from(model.denoise(&state, &levels).0.flatten(0, -1)).unwrap();
    let squares = (0..rows * SIZE).map(|k| {
        let (a, b) = prediction.target(at(k), path.derivative(at(k).t));
        let implied = a * denoised[k] + b * (x[k] - at(k).alpha * denoised[k]) / at(k).sigma;
        (implied - a * f64::from(x0[k]) - b * f64::from(eps[k])).powi(2)
    });
    squares.sum::<f64>() / (rows * SIZE) as f64
}

fn check(path: impl Fn() -> Box<dyn Path>, prediction: Prediction, preconditioning: Preconditioning) {
    tch::set_num_threads(1);
    let objective = Objective {
        path: path(),
        prediction,
        preconditioning,
        clock: Clock::Unit,
        conditions: Conditions::default(),
        weight: None,
        times: Times::Uniform,
        t_max: 1.0,
    };
    let pictures = [4, 0, 5];
    let task = objective.task(&images().into(), &pictures, Draws::new(SEED, "train"), FIRST, Device::Cpu);
    let loss = task.loss(&network()).double_value(&[]);
    let expected = expected(&*path(), prediction, preconditioning, &pictures);
    assert!((loss - expected).abs() < 1e-4 * expected, "{prediction} {preconditioning:?}: {loss} against {expected}");
}

#[test]
fn the_loss_is_the_mean_square_error_of_the_prediction_that_the_denoiser_implies() {
    let paths: [fn() -> Box<dyn Path>; 3] =
        [|| Box::new(Straight), || Box::new(VpLinear::default()), || Box::new(VpCosine::default())];
    for path in paths {
        for prediction in Prediction::ALL {
            for preconditioning in [Preconditioning::None, Preconditioning::Edm { mean: -0.3, deviation: 0.7 }] {
                check(path, prediction, preconditioning);
            }
        }
    }
}

/// The loss of the same network and draws, each level counting as `weight` says.
fn weighted(prediction: Prediction, weight: Option<Weight>) -> f64 {
    let preconditioning = Preconditioning::Edm { mean: -0.3, deviation: 0.7 };
    let path: Box<dyn Path> = Box::new(Straight);
    let (clock, times, conditions) = (Clock::Unit, Times::Uniform, Conditions::default());
    let objective = Objective { path, prediction, preconditioning, clock, conditions, weight, times, t_max: 1.0 };
    let task = objective.task(&images().into(), &[4, 0, 5], Draws::new(SEED, "train"), FIRST, Device::Cpu);
    task.loss(&network()).double_value(&[])
}

#[test]
fn a_weight_of_the_datas_error_means_the_same_whatever_is_predicted() {
    tch::set_num_threads(1);
    // The preconditioned network is one denoiser, so its error in the data is one number.
    for weight in [Weight::UNIFORM_X0, Weight::UNIFORM_EPS, Weight::min_snr(5.0).unwrap(), Weight::edm(0.7).unwrap()] {
        let [x0, v, velocity] =
            [Prediction::X0, Prediction::V, Prediction::Velocity].map(|p| weighted(p, Some(weight)));
        assert!((v / x0 - 1.0).abs() < 1e-4 && (velocity / x0 - 1.0).abs() < 1e-4, "{weight:?}: {x0} {v} {velocity}");
    }
    let plain = weighted(Prediction::X0, None);
    assert!((weighted(Prediction::X0, Some(Weight::UNIFORM_X0)) / plain - 1.0).abs() < 1e-6);
    assert!((weighted(Prediction::V, None) / plain - 1.0).abs() > 0.1, "unweighted, the prediction's own error");
}
