//! Stationary densities, directly: on a line, on a ring, in the plane, with a source.

mod fokker_planck_support;

use fokker_planck_support::{normal, steps};
use ito_sde::fokker_planck::{
    Density1, Density2, Edges, Equation1, Equation2, FokkerPlanckError, Grid1, Grid2, Scheme, Side,
};
use ito_testkit::Slope;
use std::f64::consts::PI;

const SIZES: [usize; 5] = [128, 152, 181, 215, 256];

/// `exp(int b/D) / D`, here `(1 + x^2)^(1/s - 1) e^{-x^2 / 2s}` for `b = x - x^3`, `D = s (1 + x^2)`, `s = 0.25`.
#[test]
fn two_wells_with_noise_that_grows_outward_are_of_order_two() {
    let s = 0.25;
    let law = |x: f64| (1.0 + x * x).powf(1.0 / s - 1.0) * (-x * x / (2.0 * s)).exp();
    let error = |n| {
        let grid = Grid1::clustered(-4.0, 4.5, n, 1.0, 2.0).unwrap();
        let equation = Equation1::steady(&grid, |x| x - x.powi(3), |x| s * (1.0 + x * x));
        distance(&equation.stationary(0.0).unwrap(), law)
    };
    Slope::fit(SIZES.map(|n| (n, error(n))).to_vec()).assert("two wells", 2.0, 0.1);
}

/// The null vector: the generator leaves it alone, and time does.
#[test]
fn a_stationary_density_stays() {
    let grid = Grid1::uniform(-2.5, 2.5, 80).unwrap();
    for edges in [Edges::REFLECTING, Edges::Periodic] {
        let equation = Equation1::steady(&grid, |x| x - x.powi(3) + 0.3, |x| 0.2 + 0.1 * x.cos()).with_edges(edges);
        let still = equation.stationary(0.0).unwrap();
        let change = equation.generator(0.0).unwrap().forward(still.values()).unwrap();
        assert!(change.iter().all(|c| c.abs() < 1e-12), "{change:?}");
        let run = equation.evolve(&still, &steps(5.0, 1), Scheme::Exponential).unwrap();
        assert!(run.density.l1_distance(&still).unwrap() < 1e-12);
        assert!((still.mass() - 1.0).abs() < 1e-14);
    }
}

/// The ratio of the wells of a barrier of 30 kT and a difference of 90: e^90 without a loss of digits.
#[test]
fn ratios_of_masses_are_right_over_many_orders_of_magnitude() {
    let grid = Grid1::uniform(-1.0, 1.0, 400).unwrap();
    let equation = Equation1::steady(&grid, |_| 45.0, |_| 1.0);
    let still = equation.stationary(0.0).unwrap();
    for i in 0..399 {
        let ratio = still.values()[i + 1] / still.values()[i];
        assert!((ratio / (45.0 * 0.005_f64).exp() - 1.0).abs() < 1e-12);
    }
    assert!(still.values()[0] > 0.0 && still.values()[0] < 1e-36);
}

/// A tilted ring carries a current: `p(x) = int_0^1 exp(V(x + u) - V(x)) du / Z`, `V = -F x + cos(2 pi x)`, by quadrature.
#[test]
fn a_tilted_ring_with_a_current_is_of_order_two() {
    let tilt = 3.0;
    let v = |x: f64| -tilt * x + (2.0 * PI * x).cos();
    let law = |x: f64| {
        let term = |u: f64| (v(x + u) - v(x)).exp();
        let trapezoid: f64 =
            (0..2000).map(|k| 0.5 * (term(f64::from(k) / 2000.0) + term(f64::from(k + 1) / 2000.0))).sum();
        trapezoid / 2000.0
    };
    let error = |n| {
        let grid = Grid1::uniform(0.0, 1.0, n).unwrap();
        let force = |x: f64| tilt + 2.0 * PI * (2.0 * PI * x).sin();
        let still = Equation1::steady(&grid, force, |_| 1.0).with_edges(Edges::Periodic).stationary(0.0).unwrap();
        distance(&still, law)
    };
    Slope::fit([32, 38, 45, 54, 64].map(|n| (n, error(n))).to_vec()).assert("tilted ring", 2.0, 0.1);
}

/// `D p'' + s = 0` between absorbing sides: a parabola, whose outflow is the source.
#[test]
fn a_source_between_absorbing_sides_makes_a_parabola() {
    let error = |n| {
        let grid = Grid1::uniform(0.0, 1.0, n).unwrap();
        let equation = Equation1::steady(&grid, |_| 0.0, |_| 0.4).with_edges(Edges::ABSORBING).with_source(|_, _| 2.0);
        let still = equation.stationary(0.0).unwrap();
        let run = equation.evolve(&still, &steps(1.0, 1), Scheme::Exponential).unwrap();
        assert!((run.balance.total_outflow() - 2.0).abs() < 1e-11 && (run.balance.source - 2.0).abs() < 1e-14);
        let exact = Density1::from_function(&grid, |x| 2.0 / 0.8 * x * (1.0 - x)).unwrap();
        still.l1_distance(&exact).unwrap()
    };
    Slope::fit([32, 38, 45, 54, 64].map(|n| (n, error(n))).to_vec()).assert("parabola", 2.0, 0.1);
}

