//! Steps chosen by their error: the solution on the path is approached as the tolerance says, in either direction of time,
//! and what cannot be solved is told with its numbers. (Laws are in `adaptive_law.rs`.)

use ito_noise::{BrownianPath, Stream};
use ito_sde::process::{Elementwise, GeometricBrownianMotion, KuboOscillator, OrnsteinUhlenbeck};
use ito_sde::solver::adaptive::{Adaptive, AdaptiveError, Pathwise};
use ito_sde::solver::{EulerMaruyama, Exact, ExponentialEuler, Milstein, Sra1, Sriw1, StochasticHeun, Stratonovich};
use ito_sde::{SdeError, Solver, Times, solve};
use ito_state::{Noise, Phase};
use ito_testkit::Slope;
use ndarray::Array2;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

fn path(first: u64, rows: usize) -> BrownianPath {
    BrownianPath::consecutive(Stream::new(11, "adaptive"), first, rows, 0.0, 1.0).unwrap()
}

fn control(tolerance: f64) -> Adaptive {
    Adaptive::new(tolerance, tolerance).unwrap()
}

fn gbm() -> GeometricBrownianMotion {
    GeometricBrownianMotion::new(0.3, 0.5).unwrap()
}

fn ou() -> OrnsteinUhlenbeck {
    OrnsteinUhlenbeck::new(1.0, 0.5).unwrap()
}

/// All steps of all paths, and the root mean square distance at t = 1 from `exact`, which walks the same path.
fn distance<S, M>(
    method: &M,
    sde: &S,
    tolerance: f64,
    batches: u64,
    exact: impl Fn(&Array2<f64>, &mut BrownianPath) -> Array2<f64>,
) -> (usize, f64)
where
    M: Pathwise<S, Array2<f64>>,
{
    const ROWS: usize = 16;
    let (mut squares, mut steps) = (0.0, 0);
    for batch in 0..batches {
        let mut path = path(batch * ROWS as u64, ROWS);
        let start = Array2::ones((ROWS, 1));
        let found = control(tolerance).solve(method, sde, 0.0, 1.0, start.clone(), &mut path).unwrap();
        squares += (found.state - exact(&start, &mut path)).mapv(|e| e * e).sum();
        steps += found.accepted;
    }
    (steps, (squares / (batches * ROWS as u64) as f64).sqrt())
}

fn on_the_same_path(start: &Array2<f64>, path: &mut BrownianPath) -> Array2<f64> {
    Exact.step(&gbm(), 0.0, 1.0, start, path)
}

/// The error as a power of the mean step, and of the tolerance.
fn check_orders<S, M>(
    method: &M,
    sde: &S,
    (order, power): (f64, f64),
    tolerances: [f64; 4],
    batches: u64,
    exact: impl Fn(&Array2<f64>, &mut BrownianPath) -> Array2<f64>,
) where
    M: Pathwise<S, Array2<f64>>,
{
    let found = tolerances.map(|tolerance| distance(method, sde, tolerance, batches, &exact));
    let by_tolerance = tolerances.iter().zip(found).map(|(tolerance, (_, error))| ((1.0 / tolerance) as usize, error));
    let by_tolerance = Slope::fit(by_tolerance.collect());
    let by_steps = Slope::fit(found.to_vec());
    by_tolerance.assert("the error as a power of the tolerance", power, 0.1);
    by_steps.assert("the error as a power of the mean step", order, 0.1);
}

#[test]
fn milstein_on_chosen_steps_keeps_order_1_and_holds_the_tolerance() {
    check_orders(&Milstein, &gbm(), (1.0, 1.0), [0.01, 0.005, 0.0025, 0.00125], 60, on_the_same_path);
}

#[test]
fn sriw1_on_chosen_steps_keeps_order_three_halves() {
    check_orders(&Sriw1, &gbm(), (1.5, 1.0), [0.001, 3e-4, 1e-4, 3e-5], 30, on_the_same_path);
}

#[test]
fn euler_maruyama_on_chosen_steps_keeps_order_1_where_noise_is_additive() {
    let fine = |start: &Array2<f64>, path: &mut BrownianPath| {
        solve(&Sra1, &ou(), &Times::uniform(0.0, 1.0, 512).unwrap(), start.clone(), path)
    };
    check_orders(&EulerMaruyama, &ou(), (1.0, 1.0), [0.01, 0.005, 0.0025, 0.00125], 15, fine);
}

