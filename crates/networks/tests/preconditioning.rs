//! Preconditionings and clocks against table 1 of Karras et al. 2022, arXiv:2206.00364, written down a second time.
use ito_networks::{Clock, Given, Network, Preconditioning, Predictor};
use ito_samplers::Denoiser;
use ito_schedules::{BetaTable, Edm, Path, Prediction, Straight, VpCosine, VpLinear};
use ito_torch::{State, rows_like};
use std::f64::consts::FRAC_PI_2;
use tch::{Kind, Tensor};

/// `F(x, t) = 0.3 x + sin t`.
struct Known;

impl Network for Known {
    fn forward(&self, x: &Tensor, time: &Tensor, _given: &Given) -> Tensor {
        let times: Vec<f64> = Vec::try_from(time.to_kind(Kind::Double)).unwrap();
        x * 0.3 + rows_like(&times.iter().map(|t| t.sin()).collect::<Vec<_>>(), x)
    }
}

/// `D(y, s) = c_skip y + c_out F(c_in y, c_noise)`.
struct Column {
    skip: f64,
    out: f64,
    input: f64,
    noise: f64,
}

impl Column {
    fn denoised(&self, y: f64) -> f64 {
        // The network is told its time in f32.
        self.skip * y + self.out * (0.3 * self.input * y + f64::from(self.noise as f32).sin())
    }
}

const DEVIATION: f64 = 0.5;

fn vp(s: f64) -> Column {
    let t = ((0.01 + 2.0 * 19.9 * (1.0 + s * s).ln()).sqrt() - 0.1) / 19.9;
    Column { skip: 1.0, out: -s, input: 1.0 / (s * s + 1.0).sqrt(), noise: 999.0 * t }
}

fn ve(s: f64) -> Column {
    Column { skip: 1.0, out: s, input: 1.0, noise: (s / 2.0).ln() }
}

fn edm(s: f64) -> Column {
    let root = (s * s + DEVIATION * DEVIATION).sqrt();
    Column { skip: DEVIATION.powi(2) / root.powi(2), out: s * DEVIATION / root, input: 1.0 / root, noise: s.ln() / 4.0 }
}

/// The recursion for u multiplies out: `u_j^2 + 1 = a_1000 / a_j`, so j follows from s without a table.
fn iddpm(s: f64) -> Column {
    let angle = |j: f64| FRAC_PI_2 * j / 1008.0;
    let j = (angle(1000.0).sin() / (1.0 + s * s).sqrt()).asin() * 1008.0 / FRAC_PI_2;
    let u = |j: f64| ((angle(1000.0).sin() / angle(j).sin()).powi(2) - 1.0).max(0.0).sqrt();
    let [below, above] = [j.floor(), j.ceil()];
    let nearest = if (u(below) - s).abs() < (u(above) - s).abs() { below } else { above };
    Column { noise: 999.0 - nearest, ..vp(s) }
}

fn check(around: Preconditioning, clock: Clock, prediction: Prediction, column: impl Fn(f64) -> Column) {
    let paths: [Box<dyn Path>; 4] =
        [Box::new(Edm::default()), Box::new(VpLinear::default()), Box::new(VpCosine::default()), Box::new(Straight)];
    for (path, s) in paths.iter().flat_map(|path| [0.01f64, 0.2, 1.3, 17.0].map(|s| (path, s))) {
        let level = path.at_log_snr(-2.0 * s.ln());
        let s = level.noise_to_signal();
        let y = [-1.7, 0.4];
        let x = State(Tensor::from_slice(&y.map(|y| level.alpha * y)).view([1, 2]));
        let given = Given::default();
        let dtype = Kind::Double;
        let model = Predictor {
            network: &Known,
            dtype,
            clock,
            given: &given,
            preconditioning: around,
            prediction,
            path: &**path,
        };
        let got: Vec<f64> = Vec::try_from(model.denoise(&x, &[level]).0.flatten(0, -1)).unwrap();
        for (got, y) in got.iter().zip(y) {
            let expected = column(s).denoised(y);
            let off = (got - expected).abs() / (1.0 + expected.abs());
            assert!(off < 1e-11, "{around:?} {prediction} at s = {s}: {got} for {expected}");
        }
    }
}

#[test]
fn vp_is_the_vp_column() {
    check(Preconditioning::UnitNoise, Clock::Vp, Prediction::Eps, vp);
}

#[test]
fn ve_is_the_ve_column() {
    check(Preconditioning::Ve, Clock::Ve, Prediction::Eps, ve);
}

#[test]
fn iddpm_is_the_iddpm_column() {
    check(Preconditioning::UnitNoise, Clock::Iddpm, Prediction::Eps, iddpm);
}

#[test]
fn edm_is_the_edm_column_whatever_is_predicted() {
    for prediction in [Prediction::X0, Prediction::Eps, Prediction::V] {
        let around = Preconditioning::Edm { mean: 0.0, deviation: DEVIATION };
        check(around, Clock::Edm, prediction, edm);
    }
}

#[test]
fn noise_preconditionings_serve_other_predictions_too() {
    for prediction in [Prediction::X0, Prediction::V] {
        check(Preconditioning::UnitNoise, Clock::Vp, prediction, vp);
        check(Preconditioning::Ve, Clock::Ve, prediction, ve);
    }
}

#[test]
fn clocks_tell_the_published_times() {
    let close =
        |got: f64, expected: f64| assert!((got - expected).abs() < 1e-8 * (1.0 + expected.abs()), "{got}, {expected}");
    // sigma(1e-3) and sigma(1) of the VP SDE with beta from 0.1 to 20.
    let edm = Edm::new(200.0).unwrap();
    close(Clock::Vp.time(&edm, edm.at(0.010_485_992_787)), 0.999);
    close(Clock::Vp.time(&edm, edm.at(152.166_970_283_946)), 999.0);
    // Timestep i of a table is the level t = (i + 1) / N.
    let table = BetaTable::of(&VpLinear::default(), 1000, 1.0).unwrap();
    for i in [0, 1, 411, 999] {
        close(Clock::Timestep { steps: 1000 }.time(&table, table.levels()[i]), i as f64);
    }
    close(Clock::Thousand.time(&Straight, Straight.at(0.25)), 250.0);
    close(Clock::Unit.time(&edm, edm.at(3.0)), 0.75);
}
