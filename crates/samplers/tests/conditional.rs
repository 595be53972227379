//! Posterior guidance: on Gaussian data it is the exact estimate given the measurement, so samplers sample the exact posterior.

use ito_samplers::conditional::{ConditionalError, Linear, Mask, Measurement, Posterior, Spread};
use ito_samplers::{Denoiser, Name, Order, Pullback, sample};
use ito_schedules::{Grid, Level, Path, Straight, VpLinear};
use ito_state::Noise;
use ito_testkit::{Gaussian, GaussianData, Slope};
use ndarray::{Array1, Array2, Axis, array, s};

#[test]
fn the_estimate_given_a_measurement_is_that_of_the_posterior_at_every_level() {
    for (seen, tau) in [(array![1.0, 0.0], 0.3), (array![0.8, -1.5], 0.05), (array![0.0, 2.0], 3.0)] {
        let posterior = posterior(&seen, MEASURED, tau);
        for t in [0.999, 0.7, 0.3, 0.01] {
            let (x, level) = (array![[0.3, -1.2], [2.0, 0.7]], Straight.at(t));
            let model = guided(&seen, tau, 2);
            near(&model.denoise(&x, &[level]), &posterior.denoise(&x, &[level]), 1e-10);
            assert!(model.residual() < 1e-12);
        }
    }
}

#[test]
fn every_sampler_reaches_the_exact_posterior_at_its_order() {
    let seen = array![0.8, -1.5];
    for path in [&Straight as &dyn Path, &VpLinear::default()] {
        for name in [Name::Ddim, Name::Heun, Name::Ancestral] {
            let Order { order, noise, .. } = name.order();
            let errors = |n| {
                let grid = Grid::uniform_log_snr(path, -8.0, 8.0, n).unwrap();
                let (from, to) = (grid.levels()[0], grid.levels()[n]);
                let law = law_by_probing(path, &grid, name, if noise { n } else { 0 }, |rows| guided(&seen, 0.3, rows));
                let (posterior, start) = (posterior(&seen, MEASURED, 0.3), Gaussian::isotropic(2, from.sigma));
                let exact = if noise { posterior.reverse(&start, from, to) } else { posterior.flow(&start, from, to) };
                (law.mean_error(&exact), law.covariance_error(&exact))
            };
            // Probing a sampler that draws takes a row a draw: fewer steps, clean enough.
            let sizes = if noise { vec![128, 181, 256] } else { vec![512, 724, 1024] };
            let slope =
                |part: fn((f64, f64)) -> f64| Slope::fit(sizes.iter().map(|n| (*n, part(errors(*n)))).collect());
            let covariance = slope(|(_, covariance)| covariance);
            println!("{name}: covariance {covariance}");
            covariance.assert(&format!("posterior covariance of {name}"), f64::from(order), 0.1);
            // A step of the ancestral sampler is exact in the mean.
            if noise {
                assert!(errors(128).0 < 1e-10, "{name}: {}", errors(128).0);
            } else {
                slope(|(mean, _)| mean).assert(&format!("posterior mean of {name}"), f64::from(order), 0.1);
            }
        }
    }
}

/// From `sigma/alpha = 80` to data on 64 steps of Karras et al.'s grid: Heun within 1 % of the posterior's deviations from where the
/// exact flow takes the start N(0, sigma^2 I), which is not quite the marginal: its own mean is off by 1/80 of the data's.
#[test]
fn heun_draws_from_the_posterior_over_the_full_range() {
    let (seen, tau) = (array![1.0, 0.0], 0.2);
    let grid = Grid::karras(&Straight, 0.002, 80.0, 7.0, 64).unwrap();
    let law = law_by_probing(&Straight, &grid, Name::Heun, 0, |rows| guided(&seen, tau, rows));
    let (exact, from) = (posterior(&seen, MEASURED, tau), grid.levels()[0]);
    let reached = exact.flow(&Gaussian::isotropic(2, from.sigma), from, Level::DATA);
    for (axis, deviation) in exact.axes() {
        let mean = (&law.mean - &reached.mean).dot(&axis).abs() / deviation;
        let spread = (law.deviation_along(&axis) / deviation - 1.0).abs();
        assert!((&reached.mean - exact.mean()).dot(&axis).abs() < deviation * exact.mean().dot(&axis).abs() / 79.0);
        println!("mean {mean:.1e}, deviation {spread:.1e}");
        assert!(mean < 0.01 && spread < 0.01, "{mean} {spread}");
    }
}

