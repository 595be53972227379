//! Ito's calculus: the generator, Ito's lemma, Dynkin's formula, the readings of a state-dependent diffusion.

use ito_noise::{SampleNoise, Stream};
use ito_sde::calculus::{Change, Dynkin, Fick, Image, Logarithm, generator, generator_by_differences};
use ito_sde::process::{Elementwise, GeometricBrownianMotion, OrnsteinUhlenbeck, SinhDiffusion};
use ito_sde::solver::{EulerMaruyama, Exact, Milstein, Stratonovich};
use ito_sde::{Commutative, Diagonal, Sde, SdeError, Solver, Times, solve};
use ito_testkit::statistics::assert_mean;
use ito_testkit::{Slope, integrate, normal_density};
use ndarray::{Array2, array};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

/// `f = x^2 y + sin z`, three coordinates under two Wiener processes.
#[test]
fn the_generator_is_the_drift_term_and_half_the_trace() {
    let config = Config { cases: 64, rng_seed: RngSeed::Fixed(5), failure_persistence: None, ..Config::default() };
    let three = || prop::array::uniform3(-2.0..2.0_f64);
    proptest!(config, |(at in three(), b in three(), g in prop::collection::vec(-1.0..1.0_f64, 6))| {
        let [x, y, z] = at;
        let noise: Vec<Vec<f64>> = g.chunks(2).map(<[f64]>::to_vec).collect();
        let hessian = [vec![2.0 * y, 2.0 * x, 0.0], vec![2.0 * x, 0.0, 0.0], vec![0.0, 0.0, -z.sin()]];
        let found = generator(&b, &noise, &[2.0 * x * y, x * x, z.cos()], &hessian).unwrap();
        let a = |i: usize, j: usize| noise[i][0] * noise[j][0] + noise[i][1] * noise[j][1];
        let second = a(0, 0) * 2.0 * y + 2.0 * a(0, 1) * 2.0 * x - a(2, 2) * z.sin();
        let expected = b[0] * 2.0 * x * y + b[1] * x * x + b[2] * z.cos() + 0.5 * second;
        prop_assert!((found - expected).abs() < 1e-13 * 100.0, "{found} {expected}");
        let f = |p: &[f64]| p[0] * p[0] * p[1] + p[2].sin();
        let numeric = generator_by_differences(&f, &at, &b, &noise, 0.01).unwrap();
        prop_assert!((numeric - expected).abs() < 1e-9, "{numeric} {expected}");
    });
    let at_rest = generator_by_differences(&|p: &[f64]| p[0].exp(), &[0.0], &[0.0], &[vec![0.0]], 0.01);
    assert_eq!(at_rest.unwrap(), 0.0);
}

#[test]
fn sizes_that_disagree_are_refused() {
    let wrong = |result: Result<f64, SdeError>, name: &str| match result.unwrap_err() {
        SdeError::Dimension { name: found, expected: 2, found: 1 } => assert_eq!(found, name),
        other => panic!("{other:?}"),
    };
    let (b, g, h) = ([1.0, 2.0], [vec![1.0], vec![0.5]], [vec![0.0; 2], vec![0.0; 2]]);
    wrong(generator(&b, &g, &[1.0], &h), "the gradient");
    wrong(generator(&b, &g[..1], &[1.0, 1.0], &h), "the noise matrix");
    wrong(generator(&b, &g, &[1.0, 1.0], &h[..1]), "the Hessian");
    wrong(generator(&b, &g, &[1.0, 1.0], &[vec![0.0; 2], vec![0.0]]), "a row of the Hessian");
    wrong(generator(&b, &[vec![1.0, 0.0], vec![0.5]], &[1.0, 1.0], &h), "a row of the noise matrix");
    wrong(generator_by_differences(&|_: &[f64]| 0.0, &b, &[1.0], &g, 0.01), "the drift");
    let step = generator_by_differences(&|_: &[f64]| 0.0, &b, &b, &g, 0.0);
    assert_eq!(step, Err(SdeError::NotPositive { name: "the step of the differences", value: 0.0 }));
}

#[test]
fn the_logarithm_of_geometric_brownian_motion_is_brownian_motion_with_drift() {
    let (mu, sigma) = (0.7, 0.5);
    let image = Image::new(GeometricBrownianMotion::new(mu, sigma).unwrap(), Logarithm);
    constant_coefficients(&image, mu - 0.5 * sigma * sigma, sigma);
}

