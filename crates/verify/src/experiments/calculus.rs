//! Ito's calculus: Ito's lemma, Dynkin's formula, the three readings of a diffusion.

use std::f64::consts::PI;

use ito_noise::{SampleNoise, Stream};
use ito_sde::calculus::{Change, Dynkin, Fick, Image, Logarithm, generator};
use ito_sde::process::{Elementwise, GeometricBrownianMotion, OrnsteinUhlenbeck, SinhDiffusion};
use ito_sde::solver::{EulerMaruyama, Exact, Milstein, Stratonovich};
use ito_sde::{Commutative, Diagonal, Sde, Solver, Times, solve};
use ito_testkit::{integrate, normal_density};
use ndarray::{Array2, array};

use crate::{Claim, Context, Curve, Errors, Experiment, Fault, Findings, Histogram, Plot};

pub const EXPERIMENTS: &[Experiment] = &[
    Experiment {
        name: "ito-lemma",
        title: "Ito's lemma: the logarithm of geometric Brownian motion",
        theory: &[14],
        faults: &[Fault::DroppedItoCorrection],
        run: lemma,
    },
    Experiment {
        name: "dynkin",
        title: "Dynkin's formula",
        theory: &[14],
        faults: &[Fault::DroppedItoCorrection],
        run: dynkin,
    },
    Experiment {
        name: "readings",
        title: "Ito, Stratonovich and Fick on a circle",
        theory: &[16],
        faults: &[Fault::DroppedItoCorrection],
        run: readings,
    },
];

/// A change of variable by the rule of ordinary calculus, without the term of the second derivative.
struct Ordinary;

impl Change for Ordinary {
    fn value(&self, t: f64, x: f64) -> f64 {
        Logarithm.value(t, x)
    }
    fn inverse(&self, t: f64, y: f64) -> f64 {
        Logarithm.inverse(t, y)
    }
    fn slope(&self, t: f64, x: f64) -> f64 {
        Logarithm.slope(t, x)
    }
    fn curvature(&self, _t: f64, _x: f64) -> f64 {
        0.0
    }
}

fn lemma(context: &Context) -> Findings {
    if context.planted(Fault::DroppedItoCorrection) { lemma_of(|| Ordinary) } else { lemma_of(|| Logarithm) }
}

fn lemma_of<C: Change>(change: impl Fn() -> C) -> Findings {
    let (mu, sigma, seed) = (0.5, 0.8, 6);
    let gbm = GeometricBrownianMotion::new(mu, sigma).unwrap();
    let image = Image::new(gbm, change());
    let y = array![[-1.3, 0.4, 2.2]];
    let drift: Array2<f64> = image.drift(0.0, &y);
    let mut found = Findings::default();
    let expected = mu - 0.5 * sigma * sigma;
    found.claim(Claim::within("drift of ln X at x = exp(0.4) is mu - sigma^2 / 2", drift[[0, 1]], expected, 1e-14));
    found.claim(Claim::at_most("drift of ln X, spread over x", (drift[[0, 0]] - drift[[0, 2]]).abs(), 1e-14));
    let euler = pathwise("Euler-Maruyama", &EulerMaruyama, &gbm, &image, seed, 0.5);
    let milstein = pathwise("Milstein", &Milstein, &gbm, &image, seed, 1.0);
    for errors in [&euler, &milstein] {
        let name = format!("{}: ln of the path against the path of ln", errors.label);
        found.claim(Claim::order(name, errors).seed(seed));
    }
    found.plot(Plot::orders("ln of the path against the path of ln", vec![euler, milstein]));
    found
}

fn pathwise<M, C>(
    label: &str,
    method: &M,
    gbm: &GeometricBrownianMotion,
    image: &Image<GeometricBrownianMotion, C>,
    seed: u64,
    order: f64,
) -> Errors
where
    C: Change,
    M: Solver<GeometricBrownianMotion, Array2<f64>> + Solver<Image<GeometricBrownianMotion, C>, Array2<f64>>,
{
    let count = 4000;
    let error = |steps: usize| {
        let times = Times::uniform(0.0, 1.0, steps).unwrap();
        let noise = || SampleNoise::consecutive(Stream::new(seed, "verify/lemma"), (steps * count) as u64, count);
        let x = solve(method, gbm, &times, Array2::<f64>::ones((count, 1)), &mut noise());
        let y = solve(method, image, &times, Array2::zeros((count, 1)), &mut noise());
        let square = (image.value(1.0, &x) - y).iter().map(|d| d * d / count as f64).sum::<f64>();
        (1.0 / steps as f64, square.sqrt())
    };
    Errors::new(label, [32, 64, 128, 256].map(error), order)
}

