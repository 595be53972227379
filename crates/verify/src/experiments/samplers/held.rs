//! The exponential step with the estimate held, and where the estimate is taken.

use ito_samplers::{Ddim, DpmppMultistep, Order, Sampler, Step, UniPc, UniPcVariant};
use ito_schedules::{Grid, Level, VpLinear};
use ito_state::{Batch, Noise};
use ito_testkit::{Fresh, Gaussian, GaussianData, LinearForm, Slope};

use super::{Build, Instead, Planted, data, distance, end_law};
use crate::{Claim, Context, Errors, Fault, Findings, Plot};

type Built = Box<dyn Sampler<LinearForm>>;

/// `x' = (sigma'/sigma) x + alpha' (1 - e^-h) D`: from `(alpha, sigma) = (0.6, 0.8)` to `(0.8, 0.6)` the datum 1 without noise, 0.6, must
/// become 0.8; with the sign turned round it becomes 0.1. Then the orders, which a model asked at the next level loses.
pub fn exponential_step(context: &Context) -> Findings {
    let sign = context.planted(Fault::DpmSolverSign);
    let first: Build = if sign { &minus } else { &|| Box::new(DpmppMultistep::first()) };
    let ddim: Build = if sign { &minus } else { &|| Box::new(Ddim) };
    let unipc: Build = if sign { &minus } else { &|| Box::new(UniPc::first(UniPcVariant::Bh2)) };
    let mut found = Findings::default();
    for (name, build) in [("DPM-Solver++ 1", first), ("DDIM", ddim), ("UniPC 1", unipc)] {
        found.claim(Claim::within(format!("{name}: a datum stays a datum"), datum(build), 0.8, 1e-14));
    }
    let second: Build = &|| Box::new(DpmppMultistep::second());
    let mut all = Vec::new();
    for (name, theory, build, bound) in [("DPM-Solver++ 1", 1.0, first, 0.05), ("DPM-Solver++ 2M", 2.0, second, 2e-3)] {
        let late = || late(build());
        let build: Build = if context.planted(Fault::ShiftedGrid) { &late } else { build };
        let errors = Errors::of(name, &Slope::measure(|n| error(n, build)), theory);
        found.claim(Claim::order(format!("{name}: order of the law"), &errors));
        found.claim(Claim::at_most(format!("{name}: error of the law, 64 steps"), error(64, build), bound));
        all.push(errors);
    }
    found.plot(Plot::orders("Error of the law, VP path, log-SNR from -6 to 6 (h = 1/steps)", all));
    found
}

fn datum(build: Build) -> f64 {
    let level = |alpha: f64, sigma: f64| Level { t: sigma, alpha, sigma };
    let one = GaussianData::new(&[1.0], &[1e-30], 0.0);
    let step = Step { model: &one, path: &VpLinear::default(), from: level(0.6, 0.8), to: level(0.8, 0.6) };
    let mut noise = Fresh::default();
    let x = noise.draw(&Gaussian { mean: ndarray::array![0.6], covariance: ndarray::array![[0.0]] });
    build().step(&step, &x, &mut noise).unwrap().law().mean[0]
}

fn error(steps: usize, build: Build) -> f64 {
    let path = VpLinear::default();
    let grid = Grid::uniform_log_snr(&path, -6.0, 6.0, steps).unwrap();
    let (from, to) = (grid.levels()[0], grid.levels()[steps]);
    let start = Gaussian::isotropic(2, from.sigma);
    distance(&end_law(&data(), &path, &grid, &start, build), &data().flow(&start, from, to))
}

/// With the sign of a port.
fn minus() -> Built {
    let step = |at: &Step<LinearForm>, x: &LinearForm, _noise: &mut dyn Noise<LinearForm>| {
        let estimate = at.model.denoise(x, &[at.from]);
        let h = 0.5 * (at.to.log_snr() - at.from.log_snr());
        LinearForm::lincomb(&[(at.to.sigma / at.from.sigma, x), (at.to.alpha * (-h).exp_m1(), &estimate)])
    };
    Box::new(Planted { order: Order { order: 1, evaluations: 1, noise: false }, step })
}

/// The sampler with its model one index of the grid late.
fn late(mut inner: Built) -> Built {
    let order = inner.order();
    let step = move |at: &Step<LinearForm>, x: &LinearForm, noise: &mut dyn Noise<LinearForm>| {
        let model = Instead { model: at.model, level: at.to };
        let Step { path, from, to, .. } = *at;
        inner.step(&Step { model: &model, path, from, to }, x, noise).unwrap()
    };
    Box::new(Planted { order, step })
}