/// What is seen is the measurement, what is not is the regression on it.
#[test]
fn an_exact_measurement_of_a_part_is_kept_and_the_rest_follows_it() {
    let Gaussian { mean, covariance } = data().marginal(Level::DATA);
    let mask = Mask::new(array![[1.0, 0.0]]);
    let model = Posterior::new(data(), mask, array![[MEASURED, 0.0]], 0.0).unwrap().solved_to(1e-12, 10).unwrap();
    let found = model.denoise(&array![[0.2, -0.5]], &[Straight.at(0.999_999)]);
    let slope = covariance[[1, 0]] / covariance[[0, 0]];
    assert!((found[[0, 0]] - MEASURED).abs() < 1e-12, "{found}");
    assert!((found[[0, 1]] - (mean[1] + slope * (MEASURED - mean[0]))).abs() < 1e-4, "{found}");
}

#[test]
fn mask_and_closure_of_one_part_agree() {
    let (x, level) = (array![[0.3, -1.2]], Straight.at(0.4));
    let mask = Posterior::new(data(), Mask::new(array![[1.0, 0.0]]), array![[MEASURED, 0.0]], 0.3).unwrap();
    near(&mask.denoise(&x, &[level]), &guided(&array![1.0, 0.0], 0.3, 1).denoise(&x, &[level]), 1e-10);
}

/// In the first row nothing is seen, so it is solved before it begins.
#[test]
fn a_row_that_is_solved_does_not_stop_the_others() {
    let (x, level) = (array![[0.3, -1.2], [0.3, -1.2]], Straight.at(0.4));
    let (mask, measured) = (Mask::new(array![[0.0, 0.0], [1.0, 0.0]]), array![[0.0, 0.0], [MEASURED, 0.0]]);
    let found = Posterior::new(data(), mask, measured, 0.3).unwrap().denoise(&x, &[level]);
    let unseen: Array2<f64> = data().denoise(&x, &[level]);
    assert_eq!(found.row(0), unseen.row(0));
    let seen = guided(&array![1.0, 0.0], 0.3, 2).denoise(&x, &[level]);
    near(&found.select(Axis(0), &[1]), &seen.select(Axis(0), &[1]), 1e-10);
}

/// Five measurements of six numbers, three rows at three levels, solved together and alone.
#[test]
fn rows_at_their_own_levels_are_conditioned_as_they_are_alone() {
    let levels = [Straight.at(0.2), Straight.at(0.5), Straight.at(0.9)];
    let x = Array2::from_shape_fn((3, 6), |(i, j)| (1.3 * i as f64 + 0.7 * j as f64).sin());
    let y = Array2::from_shape_fn((3, 5), |(i, j)| (0.4 * i as f64 - 1.1 * j as f64).cos());
    let model = |y: Array2<f64>| Posterior::new(Rowwise(six()), wide(), y, 0.2).unwrap().solved_to(1e-13, 30).unwrap();
    let together = model(y.clone()).denoise(&x, &levels);
    for (k, level) in levels.iter().enumerate() {
        let alone = model(y.select(Axis(0), &[k])).denoise(&x.select(Axis(0), &[k]), &[*level]);
        near(&together.select(Axis(0), &[k]), &alone, 1e-11);
    }
}

#[test]
fn a_solve_that_runs_out_of_products_says_what_it_left() {
    let (x, level) = (Array2::from_elem((1, 6), 0.4), Straight.at(0.5));
    let y = Array2::from_shape_fn((1, 5), |(_, j)| (1.1 * j as f64).cos());
    let left = |most| {
        let model = Posterior::new(six(), wide(), y.clone(), 0.2).unwrap().solved_to(1e-9, most).unwrap();
        assert_eq!(model.residual(), 0.0);
        model.denoise(&x, &[level]);
        model.residual()
    };
    assert!(left(6) < 1e-9 && left(1) > 1e-3, "{} {}", left(6), left(1));
}

/// The covariance of a model that is none: conjugate gradients stop, with finite numbers.
#[test]
fn a_model_with_a_negative_derivative_is_left_as_it_is() {
    let (x, level) = (array![[0.3, -1.2]], Straight.at(0.5));
    let model = Posterior::new(Negative, Mask::new(array![[1.0, 1.0]]), array![[5.0, 5.0]], 0.1).unwrap();
    assert_eq!(model.denoise(&x, &[level]), Negative.denoise(&x, &[level]));
    assert_eq!(model.residual(), 1.0);
}

