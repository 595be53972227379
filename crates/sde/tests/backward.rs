//! Kolmogorov's backward equation, by the transposed operator: order 2, and expectations in closed form.

use ito_sde::Times;
use ito_sde::fokker_planck::{Edges, Equation1, Equation2, Grid1, Grid2, Scheme, Side};
use ito_testkit::Slope;
use std::f64::consts::PI;

/// `L f = b f' + D f''`, away from the sides and for a diffusion that depends on the place.
#[test]
fn the_backward_operator_is_the_generator_of_ito_with_order_two() {
    let (b, d) = (|x: f64| (2.0 * x).cos() - x, |x: f64| 0.5 + 0.3 * x.sin());
    let lf = |x: f64| b(x) * 3.0 * (3.0 * x).cos() - d(x) * 9.0 * (3.0 * x).sin();
    let error = |n| {
        let grid = Grid1::clustered(-2.0, 2.0, n, 0.3, 1.5).unwrap();
        let f: Vec<f64> = grid.centers().iter().map(|x| (3.0 * x).sin()).collect();
        let found = Equation1::steady(&grid, b, d).generator(0.0).unwrap().backward(&f).unwrap();
        let inner = 1..n - 1;
        inner.map(|i| (found[i] - lf(grid.center(i))).abs() * grid.width(i)).sum()
    };
    Slope::fit([128, 152, 181, 215, 256].map(|n| (n, error(n))).to_vec()).assert("L f", 2.0, 0.1);
}

/// `E[X_T | x] = x e^{-T}` and `E[X_T^2 | x] = x^2 e^{-2T} + D (1 - e^{-2T})`: constants are exact, the rest of order 2.
#[test]
fn expectations_of_ornstein_uhlenbeck_are_met_with_order_two() {
    let times = Times::uniform(0.0, 0.8, 1).unwrap();
    let error = |n| {
        let grid = Grid1::uniform(-6.0, 6.0, n).unwrap();
        let equation = Equation1::steady(&grid, |x| -x, |_| 0.5);
        let one = equation.expectation(&vec![1.0; n], &times).unwrap();
        assert!(one.iter().all(|u| (u - 1.0).abs() < 1e-12));
        let square: Vec<f64> = grid.centers().iter().map(|x| x * x).collect();
        let u = equation.expectation(&square, &times).unwrap();
        let keep = (-1.6_f64).exp();
        let near = (0..n).filter(|i| grid.center(*i).abs() < 2.0);
        near.map(|i| (u[i] - square[i] * keep - 0.5 * (1.0 - keep)).abs()).fold(0.0, f64::max)
    };
    Slope::fit([96, 114, 136, 161, 192].map(|n| (n, error(n))).to_vec()).assert("second moment", 2.0, 0.1);
}

/// Never absorbed by `T`, from the middle of two absorbing sides: `sum 4/(pi k) (-1)^((k-1)/2) e^{-D pi^2 k^2 T}`, odd `k`.
#[test]
fn the_survival_probability_solves_the_backward_equation() {
    let grid = Grid1::uniform(0.0, 1.0, 201).unwrap();
    let equation = Equation1::steady(&grid, |_| 0.0, |_| 0.3).with_edges(Edges::ABSORBING);
    let u = equation.expectation(&[1.0; 201], &Times::uniform(0.0, 0.2, 1).unwrap()).unwrap();
    let term = |j: i32| {
        let k = f64::from(2 * j + 1);
        4.0 / (PI * k) * f64::from(1 - 2 * (j % 2)) * (-0.3 * PI * PI * k * k * 0.2).exp()
    };
    let exact: f64 = (0..20).map(term).sum();
    assert!((u[100] - exact).abs() < 2e-5, "{} {exact}", u[100]);
}

/// Coefficients that know the time: the backward steps run through the same midpoints in the other direction.
#[test]
fn backward_and_forward_agree_in_the_plane_with_moving_coefficients() {
    let grid = Grid2::new(Grid1::clustered(-1.0, 1.0, 9, 0.2, 0.5).unwrap(), Grid1::uniform(0.0, 1.0, 7).unwrap());
    let equation =
        Equation2::new(&grid, |t, [x, y]| [(3.0 * t).sin() - y, x + t], |t, [x, y]| [0.1 + t, 0.2 + x * y + t])
            .with_edges(Edges::Sides { left: Side::Open, right: Side::Absorbing }, Edges::Periodic);
    let equation = &equation;
    let times = Times::uniform(1.0, 2.0, 7).unwrap();
    let f: Vec<f64> = (0..63).map(|i| (1.3 * f64::from(i)).sin()).collect();
    let u = equation.expectation(&f, &times).unwrap();
    let start = ito_sde::fokker_planck::Density2::from_function(&grid, |[x, y]| 1.0 + x * y).unwrap();
    let end = equation.evolve(&start, &times, Scheme::Exponential).unwrap().density;
    let inner = |a: &[f64], b: &[f64]| -> f64 { (0..63).map(|i| a[i] * b[i] * grid.area(i)).sum() };
    let (back, forth) = (inner(&u, start.values()), inner(&f, end.values()));
    assert!((back - forth).abs() < 1e-13, "{back} {forth}");
}
