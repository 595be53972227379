//! Measurements that are not finite, contradict themselves or are shared by a batch, models whose derivative is not symmetric, grids of
//! another path.

use ito_noise::{SampleNoise, Stream};
use ito_samplers::conditional::{ConditionalError, Linear, Mask, Measurement, Posterior, Repaint, Spread};
use ito_samplers::{Denoiser, Failure, Name, Pullback};
use ito_schedules::{Grid, Level, Path, Straight, VpLinear};
use ito_testkit::GaussianData;
use ndarray::{Array2, array};

#[test]
fn a_measurement_that_is_not_finite_is_refused_with_its_row() {
    for bad in [f64::NAN, f64::INFINITY, 1e200] {
        for measured in [array![[0.0, 0.0], [bad, 0.0]], array![[0.0, 0.0], [1.4, bad]]] {
            let refused = Posterior::new(data(), Mask::new(array![[1.0, 0.0]]), measured, 0.3).err();
            assert_eq!(refused, Some(ConditionalError::NotFinite { row: 1 }));
        }
    }
    let told = "row 1 of the measurement is not finite: give numbers, and 0 where nothing is measured";
    assert_eq!(ConditionalError::NotFinite { row: 1 }.to_string(), told);
}

/// Row 0 alone is not a number: its residual is told, and row 1 is what it would be alone.
#[test]
fn a_state_that_is_not_finite_is_told_and_stays_in_its_row() {
    let (x, level) = (array![[f64::NAN, 0.2], [0.3, -1.2]], Straight.at(0.4));
    let model = |rows| {
        let measured = Array2::from_shape_fn((rows, 2), |(_, k)| if k == 0 { 1.4 } else { 0.0 });
        Posterior::new(data(), Mask::new(array![[1.0, 0.0]]), measured, 0.3).unwrap()
    };
    let both = model(2);
    let found: Array2<f64> = both.denoise(&x, &[level]);
    assert_eq!(both.residual(), f64::INFINITY);
    let alone = model(1).denoise(&array![[0.3, -1.2]], &[level]);
    assert!((found[[1, 0]] - alone[[0, 0]]).abs() < 1e-12 && (found[[1, 1]] - alone[[0, 1]]).abs() < 1e-12, "{found}");
}

/// Of six numbers three are seen, exactly or not: what the measurement says of the others is nothing.
#[test]
fn what_a_mask_hides_does_not_matter() {
    let data = GaussianData::new(&[0.3, -0.2, 0.1, 0.5, -0.7, 0.0], &[1.0, 0.5, 0.2, 2.0, 0.1, 0.7], 0.5);
    let x = array![[0.1, 0.4, -0.3, 0.2, 0.5, -0.8]];
    for tau in [0.0, 0.1] {
        let found = |hidden: f64| {
            let measured = array![[1.0, 0.5, -0.2, hidden, -hidden, 0.7 * hidden]];
            let mask = Mask::new(array![[1.0, 1.0, 1.0, 0.0, 0.0, 0.0]]);
            let model = Posterior::new(&data, mask, measured, tau).unwrap();
            let found: Array2<f64> = model.denoise(&x, &[Straight.at(0.5)]);
            assert!(model.residual() < 1e-6, "{tau}, {hidden}: {}", model.residual());
            found
        };
        assert_eq!(found(0.0), found(0.8), "{tau}");
        assert_eq!(found(0.0), found(99.0), "{tau}");
    }
}

/// Twice the same sum, told as two numbers, without noise: no `x` has both, and the second direction bends nothing but rounding. What is kept is
/// no worse than no correction, lies between, and is told.
#[test]
fn a_measurement_that_contradicts_itself_stops_at_finite_numbers_and_says_so() {
    let twice = || Linear {
        apply: |x: &Array2<f64>| x.dot(&array![[0.8, 0.8], [-1.5, -1.5]]),
        adjoint: |y: &Array2<f64>| y.dot(&array![[0.8, -1.5], [0.8, -1.5]]),
    };
    let (x, level) = (array![[0.3, -1.2]], Straight.at(0.4));
    let sum = |x: &Array2<f64>| 0.8 * x[[0, 0]] - 1.5 * x[[0, 1]];
    let plain = sum(&data().denoise(&x, &[level]));
    for (one, other) in [(1.0, 2.0), (3.0, -0.7), (2.4, 2.5), (5.0, 1e6)] {
        let model = Posterior::new(data(), twice(), array![[one, other]], 0.0).unwrap();
        let model = model.solved_to(1e-12, 100).unwrap();
        let found = sum(&model.denoise(&x, &[level]));
        let hull = [one, other, plain];
        let (low, high) = hull.iter().fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(*v), high.max(*v)));
        assert!((low..=high).contains(&found), "{one}, {other}: {found}");
        // The least that any x leaves of both.
        let least = 0.5_f64.sqrt() * (one - other).abs() / (one - plain).hypot(other - plain);
        assert!((0.999 * least..=1.0).contains(&model.residual()), "{one}, {other}: {} {least}", model.residual());
    }
}

