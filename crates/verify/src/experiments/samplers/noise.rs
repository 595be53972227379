//! Samplers that draw noise: their weak order, and the order of a predictor and its corrector.

use ito_samplers::{Ancestral, Corrector, DpmppSde, FixedLangevin, NoiseForm, Order, PredictorCorrector, Sampler};
use ito_samplers::{Step, TunableNoise};
use ito_schedules::{Grid, Path, VpLinear};
use ito_sde::Sde;
use ito_sde::process::PathDiffusion;
use ito_sde::reverse::Reversed;
use ito_state::{Batch, Noise};
use ito_testkit::{Gaussian, LinearForm, Slope};

use super::{Build, Planted, data, distance, end_law};
use crate::{Claim, Context, Errors, Fault, Findings, Plot};

type Built = Box<dyn Sampler<LinearForm>>;

/// The reverse SDE of the VP path from `t = 0.95` to `0.05`, started off its marginal.
pub fn second_order(context: &Context) -> Findings {
    let planted = context.planted(Fault::FirstOrderSoldAsSecond);
    let or_wrong = |build: fn() -> Built| if planted { noise_then_heun as _ } else { build };
    let builds = [
        ("tunable", or_wrong(|| Box::new(TunableNoise::new(NoiseForm::Relative(1.0)).unwrap()))),
        ("DPM-Solver++ SDE", or_wrong(|| Box::new(DpmppSde))),
    ];
    let mut found = Findings::default();
    let mut all = Vec::new();
    for (name, build) in builds {
        let law = |steps| reversed(&build, steps);
        let covariance = |n| law(n).0.covariance_error(&law(n).1);
        let errors = Errors::of(name, &Slope::measure(covariance), 2.0);
        found.claim(Claim::order(format!("{name}: weak order of the covariance"), &errors));
        found.claim(Claim::at_most(format!("{name}: error of the covariance, 512 steps"), covariance(512), 1.2e-4));
        // The estimate is a martingale of the reverse process, so an exponential step is exact in the mean.
        let mean = law(512).0.mean_error(&law(512).1);
        found.claim(Claim::at_most(format!("{name}: error of the mean, 512 steps"), mean, 1e-13));
        all.push(errors);
    }
    found.plot(Plot::orders("Error of the covariance, reverse SDE of the VP path (h = 1/steps)", all));
    found
}

/// The law of the output and the exact one.
fn reversed(build: Build, steps: usize) -> (Gaussian, Gaussian) {
    let path = VpLinear::default();
    let (from, to) = (path.at(0.95), path.at(0.05));
    let start = Gaussian::isotropic(2, 1.0);
    let grid = Grid::uniform(&path, from.t, to.t, steps).unwrap();
    (end_law(&data(), &path, &grid, &start, build), data().reverse(&start, from, to))
}

/// What SiT's "Heun" does: all the noise at first, at the rate of the step's start, then a Heun step of the drift alone.
fn noise_then_heun() -> Built {
    let step = |at: &Step<LinearForm>, x: &LinearForm, noise: &mut dyn Noise<LinearForm>| {
        let forward = PathDiffusion::new(at.path);
        let score = |t: f64, x: &LinearForm| {
            let level = at.path.at(t);
            let variance = level.sigma.powi(2);
            LinearForm::lincomb(&[(level.alpha / variance, &at.model.denoise(x, &[level])), (-1.0 / variance, x)])
        };
        let backward = Reversed::new(&forward, &score);
        let (from, to) = (at.from.t, at.to.t);
        let drawn = backward.diffuse(from, x, &noise.increment(from, to, x));
        let x = LinearForm::lincomb(&[(1.0, x), (1.0, &drawn)]);
        let h = to - from;
        let before = backward.drift(from, &x);
        let after = backward.drift(to, &LinearForm::lincomb(&[(1.0, &x), (h, &before)]));
        LinearForm::lincomb(&[(1.0, &x), (0.5 * h, &before), (0.5 * h, &after)])
    };
    Box::new(Planted { order: Order { order: 2, evaluations: 2, noise: true }, step })
}

/// Langevin steps of the share `c`, and so many a level that they forget where they began.
const SHARE: f64 = 0.2;
const CORRECTIONS: usize = 80;

/// A coarse predictor of 6 steps. In a direction where the last level's variance is `v` the corrector keeps
/// `v / (1 - c sigma^2 / (2 v))` and the right mean, whatever it was handed.
pub fn predictor_corrector(context: &Context) -> Findings {
    let corrector = FixedLangevin::new(SHARE, CORRECTIONS).unwrap();
    let right = move || Box::new(PredictorCorrector::new(Ancestral, corrector)) as Built;
    let swapped = move || {
        let step = move |at: &Step<LinearForm>, x: &LinearForm, noise: &mut dyn Noise<LinearForm>| {
            let here = Step { model: at.model, path: at.path, from: at.from, to: at.from };
            let x = { corrector }.correct(&here, x, noise);
            Ancestral.step(at, &x, noise).unwrap()
        };
        Box::new(Planted { order: Order { order: 0, evaluations: 1, noise: true }, step }) as Built
    };
    let build: Build = if context.planted(Fault::SwappedPredictorCorrector) { &swapped } else { &right };
    let path = VpLinear::default();
    let grid = Grid::uniform(&path, 0.95, 0.3, 6).unwrap();
    let (from, to) = (grid.levels()[0], grid.levels()[6]);
    let start = Gaussian::isotropic(2, 1.0);
    let law = end_law(&data(), &path, &grid, &start, build);
    let mut found = Findings::default();
    found.claim(Claim::at_most("error of the mean", law.mean_error(&data().marginal(to)), 1e-8));
    for (k, (axis, s)) in data().axes().enumerate() {
        let v = (to.alpha * s).powi(2) + to.sigma.powi(2);
        let kept = v / (1.0 - SHARE * to.sigma.powi(2) / (2.0 * v));
        let measured = law.deviation_along(&axis).powi(2);
        found.claim(Claim::within(format!("variance along axis {k}, as the corrector keeps it"), measured, kept, 1e-8));
    }
    let alone = end_law(&data(), &path, &grid, &start, &|| Box::new(Ancestral));
    let exact = data().reverse(&start, from, to);
    let name = "error of the law by the predictor alone, so that there is something to correct";
    found.claim(Claim::at_least(name, distance(&alone, &exact), 1e-2));
    found
}
