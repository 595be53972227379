//! Time reversal: marginals kept at every noise level, the probability flow, Tweedie's formulas.

use ito_noise::{SampleNoise, Stream};
use ito_schedules::{Level, Path, VpCosine, VpLinear};
use ito_sde::ode::{Adaptive, Method, Rk4, VectorField};
use ito_sde::process::PathDiffusion;
use ito_sde::reverse::{Reversed, Tweedie};
use ito_sde::solver::EulerMaruyama;
use ito_sde::{Isotropic, Sde, Solver, Times, solve};
use ito_state::{Batch, Noise, Pointwise};
use ito_testkit::{Fresh, Gaussian, GaussianData, LinearForm, Mixture, integrate, largest, normal_density};
use ndarray::{Array2, array};

use crate::{Claim, Context, Curve, Errors, Experiment, Fault, Findings, Histogram, Plot};

pub const EXPERIMENTS: &[Experiment] = &[
    Experiment {
        name: "reverse-gaussian",
        title: "Reversal of Gaussian data at four noise levels, without Monte Carlo",
        theory: &[33],
        faults: &[],
        run: gaussian,
    },
    Experiment {
        name: "probability-flow",
        title: "The probability-flow ODE carries quantiles to quantiles",
        theory: &[31, 32],
        faults: &[Fault::MissingHalfOnScore],
        run: flow,
    },
    Experiment {
        name: "reverse-mixture",
        title: "A mixture recovered from noise at every noise level",
        theory: &[31, 33],
        faults: &[],
        run: mixture,
    },
    Experiment {
        name: "tweedie",
        title: "Tweedie's mean and variance against Bayes' rule",
        theory: &[34],
        faults: &[],
        run: tweedie,
    },
];

/// The probability flow, or under the fault one whose score lacks its half.
struct Given<'a, V, P> {
    right: V,
    forward: PathDiffusion<'a>,
    score: &'a P,
    broken: bool,
}

impl<X: Batch, V: VectorField<X>, P: Fn(f64, &X) -> X> VectorField<X> for Given<'_, V, P> {
    fn velocity(&self, t: f64, x: &X) -> X {
        if !self.broken {
            return self.right.velocity(t, x);
        }
        let rate = Isotropic::<X>::noise_rate(&self.forward, t);
        X::lincomb(&[(1.0, &self.forward.drift(t, x)), (-rate, &(self.score)(t, x))])
    }
}

/// Noise level `lambda` takes `N(m, s^2)` along each axis to `alpha' mean + k (x - alpha mean) + N(0, v' - k^2 v)`,
/// `k = (alpha/alpha')^(lambda^2) (v'/v)^((1 + lambda^2)/2)`.
fn gaussian(_: &Context) -> Findings {
    let (path, data) = (VpLinear::default(), GaussianData::new(&[0.7], &[0.36], 0.0));
    let forward = PathDiffusion::new(&path);
    let score = |t: f64, x: &LinearForm| data.score(x, path.at(t));
    let (from, to, start) = (path.at(0.95), path.at(0.05), Gaussian::isotropic(1, 1.0));
    let variance = |at: Level| (0.6 * at.alpha).powi(2) + at.sigma.powi(2);
    let (mut found, mut plots) = (Findings::default(), Vec::new());
    for lambda in [0.0, 0.5, 1.0, 1.5] {
        let reversed = Reversed::new(&forward, &score).with_noise(lambda).unwrap();
        let square: f64 = lambda * lambda;
        let k = (from.alpha / to.alpha).powf(square) * (variance(to) / variance(from)).powf(0.5 * (1.0 + square));
        let mean = 0.7 * to.alpha - k * 0.7 * from.alpha;
        let spread = k * k + variance(to) - k * k * variance(from);
        let law = |start: &Gaussian, steps| {
            let mut noise = Fresh::default();
            let x = noise.draw(start);
            solve(&EulerMaruyama, &reversed, &Times::uniform(0.95, 0.05, steps).unwrap(), x, &mut noise).law()
        };
        let of = |what: &str, start: &Gaussian, error: &dyn Fn(&Gaussian) -> f64| {
            let points = [256, 362, 512].map(|n| (0.9 / n as f64, error(&law(start, n))));
            Errors::new(format!("{what}, level {lambda}"), points, 1.0)
        };
        let kept = |law: &Gaussian| (law.covariance[[0, 0]] - variance(to)).abs();
        let errors = [
            of("mean", &start, &|law| (law.mean[0] - mean).abs()),
            of("variance", &start, &|law| (law.covariance[[0, 0]] - spread).abs()),
            of("variance from the marginal to the marginal", &data.marginal(from), &kept),
        ];
        for errors in errors {
            found.claim(Claim::order(format!("order of the {}", errors.label), &errors));
            plots.push(errors);
        }
    }
    // The variance from a start that is not the marginal, of each level: twelve lines would be too many.
    let variances = plots.into_iter().skip(1).step_by(3).collect();
    found.plot(Plot::orders("Euler-Maruyama backward in time, exact laws", variances));
    found
}

