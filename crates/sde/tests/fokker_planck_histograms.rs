//! The density as judge: histograms of the SDE solvers, of the reverse SDE and of the flow ODE at several times.
//!
//! Chi-square, two-sided, false-alarm rate 1e-6 a comparison. With `n` draws a relative bias `b` of the bins adds `n b^2` to
//! a chi-square of deviation `sqrt(2 bins)`, some 9 here: the steps are short enough that `n b^2` stays below 1
//! (Euler-Maruyama, weak order 1: `b` some `h = 0.004`; the others of weak order 2), and the density's own `b` is 1e-4.

mod fokker_planck_support;

use fokker_planck_support::{normal, steps};
use ito_noise::{SampleNoise, Stream};
use ito_sde::fokker_planck::{Density1, Equation1, Grid1, Scheme};
use ito_sde::langevin::{DoubleWell, Overdamped, Potential};
use ito_sde::ode::{self, Rk4};
use ito_sde::process::{Bistable, OrnsteinUhlenbeck};
use ito_sde::reverse::Reversed;
use ito_sde::solver::{EulerMaruyama, Milstein, PlatenWeak2, Sra1};
use ito_sde::{Solver, Times, solve};
use ito_state::{Noise, Pointwise};
use ito_testkit::statistics::assert_counts;
use ndarray::Array2;

const DRAWS: usize = 10_000;

type Batch = Array2<f64>;

#[test]
fn solvers_for_additive_noise_follow_the_density_of_the_double_well() {
    let sde = Overdamped::new(DoubleWell::new(1.0, 1.0).unwrap(), 0.4).unwrap();
    let grid = Grid1::uniform(-3.5, 3.5, 700).unwrap();
    let drift = |x: f64| Potential::score(sde.potential(), &Batch::from_elem((1, 1), x))[[0, 0]];
    let equation = Equation1::steady(&grid, drift, |_| 0.4);
    forward("Euler-Maruyama, double well", 21, &EulerMaruyama, &sde, &equation, 250.0);
    forward("SRA1, double well", 22, &Sra1, &sde, &equation, 100.0);
}

#[test]
fn solvers_for_multiplicative_noise_follow_the_density_of_the_bistable_process() {
    let sigma = 0.6;
    let sde = Bistable::new(sigma).unwrap();
    let grid = Grid1::clustered(-8.0, 8.0, 800, 0.0, 2.0).unwrap();
    let equation = Equation1::steady(&grid, |x| x - x.powi(3), |x| 0.5 * sigma * sigma * (1.0 + x * x));
    forward("Euler-Maruyama, bistable", 31, &EulerMaruyama, &sde, &equation, 250.0);
    forward("Milstein, bistable", 32, &Milstein, &sde, &equation, 250.0);
    forward("Platen's weak order 2, bistable", 33, &PlatenWeak2, &sde, &equation, 100.0);
}

/// From the law at 1.5 back to those at 1.0, 0.5 and 0.1, with all the noise, with some, and with none.
#[test]
fn the_reverse_sde_and_the_flow_return_through_the_densities_of_a_mixture() {
    let ou = OrnsteinUhlenbeck::new(1.0, 1.0).unwrap();
    let score = |t: f64, x: &Batch| x.map_entries(|x| mixture_score(t, x));
    let reversed = Reversed::new(&ou, &score);
    let some = reversed.with_noise(0.5).unwrap();
    backward("reverse SDE", 41, |times, x, noise| solve(&EulerMaruyama, &reversed, times, x, noise));
    backward("half the noise", 42, |times, x, noise| solve(&EulerMaruyama, &some, times, x, noise));
    backward("flow ODE", 43, |times, x, _| ode::solve(&Rk4, &reversed.flow(), times, x));
}

fn forward<S, M: Solver<S, Batch>>(claim: &str, seed: u64, method: &M, sde: &S, equation: &Equation1, rate: f64) {
    let mut noise = SampleNoise::consecutive(Stream::new(seed, "histogram"), 0, DRAWS);
    let mut x: Batch = noise.normal_like(&Array2::zeros((DRAWS, 1))).mapv(|z: f64| 0.4 + 0.3 * z);
    let mut density = Density1::from_function(equation.grid(), |x| normal(x, 0.4, 0.09)).unwrap();
    let mut t = 0.0;
    for span in [0.2, 0.3, 1.0] {
        let times = Times::uniform(t, t + span, (span * rate) as usize).unwrap();
        x = solve(method, sde, &times, x, &mut noise);
        density = equation.evolve(&density, &steps(span, 1), Scheme::Exponential).unwrap().density;
        t += span;
        compare(&format!("{claim} at {t:.1}"), &x, &density);
    }
}

/// `0.35 N(1, 0.05) + 0.65 N(-0.8, 0.1)` at time 0; each part is Gaussian ever after.
fn mixture(t: f64) -> [(f64, f64, f64); 2] {
    let part = |weight, mean: f64, variance: f64| {
        let keep = (-t).exp();
        (weight, mean * keep, variance * keep * keep + 0.5 * (1.0 - keep * keep))
    };
    [part(0.35, 1.0, 0.05), part(0.65, -0.8, 0.1)]
}

fn mixture_density(t: f64, x: f64) -> f64 {
    mixture(t).iter().map(|(w, m, v)| w * normal(x, *m, *v)).sum()
}

fn mixture_score(t: f64, x: f64) -> f64 {
    let slope: f64 = mixture(t).iter().map(|(w, m, v)| w * normal(x, *m, *v) * (m - x) / v).sum();
    slope / mixture_density(t, x)
}

fn backward(claim: &str, seed: u64, walk: impl Fn(&Times, Batch, &mut SampleNoise) -> Batch) {
    let mut noise = SampleNoise::consecutive(Stream::new(seed, "histogram"), 0, DRAWS);
    let last = mixture(1.5);
    let shape: Batch = Array2::zeros((DRAWS, 1));
    let pick = Noise::<Batch>::uniform_rows(&mut noise, &shape);
    let mut x: Batch = noise.normal_like(&shape);
    for (x, u) in x.iter_mut().zip(pick) {
        let (_, mean, variance) = if u < last[0].0 { last[0] } else { last[1] };
        *x = mean + variance.sqrt() * *x;
    }
    let grid = Grid1::uniform(-5.0, 5.0, 800).unwrap();
    let equation = Equation1::steady(&grid, |x| -x, |_| 0.5);
    let start = Density1::from_function(&grid, |x| mixture_density(0.0, x)).unwrap();
    let mut from = 1.5;
    for to in [1.0, 0.5, 0.1] {
        x = walk(&Times::uniform(from, to, ((from - to) * 250.0) as usize).unwrap(), x, &mut noise);
        let density = equation.evolve(&start, &steps(to, 1), Scheme::Exponential).unwrap().density;
        compare(&format!("{claim} at {to}"), &x, &density);
        from = to;
    }
}

/// In 40 bins between the density's quantiles, each as likely as the next.
fn compare(claim: &str, x: &Batch, density: &Density1) {
    let edges: Vec<f64> = (0..=40).map(|k| density.quantile(f64::from(k) / 40.0)).collect();
    let mut counts = vec![0; 40];
    for x in x {
        counts[edges[1..40].partition_point(|edge| edge <= x)] += 1;
    }
    assert_counts(claim, &counts, &density.bins(&edges));
}
