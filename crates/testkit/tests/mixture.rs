//! Mixtures against quadrature: what is used to judge others is judged first.

use ito_schedules::Level;
use ito_testkit::{Gaussian, Mixture, MixtureNd, integrate, normal_cdf};
use ndarray::{Array1, Array2, array};

#[test]
fn the_normal_distribution_function_has_its_tabulated_values() {
    // Abramowitz & Stegun 1964, tables 26.1 and 26.2.
    let table = [(0.0, 0.5), (1.0, 0.841344746068543), (2.0, 0.977249868051821), (-1.5, 0.066807201268858)];
    for (z, expected) in table {
        assert!((normal_cdf(z) - expected).abs() < 5e-15, "{z}");
    }
    assert!((normal_cdf(-5.0) / 2.866515718791939e-7 - 1.0).abs() < 1e-13, "{:e}", normal_cdf(-5.0));
    assert!((normal_cdf(3.0 + 1e-12) - normal_cdf(3.0 - 1e-12) - 2e-12 * 0.004432).abs() < 1e-14);
}

#[test]
fn integration_is_exact_for_polynomials_of_degree_nine() {
    let value = integrate(|x| x.powi(9) - 3.0 * x.powi(8), -1.0, 2.0, 1);
    assert!((value - (1023.0 / 10.0 - 3.0 * 513.0 / 9.0)).abs() < 1e-12, "{value}");
}

#[test]
fn a_mixture_is_consistent_with_its_own_density() {
    let late = Mixture::two_modes().marginal(Level { t: 0.5, alpha: 0.8, sigma: 0.3 });
    for law in [Mixture::two_modes(), late] {
        let moment = |k: i32| integrate(|x| x.powi(k) * law.density(x), -12.0, 12.0, 400);
        assert!((moment(0) - 1.0).abs() < 1e-13 && (moment(1) - law.mean()).abs() < 1e-13);
        assert!((moment(2) - law.mean().powi(2) - law.variance()).abs() < 1e-12);
        for x in [-4.0, -1.0, 0.1, 2.5] {
            let h = 1e-4;
            assert!((integrate(|x| law.density(x), -12.0, x, 400) - law.cdf(x)).abs() < 1e-13);
            assert!((law.log_density(x) - law.density(x).ln()).abs() < 1e-13);
            assert!(((law.log_density(x + h) - law.log_density(x - h)) / (2.0 * h) - law.score(x)).abs() < 1e-6);
            assert!(((law.score(x + h) - law.score(x - h)) / (2.0 * h) - law.score_slope(x)).abs() < 1e-6);
            assert!((law.quantile(law.cdf(x)) - x).abs() < 1e-9);
        }
        assert!(law.log_density(1e3).is_finite() && law.score(1e3).is_finite() && law.density(1e3) == 0.0);
    }
}

#[test]
fn the_marginal_is_the_convolution_with_the_noise() {
    let (law, at) = (Mixture::two_modes(), Level { t: 0.5, alpha: 0.7, sigma: 0.5 });
    let kernel = Mixture::new(&[(1.0, 0.0, at.sigma)]);
    for y in [-2.0, 0.0, 1.3] {
        let expected = integrate(|x| law.density(x) * kernel.density(y - at.alpha * x), -10.0, 10.0, 400);
        assert!((law.marginal(at).density(y) - expected).abs() < 1e-13);
    }
}

#[test]
fn draws_follow_the_distribution_function() {
    let law = Mixture::two_modes();
    // Every pair of a grid: the fraction below x is the distribution function up to the grid's width.
    let grid: Vec<f64> = (0..400).map(|i| (f64::from(i) + 0.5) / 400.0).collect();
    let standard = Mixture::new(&[(1.0, 0.0, 1.0)]);
    let normals: Vec<f64> = grid.iter().map(|u| standard.quantile(*u)).collect();
    for x in [-1.7, -0.5, 0.9] {
        let below = grid.iter().flat_map(|u| normals.iter().map(move |z| (u, z)));
        let below = below.filter(|(u, z)| law.draw(**u, **z) <= x).count() as f64 / 160_000.0;
        assert!((below - law.cdf(x)).abs() < 0.0025, "{below} {}", law.cdf(x));
    }
}

