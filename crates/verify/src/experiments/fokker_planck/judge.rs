//! Histograms against the density, at several times.

use ito_noise::{SampleNoise, Stream};
use ito_sde::fokker_planck::{Density1, Equation1, Grid1, Scheme};
use ito_sde::langevin::{DoubleWell, Overdamped};
use ito_sde::ode::{Rk4, VectorField};
use ito_sde::process::{Bistable, OrnsteinUhlenbeck};
use ito_sde::reverse::Reversed;
use ito_sde::solver::{EulerMaruyama, Milstein, PlatenWeak2, Sra1};
use ito_sde::{Sde, Solver, Times, ode, solve};
use ito_state::{Batch, Noise, Pointwise};
use ndarray::Array2;

use super::{curve, normal, steps};
use crate::{Claim, Context, Fault, Findings, Histogram, Plot};

const DRAWS: usize = 20_000;
const SEED: u64 = 2901;

/// With `n` draws a relative bias `b` adds `n b^2` to chi-square, whose deviation here is 9: `b` is some `h = 1/400` for the
/// methods of weak order 1, far less for the others and for the density.
pub fn judge(_: &Context) -> Findings {
    let mut found = Findings::default();
    let well = Overdamped::new(DoubleWell::new(1.0, 1.0).unwrap(), 0.4).unwrap();
    let grid = Grid1::uniform(-3.5, 3.5, 700).unwrap();
    let equation = Equation1::steady(&grid, |x| 4.0 * x * (1.0 - x * x), |_| 0.4);
    forward(&mut found, "Euler-Maruyama, double well", &EulerMaruyama, &well, &equation, 400.0);
    forward(&mut found, "SRA1, double well", &Sra1, &well, &equation, 100.0);
    let bistable = Bistable::new(0.6).unwrap();
    let grid = Grid1::clustered(-8.0, 8.0, 800, 0.0, 2.0).unwrap();
    let equation = Equation1::steady(&grid, |x| x - x.powi(3), |x| 0.18 * (1.0 + x * x));
    forward(&mut found, "Milstein, bistable", &Milstein, &bistable, &equation, 400.0);
    forward(&mut found, "Platen, bistable", &PlatenWeak2, &bistable, &equation, 100.0);
    let ou = OrnsteinUhlenbeck::new(1.0, 1.0).unwrap();
    let score = |t: f64, x: &Array2<f64>| x.map_entries(|x| mixture_score(t, x));
    let reversed = Reversed::new(&ou, &score);
    backward(&mut found, "reverse SDE", |times, x, noise| solve(&EulerMaruyama, &reversed, times, x, noise));
    found
}

/// With the fault the flow has `f - g^2 s`, where `f - g^2/2 s` belongs.
pub fn flow(context: &Context) -> Findings {
    let mut found = Findings::default();
    let ou = OrnsteinUhlenbeck::new(1.0, 1.0).unwrap();
    let score = |t: f64, x: &Array2<f64>| x.map_entries(|x| mixture_score(t, x));
    let broken = context.planted(Fault::MissingHalfOnScore);
    let wrong = |t: f64, x: &Array2<f64>| Array2::lincomb(&[(1.0, &ou.drift(t, x)), (-1.0, &score(t, x))]);
    let right = Reversed::new(&ou, &score).flow();
    let field = |t: f64, x: &Array2<f64>| if broken { wrong(t, x) } else { right.velocity(t, x) };
    backward(&mut found, "flow ODE", |times, x, _| ode::solve(&Rk4, &field, times, x));
    found
}

