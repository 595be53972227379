//! In the plane: order in space and in time against a turning Gaussian.

mod fokker_planck_support;

use fokker_planck_support::{normal, sound, steps};
use ito_sde::fokker_planck::{Density2, Edges, Equation2, Grid1, Grid2, Scheme};
use ito_testkit::Slope;
use std::f64::consts::PI;

/// `dX = -X dt + 0.8 J X dt + dW` from `N((1, 0), 0.2 I)`.
fn law(t: f64, [x, y]: [f64; 2]) -> f64 {
    let (mean, variance) = ((-t).exp(), 0.2 * (-2.0 * t).exp() + 0.5 * (1.0 - (-2.0 * t).exp()));
    normal(x, mean * (0.8 * t).cos(), variance) * normal(y, mean * (0.8 * t).sin(), variance)
}

fn turning(grid: &Grid2) -> Equation2<'static> {
    Equation2::steady(grid, |[x, y]| [-x - 0.8 * y, 0.8 * x - y], |_| [0.5; 2])
}

#[test]
fn a_turning_gaussian_is_of_order_two_in_space_on_uniform_and_stretched_grids() {
    for stretch in [1.5, 1e3] {
        let error = |n: usize| {
            let axis = |cells| Grid1::clustered(-4.0, 4.0, cells, 0.3, stretch).unwrap();
            let grid = Grid2::new(axis(n), axis(n + 5));
            let start = Density2::from_function(&grid, |at| law(0.0, at)).unwrap();
            let run = turning(&grid).evolve(&start, &steps(0.7, 1), Scheme::Exponential).unwrap();
            sound(&run.balance);
            run.density.l1_distance(&Density2::from_function(&grid, |at| law(0.7, at)).unwrap()).unwrap()
        };
        Slope::fit([48, 57, 68, 81, 96].map(|n| (n, error(n))).to_vec()).assert("turning Gaussian", 2.0, 0.1);
    }
}

/// Mean and covariance of the density are those of the law.
#[test]
fn moments_and_marginals_of_a_density_in_the_plane_are_right() {
    let grid = Grid2::new(Grid1::uniform(-4.0, 4.0, 90).unwrap(), Grid1::uniform(-3.0, 3.0, 70).unwrap());
    let p = Density2::from_function(&grid, |[x, y]| normal(x, 0.4, 0.3) * normal(y - 0.5 * x, 0.0, 0.1)).unwrap();
    let [mx, my] = p.mean();
    assert!((mx - 0.4).abs() < 1e-9 && (my - 0.2).abs() < 1e-3, "{mx} {my}");
    let [xx, xy, yy] = p.covariance();
    assert!((xx - 0.3).abs() < 2e-3 && (xy - 0.15).abs() < 2e-3 && (yy - 0.175).abs() < 2e-3, "{xx} {xy} {yy}");
    let (x, y) = (p.marginal_x(), p.marginal_y());
    assert!((p.probability([-0.3, -9.0], [0.7, 9.0]) - x.probability(-0.3, 0.7)).abs() < 1e-13);
    assert!((p.probability([-9.0, 0.1], [9.0, 0.2]) - y.probability(0.1, 0.2)).abs() < 1e-13);
    assert!((x.mean() - mx).abs() < 1e-13 && (y.variance() - yy).abs() < 1e-13 && (x.mass() - p.mass()).abs() < 1e-13);
}

/// Coefficients that know the time, a source, all kinds of sides: against the exponential with many steps.
fn order(scheme: Scheme, expected: f64, counts: [usize; 5]) {
    let grid = Grid2::new(Grid1::uniform(-1.0, 1.0, 12).unwrap(), Grid1::uniform(0.0, 2.0, 10).unwrap());
    let equation = Equation2::new(
        &grid,
        |t, [x, y]| [(2.0 * t + 2.0 * y).sin() - x, (3.0 * t).cos() * x],
        |t, [x, y]| [0.2 + 0.1 * (4.0 * t + x).sin(), 0.15 + 0.1 * (t - PI * y).cos()],
    )
    .with_edges(Edges::ABSORBING, Edges::Periodic)
    .with_source(|t, [x, _]| (5.0 * t).sin().powi(2) * (1.0 - x * x));
    let start = Density2::from_function(&grid, |[x, y]| (1.0 - x * x) * (1.0 + 0.8 * (PI * y).sin())).unwrap();
    let run = |count, scheme| {
        let run = equation.evolve(&start, &steps(1.0, count), scheme).unwrap();
        sound(&run.balance);
        run.density
    };
    let fine = run(2048, Scheme::Exponential);
    let error = |n| run(n, scheme).l1_distance(&fine).unwrap();
    Slope::fit(counts.map(|n| (n, error(n))).to_vec()).assert(&format!("{scheme:?}"), expected, 0.1);
}

#[test]
fn in_the_plane_the_exponential_step_is_of_order_two() {
    order(Scheme::Exponential, 2.0, [16, 23, 32, 45, 64]);
}

#[test]
fn in_the_plane_implicit_euler_line_by_line_is_of_order_one() {
    order(Scheme::ImplicitEuler, 1.0, [256, 304, 362, 431, 512]);
}

#[test]
fn in_the_plane_split_crank_nicolson_is_of_order_two() {
    order(Scheme::CrankNicolson, 2.0, [32, 45, 64, 91, 128]);
}
