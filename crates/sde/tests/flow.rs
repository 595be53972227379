//! Flows: inverse, semigroup, order, uniqueness, and the density that they carry.

use ito_sde::SdeError;
use ito_sde::ode::{Adaptive, Flow, LinearFlow, OdeError, VectorField, continuity_residual, divergence_by_differences};
use ito_testkit::Mixture;
use ndarray::{Array1, Array2, array};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

#[test]
fn flows_are_inverted_by_going_back() {
    check(48, |field, [s, t, _], x| {
        let flow = Flow::new(&field, tight());
        let there = flow.map(s, t, &x).unwrap();
        assert_close(&flow.map(t, s, &there).unwrap(), &x, 1e-10);
    });
}

#[test]
fn flows_compose() {
    check(48, |field, [r, s, t], x| {
        let flow = Flow::new(&field, tight());
        let stopped = flow.map(s, t, &flow.map(r, s, &x).unwrap()).unwrap();
        assert_close(&stopped, &flow.map(r, t, &x).unwrap(), 1e-10);
    });
}

#[test]
fn paths_on_the_line_never_cross() {
    check(32, |field, [_, s, t], mut x| {
        x.as_slice_mut().unwrap().sort_by(f64::total_cmp);
        let keeps_order = |_: f64, x: &Array2<f64>| {
            assert!(x.as_slice().unwrap().is_sorted(), "{x}");
            Ok(())
        };
        let start = x.clone();
        let end = tight().watch(&field, s, t, x, keeps_order).unwrap().state;
        // Strictly: what was apart stays apart.
        for k in 1..start.len() {
            assert!(start[[k, 0]] - start[[k - 1, 0]] < 1e-6 || end[[k, 0]] > end[[k - 1, 0]], "{start} {end}");
        }
    });
}

#[test]
fn the_linear_flow_is_exact_and_the_solver_agrees() {
    let config = config(48);
    proptest!(config, |(theta in -2.0..2.0_f64, from in -1.0..1.0_f64, to in -1.0..1.0_f64, x in -3.0..3.0_f64)| {
        let flow = LinearFlow::new(theta).unwrap();
        let start = array![[x]];
        let exact = flow.map(from, to, &start);
        prop_assert!((exact[[0, 0]] - (-theta * (to - from)).exp() * x).abs() < 1e-15 * (1.0 + exact[[0, 0]].abs()));
        assert_close(&flow.map(to, from, &exact), &start, 1e-14);
        assert_close(&Flow::new(&flow, tight()).map(from, to, &start).unwrap(), &exact, 1e-10);
    });
    assert!(matches!(LinearFlow::new(f64::INFINITY), Err(SdeError::NotFinite { name: "theta", .. })));
}

/// Both `x = 0` and `x = t^2 / 4` solve `x' = sqrt|x|` from 0; the solver finds the first, and the check says that it need not be.
#[test]
fn the_root_of_x_has_two_solutions_and_is_answered_so() {
    let root = |_t: f64, x: &Array2<f64>| x.mapv(|x| x.abs().sqrt());
    for t in [0.3, 1.0, 2.5] {
        let h = 1e-5;
        for solution in [(|_| 0.0) as fn(f64) -> f64, |t| t * t / 4.0] {
            let slope = (solution(t + h) - solution(t - h)) / (2.0 * h);
            assert!((slope - root(t, &array![[solution(t)]])[[0, 0]]).abs() < 1e-9);
            assert_eq!(solution(0.0), 0.0);
        }
    }
    let flow = Flow::new(&root, tight());
    assert_eq!(flow.map(0.0, 1.0, &array![[0.0]]).unwrap(), array![[0.0]]);
    match flow.map_unique(0.0, 1.0, &array![[0.5], [0.0]]).unwrap_err() {
        OdeError::NotUnique { t: 0.0, x: 0.0, lipschitz, row: 1 } => assert!(lipschitz > 1e4, "{lipschitz}"),
        other => panic!("{other:?}"),
    }
    // Away from 0 the solution is (sqrt x + t/2)^2.
    let end = flow.map_unique(0.0, 1.0, &array![[0.25], [2.0]]).unwrap();
    assert!((end[[0, 0]] - 1.0).abs() < 1e-10);
    // Backward in time it reaches 0 at t = -1 from 1/4, and may wait there.
    match flow.map_unique(0.0, -3.0, &array![[0.25]]).unwrap_err() {
        OdeError::NotUnique { t, x, .. } => assert!((-3.0..-0.99).contains(&t) && x.abs() < 1.1, "{t} {x}"),
        OdeError::StepTooSmall { t, .. } => panic!("stuck at {t}"),
        other => panic!("{other:?}"),
    }
}