#[test]
fn the_area_sine_of_the_sinh_diffusion_is_brownian_motion_with_drift() {
    let image = Image::new(SinhDiffusion::new(0.4, 0.8).unwrap(), AreaSine);
    constant_coefficients(&image, 0.4, 0.8);
}

/// `Y = exp(theta t) X` takes the pull out of an Ornstein-Uhlenbeck process: what is left is noise that grows.
#[test]
fn a_change_that_depends_on_time_has_its_rate_in_the_drift() {
    let (theta, sigma) = (1.3, 0.6);
    let ou = Elementwise::new(move |_, x: f64| -theta * x, move |_, _| sigma, |_, _| 0.0);
    let image = Image::new(ou, Unwind { theta });
    for (t, y) in [(0.0, 0.4), (0.7, -1.0), (1.5, 2.0)] {
        let y = array![[y]];
        assert!(Sde::<Array2<f64>>::drift(&image, t, &y)[[0, 0]].abs() < 1e-13);
        let grown = sigma * (theta * t).exp();
        assert!((image.diffuse(t, &y, &array![[2.0]])[[0, 0]] - 2.0 * grown).abs() < 1e-13);
    }
    let x = array![[0.3_f64]];
    assert!((image.inverse(0.8, &image.value(0.8, &x))[[0, 0]] - 0.3).abs() < 1e-15);
}

/// On the same increments: `f` of the solved path against the solved path of `f`.
#[test]
fn itos_lemma_holds_path_by_path_at_the_order_of_the_method() {
    pathwise_order(&EulerMaruyama, 0.5);
    pathwise_order(&Milstein, 1.0);
}

#[test]
fn the_slope_of_the_image_is_the_derivative_of_its_noise() {
    let sde = Elementwise::new(|_, x: f64| x.sin(), |_, x: f64| 1.0 + 0.5 * x.cos(), |_, x: f64| -0.5 * x.sin());
    let image = Image::new(sde, AreaSine);
    for y in [-1.2, 0.1, 0.9] {
        let g = |y: f64| image.diffuse(0.0, &array![[y]], &array![[1.0]])[[0, 0]];
        let derivative = (g(y + 1e-5) - g(y - 1e-5)) / 2e-5;
        let found = image.diffuse_slope(0.0, &array![[y]], &array![[3.0]])[[0, 0]];
        assert!((found - 3.0 * g(y) * derivative).abs() < 1e-8, "{y}: {found}");
    }
}

/// `E f(X_t) = f(x) + int E (L f)(X_s) ds` with both sides by quadrature over the exact law of an Ornstein-Uhlenbeck process.
#[test]
fn dynkins_formula_is_exact_on_polynomials_of_an_ornstein_uhlenbeck_process() {
    let (theta, sigma, x, t) = (0.9, 0.7, 1.2, 1.4);
    let ou = OrnsteinUhlenbeck::new(theta, sigma).unwrap();
    let mean_of = |g: &dyn Fn(f64) -> f64, s: f64| {
        let law = ou.transition(s).unwrap();
        let deviation = law.variance.sqrt();
        integrate(|z| g(law.decay * x + deviation * z) * normal_density(z), -12.0, 12.0, 60)
    };
    for k in 1..=5 {
        let power = |k: i32, x: f64| if k < 0 { 0.0 } else { x.powi(k) };
        let lf = |x: f64| {
            let (first, second) = (f64::from(k) * power(k - 1, x), f64::from(k * (k - 1)) * power(k - 2, x));
            generator(&[-theta * x], &[vec![sigma]], &[first], &[vec![second]]).unwrap()
        };
        let grown = integrate(|s| mean_of(&lf, s), 0.0, t, 20);
        let there = mean_of(&|x| power(k, x), t);
        assert!((there - power(k, x) - grown).abs() < 1e-11, "x^{k}: {there} {grown}");
    }
}

