//! Order in time of the three schemes, on one grid: the error of space is in both sides of the comparison.

mod fokker_planck_support;

use fokker_planck_support::{evolved, normal, sound, steps};
use ito_sde::fokker_planck::{Density1, Edges, Equation1, FokkerPlanckError, Grid1, Scheme, Side};
use ito_testkit::Slope;
use std::f64::consts::PI;

/// Drift, diffusion and source that all know the time, mass leaving at one side.
fn moving(grid: &Grid1) -> Equation1<'static> {
    Equation1::new(
        grid,
        |t, x| -(1.0 + 0.8 * (3.0 * t).sin()) * (x - (2.0 * t).cos()),
        |t, x| 0.3 * (1.0 + 0.5 * (4.0 * t).cos()) * (1.0 + 0.3 * x.sin()),
    )
    .with_edges(Edges::Sides { left: Side::Reflecting, right: Side::Absorbing })
    .with_source(|t, x| (1.0 + (5.0 * t).sin()) * (-x * x).exp())
}

fn start(_: f64, x: f64) -> f64 {
    normal(x, 0.5, 0.2)
}

fn order(scheme: Scheme, expected: f64, counts: [usize; 5]) {
    let grid = Grid1::uniform(-3.0, 2.0, 40).unwrap();
    let equation = moving(&grid);
    let fine = evolved(&equation, start, &steps(1.0, 4096), Scheme::Exponential).density;
    let error = |n| {
        let run = evolved(&equation, start, &steps(1.0, n), scheme);
        run.density.l1_distance(&fine).unwrap()
    };
    Slope::fit(counts.map(|n| (n, error(n))).to_vec()).assert(&format!("{scheme:?}"), expected, 0.1);
}

#[test]
fn the_exponential_step_with_midpoint_coefficients_is_of_order_two() {
    order(Scheme::Exponential, 2.0, [32, 45, 64, 91, 128]);
}

#[test]
fn implicit_euler_is_of_order_one() {
    order(Scheme::ImplicitEuler, 1.0, [256, 304, 362, 431, 512]);
}

#[test]
fn crank_nicolson_is_of_order_two_below_its_bound() {
    order(Scheme::CrankNicolson, 2.0, [64, 91, 128, 181, 256]);
}

/// One step, ten, and the exact factor of a cosine that the discrete Laplacian leaves alone.
#[test]
fn the_exponential_step_is_exact_in_time_for_steady_coefficients() {
    let (cells, diffusion, t) = (50, 0.2, 0.7);
    let grid = Grid1::uniform(0.0, 1.0, cells).unwrap();
    let equation = Equation1::steady(&grid, |_| 0.0, |_| diffusion);
    let mode: Vec<f64> = grid.centers().iter().map(|x| (3.0 * PI * x).cos()).collect();
    let begin = Density1::new(&grid, mode.iter().map(|c| 1.0 + 0.5 * c).collect()).unwrap();
    let n = cells as f64;
    let rate = 4.0 * diffusion * n * n * (1.5 * PI / n).sin().powi(2);
    for count in [1, 10] {
        let run = equation.evolve(&begin, &steps(t, count), Scheme::Exponential).unwrap();
        sound(&run.balance);
        for (p, c) in run.density.values().iter().zip(&mode) {
            assert!((p - 1.0 - 0.5 * c * (-rate * t).exp()).abs() < 1e-13, "{count} steps: {p}");
        }
    }
}

/// 400 cells, a step of 0.01, where the bound is near 0.0008: refused, with both numbers.
#[test]
fn crank_nicolson_above_its_bound_is_refused_with_the_bound() {
    let grid = Grid1::uniform(-4.0, 4.0, 400).unwrap();
    let equation = Equation1::steady(&grid, |x| -x, |_| 0.5);
    let begin = Density1::from_function(&grid, |x| normal(x, 1.0, 0.1)).unwrap();
    let bound = equation.generator(0.0).unwrap().crank_nicolson_bound();
    let error = equation.evolve(&begin, &steps(1.0, 100), Scheme::CrankNicolson).unwrap_err();
    assert_eq!(error, FokkerPlanckError::StepTooLarge { t: 0.005, step: 0.01, bound });
    assert!((bound * 2500.0 / 2.0 - 1.0).abs() < 0.1, "{bound}");
    let just_below = steps(1.0, (1.0 / bound).ceil() as usize);
    sound(&equation.evolve(&begin, &just_below, Scheme::CrankNicolson).unwrap().balance);
}