fn forward<S, M>(found: &mut Findings, name: &str, method: &M, sde: &S, equation: &Equation1, rate: f64)
where
    M: Solver<S, Array2<f64>>,
{
    let mut noise = SampleNoise::consecutive(Stream::new(SEED, name), 0, DRAWS);
    let mut x: Array2<f64> = noise.normal_like(&Array2::zeros((DRAWS, 1))).mapv(|z: f64| 0.4 + 0.3 * z);
    let mut density = Density1::from_function(equation.grid(), |x| normal(x, 0.4, 0.09)).unwrap();
    let mut t = 0.0;
    for span in [0.25, 0.25, 1.0] {
        x = solve(method, sde, &Times::uniform(t, t + span, (span * rate) as usize).unwrap(), x, &mut noise);
        density = equation.evolve(&density, &steps(span, 1), Scheme::Exponential).unwrap().density;
        t += span;
        compare(found, &format!("{name} at {t}"), &x, &density);
    }
    shown(found, name, &x, &density);
}

fn backward(found: &mut Findings, name: &str, walk: impl Fn(&Times, Array2<f64>, &mut SampleNoise) -> Array2<f64>) {
    let mut noise = SampleNoise::consecutive(Stream::new(SEED, name), 0, DRAWS);
    let (last, shape) = (mixture(1.5), Array2::<f64>::zeros((DRAWS, 1)));
    let pick = Noise::<Array2<f64>>::uniform_rows(&mut noise, &shape);
    let mut x = noise.normal_like(&shape);
    for (x, u) in x.iter_mut().zip(pick) {
        let (_, mean, variance) = if u < last[0].0 { last[0] } else { last[1] };
        *x = mean + variance.sqrt() * *x;
    }
    let grid = Grid1::uniform(-5.0, 5.0, 800).unwrap();
    let equation = Equation1::steady(&grid, |x| -x, |_| 0.5);
    let mut density = Density1::from_function(&grid, |x| mixture_density(0.0, x)).unwrap();
    let start = density.clone();
    let mut from = 1.5;
    for to in [1.0, 0.5, 0.1] {
        x = walk(&Times::uniform(from, to, ((from - to) * 400.0) as usize).unwrap(), x, &mut noise);
        density = equation.evolve(&start, &steps(to, 1), Scheme::Exponential).unwrap().density;
        compare(found, &format!("{name} back at {to}"), &x, &density);
        from = to;
    }
    shown(found, name, &x, &density);
}

/// In 40 bins between the density's quantiles.
fn compare(found: &mut Findings, name: &str, x: &Array2<f64>, density: &Density1) {
    let edges: Vec<f64> = (0..=40).map(|k| density.quantile(f64::from(k) / 40.0)).collect();
    let mut counts = vec![0; 40];
    for x in x {
        counts[edges[1..40].partition_point(|edge| edge <= x)] += 1;
    }
    found.claim(Claim::counts(name, &counts, &density.bins(&edges)).seed(SEED));
}

fn shown(found: &mut Findings, name: &str, x: &Array2<f64>, density: &Density1) {
    let values: Vec<f64> = x.iter().copied().collect();
    let histogram = Histogram::of(&values, -2.5, 2.5, 60);
    found.plot(Plot::density(format!("{name}, the last time"), histogram, vec![curve("Fokker-Planck", density)]));
}

/// `0.35 N(1, 0.05) + 0.65 N(-0.8, 0.1)` at time 0, under Ornstein-Uhlenbeck: weight, mean, variance.
fn mixture(t: f64) -> [(f64, f64, f64); 2] {
    let keep = (-t).exp();
    let part = |weight, mean: f64, v: f64| (weight, mean * keep, v * keep * keep + 0.5 * (1.0 - keep * keep));
    [part(0.35, 1.0, 0.05), part(0.65, -0.8, 0.1)]
}

fn mixture_density(t: f64, x: f64) -> f64 {
    mixture(t).iter().map(|(w, m, v)| w * normal(x, *m, *v)).sum()
}

fn mixture_score(t: f64, x: f64) -> f64 {
    let slope: f64 = mixture(t).iter().map(|(w, m, v)| w * normal(x, *m, *v) * (m - x) / v).sum();
    slope / mixture_density(t, x)
}
