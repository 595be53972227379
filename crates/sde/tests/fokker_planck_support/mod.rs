//! Laws in closed form.
#![allow(dead_code)]

use ito_sde::Times;
use ito_sde::fokker_planck::{Balance, Density1, Equation1, Grid1, Run, Scheme};
use std::f64::consts::PI;

pub fn normal(x: f64, mean: f64, variance: f64) -> f64 {
    (-(x - mean).powi(2) / (2.0 * variance)).exp() / (2.0 * PI * variance).sqrt()
}

/// The Gaussian law of `dX = pull (X - center) dt + sqrt(2 D) dW` at time `t`; a negative pull is Ornstein-Uhlenbeck's.
pub struct Linear {
    pub pull: f64,
    pub center: f64,
    pub diffusion: f64,
    pub mean: f64,
    pub variance: f64,
}

impl Linear {
    pub fn mean_at(&self, t: f64) -> f64 {
        self.center + (self.mean - self.center) * (self.pull * t).exp()
    }

    pub fn variance_at(&self, t: f64) -> f64 {
        let grown = (2.0 * self.pull * t).exp();
        self.variance * grown + self.diffusion / self.pull * (grown - 1.0)
    }

    pub fn density(&self, t: f64, x: f64) -> f64 {
        normal(x, self.mean_at(t), self.variance_at(t))
    }

    pub fn equation(&self, grid: &Grid1) -> Equation1<'_> {
        Equation1::steady(grid, |x| self.pull * (x - self.center), |_| self.diffusion)
    }
}

pub fn steps(to: f64, count: usize) -> Times {
    Times::uniform(0.0, to, count).unwrap()
}

/// From the exact density at 0, in one exponential step.
pub fn exponential(equation: &Equation1, density: impl Fn(f64, f64) -> f64, t: f64) -> Run<Density1> {
    evolved(equation, density, &steps(t, 1), Scheme::Exponential)
}

pub fn evolved(
    equation: &Equation1,
    density: impl Fn(f64, f64) -> f64,
    times: &Times,
    scheme: Scheme,
) -> Run<Density1> {
    let start = Density1::from_function(equation.grid(), |x| density(0.0, x)).unwrap();
    let run = equation.evolve(&start, times, scheme).unwrap();
    sound(&run.balance);
    run
}

/// `int |p - exact|` at time `t`, in cell averages.
pub fn l1(run: &Run<Density1>, density: impl Fn(f64, f64) -> f64, t: f64) -> f64 {
    let exact = Density1::from_function(run.density.grid(), |x| density(t, x)).unwrap();
    run.density.l1_distance(&exact).unwrap()
}

/// The promises of every run: mass balances, nothing is negative.
pub fn sound(balance: &Balance) {
    let whole = balance.before.max(balance.after).max(balance.source.abs()).max(1.0);
    assert!(balance.residual().abs() <= 1e-12 * whole, "mass does not balance: {balance:?}");
    assert!(balance.minimum >= 0.0, "{balance:?}");
    assert!(balance.drift < 1e-14 + 1e-16 * balance.work as f64, "more than rounding was scaled away: {balance:?}");
}