/// Each method that the gate lets in, on an SDE that it is for: within a few tolerances of the exact or a fine solution.
#[test]
fn every_method_let_in_meets_the_tolerance() {
    let (rows, tolerance) = (16, 1e-3);
    let start = Array2::<f64>::ones((rows, 1));
    let grid = Times::uniform(0.0, 1.0, 1024).unwrap();
    let largest = |e: Array2<f64>| e.iter().fold(0.0, |worst: f64, e| worst.max(e.abs()));
    let check = |name: &str, found: Array2<f64>, exact: &Array2<f64>| {
        let error = largest(found - exact);
        assert!(error < 6.0 * tolerance, "{name}: off by {error}");
    };
    let run = control(tolerance);

    let fine = solve(&Sra1, &ou(), &grid, start.clone(), &mut path(0, rows));
    check("Sra1", run.solve(&Sra1, &ou(), 0.0, 1.0, start.clone(), &mut path(0, rows)).unwrap().state, &fine);
    let found = run.solve(&ExponentialEuler, &ou(), 0.0, 1.0, start.clone(), &mut path(0, rows)).unwrap();
    check("ExponentialEuler", found.state, &fine);

    let exact = on_the_same_path(&start, &mut path(0, rows));
    let stratonovich = Stratonovich::of_ito(gbm());
    let found = run.solve(&StochasticHeun, &stratonovich, 0.0, 1.0, start.clone(), &mut path(0, rows)).unwrap();
    check("StochasticHeun", found.state, &exact);

    let oscillator = KuboOscillator::new(2.0, 0.6).unwrap();
    let start = Phase { position: start.clone(), velocity: 0.0 * &start };
    let exact = Exact.step(&oscillator, 0.0, 1.0, &start, &mut path(0, rows));
    let found = run.solve(&Milstein, &oscillator, 0.0, 1.0, start, &mut path(0, rows)).unwrap().state;
    check("Milstein, scalar noise", found.position, &exact.position);
    check("Milstein, scalar noise", found.velocity, &exact.velocity);
}