/// Steps so long that no accepted point is near the singular one: the steps themselves are searched.
#[test]
fn singular_points_between_steps_are_found() {
    let loose = Adaptive::new(0.1, 0.1).unwrap();
    for start in [0.25, 0.3, 0.37, 0.5, 0.81, 1.3] {
        let root = |_t: f64, x: &Array2<f64>| x.mapv(|x| x.abs().sqrt());
        let found = Flow::new(&root, loose).map_unique(0.0, -4.0, &array![[start]]);
        assert!(matches!(found, Err(OdeError::NotUnique { .. })), "{start}: {found:?}");
    }
}

#[test]
fn the_check_of_uniqueness_follows_the_direction_of_time() {
    let contracting = |_t: f64, x: &Array2<f64>| x.mapv(|x| -x.signum() * x.abs().sqrt());
    let loose = Flow::new(&contracting, Adaptive::new(1e-6, 1e-6).unwrap());
    assert!(loose.map_unique(0.0, 0.5, &array![[0.0]]).is_ok());
    assert!(matches!(loose.map_unique(0.5, 0.0, &array![[0.0]]), Err(OdeError::NotUnique { t: 0.5, .. })));
    let jump = |_t: f64, x: &Array2<f64>| x.mapv(|x| if x > 0.0 { 1.0 } else { -1.0 });
    let flow = Flow::new(&jump, Adaptive::new(1e-6, 1e-6).unwrap());
    assert!(matches!(flow.map_unique(0.0, 1.0, &array![[0.0]]), Err(OdeError::NotUnique { .. })));
}

#[test]
fn lipschitz_fields_pass_the_check_of_uniqueness() {
    check(24, |field, [s, t, _], x| {
        let flow = Flow::new(&field, Adaptive::new(1e-6, 1e-8).unwrap());
        assert_eq!(flow.map_unique(s, t, &x).unwrap(), flow.map(s, t, &x).unwrap());
    });
    let adaptive = Adaptive::new(1e-6, 1e-8).unwrap();
    let stiff = |_t: f64, x: &Array2<f64>| x.mapv(|x| -1000.0 * x);
    assert!(Flow::new(&stiff, adaptive).map_unique(0.0, 0.1, &array![[1.0], [0.0]]).is_ok());
    // Lipschitz with a corner, and Osgood's x log x, unique without a Lipschitz bound.
    let corner = |_t: f64, x: &Array2<f64>| x.mapv(f64::abs);
    assert!(Flow::new(&corner, adaptive).map_unique(0.0, 1.0, &array![[0.0], [-1.0]]).is_ok());
    let osgood = |_t: f64, x: &Array2<f64>| x.mapv(|x| if x == 0.0 { 0.0 } else { x * x.abs().ln() });
    for to in [1.0, -1.0] {
        assert!(Flow::new(&osgood, adaptive).map_unique(0.0, to, &array![[0.0], [0.3]]).is_ok());
    }
}