/// Paths without error of discretisation, 200 steps for the integral: its bias, below 1e-5, is far smaller than the standard
/// error. False alarm 1e-6 each.
#[test]
fn dynkins_formula_holds_by_monte_carlo() {
    let (count, times) = (10_000, Times::uniform(0.0, 1.0, 200).unwrap());
    let start = || Array2::from_elem((count, 1), 0.5);
    let noise = |name| SampleNoise::consecutive(Stream::new(9, name), 0, count);
    let rows = |f: fn(f64) -> f64| move |_t: f64, x: &Array2<f64>| x.iter().map(|x| f(*x)).collect::<Vec<f64>>();

    let gbm = GeometricBrownianMotion::new(0.3, 0.6).unwrap();
    let lf = |x: f64| 0.3 * x * 0.5 / x.sqrt() + 0.5 * 0.36 * x * x * -0.25 * x.powf(-1.5);
    let dynkin = Dynkin::new(rows(f64::sqrt), rows(lf));
    let values = dynkin.martingale(&Exact, &gbm, &times, start(), &mut noise("dynkin/gbm"));
    assert_mean("the square root of geometric Brownian motion", &values, 0.0);

    let sinh = SinhDiffusion::new(0.4, 0.8).unwrap();
    let lf = |x: f64| -(0.4 * (1.0 + x * x).sqrt() + 0.32 * x) * x.sin() - 0.32 * (1.0 + x * x) * x.cos();
    let dynkin = Dynkin::new(rows(f64::cos), rows(lf));
    let values = dynkin.martingale(&Exact, &sinh, &times, start(), &mut noise("dynkin/sinh"));
    assert_mean("the cosine of the sinh diffusion", &values, 0.0);
    // Without the second derivative it does not hold, and the test can tell.
    let half = Dynkin::new(rows(f64::cos), rows(|x| -(0.4 * (1.0 + x * x).sqrt() + 0.32 * x) * x.sin()));
    let wrong = half.martingale(&Exact, &sinh, &times, start(), &mut noise("dynkin/sinh"));
    assert!(std::panic::catch_unwind(|| assert_mean("no second derivative", &wrong, 0.0)).is_err());
}

#[test]
fn the_three_readings_differ_by_half_the_slope_each() {
    for x in [-1.1, 0.0, 0.6, 2.0] {
        let drift = |sde: &dyn Sde<Array2<f64>>| sde.drift(0.0, &array![[x]])[[0, 0]];
        let slope = (1.0 + 0.5 * x.cos()) * -0.5 * x.sin();
        let [ito, stratonovich, fick] =
            [drift(&walk(0.2)), drift(&Stratonovich(walk(0.2)).into_ito()), drift(&Fick(walk(0.2)).into_ito())];
        assert!((ito - 0.2).abs() < 1e-15 && (stratonovich - 0.2 - 0.5 * slope).abs() < 1e-15, "{x}");
        assert!((fick - 0.2 - slope).abs() < 1e-15, "{x}: {fick}");
    }
}

/// Between reflecting walls nothing flows at rest: `b p - d_x(D p) = 0` with `p` as `1/D`, `1/sqrt D` and 1.
#[test]
fn the_three_readings_come_to_rest_in_their_three_laws() {
    let no_flow = |sde: &dyn Sde<Array2<f64>>, power: f64, expected: bool| {
        let flows = [-1.0, 0.4, 1.7].map(|x| {
            let d = |x: f64| 0.5 * (1.0 + 0.5 * x.cos()).powi(2);
            let spread = |x: f64| d(x).powf(1.0 + power);
            let h = 1e-3;
            let slope =
                (8.0 * (spread(x + h) - spread(x - h)) - spread(x + 2.0 * h) + spread(x - 2.0 * h)) / (12.0 * h);
            sde.drift(0.0, &array![[x]])[[0, 0]] * d(x).powf(power) - slope
        });
        assert_eq!(flows.iter().all(|flow| flow.abs() < 1e-10), expected, "{power}: {flows:?}");
    };
    let (ito, stratonovich, fick) = (walk(0.0), Stratonovich(walk(0.0)).into_ito(), Fick(walk(0.0)).into_ito());
    for (k, sde) in [&ito as &dyn Sde<Array2<f64>>, &stratonovich, &fick].into_iter().enumerate() {
        for (j, power) in [-1.0, -0.5, 0.0].into_iter().enumerate() {
            no_flow(sde, power, j == k);
        }
    }
}