/// Drift around the origin adds a current that the Gaussian does not see.
#[test]
fn a_turning_gaussian_in_the_plane_is_of_order_two() {
    let error = |n: usize| {
        let grid =
            Grid2::new(Grid1::uniform(-4.0, 4.0, n).unwrap(), Grid1::clustered(-4.2, 4.1, n + 3, 0.0, 3.0).unwrap());
        let drift = |[x, y]: [f64; 2]| [-x - 0.7 * y, 0.7 * x - y];
        let still = Equation2::steady(&grid, drift, |_| [0.5, 0.5]).stationary(0.0).unwrap();
        let exact = Density2::from_function(&grid, |[x, y]| normal(x, 0.0, 0.5) * normal(y, 0.0, 0.5)).unwrap();
        still.l1_distance(&exact).unwrap()
    };
    Slope::fit([32, 38, 45, 54, 64].map(|n| (n, error(n))).to_vec()).assert("turning Gaussian", 2.0, 0.1);
}

/// A drift without divergence leaves the flat density alone, on a torus of either shape, exactly.
#[test]
fn a_flow_without_divergence_on_a_torus_is_flat() {
    for (nx, ny) in [(12, 7), (7, 12), (9, 9)] {
        let axis = |n| Grid1::uniform(0.0, 2.0 * PI, n).unwrap();
        let grid = Grid2::new(axis(nx), axis(ny));
        let equation = Equation2::steady(&grid, |[x, y]| [y.sin(), (2.0 * x).cos()], |_| [0.1, 0.3])
            .with_edges(Edges::Periodic, Edges::Periodic);
        let still = equation.stationary(0.0).unwrap();
        let flat = 1.0 / (2.0 * PI).powi(2);
        assert!(still.values().iter().all(|p| (p / flat - 1.0).abs() < 1e-12), "{:?}", still.values());
    }
}

/// A source in the plane, absorbed at two sides: the discrete equation holds.
#[test]
fn a_source_in_the_plane_balances_what_leaves() {
    let grid = Grid2::new(Grid1::uniform(0.0, 1.0, 11).unwrap(), Grid1::uniform(0.0, 2.0, 8).unwrap());
    let equation = Equation2::steady(&grid, |[x, y]| [y, -x], |[x, _]| [0.2 + x, 0.3])
        .with_edges(Edges::Sides { left: Side::Absorbing, right: Side::Open }, Edges::Periodic)
        .with_source(|_, [x, y]| x + y);
    let still = equation.stationary(0.0).unwrap();
    let change = equation.generator(0.0).unwrap().forward(still.values()).unwrap();
    let source = equation.source(0.0).unwrap();
    assert!(change.iter().zip(&source).all(|(c, s)| (c + s).abs() < 1e-11), "{change:?}");
}

#[test]
fn what_has_no_stationary_density_says_why() {
    let grid = Grid1::uniform(0.0, 1.0, 10).unwrap();
    let plane = Grid2::new(grid.clone(), grid.clone());
    let line = |drift: fn(f64) -> f64, d: fn(f64) -> f64, edges| Equation1::steady(&grid, drift, d).with_edges(edges);
    assert_eq!(line(|_| 0.0, |_| 1.0, Edges::ABSORBING).stationary(0.0), Err(FokkerPlanckError::MassLeaves));
    let fed = line(|_| 0.0, |_| 1.0, Edges::REFLECTING).with_source(|_, _| 1.0);
    assert_eq!(fed.stationary(0.0), Err(FokkerPlanckError::MassGrows));
    let fed = line(|_| 0.0, |_| 1.0, Edges::Periodic).with_source(|_, _| 1.0);
    assert_eq!(fed.stationary(0.0), Err(FokkerPlanckError::MassGrows));
    let fed = Equation2::steady(&plane, |_| [0.0; 2], |_| [1.0; 2]).with_source(|_, _| 1.0);
    assert_eq!(fed.stationary(0.0), Err(FokkerPlanckError::MassGrows));
    // Two wells without noise keep what they have; one well takes all.
    let two = line(|x| (4.0 * PI * x).sin(), |_| 0.0, Edges::REFLECTING);
    assert!(matches!(two.stationary(0.0), Err(FokkerPlanckError::NotConnected { .. })), "{:?}", two.stationary(0.0));
    let still = Equation2::steady(&plane, |_| [0.0; 2], |_| [0.0; 2]).stationary(0.0);
    assert_eq!(still, Err(FokkerPlanckError::NotConnected { cell: 0 }));
    let one = line(|_| 1.0, |_| 0.0, Edges::REFLECTING).stationary(0.0).unwrap();
    assert!((one.values()[9] - 10.0).abs() < 1e-13 && one.values()[8] == 0.0);
}

fn distance(still: &Density1, law: impl Fn(f64) -> f64) -> f64 {
    let exact = Density1::from_function(still.grid(), law).unwrap().normalised();
    still.l1_distance(&exact).unwrap()
}

/// Masses in the ratio e^800 and more: the product's and the ring's closed forms, where one overflowed once.
#[test]
fn masses_that_would_overflow_are_scaled() {
    for d in [0.1, 0.05] {
        let axis = Grid1::uniform(-10.0, 10.0, 60).unwrap();
        let grid = Grid2::new(axis.clone(), axis.clone());
        let still = Equation2::steady(&grid, |[x, y]| [-x, -y], |_| [d; 2]).stationary(0.0).unwrap();
        let line = Equation1::steady(&axis, |x| -x, |_| d).stationary(0.0).unwrap();
        assert!((still.mass() - 1.0).abs() < 1e-12);
        assert!(still.marginal_x().l1_distance(&line).unwrap() < 1e-11);
    }
    let ring = Grid1::uniform(0.0, 2.0 * PI, 400).unwrap();
    let equation = Equation1::steady(&ring, |x| 400.0 * x.sin(), |_| 1.0);
    let (cut, around) =
        (equation.stationary(0.0).unwrap(), equation.with_edges(Edges::Periodic).stationary(0.0).unwrap());
    assert!(around.l1_distance(&cut).unwrap() < 1e-11);
}
