//! How badly something violates the equation: nothing that is exact, and much that lacks a factor.

mod fokker_planck_support;

use fokker_planck_support::{Linear, normal};
use ito_sde::fokker_planck::{Equation1, Equation2, Grid1, Grid2, ScoreEquation};
use ito_testkit::Slope;

const OU: Linear = Linear { pull: -1.0, center: 0.0, diffusion: 0.5, mean: 1.0, variance: 0.1 };

/// Two Gaussians under Ornstein-Uhlenbeck: weights stay, each moves by itself.
fn mixture(t: f64, x: f64) -> f64 {
    let other = Linear { mean: -1.5, variance: 0.2, ..OU };
    0.3 * OU.density(t, x) + 0.7 * other.density(t, x)
}

#[test]
fn the_residual_of_an_exact_density_is_of_order_two() {
    let error = |n: usize| {
        let grid = Grid1::clustered(-6.0, 6.0, n, 0.5, 2.0).unwrap();
        OU.equation(&grid).residual(mixture, 0.4, 10.0 / (n * n) as f64).unwrap().relative()
    };
    Slope::fit([128, 152, 181, 215, 256].map(|n| (n, error(n))).to_vec()).assert("density residual", 2.0, 0.1);
    assert!(error(256) < 2e-3);
}

#[test]
fn a_missing_half_and_an_advective_form_violate_the_equation() {
    let grid = Grid1::uniform(-6.0, 6.0, 300).unwrap();
    let residual = |equation: Equation1| equation.residual(mixture, 0.4, 1e-4).unwrap().relative();
    assert!(residual(Equation1::steady(&grid, |x| -x, |_| 1.0)) > 0.3);
    // -b p' = -(b p)' + b' p: what it lacks is a source.
    assert!(residual(OU.equation(&grid).with_source(|t, x| -mixture(t, x))) > 0.3);
    assert!(residual(OU.equation(&grid)) < 2e-3);
}

#[test]
fn the_residual_in_the_plane_is_of_order_two() {
    let law = |t: f64, [x, y]: [f64; 2]| {
        let (mean, variance) = ((-t).exp(), 0.2 * (-2.0 * t).exp() + 0.5 * (1.0 - (-2.0 * t).exp()));
        normal(x, mean * (0.8 * t).cos(), variance) * normal(y, mean * (0.8 * t).sin(), variance)
    };
    let error = |n: usize| {
        let grid = Grid2::new(Grid1::uniform(-4.0, 4.0, n).unwrap(), Grid1::uniform(-4.0, 4.0, n).unwrap());
        let equation = Equation2::steady(&grid, |[x, y]| [-x - 0.8 * y, 0.8 * x - y], |_| [0.5; 2]);
        equation.residual(law, 0.5, 1e-4).unwrap().relative()
    };
    Slope::fit([64, 76, 91, 108, 128].map(|n| (n, error(n))).to_vec()).assert("residual in the plane", 2.0, 0.1);
}

#[test]
fn the_exact_score_fulfils_its_equation_and_one_without_the_half_does_not() {
    let score = |t: f64, x: &[f64]| vec![slope(|x| mixture(t, x).ln(), x[0])];
    let points: Vec<Vec<f64>> = (-20..=20).map(|k| vec![0.1 * f64::from(k)]).collect();
    let drift = |_: f64, x: &[f64]| vec![-x[0]];
    let with = |rate: f64| {
        let noise_rate = move |_| rate;
        ScoreEquation { drift: &drift, noise_rate: &noise_rate }
            .residual(&score, 0.4, &points, 0.01, 0.01)
            .unwrap()
            .relative()
    };
    assert!(with(1.0) < 1e-5, "{}", with(1.0));
    assert!(with(2.0) > 0.5 && with(0.5) > 0.2, "{} {}", with(2.0), with(0.5));
}

/// At rest `s = 2 b / g^2`, and all terms cancel, `div f` among them, which a linear drift does not show.
#[test]
fn the_score_of_a_double_well_at_rest_fulfils_its_equation() {
    let drift = |_: f64, x: &[f64]| vec![x[0] - x[0].powi(3)];
    let score = |t: f64, x: &[f64]| vec![4.0 * drift(t, x)[0]];
    let points: Vec<Vec<f64>> = (-15..=15).map(|k| vec![0.1 * f64::from(k)]).collect();
    let with = |rate: f64| {
        let noise_rate = move |_| rate;
        ScoreEquation { drift: &drift, noise_rate: &noise_rate }
            .residual(&score, 0.0, &points, 0.01, 0.01)
            .unwrap()
            .violation
    };
    assert!(with(0.5) < 1e-6 && with(1.0) > 1.0, "{} {}", with(0.5), with(1.0));
}

/// A turning Gaussian in the plane with a noise rate that moves: `v' = -2 v + g^2`, `g^2 = 2 + t`.
#[test]
fn the_score_equation_holds_in_the_plane_with_moving_noise() {
    let variance = |t: f64| 0.2 * (-2.0 * t).exp() + 0.75 * (1.0 - (-2.0 * t).exp()) + 0.5 * t;
    let score = |t: f64, x: &[f64]| {
        let m = [(-t).exp() * (0.8 * t).cos(), (-t).exp() * (0.8 * t).sin()];
        vec![-(x[0] - m[0]) / variance(t), -(x[1] - m[1]) / variance(t)]
    };
    let drift = |_: f64, x: &[f64]| vec![-x[0] - 0.8 * x[1], 0.8 * x[0] - x[1]];
    let points: Vec<Vec<f64>> =
        (0..25).map(|k| vec![0.5 * f64::from(k % 5) - 1.0, 0.5 * f64::from(k / 5) - 1.0]).collect();
    let noise_rate = |t: f64| 2.0 + t;
    let residual =
        ScoreEquation { drift: &drift, noise_rate: &noise_rate }.residual(&score, 0.6, &points, 0.01, 0.01).unwrap();
    assert!(residual.relative() < 1e-6, "{residual:?}");
    let half = |t: f64| 0.5 * noise_rate(t);
    let wrong = ScoreEquation { drift: &drift, noise_rate: &half }.residual(&score, 0.6, &points, 0.01, 0.01).unwrap();
    assert!(wrong.relative() > 0.3, "{wrong:?}");
}

/// Of order 4, with a step at which rounding does not count.
fn slope(f: impl Fn(f64) -> f64, x: f64) -> f64 {
    let h = 1e-3;
    (8.0 * (f(x + h) - f(x - h)) - f(x + 2.0 * h) + f(x - 2.0 * h)) / (12.0 * h)
}

#[test]
fn a_score_of_another_size_no_points_and_no_step_are_refused() {
    let (drift, noise_rate) = (|_: f64, x: &[f64]| x.to_vec(), |_: f64| 1.0);
    let equation = ScoreEquation { drift: &drift, noise_rate: &noise_rate };
    let short = |_: f64, _: &[f64]| vec![1.0];
    let points = [vec![0.0, 1.0]];
    let size = ito_sde::SdeError::Dimension { name: "the score", expected: 2, found: 1 };
    assert_eq!(equation.residual(&short, 0.0, &points, 0.1, 0.1), Err(size));
    assert!(equation.residual(&drift, 0.0, &[], 0.1, 0.1).is_err());
    assert!(equation.residual(&drift, 0.0, &points, 0.0, 0.1).is_err());
}
