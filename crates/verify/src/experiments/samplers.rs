//! Reverse-time samplers on Gaussian data, where the law of their output is known exactly: no Monte Carlo.

use crate::{Claim, Context, Errors, Experiment, Fault, Findings, Plot};
use ito_samplers::{Name, sample};
use ito_schedules::{Grid, Path, Straight, VpCosine, VpLinear};
use ito_sde::process::PathDiffusion;
use ito_sde::reverse::Reversed;
use ito_sde::{Sde, Times};
use ito_state::{Batch, Noise};
use ito_testkit::{Fresh, Gaussian, GaussianData, LinearForm, Slope};

pub const EXPERIMENTS: &[Experiment] = &[
    Experiment {
        name: "sampler-orders",
        title: "DDIM, Heun and ancestral sampling: orders on every path",
        theory: &[32, 33, 36],
        faults: &[],
        run: sampler_orders,
    },
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

/// Against where the exact flow, or the exact reverse SDE, takes the same start.
fn sampler_orders(_: &Context) -> Findings {
    let paths: [(&str, &dyn Path); 3] =
        [("straight", &Straight), ("VP linear", &VpLinear::default()), ("VP cosine", &VpCosine::default())];
    let mut found = Findings::default();
    for (label, path) in paths {
        let mut errors = Vec::new();
        for (name, order) in [(Name::Ddim, 1.0), (Name::Heun, 2.0), (Name::Ancestral, 1.0)] {
            let run = |steps| Sampled::new(path, &Grid::uniform_log_snr(path, -8.0, 8.0, steps).unwrap(), name);
            let covariance = Slope::measure(|n| run(n).law.covariance_error(&run(n).exact));
            errors.push(Errors::of(name.to_string(), &covariance, order));
            found.claim(Claim::order(format!("{name}, {label}: order of the covariance"), &errors[errors.len() - 1]));
            let mean = |n| run(n).law.mean_error(&run(n).exact);
            found.claim(match name {
                // A step's mean is exact for any data: the mean of x' given x and x0 is linear in x0.
                Name::Ancestral => {
                    Claim::at_most(format!("{name}, {label}: error of the mean, 512 steps"), mean(512), 1e-13)
                }
                _ => Claim::order(
                    format!("{name}, {label}: order of the mean"),
                    &Errors::of("", &Slope::measure(mean), order),
                ),
            });
        }
        found.plot(Plot::orders(format!("Error of the covariance, {label} path (h = 1/steps)"), errors));
    }
    found
}

/// What a sampler made of `N(0, sigma^2 I)` at the grid's first level, and what the exact process makes of it.
struct Sampled {
    law: Gaussian,
    exact: Gaussian,
}

impl Sampled {
    fn new(path: &dyn Path, grid: &Grid, name: Name) -> Sampled {
        let (data, from, to) = (data(), grid.levels()[0], grid.levels()[grid.len()]);
        let start = Gaussian::isotropic(data.mean().len(), from.sigma);
        let mut noise = Fresh::default();
        let x = noise.draw(&start);
        let end = sample(&data, path, grid, name.build().as_mut(), x, &mut noise, &mut |_, _, _| {}).unwrap();
        let exact = match name {
            Name::Ddim | Name::Heun => data.flow(&start, from, to),
            Name::Ancestral => data.reverse(&start, from, to),
        };
        Sampled { law: end.law(), exact }
    }
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
