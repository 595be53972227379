//! The test kit against itself: identities that tie its exact laws together.

use ito_noise::{SampleNoise, Stream};
use ito_samplers::Denoiser;
use ito_schedules::{Level, Path, Straight, VpCosine, VpLinear};
use ito_state::{Batch, Noise};
use ito_testkit::{Fresh, Gaussian, GaussianData, LinearForm, Slope, largest};
use ndarray::{Array2, Axis, array};

#[test]
fn a_linear_form_has_the_law_it_was_drawn_from() {
    let law = Gaussian {
        mean: array![1.0, -2.0, 0.5],
        covariance: array![[4.0, 1.2, 0.0], [1.2, 2.0, -0.3], [0.0, -0.3, 0.25]],
    };
    let form = Fresh::default().draw(&law);
    assert!(form.law().mean_error(&law) == 0.0 && form.law().covariance_error(&law) < 1e-15);
    // A rank-one law has a root too.
    let thin = Gaussian { mean: array![0.0, 0.0], covariance: array![[1.0, 2.0], [2.0, 4.0]] };
    assert!(Fresh::default().draw(&thin).law().covariance_error(&thin) < 1e-15);
}

#[test]
fn draws_are_independent_and_sums_remember_what_they_share() {
    let mut noise = Fresh::default();
    let x = noise.draw(&Gaussian::isotropic(1, 3.0));
    let z: LinearForm = noise.normal_like(&x);
    let w = noise.increment(1.0, 5.0, &x);
    let variance = |terms: &[(f64, &LinearForm)]| LinearForm::lincomb(terms).law().covariance[[0, 0]];
    assert_eq!(variance(&[(1.0, &x), (1.0, &z), (1.0, &w)]), 9.0 + 1.0 + 4.0);
    assert_eq!(variance(&[(1.0, &z), (1.0, &x), (-1.0, &z)]), 9.0);
    assert_eq!(LinearForm::lincomb_rows(&[(&[2.0], &x), (&[-1.0], &z)]), LinearForm::lincomb(&[(2.0, &x), (-1.0, &z)]));
}

#[test]
fn the_exact_flow_and_the_exact_reverse_sde_keep_the_marginals() {
    for (from, to) in pairs() {
        let (start, end) = (data().marginal(from), data().marginal(to));
        for law in [data().flow(&start, from, to), data().reverse(&start, from, to)] {
            assert!(law.mean_error(&end) < 1e-14 && law.covariance_error(&end) < 1e-14, "{from:?} {to:?}");
        }
    }
}

#[test]
fn exact_maps_compose() {
    let start = Gaussian { mean: array![1.0, 2.0], covariance: array![[2.0, 0.5], [0.5, 1.0]] };
    let (from, middle, to) = (Straight.at(1.0), Straight.at(0.6), Straight.at(0.1));
    let once = data().reverse(&start, from, to);
    let twice = data().reverse(&data().reverse(&start, from, middle), middle, to);
    assert!(once.mean_error(&twice) < 1e-14 && once.covariance_error(&twice) < 1e-14);
    let once = data().flow(&start, from, to);
    let twice = data().flow(&data().flow(&start, from, middle), middle, to);
    assert!(once.mean_error(&twice) < 1e-14 && once.covariance_error(&twice) < 1e-14);
}

/// Tweedie: `alpha E[x0 | x] = x + sigma^2 grad log p(x)`.
#[test]
fn denoiser_and_score_agree() {
    for (level, _) in pairs() {
        let x = Fresh::default().draw(&Gaussian::isotropic(2, 1.5));
        let denoised = LinearForm::lincomb(&[(level.alpha, &data().denoise(&x, &[level]))]);
        let score = data().score(&x, level);
        let tweedie = LinearForm::lincomb(&[(1.0, &x), (level.sigma.powi(2), &score)]);
        let difference = LinearForm::lincomb(&[(1.0, &denoised), (-1.0, &tweedie)]).law();
        assert!(difference.mean.iter().chain(&difference.covariance).all(|d| d.abs() < 1e-14));
    }
}

/// Against the definition: regress x0 on x over many draws. Two-sided at 6 standard errors, 6 comparisons, fixed seed: a false
/// alarm in 1e8 seeds.
#[test]
fn the_denoiser_is_the_conditional_mean() {
    let (data, level, count) = (data(), Straight.at(0.4), 20_000);
    let mut noise = SampleNoise::consecutive(Stream::new(5, "test/denoiser"), 0, count);
    let z: Array2<f64> = noise.normal_like(&Array2::zeros((count, 2)));
    let eps: Array2<f64> = noise.normal_like(&z);
    let roots = Array2::from_shape_fn((2, 2), |(i, k)| data.axes().nth(k).map(|(axis, s)| axis[i] * s).unwrap());
    let x0 = z.dot(&roots.t()) + data.mean();
    let x = &x0 * level.alpha + &eps * level.sigma;
    // The residual has mean 0 and no correlation with x.
    let residual = &x0 - &data.denoise(&x, &[level]);
    let deviation = residual.std_axis(Axis(0), 0.0);
    for i in 0..2 {
        let bound = 6.0 * deviation[i] / (count as f64).sqrt();
        assert!(residual.column(i).mean().unwrap().abs() < bound);
        for j in 0..2 {
            let centred = &x.column(j) - x.column(j).mean().unwrap();
            let correlation = (&residual.column(i) * &centred).mean().unwrap();
            assert!(correlation.abs() < bound * centred.std(0.0), "{i} {j}: {correlation}");
        }
    }
}

#[test]
fn one_level_a_row_and_one_for_all_rows_agree() {
    let x = array![[0.3, 1.0], [-2.0, 0.4], [0.0, 0.1]];
    let levels = [Straight.at(0.2), Straight.at(0.5), Straight.at(1.0)];
    let rows: Array2<f64> = data().denoise(&x, &levels);
    for (k, level) in levels.iter().enumerate() {
        let single: Array2<f64> = data().denoise(&x, &[*level]);
        assert!((&single.row(k) - &rows.row(k)).iter().all(|d| d.abs() < 1e-15));
    }
}

#[test]
fn a_slope_recovers_the_power() {
    let slope = Slope::measure(|n| 3.0 * (n as f64).powf(-1.7));
    assert!((slope.value - 1.7).abs() < 1e-12 && slope.errors.len() == 5);
    slope.assert("power", 1.7, 1e-9);
}

#[test]
#[should_panic(expected = "planted: order 2 expected, order 1.0000 from 512")]
fn a_wrong_order_is_red() {
    Slope::measure(|n| 1.0 / n as f64).assert("planted", 2.0, 0.05);
}

fn data() -> GaussianData {
    GaussianData::new(&[0.7, -0.4], &[0.8, 0.25], 0.6)
}

/// Steps from noisier to cleaner, the ends included.
fn pairs() -> Vec<(Level, Level)> {
    let paths: [&dyn Path; 3] = [&Straight, &VpLinear::default(), &VpCosine::default()];
    let times = [(1.0, 0.7), (0.7, 0.2), (0.2, 0.0), (1.0, 0.0)];
    paths.iter().flat_map(|path| times.map(|(from, to)| (path.at(from), path.at(to)))).collect()
}

#[test]
fn the_largest_of_some_errors_is_nan_if_one_is() {
    assert_eq!((largest([]), largest([0.5, 2.0, 1.0])), (0.0, 2.0));
    assert!(largest([1.0, f64::NAN, 3.0]).is_nan() && largest([f64::NAN]).is_nan());
}
