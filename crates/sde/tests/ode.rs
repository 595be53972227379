//! ODE methods: declared orders against measured ones, the adaptive solver against closed forms, its failures.

use ito_schedules::{Path, Straight};
use ito_sde::ode::{Adaptive, DormandPrince, Euler, Heun, Method, OdeError, Rk4, solve};
use ito_sde::{SdeError, Times};
use ito_testkit::{Fresh, GaussianData, LinearForm, Slope};
use ndarray::{Array2, array};

#[test]
fn fixed_step_methods_have_their_orders_on_a_nonlinear_field() {
    order_on_the_logistic(&Euler, [400, 800]);
    order_on_the_logistic(&Heun, [200, 400]);
    order_on_the_logistic(&Rk4, [80, 160]);
    order_on_the_logistic(&DormandPrince, [24, 48]);
}

/// The law that comes out of a linear flow, without Monte Carlo: means and covariances of a Gaussian.
#[test]
fn fixed_step_methods_have_their_orders_on_laws() {
    order_on_laws(&Euler, [256, 512]);
    order_on_laws(&Heun, [128, 256]);
    order_on_laws(&Rk4, [64, 128]);
    order_on_laws(&DormandPrince, [32, 64]);
}

#[test]
fn fixed_step_methods_go_backward_too() {
    goes_backward(&Euler, 1e-2);
    goes_backward(&Heun, 1e-4);
    goes_backward(&Rk4, 1e-9);
    goes_backward(&DormandPrince, 1e-12);
}

#[test]
fn eulers_remainder_vanishes_with_the_step() {
    // X(t + h) = X + h u + h R(h) with R = h X''/2 + ...
    let remainder = |steps: usize| {
        let (h, x) = (1.0 / steps as f64, array![[0.3]]);
        let euler = Euler.step(&logistic, 0.2, 0.2 + h, &x);
        ((logistic_solution(0.2, 0.2 + h, 0.3) - euler[[0, 0]]) / h).abs()
    };
    Slope::measure(remainder).assert("Euler's remainder", 1.0, 0.01);
    // X'' = u_t + u u_x, with u = 3 cos(3t) x (1 - x).
    let (t, x) = (0.6_f64, 0.3_f64);
    let second = 9.0 * x * (1.0 - x) * (t.cos().powi(2) * (1.0 - 2.0 * x) - t.sin());
    assert!((remainder(20_000) * 40_000.0 / second.abs() - 1.0).abs() < 1e-3);
}

#[test]
fn the_adaptive_solver_errs_in_proportion_to_its_tolerance() {
    let error = |tolerance: f64| {
        let done = Adaptive::new(tolerance, tolerance).unwrap().solve(&logistic, 0.0, 20.0, array![[0.1]]).unwrap();
        (done.state[[0, 0]] - logistic_solution(0.0, 20.0, 0.1)).abs()
    };
    // Each tolerance a hundredth of the one before; the error of the worst of three neighbours, since steps come in whole numbers.
    let worst =
        |tolerance: f64| [1.0, 1.3, 1.7].map(|factor| error(factor * tolerance)).into_iter().fold(0.0, f64::max);
    let errors = [1e-6, 1e-8, 1e-10, 1e-12].map(worst);
    println!("{errors:?}");
    let power = (errors[0] / errors[3]).ln() / 1e6_f64.ln();
    assert!((power - 1.0).abs() < 0.1, "{power} from {errors:?}");
    assert!(errors.iter().zip([1e-6, 1e-8, 1e-10, 1e-12]).all(|(e, tol)| *e < 10.0 * tol), "{errors:?}");
}

