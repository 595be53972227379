//! The discrete generator: its transpose, its null vector, its residual.

use std::f64::consts::PI;

use ito_sde::Times;
use ito_sde::fokker_planck::{
    Density1, Density2, Edges, Equation1, Equation2, Grid1, Grid2, Scheme, ScoreEquation, Side,
};
use ito_testkit::largest;

use super::{curve, normal};
use crate::{Claim, Context, Curve, Errors, Fault, Findings, Plot};

pub fn transpose(_: &Context) -> Findings {
    let mut found = Findings::default();
    let kinds = [
        ("reflecting", Edges::REFLECTING),
        ("absorbing", Edges::ABSORBING),
        ("open", Edges::OPEN),
        ("a ring", Edges::Periodic),
        ("mixed", Edges::Sides { left: Side::Absorbing, right: Side::Open }),
    ];
    for (name, edges) in kinds {
        let grid = Grid1::clustered(-2.0, 3.0, 300, 0.4, 0.3).unwrap();
        let equation = Equation1::new(&grid, |t, x| (5.0 * x - t).sin() * 3.0, |_, x| 0.2 + 0.1 * x.cos());
        let generator = equation.with_edges(edges).generator(0.7).unwrap();
        let (f, p) = functions(&grid.centers());
        let (lf, lp) = (generator.backward(&f).unwrap(), generator.forward(&p).unwrap());
        let difference = relative(&lf, &p, &f, &lp, |i| grid.width(i));
        found.claim(Claim::at_most(format!("<L f, p> = <f, L* p> on a line: {name}"), difference, 1e-13));
        let plane =
            Grid2::new(Grid1::clustered(-1.0, 1.0, 30, 0.2, 0.3).unwrap(), Grid1::uniform(0.0, 1.0, 25).unwrap());
        let equation =
            Equation2::steady(&plane, |[x, y]| [x - 4.0 * y, (9.0 * x).sin()], |[x, y]| [0.1 + x * x, 0.2 + y]);
        let generator = equation.with_edges(edges, Edges::Periodic).generator(0.0).unwrap();
        let places: Vec<f64> = (0..plane.cells()).map(|cell| plane.center(cell).iter().sum()).collect();
        let (f, p) = functions(&places);
        let (lf, lp) = (generator.backward(&f).unwrap(), generator.forward(&p).unwrap());
        let difference = relative(&lf, &p, &f, &lp, |cell| plane.area(cell));
        found.claim(Claim::at_most(format!("<L f, p> = <f, L* p> in the plane: {name}"), difference, 1e-13));
    }
    let grid = Grid1::uniform(-6.0, 6.0, 400).unwrap();
    let times = Times::uniform(0.0, 0.8, 1).unwrap();
    let square: Vec<f64> = grid.centers().iter().map(|x| x * x).collect();
    let u = Equation1::steady(&grid, |x| -x, |_| 0.5).expectation(&square, &times).unwrap();
    let exact = |x: f64| x * x * (-1.6_f64).exp() + 0.5 * (1.0 - (-1.6_f64).exp());
    let near = (0..400).filter(|i| grid.center(*i).abs() < 2.0);
    let error = largest(near.map(|i| (u[i] - exact(grid.center(i))).abs()));
    found.claim(Claim::at_most("E[X_T^2 | X_0 = x] of Ornstein-Uhlenbeck, backward", error, 2e-3));
    found
}

fn functions(places: &[f64]) -> (Vec<f64>, Vec<f64>) {
    (places.iter().map(|x| (3.0 * x).sin() + x * x).collect(), places.iter().map(|x| 1.1 + (5.0 * x).cos()).collect())
}

/// `|<a, p> - <f, b>|` over the sum of the sizes of the terms.
fn relative(a: &[f64], p: &[f64], f: &[f64], b: &[f64], volume: impl Fn(usize) -> f64) -> f64 {
    let terms = |x: &[f64], y: &[f64]| -> (f64, f64) {
        let all = x.iter().zip(y).enumerate().map(|(i, (x, y))| x * y * volume(i));
        all.fold((0.0, 0.0), |(sum, size), term| (sum + term, size + term.abs()))
    };
    let ((left, size), (right, other)) = (terms(a, p), terms(f, b));
    (left - right).abs() / size.max(other)
}