#[test]
fn falling_time_is_solved_as_well() {
    let start = Array2::<f64>::ones((16, 2));
    let exact = Exact.step(&gbm(), 1.0, 0.0, &start, &mut path(3, 16));
    let found = control(1e-3).solve(&Milstein, &gbm(), 1.0, 0.0, start, &mut path(3, 16)).unwrap();
    let error = (found.state - exact).iter().fold(0.0, |worst: f64, e| worst.max(e.abs()));
    assert!(error < 6e-3, "off by {error}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, rng_seed: RngSeed::Fixed(5), ..ProptestConfig::default() })]

    /// On whatever clock, interval and batch: the same answer whatever the path was asked before, and the watcher sees
    /// every accepted step once, in order, each a dyadic part that is at most twice the one before.
    #[test]
    fn the_steps_walk_from_end_to_end(
        seed in any::<u64>(), from in -3.0..3.0_f64, width in 0.01..4.0_f64, rows in 1..5_usize, rising in any::<bool>(),
    ) {
        let ends = if rising { (from, from + width) } else { (from + width, from) };
        let path = || BrownianPath::consecutive(Stream::new(seed, "walk"), 0, rows, -3.0, 7.0).unwrap();
        let start = Array2::from_elem((rows, 2), 0.7_f32);
        let mut used = path();
        let _: Array2<f32> = used.increment(0.3, -2.9, &start);
        let mut seen = Vec::new();
        let watched = control(0.02).watch(&Milstein, &gbm(), ends, start.clone(), &mut used, |t, x| {
            seen.push((t, x.clone()));
        });
        let fresh = control(0.02).solve(&Milstein, &gbm(), ends.0, ends.1, start.clone(), &mut path());
        prop_assert_eq!(&watched, &fresh);
        let done = fresh.unwrap();
        prop_assert_eq!(seen.len(), done.accepted + 1);
        prop_assert_eq!((seen[0].0, &seen[0].1), (ends.0, &start));
        let last = seen.last().unwrap();
        prop_assert_eq!((last.0, &last.1), (ends.1, &done.state));
        let steps: Vec<f64> = seen.windows(2).map(|pair| (pair[1].0 - pair[0].0) / (ends.1 - ends.0)).collect();
        for (i, step) in steps.iter().enumerate() {
            let level = -step.log2();
            prop_assert!(*step > 0.0 && (level - level.round()).abs() < 1e-6, "step {} is {}", i, step);
            prop_assert!(i == 0 || *step < 2.01 * steps[i - 1], "steps {} and {}", steps[i.max(1) - 1], step);
        }
    }
}

#[test]
fn bad_tolerances_are_refused() {
    let [inf, nan] = [f64::INFINITY, f64::NAN];
    for bad in [0.0, -1e-3, inf, nan] {
        for refused in
            [Adaptive::new(bad, 1e-3), Adaptive::new(1e-3, bad), control(0.1).longest(bad), control(0.1).shortest(bad)]
        {
            let Err(SdeError::NotPositive { value, .. } | SdeError::NotFinite { value, .. }) = refused else {
                panic!("{bad} was taken: {refused:?}")
            };
            assert_eq!(value.to_bits(), bad.to_bits());
        }
    }
}

#[test]
fn failures_say_where_and_how() {
    let start = || Array2::<f64>::ones((3, 1));
    let run = |control: Adaptive, to: f64| control.solve(&Milstein, &gbm(), 0.0, to, start(), &mut path(0, 3));

    let refused = run(control(0.1), f64::NAN).unwrap_err();
    assert!(matches!(refused, AdaptiveError::Refused(SdeError::NotFinite { name: "to", .. })), "{refused}");

    let AdaptiveError::MaxSteps { limit: 20, t } = run(control(1e-3).max_steps(20), 1.0).unwrap_err() else { panic!() };
    assert!(t > 0.0 && t < 1.0, "{t}");

    let strict = Adaptive::new(1e-9, 1e-6).unwrap().shortest(1e-3).unwrap();
    let mut uneven = start();
    uneven[[1, 0]] = 1e3;
    let failed = strict.solve(&Milstein, &gbm(), 0.0, 1.0, uneven, &mut path(0, 3)).unwrap_err();
    let AdaptiveError::StepTooSmall { t: 0.0, step, error, row: 1 } = failed else { panic!("{failed}") };
    assert!(0.5 * step < 1e-3 && error > 1.0, "{failed}");
    let said = failed.to_string();
    assert!(said.contains("t = 0") && said.contains("row 1") && said.contains("times the error allowed"), "{said}");

    let mut broken = start();
    broken[[2, 0]] = f64::NAN;
    let failed = control(0.1).solve(&Milstein, &gbm(), 0.25, 1.0, broken, &mut path(0, 3)).unwrap_err();
    assert_eq!(failed, AdaptiveError::NotFinite { t: 0.25, row: 2 });

    // A drift that ends in the middle of the interval: everything up to there is solved, and the step across.
    let cliff = |t: f64, x: f64| if t < 0.4 { -x } else { f64::NAN };
    let sde = Elementwise::new(cliff, |_, x: f64| 0.1 * x, |_, _| 0.1);
    let failed = control(0.1).solve(&Milstein, &sde, 0.0, 1.0, start(), &mut path(0, 3)).unwrap_err();
    let AdaptiveError::NotFinite { t, row: 0 } = failed else { panic!("{failed}") };
    assert!((0.4..=0.5).contains(&t), "{t}");
}

#[test]
fn nothing_to_solve_is_solved() {
    let start = Array2::<f64>::ones((3, 1));
    let stay = control(0.1).solve(&Milstein, &gbm(), 0.5, 0.5, start.clone(), &mut path(0, 3)).unwrap();
    assert_eq!((stay.state, stay.accepted, stay.rejected), (start, 0, 0));
    let none = control(0.1).solve(&Milstein, &gbm(), 0.0, 1.0, Array2::<f64>::ones((0, 2)), &mut path(0, 0)).unwrap();
    assert_eq!(none.state.dim(), (0, 2));
}

#[test]
fn no_step_is_longer_than_the_longest() {
    let start = Array2::<f64>::ones((3, 1));
    let mut times = Vec::new();
    let run = control(10.0).longest(0.1).unwrap();
    run.watch(&Milstein, &gbm(), (0.0, 1.0), start, &mut path(0, 3), |t, _| times.push(t)).unwrap();
    let longest = times.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max);
    assert_eq!(longest, 0.0625);
}
