use ito_noise::{SampleNoise, Stream};
use ito_samplers::particles::{FeynmanKac, ParticleError, Particles, Resample};
use ito_schedules::{Grid, Straight};
use ito_testkit::Mixture;
use ndarray::Array2;

#[test]
fn targets_that_are_none_are_refused() {
    let law = Mixture::two_modes();
    let made = |terms: &[f64], noise, resample, groups| {
        FeynmanKac::new(terms.iter().map(|w| (*w, &law)).collect(), noise, resample, groups).map(|_| ()).unwrap_err()
    };
    let never = Resample::Never;
    assert_eq!(made(&[], 1.0, never, 2), ParticleError::NoModels);
    assert_eq!(made(&[1.0, f64::INFINITY], 1.0, never, 2), ParticleError::Exponent { model: 1, value: f64::INFINITY });
    assert_eq!(made(&[1.0, -1.0], 1.0, never, 2), ParticleError::TotalExponent { total: 0.0 });
    assert_eq!(made(&[1.0], -1.0, never, 2), ParticleError::Noise { value: -1.0 });
    assert_eq!(made(&[1.0], 1.0, Resample::Below(1.5), 2), ParticleError::Threshold { value: 1.5 });
    assert_eq!(made(&[1.0], 1.0, never, 1), ParticleError::TooFewGroups { groups: 1 });
    assert!(matches!(made(&[1.0], f64::NAN, never, 2), ParticleError::Noise { .. }));
}

#[test]
fn starts_that_do_not_fit_are_refused() {
    let law = Mixture::two_modes();
    let run = |w, rows, weights: Vec<f64>, from| {
        let sampler = FeynmanKac::new(vec![(w, &law)], 1.0, Resample::Never, 2).unwrap();
        let grid = Grid::uniform(&Straight, from, 0.1, 3).unwrap();
        let mut noise = SampleNoise::consecutive(Stream::new(5, "test"), 0, rows);
        let start = Particles { x: Array2::zeros((rows, 1)), log_weights: weights };
        sampler.sample(&grid, start, &mut noise).map(|_| ()).unwrap_err()
    };
    assert_eq!(run(1.0, 5, vec![0.0; 5], 0.9), ParticleError::Groups { particles: 5, groups: 2 });
    assert_eq!(run(1.0, 2, vec![0.0; 2], 0.9), ParticleError::Groups { particles: 2, groups: 2 });
    assert_eq!(run(1.0, 4, vec![0.0; 3], 0.9), ParticleError::Weights { given: 3, particles: 4 });
    assert_eq!(run(2.0, 4, vec![0.0; 4], 1.0), ParticleError::PureNoise { total: 2.0 });
    let infinite = ParticleError::NotFinite { particle: 1, t: 0.9, value: f64::NEG_INFINITY };
    assert_eq!(run(1.0, 4, vec![0.0, f64::NEG_INFINITY, 0.0, 0.0], 0.9), infinite);
}

/// One to three steps from pure noise to data, of a guided target, with and without noise and resampling.
#[test]
fn a_few_steps_are_finite() {
    let [one, two] = [Mixture::two_modes(), Mixture::new(&[(1.0, 0.0, 1.0)])];
    for (steps, noise, below) in [(1, 0.0, 0.0), (1, 1.0, 1.0), (2, 1.0, 0.5), (3, 2.0, 1.0)] {
        let sampler = FeynmanKac::new(vec![(2.0, &one), (-1.0, &two)], noise, Resample::Below(below), 2).unwrap();
        let grid = Grid::uniform(&Straight, 1.0, 0.0, steps).unwrap();
        let mut white = SampleNoise::consecutive(Stream::new(5, "test"), 0, 8);
        let start = Particles::equal(Array2::from_shape_fn((8, 2), |(row, k)| 0.3 * row as f64 - 1.0 + k as f64));
        let end = sampler.sample(&grid, start, &mut white).unwrap();
        assert!(end.particles.x.iter().all(|x| x.abs() < 10.0), "{end:?}");
        assert!(end.log_normaliser.value.abs() < 10.0 && end.level.sigma == 0.0, "{end:?}");
    }
}