pub fn stationary(_: &Context) -> Findings {
    let mut found = Findings::default();
    let wells = |x: f64| (1.0 + x * x).powi(3) * (-2.0 * x * x).exp();
    let still = |n| {
        let grid = Grid1::clustered(-4.0, 4.5, n, 1.0, 2.0).unwrap();
        Equation1::steady(&grid, |x| x - x.powi(3), |x| 0.25 * (1.0 + x * x)).stationary(0.0).unwrap()
    };
    let error = |n: usize| (1.0 / n as f64, distance(&still(n), wells));
    let two = Errors::new("two wells, multiplicative noise", [128, 181, 256, 362, 512].map(error), 2.0);
    let v = |x: f64| -3.0 * x + (2.0 * PI * x).cos();
    let tilted = |x: f64| (0..2000).map(|k| (v(x + (f64::from(k) + 0.5) / 2000.0) - v(x)).exp()).sum::<f64>();
    let error = |n: usize| {
        let grid = Grid1::uniform(0.0, 1.0, n).unwrap();
        let force = |x: f64| 3.0 + 2.0 * PI * (2.0 * PI * x).sin();
        let ring = Equation1::steady(&grid, force, |_| 1.0).with_edges(Edges::Periodic);
        (1.0 / n as f64, distance(&ring.stationary(0.0).unwrap(), tilted))
    };
    let ring = Errors::new("a tilted ring with its current", [32, 45, 64, 91].map(error), 2.0);
    let error = |n: usize| {
        let axis = || Grid1::uniform(-4.0, 4.0, n).unwrap();
        let grid = Grid2::new(axis(), axis());
        let still =
            Equation2::steady(&grid, |[x, y]| [-x - 0.7 * y, 0.7 * x - y], |_| [0.5; 2]).stationary(0.0).unwrap();
        let law = |[x, y]: [f64; 2]| normal(x, 0.0, 0.5) * normal(y, 0.0, 0.5);
        (1.0 / n as f64, still.l1_distance(&Density2::from_function(&grid, law).unwrap()).unwrap())
    };
    let plane = Errors::new("a turning Gaussian in the plane", [32, 45, 64, 91].map(error), 2.0);
    let all = vec![two, ring, plane];
    all.iter().for_each(|errors| found.claim(Claim::order(format!("stationary: {}", errors.label), errors)));
    let density = still(256);
    let equation = Equation1::steady(density.grid(), |x| x - x.powi(3), |x| 0.25 * (1.0 + x * x));
    let later = equation.evolve(&density, &super::steps(3.0, 1), Scheme::Exponential).unwrap().density;
    found.claim(Claim::at_most("time leaves it alone", later.l1_distance(&density).unwrap(), 1e-12));
    found.plot(Plot::orders("L1 error against 1/cells", all));
    let norm = Density1::from_function(density.grid(), wells).unwrap().mass();
    let exact = Curve::function("exp(int mu / D) / D", -3.0, 3.0, |x| wells(x) / norm);
    found.plot(Plot::curves(
        "Two wells, noise growing outward",
        "x",
        "density",
        vec![curve("null vector", &density), exact],
    ));
    found
}

fn distance(still: &Density1, law: impl Fn(f64) -> f64) -> f64 {
    still.l1_distance(&Density1::from_function(still.grid(), law).unwrap().normalised()).unwrap()
}

/// Two Gaussians under Ornstein-Uhlenbeck; under the fault the equations have `g^2` where half of it belongs.
pub fn residual(context: &Context) -> Findings {
    let noise = if context.planted(Fault::MissingHalfOnScore) { 2.0 } else { 1.0 };
    let parts = |t: f64| {
        let keep = (-t).exp();
        let part = |weight: f64, mean: f64, v: f64| (weight, mean * keep, v * keep * keep + 0.5 * (1.0 - keep * keep));
        [part(0.3, 1.0, 0.1), part(0.7, -1.5, 0.2)]
    };
    let law = |t: f64, x: f64| parts(t).iter().map(|(w, m, v)| w * normal(x, *m, *v)).sum::<f64>();
    let score = |t: f64, x: &[f64]| {
        let slope: f64 = parts(t).iter().map(|(w, m, v)| w * normal(x[0], *m, *v) * (m - x[0]) / v).sum();
        vec![slope / law(t, x[0])]
    };
    let error = |n: usize| {
        let grid = Grid1::uniform(-6.0, 6.0, n).unwrap();
        let equation = Equation1::steady(&grid, |x| -x, |_| 0.5 * noise);
        (1.0 / n as f64, equation.residual(law, 0.4, 1e-5).unwrap().relative())
    };
    let errors = Errors::new("relative residual of the exact density", [128, 181, 256, 362, 512].map(error), 2.0);
    let points: Vec<Vec<f64>> = (-20..=20).map(|k| vec![0.1 * f64::from(k)]).collect();
    let (drift, rate) = (|_: f64, x: &[f64]| vec![-x[0]], |_: f64| noise);
    let equation = ScoreEquation { drift: &drift, noise_rate: &rate };
    let of_score = equation.residual(&score, 0.4, &points, 0.01, 0.01).unwrap().relative();
    let mut found = Findings::default();
    found.claim(Claim::order("the residual of the exact density is the error of discretisation", &errors));
    found.claim(Claim::at_most("the residual of the exact score", of_score, 1e-5));
    let pulled = |t: f64, x: &[f64]| vec![score(t, x)[0] - 0.1 * x[0]];
    let wrong = equation.residual(&pulled, 0.4, &points, 0.01, 0.01).unwrap().relative();
    found.claim(Claim::at_least("the residual of a score with a tenth too much pull", wrong, 0.05));
    found.plot(Plot::orders("Residual against 1/cells", vec![errors]));
    found
}
