//! The remainder of one step, and the laws of processes.

use ito_noise::{SampleNoise, Stream};
use ito_sde::process::{
    CoxIngersollRoss, GeometricBrownianMotion, OrnsteinUhlenbeck, SubVariancePreserving, Transition, VariancePreserving,
};
use ito_sde::solver::{EulerMaruyama, Exact, Milstein, SquareRootImplicit};
use ito_sde::{Solver, Times, solve};
use ito_testkit::{Nodes, normal_cdf};
use ndarray::Array2;

use super::planted::Planted;
use super::{SEED, steps};
use crate::{Claim, Context, Curve, Errors, Fault, Findings, Histogram, Plot};

/// `sqrt(E|R|^2)` of one step from 1, by quadrature.
pub fn remainder(context: &Context) -> Findings {
    let gbm = GeometricBrownianMotion::new(0.3, 0.8).unwrap();
    let ou = OrnsteinUhlenbeck::new(1.3, 0.8).unwrap();
    let multiplicative = |h, milstein| {
        let mut nodes = Nodes::product(&[24]);
        let starts = nodes.repeat(&Array2::ones((1, 1)));
        let mut noise = Planted { noise: nodes.clone(), wrong: context.planted(Fault::SqrtHForH) };
        let step = match milstein {
            true => Milstein.step(&gbm, 0.0, h, &starts, &mut noise),
            false => EulerMaruyama.step(&gbm, 0.0, h, &starts, &mut noise),
        };
        let exact = Exact.step(&gbm, 0.0, h, &starts, &mut nodes);
        nodes.mean(&(step - exact).mapv(|e| e * e))[[0, 0]].sqrt() / h
    };
    // h R = x (exp(-theta h) - 1 + theta h) + sigma int (exp(-theta (h - s)) - 1) dW at x = 1.
    let additive = |h: f64| {
        let exact = ou.transition(h).unwrap();
        let variance = exact.variance - 2.0 * 0.64 * (1.0 - exact.decay) / 1.3 + 0.64 * h;
        ((exact.decay - 1.0 + 1.3 * h).powi(2) + variance).sqrt() / h
    };
    let at = |f: &dyn Fn(f64) -> f64| [100, 200, 400, 800].map(|n| (1.0 / f64::from(n), f(1.0 / f64::from(n))));
    let all = vec![
        Errors::new("geometric Brownian motion", at(&|h| multiplicative(h, false)), 0.0),
        Errors::new("geometric Brownian motion with Milstein's term", at(&|h| multiplicative(h, true)), 0.5),
        Errors::new("Ornstein-Uhlenbeck", at(&additive), 0.5),
    ];
    let mut found = Findings::default();
    for h in [0.1, 0.01, 0.001] {
        found.claim(Claim::within(format!("remainder at h = {h}"), multiplicative(h, false), 0.45, 0.03));
    }
    all.iter().for_each(|errors| found.claim(Claim::order(format!("slope of {}", errors.label), errors)));
    found.plot(Plot::orders("Root mean square of the remainder R", all));
    found
}

