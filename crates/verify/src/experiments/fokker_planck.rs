//! The Fokker-Planck equation: orders, mass, positivity, transposition, stationary laws, and the density as judge.

use ito_sde::Times;
use ito_sde::fokker_planck::{Density1, Equation1, Run, Scheme};
use ito_testkit::normal_density;

use crate::{Experiment, Fault};

mod judge;
mod mass;
mod operators;
mod orders;

pub const EXPERIMENTS: &[Experiment] = &[
    Experiment {
        name: "fokker-planck-space",
        title: "Fokker-Planck: order 2 in space at all sides, on uniform and stretched grids",
        theory: &[13, 27, 28],
        faults: &[],
        run: orders::space,
    },
    Experiment {
        name: "fokker-planck-time",
        title: "Fokker-Planck: the exponential step, implicit Euler, Crank-Nicolson",
        theory: &[28, 29],
        faults: &[],
        run: orders::time,
    },
    Experiment {
        name: "fokker-planck-mass",
        title: "Fokker-Planck: transport is -div(b p), and what leaves a cell enters the next",
        theory: &[28, 29],
        faults: &[Fault::NonConservativeFlux, Fault::AdvectiveTransport],
        run: mass::mass,
    },
    Experiment {
        name: "fokker-planck-positivity",
        title: "Fokker-Planck: mass balances and nothing goes negative, at any step",
        theory: &[28],
        faults: &[],
        run: mass::positivity,
    },
    Experiment {
        name: "fokker-planck-worked-case",
        title: "The worked case: drift e^sqrt(alpha) (x - e^sqrt(1 - alpha))",
        theory: &[29],
        faults: &[],
        run: orders::worked,
    },
    Experiment {
        name: "kolmogorov-transpose",
        title: "The backward operator is the transpose of the forward one",
        theory: &[14, 15],
        faults: &[],
        run: operators::transpose,
    },
    Experiment {
        name: "fokker-planck-stationary",
        title: "Stationary densities directly, exp(int mu / D) and with a current",
        theory: &[20, 30],
        faults: &[],
        run: operators::stationary,
    },
    Experiment {
        name: "fokker-planck-residual",
        title: "How badly a density or a score violates the equation",
        theory: &[28, 31],
        faults: &[Fault::MissingHalfOnScore],
        run: operators::residual,
    },
    Experiment {
        name: "fokker-planck-judge",
        title: "Histograms of SDE solvers and of the reverse SDE against the density",
        theory: &[17, 27, 33],
        faults: &[],
        run: judge::judge,
    },
    Experiment {
        name: "fokker-planck-flow",
        title: "Histograms of the flow ODE against the density",
        theory: &[32],
        faults: &[Fault::MissingHalfOnScore],
        run: judge::flow,
    },
];

fn normal(x: f64, mean: f64, variance: f64) -> f64 {
    normal_density((x - mean) / variance.sqrt()) / variance.sqrt()
}

fn steps(to: f64, count: usize) -> Times {
    Times::uniform(0.0, to, count).unwrap()
}

/// From the exact density at 0, in one exponential step.
fn exponential(equation: &Equation1, law: &dyn Fn(f64, f64) -> f64, to: f64) -> Run<Density1> {
    let start = Density1::from_function(equation.grid(), |x| law(0.0, x)).unwrap();
    equation.evolve(&start, &steps(to, 1), Scheme::Exponential).unwrap()
}

/// `int |p - law|` at this time, in cell averages.
fn l1(density: &Density1, law: &dyn Fn(f64, f64) -> f64, t: f64) -> f64 {
    density.l1_distance(&Density1::from_function(density.grid(), |x| law(t, x)).unwrap()).unwrap()
}

fn curve(label: &str, density: &Density1) -> crate::Curve {
    let grid = density.grid();
    let points: Vec<_> = density.values().iter().enumerate().map(|(i, p)| (grid.center(i), *p)).collect();
    crate::Curve::new(label, points)
}