/// On N(m, I) the spread of PiGDM is the true one.
#[test]
fn the_isotropic_spread_is_exact_on_data_of_unit_covariance() {
    let data = GaussianData::new(&[0.7, -0.4], &[1.0, 1.0], 0.0);
    let (x, seen) = (array![[0.3, -1.2]], array![0.8, -1.5]);
    for t in [0.9, 0.4, 0.05] {
        let with = |spread| {
            let model = Posterior::new(&data, operator(&seen), array![[MEASURED]], 0.3).unwrap();
            model.with_spread(spread).unwrap().denoise(&x, &[Straight.at(t)])
        };
        near(&with(Spread::Isotropic), &with(Spread::Covariance), 1e-12);
        assert!((with(Spread::Point) - with(Spread::Covariance)).iter().any(|d| d.abs() > 1e-3));
    }
}

/// `D + C A^T (y - A D) / tau^2`.
#[test]
fn the_point_spread_follows_the_gradient_of_the_likelihood_of_the_estimate() {
    let (x, seen, level, tau) = (array![[0.3, -1.2]], array![0.8, -1.5], Straight.at(0.4), 0.5);
    let model = Posterior::new(data(), operator(&seen), array![[MEASURED]], tau).unwrap();
    let found = model.with_spread(Spread::Point).unwrap().denoise(&x, &[level]);
    let denoised: Array2<f64> = data().denoise(&x, &[level]);
    let log_likelihood = |x: &Array2<f64>| {
        let denoised: Array2<f64> = data().denoise(x, &[level]);
        -0.5 * (MEASURED - seen.dot(&denoised.row(0))).powi(2) / (tau * tau)
    };
    for k in 0..2 {
        let h = Array2::from_shape_fn((1, 2), |(_, j)| if j == k { 1e-4 } else { 0.0 });
        let gradient = (log_likelihood(&(&x + &h)) - log_likelihood(&(&x - &h))) / 2e-4;
        let expected = denoised[[0, k]] + level.sigma.powi(2) / level.alpha * gradient;
        assert!((found[[0, k]] - expected).abs() < 1e-8, "{found} {expected}");
    }
}

#[test]
fn at_pure_noise_the_estimate_is_the_model_s_own() {
    let (x, level) = (array![[0.3, -1.2]], Straight.at(1.0));
    let expected: Array2<f64> = data().denoise(&x, &[level]);
    assert_eq!(guided(&array![1.0, 0.0], 0.3, 1).denoise(&x, &[level]), expected);
}

#[test]
fn what_cannot_be_conditioned_on_is_refused_with_its_numbers() {
    let model = |tau| Posterior::new(data(), operator(&array![1.0, 0.0]), array![[MEASURED]], tau);
    for tau in [-0.1, f64::NAN, f64::INFINITY] {
        assert!(matches!(model(tau), Err(ConditionalError::Deviation { .. })), "{tau}");
    }
    let told = "the deviation tau of a measurement's noise is finite and at least 0, not -0.1";
    assert_eq!(model(-0.1).err().map(|e| e.to_string()).as_deref(), Some(told));
    assert_eq!(model(0.0).unwrap().with_spread(Spread::Point).err(), Some(ConditionalError::Certain));
    for given in [0.0, 1.0, -1.0] {
        assert_eq!(model(0.1).unwrap().solved_to(given, 9).err(), Some(ConditionalError::Tolerance { given }));
    }
    assert!(model(0.1).unwrap().solved_to(f64::NAN, 9).is_err() && model(0.1).unwrap().solved_to(0.1, 0).is_err());
}

const MEASURED: f64 = 1.4;

fn data() -> GaussianData {
    GaussianData::new(&[0.7, -0.4], &[0.8, 0.25], 0.6)
}

fn six() -> GaussianData {
    GaussianData::new(&[0.3, -0.2, 0.1, 0.5, -0.7, 0.0], &[1.0, 0.5, 0.2, 2.0, 0.1, 0.7], 0.5)
}

/// `y = <seen, x>`, one number a row.
fn operator(seen: &Array1<f64>) -> impl Measurement<Array2<f64>> + use<> {
    let (row, again) = (seen.clone().insert_axis(Axis(0)), seen.clone().insert_axis(Axis(0)));
    Linear { apply: move |x: &Array2<f64>| x.dot(&row.t()), adjoint: move |y: &Array2<f64>| y.dot(&again) }
}

/// Five sums of neighbours of six numbers.
fn wide() -> impl Measurement<Array2<f64>> {
    let matrix =
        Array2::from_shape_fn((5, 6), |(i, j)| if j == i { 1.0 } else { 0.5 * f64::from(u8::from(j == i + 1)) });
    let again = matrix.clone();
    Linear { apply: move |x: &Array2<f64>| x.dot(&matrix.t()), adjoint: move |y: &Array2<f64>| y.dot(&again) }
}

