//! Annealed Langevin sampling: its schedule exactly, and what it is for.

use ito_noise::{SampleNoise, Stream};
use ito_sde::SdeError;
use ito_sde::langevin::{Annealing, FromScore, Mixture, Potential, Unadjusted};
use ito_state::Batch;
use ito_testkit::statistics::assert_mean;
use ito_testkit::{Fresh, Gaussian, LinearForm};
use ndarray::Array2;

/// Data `N(0, 0.25)`: each step multiplies by `1 - a/2 / (0.25 + sigma^2)` and adds variance `a`, `a = step (sigma/sigma_L)^2`.
#[test]
fn every_level_has_the_step_of_the_paper() {
    let (step, steps) = (0.01, 30);
    let annealing = Annealing::geometric(4.0, 0.25, 5, step, steps).unwrap();
    assert_eq!(annealing.levels(), [4.0, 2.0, 1.0, 0.5, 0.25]);
    let mut noise = Fresh::default();
    let mut start = Gaussian::isotropic(1, 4.0);
    start.mean[0] = 3.0;
    let start = noise.draw(&start);
    let score = |sigma: f64, x: &LinearForm| LinearForm::lincomb(&[(-1.0 / (0.25 + sigma * sigma), x)]);
    let law = annealing.run(score, start, &mut noise).unwrap().law();

    let (mut mean, mut variance) = (3.0, 16.0);
    for sigma in [4.0, 2.0, 1.0, 0.5, 0.25_f64] {
        let alpha = step * (sigma / 0.25).powi(2);
        for _ in 0..steps {
            let keep = 1.0 - alpha / 2.0 / (0.25 + sigma * sigma);
            (mean, variance) = (keep * mean, keep * keep * variance + alpha);
        }
    }
    assert!((law.mean[0] - mean).abs() < 1e-13 && (law.covariance[[0, 0]] - variance).abs() < 1e-13, "{law:?}");
}

/// Two modes 40 deviations apart with weights 1/5 and 4/5, started in the wrong one: annealing finds the weights to within the
/// bias of its last steps at the level where the modes part, plain Langevin stays where it is. False alarm 1e-6.
#[test]
fn annealing_crosses_where_plain_langevin_stays() {
    let (count, parts) = (1200, [(0.2, -10.0, 0.5), (0.8, 10.0, 0.5)]);
    let blurred = |sigma: f64| Mixture::new(&parts.map(|(w, m, s): (f64, f64, f64)| (w, m, s.hypot(sigma)))).unwrap();
    let mut noise = SampleNoise::consecutive(Stream::new(29, "annealed"), 0, count);
    let start = Array2::<f64>::from_elem((count, 1), -10.0);

    let annealing = Annealing::geometric(20.0, 0.2, 16, 8e-3, 60).unwrap();
    let end = annealing.run(|sigma, x: &Array2<f64>| blurred(sigma).score(x), start.clone(), &mut noise).unwrap();
    let right: Vec<f64> = end.iter().map(|x| f64::from(u8::from(*x > 0.0))).collect();
    assert_mean("weight of the right mode", &right, 0.8);

    let chain = Unadjusted::new(FromScore(|x: &Array2<f64>| blurred(0.2).score(x)), 4e-3).unwrap();
    let stuck = chain.run(start, 16 * 60, &mut noise);
    assert!(stuck.iter().all(|x| *x < 0.0), "plain Langevin does not cross");
}

#[test]
fn impossible_schedules_are_refused() {
    let empty = |result: Result<Annealing, SdeError>| matches!(result, Err(SdeError::Empty { .. }));
    assert!(empty(Annealing::new(vec![], 0.1, 10)));
    assert!(empty(Annealing::new(vec![1.0], 0.1, 0)));
    assert!(empty(Annealing::geometric(2.0, 1.0, 1, 0.1, 5)));
    let rising = Annealing::new(vec![1.0, 2.0], 0.1, 10);
    assert_eq!(rising, Err(SdeError::NotMonotone { index: 1, before: 1.0, after: 2.0 }));
    assert!(matches!(Annealing::new(vec![1.0, 0.0], 0.1, 10), Err(SdeError::NotPositive { value: 0.0, .. })));
    assert!(matches!(Annealing::new(vec![f64::NAN], 0.1, 10), Err(SdeError::NotFinite { .. })));
    assert!(matches!(Annealing::new(vec![1.0], -0.1, 10), Err(SdeError::NotPositive { value: -0.1, .. })));
    assert!(matches!(Annealing::geometric(-2.0, 1.0, 3, 0.1, 5), Err(SdeError::NotPositive { value: -2.0, .. })));
}