fn dynkin(context: &Context) -> Findings {
    let half = if context.planted(Fault::DroppedItoCorrection) { 0.0 } else { 1.0 };
    let mut found = Findings::default();
    // Both sides by quadrature on an Ornstein-Uhlenbeck process.
    let (theta, sigma, x, t) = (0.9, 0.7, 1.2, 1.4);
    let ou = OrnsteinUhlenbeck::new(theta, sigma).unwrap();
    let mean_of = |g: &dyn Fn(f64) -> f64, s: f64| {
        let law = ou.transition(s).unwrap();
        let deviation = law.variance.sqrt();
        integrate(|z| g(law.decay * x + deviation * z) * normal_density(z), -12.0, 12.0, 60)
    };
    for k in 2..=4 {
        let lf = |x: f64| {
            let (first, second) = (f64::from(k) * x.powi(k - 1), half * f64::from(k * (k - 1)) * x.powi(k - 2));
            generator(&[-theta * x], &[vec![sigma]], &[first], &[vec![second]]).unwrap()
        };
        let grown = integrate(|s| mean_of(&lf, s), 0.0, t, 20);
        let expected = mean_of(&|x| x.powi(k), t) - x.powi(k);
        found.claim(Claim::within(format!("x^{k} of Ornstein-Uhlenbeck: int E L f ds"), grown, expected, 1e-11));
    }
    // And by paths without an error of discretisation.
    let (count, seed) = (20_000, 9);
    let sinh = SinhDiffusion::new(0.4, 0.8).unwrap();
    let rows = |f: &dyn Fn(f64) -> f64, x: &Array2<f64>| x.iter().map(|x| f(*x)).collect::<Vec<f64>>();
    let lf = |x: f64| -(0.4 * (1.0 + x * x).sqrt() + 0.32 * x) * x.sin() - half * 0.32 * (1.0 + x * x) * x.cos();
    let dynkin = Dynkin::new(|_, x: &Array2<f64>| rows(&f64::cos, x), |_, x: &Array2<f64>| rows(&lf, x));
    let mut noise = SampleNoise::consecutive(Stream::new(seed, "verify/dynkin"), 0, count);
    let start = Array2::from_elem((count, 1), 0.5);
    let values = dynkin.martingale(&Exact, &sinh, &Times::uniform(0.0, 1.0, 200).unwrap(), start, &mut noise);
    found.claim(Claim::mean("cos X of the sinh diffusion: f(X_t) - f(x) - int L f ds, mean", &values, 0.0).seed(seed));
    found
}

/// No drift, noise `1 + cos(x) / 2`: at rest `1/D`, `1/sqrt(D)` or a constant.
fn readings(context: &Context) -> Findings {
    let walk = Elementwise::new(|_, _| 0.0, |_, x: f64| 1.0 + 0.5 * x.cos(), |_, x: f64| -0.5 * x.sin());
    let corrected = !context.planted(Fault::DroppedItoCorrection);
    let mut found = Findings::default();
    let mut claim = |name: &str, seed: u64, power: f64, values: Vec<f64>| {
        let weight = move |x: f64| (1.0 + 0.5 * x.cos()).powf(2.0 * power);
        let total = integrate(weight, 0.0, 2.0 * PI, 60);
        let bins = 40;
        let edge = |i: usize| 2.0 * PI * i as f64 / bins as f64;
        let shares: Vec<f64> = (0..bins).map(|i| integrate(weight, edge(i), edge(i + 1), 4) / total).collect();
        let mut counts = vec![0_u64; bins];
        values.iter().for_each(|x| counts[((x / (2.0 * PI) * bins as f64) as usize).min(bins - 1)] += 1);
        found.claim(Claim::counts(format!("{name}: walkers on the circle, chi-square"), &counts, &shares).seed(seed));
        let histogram = Histogram::of(&values, 0.0, 2.0 * PI, bins);
        let curve = Curve::function("stationary density", 0.0, 2.0 * PI, |x| weight(x) / total);
        found.plot(Plot::density(name, histogram, vec![curve]));
    };
    claim("Ito, 1/D", 20, -1.0, walkers(&walk, 20));
    let (stratonovich, fick) = (Stratonovich(walk).into_ito(), Fick(walk).into_ito());
    claim("Stratonovich, 1/sqrt(D)", 21, -0.5, if corrected { walkers(&stratonovich, 21) } else { walkers(&walk, 21) });
    claim("Fick, constant", 22, 0.0, if corrected { walkers(&fick, 22) } else { walkers(&walk, 22) });
    found
}

/// Where 10 000 walkers are on the circle after a time of 15, in steps of 0.025.
fn walkers<S>(sde: &S, seed: u64) -> Vec<f64>
where
    S: Sde<Array2<f64>> + Commutative<Array2<f64>> + Diagonal<Array2<f64>>,
{
    let count = 10_000;
    let start = Array2::from_shape_fn((count, 1), |(k, _)| 2.0 * PI * k as f64 / count as f64);
    let mut noise = SampleNoise::consecutive(Stream::new(seed, "verify/readings"), 0, count);
    let end = solve(&Milstein, sde, &Times::uniform(0.0, 15.0, 600).unwrap(), start, &mut noise);
    end.iter().map(|x| x.rem_euclid(2.0 * PI)).collect()
}