fn guided(
    seen: &Array1<f64>,
    tau: f64,
    rows: usize,
) -> Posterior<Array2<f64>, GaussianData, impl Measurement<Array2<f64>> + use<>> {
    let measured = Array2::from_elem((rows, 1), MEASURED);
    Posterior::new(data(), operator(seen), measured, tau).unwrap().solved_to(1e-13, 10).unwrap()
}

/// Bayes' rule for `y = <seen, x0> + tau n`.
fn posterior(seen: &Array1<f64>, measured: f64, tau: f64) -> GaussianData {
    let Gaussian { mean, covariance } = data().marginal(Level::DATA);
    let with_y = covariance.dot(seen);
    let gain = &with_y / (seen.dot(&with_y) + tau * tau);
    let mean = &mean + &(&gain * (measured - seen.dot(&mean)));
    let c = &covariance - &gain.insert_axis(Axis(1)).dot(&with_y.insert_axis(Axis(0)));
    let angle = 0.5 * (2.0 * c[[0, 1]]).atan2(c[[0, 0]] - c[[1, 1]]);
    let along = |axis: Array1<f64>| axis.dot(&c.dot(&axis));
    let variances = [along(array![angle.cos(), angle.sin()]), along(array![-angle.sin(), angle.cos()])];
    GaussianData::new(&[mean[0], mean[1]], &variances, angle)
}

/// The law of an affine sampler on two numbers, started from N(0, sigma^2 I): what it makes of 0, of each unit start, and of each
/// unit of each of its `draws`.
fn law_by_probing<D: Denoiser<Array2<f64>>>(
    path: &dyn Path,
    grid: &Grid,
    name: Name,
    draws: usize,
    model: impl Fn(usize) -> D,
) -> Gaussian {
    let rows = 3 + 2 * draws;
    let mut start = Array2::zeros((rows, 2));
    (start[[1, 0]], start[[2, 1]]) = (grid.levels()[0].sigma, grid.levels()[0].sigma);
    let mut units = Units { used: 0 };
    let end = sample(&model(rows), path, grid, name.build().as_mut(), start, &mut units, &mut |_, _, _| {}).unwrap();
    assert_eq!(units.used, draws);
    let factors = &end.slice(s![1.., ..]) - &end.row(0);
    Gaussian { mean: end.row(0).to_owned(), covariance: factors.t().dot(&factors) }
}

/// The k-th draw is a unit in two rows of its own, and 0 in all others.
struct Units {
    used: usize,
}

impl Noise<Array2<f64>> for Units {
    fn normal_like(&mut self, like: &Array2<f64>) -> Array2<f64> {
        let (mut units, row) = (Array2::zeros(like.raw_dim()), 3 + 2 * self.used);
        (units[[row, 0]], units[[row + 1, 1]]) = (1.0, 1.0);
        self.used += 1;
        units
    }

    fn uniform_rows(&mut self, _like: &Array2<f64>) -> Vec<f64> {
        panic!("an affine sampler draws no uniform number")
    }
}

/// A model of one level for all rows, asked row by row.
struct Rowwise(GaussianData);

impl Denoiser<Array2<f64>> for Rowwise {
    fn denoise(&self, x: &Array2<f64>, at: &[Level]) -> Array2<f64> {
        self.0.denoise(x, at)
    }
}

impl Pullback<Array2<f64>> for Rowwise {
    fn pullback(&self, x: &Array2<f64>, at: &[Level], v: &Array2<f64>) -> (Array2<f64>, Array2<f64>) {
        let mut back = v.clone();
        for (k, mut row) in back.outer_iter_mut().enumerate() {
            let one = |x: &Array2<f64>| x.select(Axis(0), &[k]);
            row.assign(&self.0.pullback(&one(x), &[at[k.min(at.len() - 1)]], &one(v)).1.row(0));
        }
        (self.denoise(x, at), back)
    }
}

/// `D = -x`.
struct Negative;

impl Denoiser<Array2<f64>> for Negative {
    fn denoise(&self, x: &Array2<f64>, _at: &[Level]) -> Array2<f64> {
        -x
    }
}

impl Pullback<Array2<f64>> for Negative {
    fn pullback(&self, x: &Array2<f64>, _at: &[Level], v: &Array2<f64>) -> (Array2<f64>, Array2<f64>) {
        (-x, -v)
    }
}

fn near(found: &Array2<f64>, expected: &Array2<f64>, tolerance: f64) {
    assert!((found - expected).iter().all(|d| d.abs() < tolerance), "{found} {expected}");
}