/// And by paths: after a long time between reflecting walls (a circle is as good), Fick's walkers are spread evenly and Ito's are not.
#[test]
fn walkers_in_ficks_reading_spread_evenly_on_a_circle() {
    let (count, times) = (4000, Times::uniform(0.0, 20.0, 1000).unwrap());
    let turn = 2.0 * std::f64::consts::PI;
    let spread = |noise: &mut SampleNoise| {
        let start = Array2::from_shape_fn((count, 1), |(k, _)| turn * k as f64 / count as f64);
        solve(&Milstein, &Fick(walk(0.0)).into_ito(), &times, start, noise)
    };
    let end = spread(&mut SampleNoise::consecutive(Stream::new(12, "fick"), 0, count));
    let cosines: Vec<f64> = end.iter().map(|x| x.cos()).collect();
    assert_mean("the first harmonic of Fick's walkers", &cosines, 0.0);
    let start = Array2::from_shape_fn((count, 1), |(k, _)| turn * k as f64 / count as f64);
    let mut noise = SampleNoise::consecutive(Stream::new(12, "ito"), 0, count);
    let end = solve(&Milstein, &walk(0.0), &times, start, &mut noise);
    let cosines: Vec<f64> = end.iter().map(|x| x.cos()).collect();
    // p ~ 1/D = 2 (1 + cos(x) / 2)^-2 has the first harmonic -1/2.
    let weight = |x: f64| (1.0 + 0.5 * x.cos()).powi(-2);
    let expected = integrate(|x| x.cos() * weight(x), 0.0, turn, 40) / integrate(weight, 0.0, turn, 40);
    assert_mean("the first harmonic of Ito's walkers", &cosines, expected);
}

/// No drift but `push`, noise `1 + cos(x) / 2`.
fn walk(push: f64) -> impl Diagonal<Array2<f64>> + Copy {
    Elementwise::new(move |_, _| push, |_, x: f64| 1.0 + 0.5 * x.cos(), |_, x: f64| -0.5 * x.sin())
}

fn constant_coefficients(image: &impl Diagonal<Array2<f64>>, drift: f64, noise: f64) {
    let y = array![[-1.3, 0.0], [0.4, 2.2]];
    let (found, spread) = (image.drift(0.3, &y), image.diffuse(0.3, &y, &Array2::ones((2, 2))));
    assert!(found.iter().all(|b| (b - drift).abs() < 1e-14), "{found}");
    assert!(spread.iter().all(|g| (g - noise).abs() < 1e-14), "{spread}");
    let slope = image.diffuse_slope(0.3, &y, &Array2::ones((2, 2)));
    assert!(slope.iter().all(|slope| slope.abs() < 1e-14), "{slope}");
}

fn pathwise_order<M>(method: &M, order: f64)
where
    M: Solver<GeometricBrownianMotion, Array2<f64>> + Solver<Image<GeometricBrownianMotion, Logarithm>, Array2<f64>>,
{
    let (gbm, count) = (GeometricBrownianMotion::new(0.5, 0.8).unwrap(), 2000);
    let image = Image::new(gbm, Logarithm);
    let error = |steps: usize| {
        let times = Times::uniform(0.0, 1.0, steps).unwrap();
        let noise = || SampleNoise::consecutive(Stream::new(6, "lemma"), (steps * count) as u64, count);
        let x = solve(method, &gbm, &times, Array2::<f64>::ones((count, 1)), &mut noise());
        let y = solve(method, &image, &times, Array2::zeros((count, 1)), &mut noise());
        (image.value(1.0, &x) - y).iter().map(|d| d * d / count as f64).sum::<f64>().sqrt()
    };
    let slope = Slope::fit([64, 128, 256, 512].map(|n| (n, error(n))).to_vec());
    println!("{slope}");
    slope.assert("f of the path against the path of f", order, 0.1);
}

/// `y = arsinh x`.
struct AreaSine;

impl Change for AreaSine {
    fn value(&self, _t: f64, x: f64) -> f64 {
        x.asinh()
    }
    fn inverse(&self, _t: f64, y: f64) -> f64 {
        y.sinh()
    }
    fn slope(&self, _t: f64, x: f64) -> f64 {
        (1.0 + x * x).powf(-0.5)
    }
    fn curvature(&self, _t: f64, x: f64) -> f64 {
        -x * (1.0 + x * x).powf(-1.5)
    }
}

/// `y = exp(theta t) x`.
struct Unwind {
    theta: f64,
}

impl Change for Unwind {
    fn value(&self, t: f64, x: f64) -> f64 {
        (self.theta * t).exp() * x
    }
    fn inverse(&self, t: f64, y: f64) -> f64 {
        (-self.theta * t).exp() * y
    }
    fn slope(&self, t: f64, _x: f64) -> f64 {
        (self.theta * t).exp()
    }
    fn curvature(&self, _t: f64, _x: f64) -> f64 {
        0.0
    }
    fn rate(&self, t: f64, x: f64) -> f64 {
        self.theta * self.value(t, x)
    }
}