#[test]
fn the_mixture_in_two_dimensions_agrees_with_differences_and_with_one_dimension() {
    let law = plane();
    let (x, h) = (array![0.3, -0.8], 1e-4);
    for i in 0..2 {
        let mut e = Array1::<f64>::zeros(2);
        e[i] = h;
        let slope = (law.log_density(&(&x + &e)) - law.log_density(&(&x - &e))) / (2.0 * h);
        assert!((slope - law.score(&x)[i]).abs() < 1e-6);
        let row = (law.score(&(&x + &e)) - law.score(&(&x - &e))) / (2.0 * h);
        assert!((&row - &law.score_slope(&x).row(i)).iter().all(|d| d.abs() < 1e-6));
    }
    let part = |m: f64, s: f64| Gaussian { mean: array![m], covariance: array![[s * s]] };
    let line = MixtureNd::new(vec![(0.6, part(-1.5, 0.4)), (0.4, part(1.0, 0.6))]);
    let (known, x) = (Mixture::two_modes(), array![0.2]);
    assert!((line.log_density(&x) - known.log_density(0.2)).abs() < 1e-13);
    assert!((line.score_slope(&x)[[0, 0]] - known.score_slope(0.2)).abs() < 1e-12);
    assert!((line.moments().covariance[[0, 0]] - known.variance()).abs() < 1e-13);
    assert_eq!(law.score_rows(&array![[0.3, -0.8]]).row(0), law.score(&array![0.3, -0.8]));
}

#[test]
fn the_posterior_is_bayes_rule_by_quadrature() {
    let (law, at, y) = (Mixture::two_modes(), Level { t: 0.5, alpha: 0.7, sigma: 0.5 }, 0.15);
    let part = |m: f64, s: f64| Gaussian { mean: array![m], covariance: array![[s * s]] };
    let line = MixtureNd::new(vec![(0.6, part(-1.5, 0.4)), (0.4, part(1.0, 0.6))]);
    let joint = |x: f64| law.density(x) * (-0.5 * ((y - at.alpha * x) / at.sigma).powi(2)).exp();
    let moment = |k: i32| integrate(|x| x.powi(k) * joint(x), -10.0, 10.0, 400);
    let mean = moment(1) / moment(0);
    let found = line.posterior(at, &array![y]).moments();
    assert!((found.mean[0] - mean).abs() < 1e-12, "{found:?} {mean}");
    assert!((found.covariance[[0, 0]] - (moment(2) / moment(0) - mean * mean)).abs() < 1e-12);
}

fn plane() -> MixtureNd {
    let first = Gaussian { mean: array![-1.0, 0.5], covariance: array![[0.5, 0.2], [0.2, 0.3]] };
    let second = Gaussian { mean: array![1.2, -0.4], covariance: Array2::eye(2) * 0.25 };
    MixtureNd::new(vec![(1.0, first), (2.0, second)])
}

#[test]
fn the_denoiser_of_a_mixture_is_tweedies_formula_and_its_slope_the_covariance() {
    let data = Mixture::two_modes();
    let part = |w, mean, covariance| (w, Gaussian { mean, covariance });
    let plane = MixtureNd::new(vec![
        part(0.4, array![-1.0, 0.5], array![[0.5, 0.2], [0.2, 0.3]]),
        part(0.6, array![1.2, -0.3], array![[0.2, -0.1], [-0.1, 0.4]]),
    ]);
    for at in [Level { t: 0.1, alpha: 0.98, sigma: 0.2 }, Level { t: 0.6, alpha: 0.5, sigma: 0.7 }] {
        let (noisy, noisy_plane) = (data.marginal(at), plane.marginal(at));
        for x in [-2.3, -0.4, 0.1, 1.7] {
            let (mean, slope) = data.denoised(x, at);
            let s2 = at.sigma * at.sigma;
            assert!((mean - (x + s2 * noisy.score(x)) / at.alpha).abs() < 1e-12);
            assert!((slope - (1.0 + s2 * noisy.score_slope(x)) / at.alpha).abs() < 1e-12);
            let point = array![x, 0.3 - x];
            let (mean, jacobian) = plane.denoised(&point, at);
            let expected = (&point + &(noisy_plane.score(&point) * s2)) / at.alpha;
            let slopes = (Array2::<f64>::eye(2) + noisy_plane.score_slope(&point) * s2) / at.alpha;
            assert!((mean - expected).iter().all(|d| d.abs() < 1e-12));
            assert!((jacobian - slopes).iter().all(|d| d.abs() < 1e-12));
        }
    }
}