pub fn processes(_: &Context) -> Findings {
    let mut found = Findings::default();
    let column = |x: Array2<f64>| x.into_raw_vec_and_offset().0;
    let count = 20_000;
    let mut noise = SampleNoise::consecutive(Stream::new(SEED, "process laws"), 0, count);
    let start = Array2::<f64>::ones((count, 1));

    let ou = OrnsteinUhlenbeck::new(1.3, 0.8).unwrap();
    let (decay, variance) = ((-1.3_f64).exp(), 0.64 * (1.0 - (-2.6_f64).exp()) / 2.6);
    let ends = column(solve(&Exact, &ou, &steps(3), start.clone(), &mut noise));
    let cdf = |x: f64| normal_cdf((x - decay) / variance.sqrt());
    found.claim(Claim::distribution("Ornstein-Uhlenbeck in three exact steps", &ends, cdf).seed(SEED));

    let gbm = GeometricBrownianMotion::new(0.3, 0.8).unwrap();
    let (mean, variance) = (0.3 - 0.64 / 2.0, 0.64_f64);
    let ends = column(solve(&Exact, &gbm, &steps(3), start, &mut noise));
    let cdf = |x: f64| normal_cdf((x.ln() - mean) / variance.sqrt());
    found.claim(Claim::distribution("geometric Brownian motion in three exact steps", &ends, cdf).seed(SEED));

    let [first, second, whole] = [(0.2, 0.5), (0.5, 0.9), (0.2, 0.9)];
    let vp = VariancePreserving::new(0.1, 20.0).unwrap();
    let sub = SubVariancePreserving::new(0.1, 20.0).unwrap();
    for (name, laws) in [
        ("VP", [first, second, whole].map(|(s, t)| vp.transition(s, t).unwrap())),
        ("sub-VP", [first, second, whole].map(|(s, t)| sub.transition(s, t).unwrap())),
    ] {
        found.claim(Claim::at_most(format!("Chapman-Kolmogorov, {name}"), gap(laws), 1e-14));
    }
    // The closed form of Song et al. 2021, appendix C.
    let (t, log_mean) = (0.6, |t: f64| -t * t * (20.0 - 0.1) / 4.0 - t * 0.1 / 2.0);
    let (decay, lost) = (log_mean(t).exp(), 1.0 - (2.0 * log_mean(t)).exp());
    for (name, law, variance) in
        [("VP", vp.transition(0.0, t).unwrap(), lost), ("sub-VP", sub.transition(0.0, t).unwrap(), lost * lost)]
    {
        found.claim(Claim::within(format!("{name}: mean at {t}"), law.decay, decay, 1e-13));
        found.claim(Claim::within(format!("{name}: variance at {t}"), law.variance, variance, 1e-13));
    }

    let cir = CoxIngersollRoss::new(1.0, 1.0, 1.2).unwrap();
    let law = cir.transition(0.3, 0.7).unwrap();
    let mut block = 0;
    let mut uniform = || {
        block += 1;
        Stream::new(SEED, "square root").uniform(0, block)
    };
    let draws: Vec<f64> = (0..5000).map(|_| law.draw(&mut uniform)).collect();
    found.claim(
        Claim::distribution("Cox-Ingersoll-Ross, exact draws", &draws, |x| law.distribution(x).unwrap()).seed(SEED),
    );
    let start = Array2::from_elem((5000, 1), 0.3);
    let mut noise = SampleNoise::consecutive(Stream::new(SEED, "Alfonsi"), 0, 5000);
    let times = Times::uniform(0.0, 0.7, 400).unwrap();
    let ends = column(solve(&SquareRootImplicit, &cir, &times, start, &mut noise));
    let cdf = |x| law.distribution(x).unwrap();
    found.claim(Claim::distribution("Cox-Ingersoll-Ross, Alfonsi's step, 400 of them", &ends, cdf).seed(SEED));
    let density = Curve::function("exact", 0.01, 4.0, |x| law.density(x).unwrap());
    found.plot(Plot::density(
        "Cox-Ingersoll-Ross after 0.7, Alfonsi's step",
        Histogram::of(&ends, 0.0, 4.0, 60),
        vec![density],
    ));
    found.plot(Plot::trajectories("Cox-Ingersoll-Ross from 0.3", "X", trajectories(&cir)));
    found
}

fn trajectories(cir: &CoxIngersollRoss) -> Vec<Vec<(f64, f64)>> {
    let times = Times::uniform(0.0, 5.0, 500).unwrap();
    let mut noise = SampleNoise::consecutive(Stream::new(SEED, "trajectories"), 0, 8);
    let mut x = Array2::from_elem((8, 1), 0.3);
    let mut paths = vec![vec![(0.0, 0.3)]; 8];
    for (from, to) in times.pairs() {
        x = SquareRootImplicit.step(cir, from, to, &x, &mut noise);
        paths.iter_mut().zip(&x).for_each(|(path, x)| path.push((to, *x)));
    }
    paths
}

/// How far the first two transitions together are from the whole.
fn gap([a, b, whole]: [Transition; 3]) -> f64 {
    let variance = b.decay * b.decay * a.variance + b.variance;
    (variance - whole.variance).abs() + (a.decay * b.decay - whole.decay).abs()
}
