//! The Fokker-Planck equation of `dX = -X dt + dW` on [-4, 4], from `N(1, 0.1)` at 0 to time 1; and one in the plane.
#![allow(missing_docs)]
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use ito_sde::Times;
use ito_sde::fokker_planck::{Density1, Density2, Equation1, Equation2, Grid1, Grid2, Scheme};
use std::f64::consts::PI;

fn normal(x: f64, mean: f64, variance: f64) -> f64 {
    (-(x - mean).powi(2) / (2.0 * variance)).exp() / (2.0 * PI * variance).sqrt()
}

/// What is timed: the generator from the coefficients, and the run.
fn line(criterion: &mut Criterion) {
    let keep = (-1.0_f64).exp();
    let (mean, variance) = (keep, 0.1 * keep * keep + 0.5 * (1.0 - keep * keep));
    let mut group = criterion.benchmark_group("fokker_planck");
    let mut case = |name: &str, cells: usize, scheme: Scheme, steps: usize| {
        let grid = Grid1::uniform(-4.0, 4.0, cells).expect("a grid");
        let equation = Equation1::steady(&grid, |x| -x, |_| 0.5);
        let start = Density1::from_function(&grid, |x| normal(x, 1.0, 0.1)).expect("a density");
        let times = Times::uniform(0.0, 1.0, steps).expect("times");
        let run = || equation.evolve(&start, &times, scheme).expect("a run");
        let end = run().density;
        let at_centers = |i: usize| (end.values()[i] - normal(grid.center(i), mean, variance)).abs() * grid.width(i);
        let l1: f64 = (0..cells).map(at_centers).sum();
        println!("{name}, {cells} cells: L1 {l1:.2e} at the centres, mass {:.15}", end.mass());
        group.bench_function(BenchmarkId::new(name, cells), |bench| bench.iter(run));
    };
    for cells in [100, 200, 400] {
        case("exponential", cells, Scheme::Exponential, 1);
    }
    case("implicit_euler", 400, Scheme::ImplicitEuler, 1000);
    case("crank_nicolson", 100, Scheme::CrankNicolson, 200);
}

fn plane(criterion: &mut Criterion) {
    let axis = || Grid1::uniform(-4.0, 4.0, 100).expect("a grid");
    let grid = Grid2::new(axis(), axis());
    let equation = Equation2::steady(&grid, |[x, y]| [-x - y, x - y], |_| [0.5; 2]);
    let start = Density2::from_function(&grid, |[x, y]| normal(x, 1.0, 0.1) * normal(y, 0.0, 0.1)).expect("a density");
    let times = Times::uniform(0.0, 1.0, 1).expect("times");
    let mut group = criterion.benchmark_group("fokker_planck");
    group.sample_size(20);
    group.bench_function("plane/100x100", |bench| {
        bench.iter(|| equation.evolve(&start, &times, Scheme::Exponential).expect("a run"));
    });
    group.bench_function("plane_stationary/100x100", |bench| bench.iter(|| equation.stationary(0.0).expect("a law")));
}

criterion_group!(benches, line, plane);
criterion_main!(benches);
