//! The driver and its grid: what they refuse, and that watching changes nothing.

use ito_noise::{SampleNoise, Stream};
use ito_sde::process::{Elementwise, GeometricBrownianMotion};
use ito_sde::solver::{EulerMaruyama, Milstein};
use ito_sde::{SdeError, Times, solve, solve_checked};
use ndarray::{Array2, array};

#[test]
fn a_checked_run_takes_the_same_steps() {
    let gbm = GeometricBrownianMotion::new(0.05, 0.2).unwrap();
    let times = Times::uniform(0.0, 1.0, 20).unwrap();
    let start = Array2::<f64>::ones((3, 2));
    let plain = solve(&Milstein, &gbm, &times, start.clone(), &mut noise());
    let checked = solve_checked(&Milstein, &gbm, &times, start, &mut noise());
    assert_eq!(checked, Ok(plain));
}

#[test]
fn a_state_that_is_not_finite_is_told_with_its_step_time_and_row() {
    // 1/x at a start of zero in row 1.
    let sde = Elementwise::new(|_, x: f64| 1.0 / x, |_, _| 0.0, |_, _| 0.0);
    let times = Times::uniform(0.0, 1.0, 4).unwrap();
    let start = array![[1.0], [0.0], [2.0]];
    let error = solve_checked(&EulerMaruyama, &sde, &times, start, &mut noise()).unwrap_err();
    assert_eq!(error, SdeError::Diverged { step: 0, t: 0.25, row: 1 });
    assert!(error.to_string().contains("row 1 is not finite at t = 0.25"), "{error}");
    // NaN from the second step on, and a large finite state before.
    let late = Elementwise::new(|t, _| if t > 0.2 { f64::NAN } else { 0.0 }, |_, _| 0.0, |_, _| 0.0);
    let start = Array2::<f64>::from_elem((3, 1), 1e300);
    let error = solve_checked(&EulerMaruyama, &late, &times, start, &mut noise()).unwrap_err();
    assert_eq!(error, SdeError::Diverged { step: 1, t: 0.5, row: 0 });
}

#[test]
fn grids_that_are_none_are_refused_with_their_numbers() {
    assert_eq!(Times::uniform(0.0, 1.0, 0), Err(SdeError::Empty { name: "the time grid" }));
    assert_eq!(Times::new(vec![1.0]), Err(SdeError::Empty { name: "the time grid" }));
    assert!(matches!(Times::uniform(0.0, f64::NAN, 2), Err(SdeError::NotFinite { name: "to", .. })));
    for count in [usize::MAX, usize::MAX - 1] {
        assert_eq!(Times::uniform(0.0, 1.0, count), Err(SdeError::TooMany { name: "time steps", count }));
    }
    let broken = SdeError::NotMonotone { index: 2, before: 0.5, after: 0.5 };
    assert_eq!(Times::new(vec![0.0, 0.5, 0.5, 1.0]), Err(broken));
    assert_eq!(Times::uniform(1.0, 1.0, 3), Err(SdeError::NotMonotone { index: 1, before: 1.0, after: 1.0 }));
    assert!(Times::uniform(1.0, 0.0, 3).is_ok(), "falling time is a direction of its own");
}

fn noise() -> SampleNoise {
    SampleNoise::consecutive(Stream::new(5, "driver"), 0, 3)
}