fn flow(context: &Context) -> Findings {
    let broken = context.planted(Fault::MissingHalfOnScore);
    let law = Mixture::two_modes();
    let probabilities = [1e-4, 0.03, 0.2, 0.5, 0.59, 0.61, 0.8, 0.97, 0.9999];
    let mut found = Findings::default();
    for (name, path) in [("VP linear", &VpLinear::default() as &dyn Path), ("VP cosine", &VpCosine::default())] {
        let forward = PathDiffusion::new(path);
        let score = |t: f64, x: &Array2<f64>| {
            let marginal = law.marginal(path.at(t));
            x.map_entries(|x| marginal.score(x))
        };
        let flow = Given { right: Reversed::new(&forward, &score).flow(), forward, score: &score, broken };
        let quantiles = |t: f64| {
            let marginal = law.marginal(path.at(t));
            Array2::from_shape_fn((probabilities.len(), 1), |(k, _)| marginal.quantile(probabilities[k]))
        };
        let solver = Adaptive::new(1e-11, 1e-11).unwrap();
        for (from, to) in [(0.95, 0.02), (0.02, 0.95)] {
            let end = solver.solve(&flow, from, to, quantiles(from)).map(|done| done.state);
            let apart = |end: Array2<f64>| largest((&end - &quantiles(to)).iter().map(|d| d.abs()));
            let name = format!("{name}: largest error of a quantile from t = {from} to {to}");
            found.claim(Claim::at_most(name, end.map_or(f64::NAN, apart), 1e-8));
        }
        let mut paths: Vec<Vec<(f64, f64)>> = quantiles(0.95).iter().map(|x| vec![(0.95, *x)]).collect();
        let mut x = quantiles(0.95);
        for (a, b) in Times::uniform(0.95, 0.02, 400).unwrap().pairs() {
            x = Rk4.step(&flow, a, b, &x);
            paths.iter_mut().zip(&x).for_each(|(path, x)| path.push((b, *x)));
        }
        found.plot(Plot::trajectories(format!("Quantiles of a mixture, {name}"), "x", paths));
    }
    found.claim(flow_order(broken));
    found
}

/// Of a law that is not the marginal, known in closed form.
fn flow_order(broken: bool) -> Claim {
    let (path, data) = (VpLinear::default(), GaussianData::new(&[0.7], &[0.36], 0.0));
    let forward = PathDiffusion::new(&path);
    let score = |t: f64, x: &LinearForm| data.score(x, path.at(t));
    let flow = Given { right: Reversed::new(&forward, &score).flow(), forward, score: &score, broken };
    let start = Gaussian::isotropic(1, 0.8);
    let expected = data.flow(&start, path.at(0.9), path.at(0.1));
    let error = |steps: usize| {
        let times = Times::uniform(0.9, 0.1, steps).unwrap();
        let end = times.pairs().fold(Fresh::default().draw(&start), |x, (a, b)| Rk4.step(&flow, a, b, &x)).law();
        (0.8 / steps as f64, end.mean_error(&expected) + end.covariance_error(&expected))
    };
    Claim::order("order of Runge-Kutta on the law of Gaussian data", &Errors::new("", [96, 128, 192].map(error), 4.0))
}