#[test]
fn the_adaptive_solver_goes_backward_too_and_counts_what_it_did() {
    let adaptive = Adaptive::new(1e-10, 1e-12).unwrap();
    let there = adaptive.solve(&logistic, 0.0, 2.0, array![[0.1], [0.7]]).unwrap();
    let back = adaptive.solve(&logistic, 2.0, 0.0, there.state.clone()).unwrap();
    assert!((back.state[[0, 0]] - 0.1).abs() < 1e-9 && (back.state[[1, 0]] - 0.7).abs() < 1e-9);
    // The last stage of a step is the first of the next one; two evaluations choose the first step.
    assert_eq!(there.evaluations, 2 + 6 * (there.accepted + there.rejected));
    let mut times = Vec::new();
    let watched = adaptive.watch(&logistic, 0.0, 2.0, array![[0.1], [0.7]], |t, _: &Array2<f64>| {
        times.push(t);
        Ok(())
    });
    assert_eq!(watched.unwrap(), there);
    assert_eq!((times.len(), times[0], times[times.len() - 1]), (there.accepted + 1, 0.0, 2.0));
    let nothing = adaptive.solve(&logistic, 1.0, 1.0, array![[0.1]]).unwrap();
    assert_eq!((nothing.state, nothing.accepted, nothing.evaluations), (array![[0.1]], 0, 1));
}

/// The van der Pol oscillator turns sharp corners: steps must be taken back, and the answer must not suffer.
#[test]
fn the_adaptive_solver_takes_back_steps_at_corners() {
    let field = |_t: f64, x: &Array2<f64>| {
        let (q, p) = (x[[0, 0]], x[[0, 1]]);
        array![[p, 20.0 * (1.0 - q * q) * p - q]]
    };
    let solve =
        |tolerance| Adaptive::new(tolerance, tolerance).unwrap().solve(&field, 0.0, 40.0, array![[2.0, 0.0]]).unwrap();
    let (loose, tight) = (solve(1e-6), solve(1e-11));
    assert!(loose.rejected > 5, "{}", loose.rejected);
    assert!((loose.state[[0, 0]] - tight.state[[0, 0]]).abs() < 1e-4, "{} {}", loose.state, tight.state);
}

#[test]
fn the_worst_row_of_a_batch_decides() {
    let field = |_t: f64, x: &Array2<f64>| x * &array![[-1.0], [-50.0]];
    let done = Adaptive::new(1e-8, 1e-10).unwrap().solve(&field, 0.0, 1.0, array![[1.0], [1.0]]).unwrap();
    assert!((done.state[[1, 0]] - (-50.0_f64).exp()).abs() < 1e-8);
    let alone = Adaptive::new(1e-8, 1e-10).unwrap().solve(&|_, x: &Array2<f64>| -50.0 * x, 0.0, 1.0, array![[1.0]]);
    assert!(done.accepted >= alone.unwrap().accepted);
}

#[test]
fn single_precision_states_are_solved_to_their_own_precision() {
    let start = Array2::<f32>::from_elem((1, 1), 1.0);
    let done = Adaptive::new(1e-5, 1e-6).unwrap().solve(&|_, x: &Array2<f32>| -x, 0.0, 1.0, start).unwrap();
    assert!((f64::from(done.state[[0, 0]]) - (-1.0_f64).exp()).abs() < 1e-5);
}

#[test]
fn failures_say_where_and_how() {
    let adaptive = Adaptive::new(1e-8, 1e-8).unwrap();
    // x' = x^2 from 1 is 1 / (1 - t).
    let blow_up = |_t: f64, x: &Array2<f64>| x * x;
    match adaptive.solve(&blow_up, 0.0, 2.0, array![[0.1], [1.0]]).unwrap_err() {
        OdeError::StepTooSmall { t, step, row: 1, .. } => assert!((t - 1.0).abs() < 1e-6 && step < 1e-14, "{t} {step}"),
        other => panic!("{other:?}"),
    }
    match adaptive.max_steps(7).solve(&logistic, 0.0, 50.0, array![[0.1]]).unwrap_err() {
        OdeError::MaxSteps { limit: 7, t } => assert!(t > 0.0 && t < 50.0),
        other => panic!("{other:?}"),
    }
    // The logarithm is not defined beyond x = 1.
    let edge = |_t: f64, x: &Array2<f64>| x.mapv(|x| 1.0 + 0.0 * (1.0 - x).sqrt());
    match adaptive.solve(&edge, 0.0, 2.0, array![[-9.0], [0.0]]).unwrap_err() {
        OdeError::NotFinite { t, row: 1 } => assert!(t > 0.9 && t <= 1.0, "{t}"),
        other => panic!("{other:?}"),
    }
    let at_once = adaptive.solve(&edge, 0.0, 2.0, array![[0.0], [f64::NAN]]);
    assert_eq!(at_once.unwrap_err(), OdeError::NotFinite { t: 0.0, row: 1 });
    let refused = adaptive.solve(&logistic, 0.0, f64::NAN, array![[0.1]]).unwrap_err();
    assert!(matches!(refused, OdeError::Refused(SdeError::NotFinite { name: "to", .. })), "{refused:?}");
    assert_eq!(Adaptive::new(0.0, 1e-8), Err(SdeError::NotPositive { name: "rtol", value: 0.0 }));
    assert_eq!(Adaptive::new(1e-8, -1.0), Err(SdeError::NotPositive { name: "atol", value: -1.0 }));
    assert!(matches!(Adaptive::new(f64::NAN, 1.0), Err(SdeError::NotFinite { name: "rtol", .. })));
}

