//! Reverse-time samplers on Gaussian data, where the law of their output is known exactly: no Monte Carlo.

use crate::{Claim, Context, Errors, Experiment, Fault, Findings, Plot};
use ito_schedules::{Path, VpLinear};
use ito_sde::process::PathDiffusion;
use ito_sde::reverse::Reversed;
use ito_sde::{Sde, Times};
use ito_state::{Batch, Noise};
use ito_testkit::{Fresh, Gaussian, GaussianData, LinearForm, Slope};

pub const EXPERIMENTS: &[Experiment] = &[
    Experiment {
        name: "second-order-sampling",
        title: "A sampler of weak order 2 for the reverse SDE",
        theory: &[33],
        faults: &[Fault::FirstOrderSoldAsSecond],
        run: second_order_sampling,
    },
];

fn data() -> GaussianData {
    GaussianData::new(&[0.7, -0.4], &[0.8, 0.25], 0.6)
}

/// The reverse SDE of the VP path from `t = 0.95` to `0.05`, started off its marginal so that the mean errs too.
fn second_order_sampling(context: &Context) -> Findings {
    let step: Step = if context.planted(Fault::FirstOrderSoldAsSecond) { noise_then_heun } else { stochastic_heun };
    let law = |steps| reversed(step, steps);
    let mean = |n| law(n).0.mean_error(&law(n).1);
    let covariance = |n| law(n).0.covariance_error(&law(n).1);
    let errors =
        [Errors::of("mean", &Slope::measure(mean), 2.0), Errors::of("covariance", &Slope::measure(covariance), 2.0)];
    let mut found = Findings::default();
    found.claim(Claim::order("weak order of the mean", &errors[0]));
    found.claim(Claim::order("weak order of the covariance", &errors[1]));
    found.claim(Claim::at_most("error of the covariance, 512 steps", covariance(512), 2e-5));
    found.plot(Plot::orders("Errors of the law, reverse SDE of the VP path (h = 1/steps)", errors.into()));
    found
}

/// The law of the output and the exact one.
fn reversed(step: Step, steps: usize) -> (Gaussian, Gaussian) {
    let (data, path) = (data(), VpLinear::default());
    let (from, to) = (path.at(0.95), path.at(0.05));
    let start = Gaussian::isotropic(data.mean().len(), 1.0);
    let forward = PathDiffusion::new(&path);
    let score = |t: f64, x: &LinearForm| data.score(x, path.at(t));
    let backward = Reversed::new(&forward, &score);
    let mut noise = Fresh::default();
    let x = noise.draw(&start);
    let times = Times::uniform(from.t, to.t, steps).unwrap();
    let end = times.pairs().fold(x, |x, (from, to)| step(&backward, from, to, &x, &mut noise));
    (end.law(), data.reverse(&start, from, to))
}

type Step = fn(&Reversed<LinearForm>, f64, f64, &LinearForm, &mut Fresh) -> LinearForm;

/// One noise for both stages: `X' = X + N + h/2 (f(t, X) + f(t', X + h f + N))`, with `N = g((t + t')/2) (W(t') - W(t))`.
/// Weak order 2 for additive noise. Kloeden & Platen 1992, section 15.1.
fn stochastic_heun(sde: &Reversed<LinearForm>, from: f64, to: f64, x: &LinearForm, noise: &mut Fresh) -> LinearForm {
    let n = sde.diffuse(0.5 * (from + to), x, &noise.increment(from, to, x));
    heun(sde, from, to, x, &n)
}

/// What SiT's "Heun" does: all the noise at first, at the rate of the step's start, then a step of the drift alone.
fn noise_then_heun(sde: &Reversed<LinearForm>, from: f64, to: f64, x: &LinearForm, noise: &mut Fresh) -> LinearForm {
    let n = sde.diffuse(from, x, &noise.increment(from, to, x));
    let moved = LinearForm::lincomb(&[(1.0, x), (1.0, &n)]);
    heun(sde, from, to, &moved, &LinearForm::lincomb(&[(0.0, &n)]))
}

fn heun(sde: &Reversed<LinearForm>, from: f64, to: f64, x: &LinearForm, n: &LinearForm) -> LinearForm {
    let h = to - from;
    let before = sde.drift(from, x);
    let after = sde.drift(to, &LinearForm::lincomb(&[(1.0, x), (h, &before), (1.0, n)]));
    LinearForm::lincomb(&[(1.0, x), (0.5 * h, &before), (0.5 * h, &after), (1.0, n)])
}