fn mixture(_: &Context) -> Findings {
    let (law, path, count) = (Mixture::two_modes(), VpLinear::default(), 30_000);
    let forward = PathDiffusion::new(&path);
    let last = 0.005;
    let times = {
        let root = |i: i32| 0.98_f64.sqrt() + (f64::sqrt(last) - 0.98_f64.sqrt()) * f64::from(i) / 240.0;
        Times::new((0..=240).map(|i| root(i).powi(2)).collect()).unwrap()
    };
    let score = |t: f64, x: &Array2<f64>| {
        let marginal = law.marginal(path.at(t));
        x.map_entries(|x| marginal.score(x))
    };
    let end = law.marginal(path.at(*times.as_slice().last().unwrap()));
    let mut found = Findings::default();
    for (seed, lambda) in [(30, 0.5), (31, 1.0), (32, 1.5)] {
        let reversed = Reversed::new(&forward, &score).with_noise(lambda).unwrap();
        let mut noise = SampleNoise::consecutive(Stream::new(seed, "verify/reverse"), 0, count);
        let normals = noise.normal_like(&Array2::<f64>::zeros((count, 1)));
        let uniforms = noise.uniform_rows(&normals);
        let first = law.marginal(path.at(0.98));
        let start = Array2::from_shape_fn((count, 1), |(k, _)| first.draw(uniforms[k], normals[[k, 0]]));
        let mut paths: Vec<Vec<(f64, f64)>> = (0..8).map(|k| vec![(0.98, start[[k, 0]])]).collect();
        let mut x = start;
        for (a, b) in times.pairs() {
            x = EulerMaruyama.step(&reversed, a, b, &x, &mut noise);
            paths.iter_mut().enumerate().for_each(|(k, path)| path.push((b, x[[k, 0]])));
        }
        let values = x.into_raw_vec_and_offset().0;
        let name = format!("noise level {lambda}: distribution of the recovered mixture");
        found.claim(Claim::distribution(name, &values, |x| end.cdf(x)).seed(seed));
        let histogram = Histogram::of(&values, -3.5, 3.5, 70);
        let curve = Curve::function("density of the data", -3.5, 3.5, |x| end.density(x));
        found.plot(Plot::density(format!("Recovered at noise level {lambda}"), histogram, vec![curve]));
        found.plot(Plot::trajectories(format!("Paths at noise level {lambda}, time falling"), "x", paths));
    }
    found
}

fn tweedie(_: &Context) -> Findings {
    let law = Mixture::two_modes();
    let (mut mean_error, mut variance_error) = (0.0_f64, 0.0_f64);
    let level = |alpha: f64, sigma: f64| Level { t: 0.5, alpha, sigma };
    for at in [level(1.0, 0.8), level(0.6, 0.5), level(0.3, 0.95)] {
        let (tweedie, noisy) = (Tweedie::at(at).unwrap(), law.marginal(at));
        for x in (-12..=12).map(|k| 0.2 * f64::from(k)) {
            let joint = |x0: f64| law.density(x0) * normal_density((x - at.alpha * x0) / at.sigma);
            let moment = |k: i32| integrate(|x0| x0.powi(k) * joint(x0), -9.0, 9.0, 300);
            let mean = moment(1) / moment(0);
            let variance = moment(2) / moment(0) - mean * mean;
            let found = tweedie.mean_of_score(&array![[x]], &array![[noisy.score(x)]])[[0, 0]];
            mean_error = largest([mean_error, (found - mean).abs()]);
            let found = tweedie.covariance_times(&array![[1.0]], &array![[noisy.score_slope(x)]])[[0, 0]];
            variance_error = largest([variance_error, (found - variance).abs()]);
        }
    }
    let at = level(1.0, 0.8);
    let (tweedie, noisy) = (Tweedie::at(at).unwrap(), law.marginal(at));
    let mean = |x: f64| tweedie.mean_of_score(&array![[x]], &array![[noisy.score(x)]])[[0, 0]];
    let mut found = Findings::default();
    found.claim(Claim::at_most("posterior mean of a mixture, largest error", mean_error, 1e-11));
    found.claim(Claim::at_most("posterior variance of a mixture, largest error", variance_error, 1e-10));
    let curves = vec![Curve::function("E[x0 | x]", -4.0, 4.0, mean), Curve::function("x", -4.0, 4.0, |x| x)];
    found.plot(Plot::curves("The posterior mean pulls towards the modes", "x", "E[x0 | x]", curves));
    found
}