/// `x' = 3 cos(3t) x (1 - x)`: depends on time, and curved.
fn logistic(t: f64, x: &Array2<f64>) -> Array2<f64> {
    x.mapv(|x| 3.0 * (3.0 * t).cos() * x * (1.0 - x))
}

/// `x / (1 - x)` grows like `exp(sin 3t)`.
fn logistic_solution(from: f64, to: f64, x: f64) -> f64 {
    let odds = x / (1.0 - x) * ((3.0 * to).sin() - (3.0 * from).sin()).exp();
    odds / (1.0 + odds)
}

/// Not [`logistic`], whose swings let errors of opposite signs cancel.
fn order_on_the_logistic<M: Method<Array2<f64>>>(method: &M, steps: [usize; 2]) {
    let growth = |t: f64, x: &Array2<f64>| x.mapv(|x| (1.0 + t) * x * (1.0 - x));
    let error = |steps: usize| {
        let end = solve(method, &growth, &Times::uniform(0.0, 2.0, steps).unwrap(), array![[0.3]]);
        let odds = 0.3 / 0.7 * 4.0_f64.exp();
        (end[[0, 0]] - odds / (1.0 + odds)).abs()
    };
    let points = [steps[0], (steps[0] + steps[1]) / 2, steps[1]].map(|n| (n, error(n)));
    let order = f64::from(method.order());
    let slope = Slope::fit(points.to_vec());
    println!("order {order}: {slope}");
    slope.assert("the logistic field", order, 0.1);
}

fn goes_backward<M: Method<Array2<f64>>>(method: &M, tolerance: f64) {
    let start = logistic_solution(0.0, 1.0, 0.3);
    let end = solve(method, &logistic, &Times::uniform(1.0, 0.0, 400).unwrap(), array![[start]]);
    assert!((end[[0, 0]] - 0.3).abs() < tolerance, "{end}");
}

fn order_on_laws<M: Method<LinearForm>>(method: &M, steps: [usize; 2]) {
    // u = (1 + t) A x turns and shrinks; all A commute, so the flow is exp(A (t + t^2/2)).
    let generator = array![[-0.8, -2.0], [2.0, -0.8]];
    let flow = |t: f64, x: &LinearForm| x.affine(&(&generator * (1.0 + t)), &array![0.0, 0.0]);
    let start = GaussianData::new(&[0.7, -0.4], &[0.8, 0.25], 0.6).marginal(Straight.at(0.0));
    let turn = 2.0 * (2.0 - 0.625_f64);
    let matrix = array![[turn.cos(), -turn.sin()], [turn.sin(), turn.cos()]] * (-0.4 * turn).exp();
    let exact = start.affine(&matrix, &array![0.0, 0.0], &(0.0 * &matrix));
    let error = |steps: usize| {
        let times = Times::uniform(0.5, 5.0_f64.sqrt() - 1.0, steps).unwrap();
        let end = solve(method, &flow, &times, Fresh::default().draw(&start)).law();
        end.mean_error(&exact) + end.covariance_error(&exact)
    };
    let points = [steps[0], (steps[0] + steps[1]) / 2, steps[1]].map(|n| (n, error(n)));
    let order = f64::from(method.order());
    let slope = Slope::fit(points.to_vec());
    println!("order {order}: {slope}");
    slope.assert("the linear flow of a Gaussian", order, 0.1);
}
