//! Many paths.

use ito_noise::Stream;
use ito_sde::Times;
use ito_sde::ensemble::{Ensemble, Report, Start};
use ito_sde::process::{GeometricBrownianMotion, OrnsteinUhlenbeck};
use ito_sde::solver::{EulerMaruyama, Exact, Milstein};
use ito_state::Real;
use ito_testkit::normal_cdf;

use crate::{Claim, Context, Curve, Experiment, Findings, Histogram, Plot};

pub const EXPERIMENTS: &[Experiment] = &[
    Experiment {
        name: "ensemble-laws",
        title: "A million paths against their exact law",
        theory: &[12, 13],
        faults: &[],
        run: laws,
    },
    Experiment {
        name: "ensemble-threads",
        title: "Threads do not show in an ensemble",
        theory: &[12],
        faults: &[],
        run: threads,
    },
];

const SEED: u64 = 31;
const PATHS: u64 = 1_000_000;

fn laws(_: &Context) -> Findings {
    let (times, stream) = (Times::uniform(0.0, 1.0, 64).unwrap(), Stream::new(SEED, "ensemble laws"));
    let mut found = Findings::default();

    // The exact step, so that what is left is the noise.
    let ou = OrnsteinUhlenbeck::new(1.0, 0.5).unwrap();
    let (decay, variance) = ((-1.0_f64).exp(), 0.25 * (1.0 - (-2.0_f64).exp()) / 2.0);
    let deviation = variance.sqrt();
    let edges: Vec<f64> = (0..=60).map(|i| decay + deviation * (i as f64 / 10.0 - 3.0)).collect();
    let run = Ensemble::new(&ou, Exact, &times, stream).paths(PATHS).histogram(&edges);
    let report = run.run(Start::Point([1.0_f64])).unwrap();
    moments(&mut found, "Ornstein-Uhlenbeck", &report, decay, variance);
    let histogram = &report.end().histograms[0];
    let below = |x: f64| normal_cdf((x - decay) / deviation);
    let ends: Vec<f64> = std::iter::once(0.0).chain(edges.iter().map(|x| below(*x))).chain([1.0]).collect();
    let probabilities: Vec<f64> = ends.windows(2).map(|bin| bin[1] - bin[0]).collect();
    let counts = [&[histogram.below], &histogram.counts[..], &[histogram.above]].concat();
    found.claim(Claim::counts("its histogram", &counts, &probabilities).seed(SEED));
    let density = |x: f64| (-(x - decay).powi(2) / (2.0 * variance)).exp() / (deviation * std::f64::consts::TAU.sqrt());
    let exact = Curve::function("exact", edges[0], edges[60], density);
    let drawn = Histogram::counted(&histogram.counts, edges[0], edges[60], PATHS);
    found.plot(Plot::density("Ornstein-Uhlenbeck at time 1", drawn, vec![exact]));

    // 64 steps of Milstein: E X^n of the scheme is known, a step multiplies X by 1 + m h + s dW + s^2 (dW^2 - h) / 2.
    let (mu, sigma, h) = (0.05_f64, 0.2_f64, 1.0_f64 / 64.0);
    let gbm = GeometricBrownianMotion::new(mu, sigma).unwrap();
    let report = Ensemble::new(&gbm, Milstein, &times, stream).paths(PATHS).run(Start::Point([1.0_f32])).unwrap();
    let mean = (1.0 + mu * h).powi(64);
    let square = ((1.0 + mu * h).powi(2) + sigma * sigma * h + sigma.powi(4) * h * h / 2.0).powi(64);
    moments(&mut found, "geometric Brownian motion, Milstein, f32", &report, mean, square - mean * mean);
    found
}

fn moments<A: Real>(found: &mut Findings, what: &str, report: &Report<A, 1>, mean: f64, variance: f64) {
    let (end, paths) = (report.end(), PATHS as f64);
    found.claim(Claim::estimate(format!("{what}: mean"), end.mean[0], mean, (variance / paths).sqrt()).seed(SEED));
    // A normal variance has error sqrt(2/n); that of a lognormal with sigma 0.2 is 12 % wider.
    let error = 1.15 * variance * (2.0 / paths).sqrt();
    found.claim(Claim::estimate(format!("{what}: variance"), end.covariance[0][0], variance, error).seed(SEED));
}

fn threads(_: &Context) -> Findings {
    let (times, stream) = (Times::uniform(0.0, 1.0, 100).unwrap(), Stream::new(SEED, "ensemble threads"));
    let ou = OrnsteinUhlenbeck::new(1.0, 0.5).unwrap();
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let ensemble = Ensemble::new(&ou, EulerMaruyama, &times, stream).paths(20_000).quantiles(&[0.1, 0.5, 0.9]);
        pool.install(|| ensemble.run(Start::Point([1.0_f32])).unwrap())
    };
    let one = on(1);
    let mut found = Findings::default();
    for threads in [2, 3, 7] {
        let other = on(threads);
        let same = one == other && one.end().mean[0].to_bits() == other.end().mean[0].to_bits();
        let name = format!("figures that differ between 1 and {threads} threads");
        found.claim(Claim::at_most(name, f64::from(u8::from(!same)), 0.0).seed(SEED));
    }
    found
}
