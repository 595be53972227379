use ito_noise::{SampleNoise, Stream};
use ito_samplers::Denoiser;
use ito_samplers::particles::{FeynmanKac, ParticleError, Particles, Resample};
use ito_schedules::{Grid, Level, Straight};
use ito_testkit::Mixture;
use ndarray::{Array2, Array3};

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
    let run = |rows, weights: Vec<f64>, from| {
        let sampler = FeynmanKac::new(vec![(1.0, &law)], 1.0, Resample::Never, 2).unwrap();
        let grid = Grid::uniform(&Straight, from, 0.1, 3).unwrap();
        let mut noise = SampleNoise::consecutive(Stream::new(5, "test"), 0, rows);
        let start = Particles { x: Array2::zeros((rows, 1)), log_weights: weights };
        sampler.sample(&grid, start, &mut noise).map(|_| ()).unwrap_err()
    };
    assert_eq!(run(5, vec![0.0; 5], 0.9), ParticleError::Groups { particles: 5, groups: 2 });
    assert_eq!(run(2, vec![0.0; 2], 0.9), ParticleError::Groups { particles: 2, groups: 2 });
    assert_eq!(run(4, vec![0.0; 3], 0.9), ParticleError::Weights { given: 3, particles: 4 });
    let infinite = ParticleError::NotFinite { particle: 1, t: 0.9, value: f64::NEG_INFINITY };
    assert_eq!(run(4, vec![0.0, f64::NEG_INFINITY, 0.0, 0.0], 0.9), infinite);
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

/// Of independent entries: each moves as it would alone, and log-weights add, the rescaling of the densities too.
#[test]
fn rows_of_any_shape_weigh_what_their_entries_weigh() {
    let [one, two] = [Mixture::two_modes(), Mixture::new(&[(1.0, 0.5, 1.0)])];
    let sampler = FeynmanKac::new(vec![(1.0, Each(&one)), (0.7, Each(&two))], 0.0, Resample::Never, 2).unwrap();
    let grid = Grid::uniform(&Straight, 0.9, 0.1, 5).unwrap();
    let mut none = SampleNoise::consecutive(Stream::new(5, "test"), 0, 24);
    let cube = Array3::from_shape_fn((4, 3, 2), |(i, j, k)| 0.4 * i as f64 - 0.3 * j as f64 + 0.9 * k as f64 - 1.0);
    let column = Array3::from_shape_vec((24, 1, 1), cube.iter().copied().collect()).unwrap();
    let whole = sampler.sample(&grid, Particles::equal(cube), &mut none).unwrap().particles;
    let entries = sampler.sample(&grid, Particles::equal(column), &mut none).unwrap().particles;
    assert!(whole.x.iter().zip(&entries.x).all(|(a, b)| a == b));
    for (whole, entries) in whole.log_weights.iter().zip(entries.log_weights.chunks(6)) {
        let sum: f64 = entries.iter().sum();
        assert!((whole - sum).abs() < 1e-12 * (1.0 + sum.abs()), "{whole} {sum}");
    }
}

/// Entry by entry, in a shape of three axes.
struct Each<'a>(&'a Mixture);

impl Denoiser<Array3<f64>> for Each<'_> {
    fn denoise(&self, x: &Array3<f64>, at: &[Level]) -> Array3<f64> {
        x.mapv(|x| self.0.denoised(x, at[0]).0)
    }
}