#[test]
fn the_log_density_along_the_linear_flow_is_the_exact_gaussian_one() {
    let (theta, deviation) = (0.8, 0.7);
    let flow = LinearFlow::new(theta).unwrap();
    let x = array![[0.4, -1.2, 0.0], [2.0, 0.1, -0.3]];
    let log_normal = |x: &Array2<f64>, s: f64| -> Vec<f64> {
        let each = |x: f64| -0.5 * (x / s).powi(2) - (s * (2.0 * std::f64::consts::PI).sqrt()).ln();
        x.rows().into_iter().map(|row| row.iter().map(|x| each(*x)).sum()).collect()
    };
    let solved = Flow::new(&flow, tight());
    let start = log_normal(&x, deviation);
    let trace = |_: f64, x: &Array2<f64>| vec![-theta * x.ncols() as f64; x.nrows()];
    let (end, log_p) = solved.map_log_density(0.0, 1.5, &x, &start, &trace).unwrap();
    let exact = log_normal(&end, deviation * (-theta * 1.5_f64).exp());
    assert!(log_p.iter().zip(&exact).all(|(a, b)| (a - b).abs() < 1e-10), "{log_p:?} {exact:?}");
    // And by differences, over the unit vectors.
    let unit = |k: usize| Array2::from_shape_fn(x.dim(), |(_, j)| f64::from(u8::from(j == k)));
    let units = [unit(0), unit(1), unit(2)];
    let differences = divergence_by_differences(&flow, &units, 1e-3).unwrap();
    let (_, by_differences) = solved.map_log_density(0.0, 1.5, &x, &start, &differences).unwrap();
    assert!(by_differences.iter().zip(&exact).all(|(a, b)| (a - b).abs() < 1e-9), "{by_differences:?} {exact:?}");
}

/// `x' = sin x` takes `tan(x/2)` to `e^t tan(x/2)`.
#[test]
fn the_log_density_along_a_nonlinear_flow_is_that_of_the_change_of_variables() {
    let field = |_t: f64, x: &Array2<f64>| x.mapv(f64::sin);
    let slope = |_t: f64, x: &Array2<f64>| x.rows().into_iter().map(|row| row[0].cos()).collect::<Vec<f64>>();
    let law = Mixture::two_modes();
    let x = Array2::from_shape_fn((9, 1), |(k, _)| -2.4 + 0.6 * k as f64);
    let start: Vec<f64> = x.iter().map(|x| law.log_density(*x)).collect();
    let ones = [Array2::ones((9, 1))];
    let differences = divergence_by_differences(&field, &ones, 1e-3).unwrap();
    let flow = Flow::new(&field, tight());
    let carried = [
        flow.map_log_density(0.0, 1.2, &x, &start, &slope).unwrap(),
        flow.map_log_density(0.0, 1.2, &x, &start, &differences).unwrap(),
    ];
    for (end, log_p) in carried {
        for k in 0..9 {
            let grown = 1.2_f64.exp() * (0.5 * x[[k, 0]]).tan();
            assert!((end[[k, 0]] - 2.0 * grown.atan()).abs() < 1e-10);
            // dx'/dx = sin x' / sin x for an autonomous field.
            let stretch = if x[[k, 0]].abs() < 1e-9 { 1.2_f64.exp() } else { end[[k, 0]].sin() / x[[k, 0]].sin() };
            assert!((log_p[k] - (start[k] - stretch.abs().ln())).abs() < 1e-9, "{k}: {} {}", log_p[k], start[k]);
        }
    }
}