#[test]
fn one_row_of_mask_and_measurement_serves_a_whole_batch() {
    let (x, level) = (array![[0.3, -1.2], [0.1, 0.2], [-2.0, 0.0]], Straight.at(0.4));
    let run = |rows: usize, of: usize| {
        let mask = Mask::new(Array2::from_shape_fn((rows, 2), |(_, k)| [1.0, 0.0][k]));
        let measured = Array2::from_shape_fn((of, 2), |(_, k)| [1.4, 0.0][k]);
        Posterior::new(data(), mask, measured, 0.3).unwrap().denoise(&x, &[level])
    };
    for (rows, of) in [(1, 1), (1, 3), (3, 1)] {
        assert_eq!(run(rows, of), run(3, 3));
    }
}

/// `D = B x`, `B` not symmetric, and one number measured, for which one product solves: `D + C a (y - <a, D>)/(<a, S a> + tau^2)`,
/// `C = (sigma^2/alpha) B^T`.
#[test]
fn the_estimate_takes_the_transposed_derivative() {
    let (b, a, x) = (array![[0.5, 0.3], [-0.1, 0.7]], array![[0.8, -1.5]], array![[0.3, -1.2]]);
    let (level, tau, y) = (Straight.at(0.4), 0.3, 1.4);
    let model = Posterior::new(Affine(b.clone()), seen(), array![[y]], tau).unwrap();
    let scale = level.sigma.powi(2) / level.alpha;
    let correction = a.dot(&b) * scale; // a row: (C a)^T = scale a^T B
    let denoised = x.dot(&b.t());
    let off = y - (&a * &denoised).sum();
    for (spread, bends) in [
        (Spread::Covariance, (&a * &correction).sum()),
        (Spread::Isotropic, level.sigma.powi(2) / (level.alpha.powi(2) + level.sigma.powi(2)) * (&a * &a).sum()),
        (Spread::Point, 0.0),
    ] {
        let expected = &denoised + &(&correction * (off / (bends + tau * tau)));
        let model = Posterior::new(Affine(b.clone()), seen(), array![[y]], tau).unwrap().with_spread(spread).unwrap();
        let found = model.denoise(&x, &[level]);
        assert!((&found - &expected).iter().all(|d| d.abs() < 1e-12), "{spread:?}: {found} {expected}");
    }
    assert_eq!(model.residual(), 0.0);
}

/// A millionth of a millionth of data: the gradient has no digits left.
#[test]
fn drowned_data_are_taken_as_pure_noise() {
    let (x, level) = (array![[0.3, -1.2]], Level { t: 1.0, alpha: 6e-17, sigma: 1.0 });
    let expected: Array2<f64> = data().denoise(&x, &[level]);
    let model = Posterior::new(data(), seen(), array![[1.4]], 0.3).unwrap();
    assert_eq!(model.denoise(&x, &[level]), expected);
    let near = Posterior::new(data(), seen(), array![[1.4]], 0.3).unwrap();
    let level = Level { alpha: 2e-6, ..level };
    assert!((near.denoise(&x, &[level]) - &expected).iter().any(|d| d.abs() > 0.1));
}

#[test]
fn repainting_down_a_grid_of_another_path_is_refused() {
    let (known, grid) = (array![[1.0, 0.0]], Grid::uniform(&Straight, 1.0, 0.0, 4).unwrap());
    let project = |x: &Array2<f64>| x * &array![[1.0, 0.0]];
    let repaint = Repaint::new(&known, &project, 1, 1).unwrap();
    let mut noise = SampleNoise::consecutive(Stream::new(5, "repaint"), 0, 1);
    let mut run = |path: &dyn Path| {
        let start = known.clone();
        repaint.sample(&data(), path, &grid, &mut || Name::Ddim.build(), start, &mut noise, &mut |_, _, _| {})
    };
    assert!(matches!(run(&VpLinear::default()), Err(Failure::AnotherPath { t: 1.0, .. })));
    assert!(run(&Straight).is_ok());
}

fn data() -> GaussianData {
    GaussianData::new(&[0.7, -0.4], &[0.8, 0.25], 0.6)
}

/// `0.8 x_0 - 1.5 x_1`.
fn seen() -> impl Measurement<Array2<f64>> {
    Linear {
        apply: |x: &Array2<f64>| x.dot(&array![[0.8], [-1.5]]),
        adjoint: |y: &Array2<f64>| y.dot(&array![[0.8, -1.5]]),
    }
}

/// `D = B x`, row by row.
struct Affine(Array2<f64>);

impl Denoiser<Array2<f64>> for Affine {
    fn denoise(&self, x: &Array2<f64>, _at: &[Level]) -> Array2<f64> {
        x.dot(&self.0.t())
    }
}

impl Pullback<Array2<f64>> for Affine {
    fn pullback(&self, x: &Array2<f64>, at: &[Level], v: &Array2<f64>) -> (Array2<f64>, Array2<f64>) {
        (self.denoise(x, at), v.dot(&self.0))
    }
}