#[test]
fn pushed_forward_densities_obey_the_continuity_equation() {
    // On the line: x' = sin x, p_t(y) = p_0(x) dx/dy with tan(x/2) = e^-t tan(y/2).
    let law = Mixture::two_modes();
    let pushed = |t: f64, y: &[f64]| {
        let x = 2.0 * ((-t).exp() * (0.5 * y[0]).tan()).atan();
        law.density(x) * (-t).exp() * (0.5 * x).cos().powi(2) / (0.5 * y[0]).cos().powi(2)
    };
    let field = |_t: f64, x: &[f64]| vec![x[0].sin()];
    for y in [-2.0, -0.7, 0.4, 1.9] {
        let residual = continuity_residual(&pushed, &field, 0.5, &[y], 2e-3).unwrap();
        assert!(residual.abs() < 1e-9, "{y}: {residual}");
        // The transport term is div(p u), not u . grad p.
        let wrong = |t: f64, x: &[f64]| vec![x[0].sin() * t.exp()];
        assert!(continuity_residual(&pushed, &wrong, 0.5, &[y], 2e-3).unwrap().abs() > 1e-3);
    }
    // In the plane: a rotation with a contraction, of a Gaussian that is not round.
    let spiral = |_t: f64, x: &[f64]| vec![-0.3 * x[0] - x[1], x[0] - 0.3 * x[1]];
    let density = |t: f64, x: &[f64]| {
        let (c, s, grow) = (t.cos(), t.sin(), (0.3 * t).exp());
        let back = [grow * (c * x[0] + s * x[1]), grow * (c * x[1] - s * x[0])];
        grow * grow * (-0.5 * (back[0].powi(2) + (back[1] / 0.5).powi(2))).exp() / (std::f64::consts::PI * 2.0 * 0.5)
    };
    for x in [[0.3, -0.2], [1.0, 0.8], [-0.5, 0.4]] {
        let residual = continuity_residual(&density, &spiral, 0.7, &x, 2e-3).unwrap();
        assert!(residual.abs() < 1e-9, "{x:?}: {residual}");
    }
    assert!(matches!(
        continuity_residual(&density, &field, 0.7, &[0.1, 0.2], 1e-3),
        Err(SdeError::Dimension { expected: 2, found: 1, .. })
    ));
    assert!(continuity_residual(&density, &spiral, 0.7, &[0.1, 0.2], 0.0).is_err());
}

#[test]
fn log_densities_of_the_wrong_number_are_refused() {
    let flow = LinearFlow::new(1.0).unwrap();
    let solved = Flow::new(&flow, tight());
    let divergence = |_: f64, x: &Array2<f64>| vec![-1.0; x.nrows()];
    let refused = solved.map_log_density(0.0, 1.0, &array![[1.0], [2.0]], &[0.0], &divergence).unwrap_err();
    assert!(matches!(refused, OdeError::Refused(SdeError::Dimension { expected: 2, found: 1, .. })));
    assert!(divergence_by_differences::<Array2<f64>, _>(&flow, &[], 1e-3).is_err());
}

fn tight() -> Adaptive {
    Adaptive::new(1e-13, 1e-13).unwrap()
}

/// A smooth random field on the line, `sum a_k sin(k x + b_k t + c_k)`, three times in [-1, 1], and some starts.
fn check(cases: u32, law: impl Fn(Waves, [f64; 3], Array2<f64>)) {
    let numbers = |range: std::ops::Range<f64>| prop::collection::vec(range, 4);
    let case = (numbers(-1.0..1.0), numbers(-2.0..2.0), numbers(0.0..6.0), prop::array::uniform3(-1.0..1.0_f64));
    proptest!(config(cases), |((a, b, c, times) in case, x in prop::collection::vec(-4.0..4.0_f64, 1..6))| {
        let x = Array2::from_shape_vec((x.len(), 1), x).unwrap();
        law(Waves { a: a.into(), b: b.into(), c: c.into() }, times, x);
    });
}

struct Waves {
    a: Array1<f64>,
    b: Array1<f64>,
    c: Array1<f64>,
}

impl VectorField<Array2<f64>> for Waves {
    fn velocity(&self, t: f64, x: &Array2<f64>) -> Array2<f64> {
        let wave = |x: f64, k: usize| self.a[k] * ((k + 1) as f64 * x + self.b[k] * t + self.c[k]).sin();
        x.mapv(|x| (0..self.a.len()).map(|k| wave(x, k)).sum())
    }
}

fn config(cases: u32) -> Config {
    Config { cases, rng_seed: RngSeed::Fixed(11), failure_persistence: None, ..Config::default() }
}

fn assert_close(found: &Array2<f64>, expected: &Array2<f64>, tolerance: f64) {
    let apart = (found - expected).iter().fold(0.0, |worst: f64, d| worst.max(d.abs()));
    assert!(apart <= tolerance, "{apart:e} apart: {found} {expected}");
}
