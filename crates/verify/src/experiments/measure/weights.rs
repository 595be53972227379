//! What weights are for: expectations under another law, rare events, normalisers, bounds.

use ito_noise::{SampleNoise, Stream};
use ito_schedules::{Path, VpLinear};
use ito_sde::Times;
use ito_sde::langevin::{DoubleWell, Energy, Harmonic, Overdamped};
use ito_sde::measure::{
    Estimate, Girsanov, GridKernel, IsotropicKernel, Kernel, Ladder, NoisingChain, Steered, normal_log_density,
};
use ito_sde::process::OrnsteinUhlenbeck;
use ito_state::{Batch, Noise, Rows};
use ito_testkit::{integrate, largest};
use ndarray::{Array2, array};

use crate::{Claim, Context, Findings};

pub(super) fn girsanov(_: &Context) -> Findings {
    let (seed, count, steps) = (202, 40_000, 32);
    let drawn = Overdamped::new(Harmonic::new(1.0).unwrap(), 0.5).unwrap();
    let other = Overdamped::new(DoubleWell::new(0.6, 1.0).unwrap(), 0.5).unwrap();
    let times = Times::uniform(0.0, 1.0, steps).unwrap();
    let mut noise = SampleNoise::consecutive(Stream::new(seed, "verify/girsanov"), 0, count);
    let start = Array2::<f64>::from_elem((count, 1), 0.5);
    let (end, weights) = Girsanov::new(&drawn, &other).walk(&times, start, &mut noise).unwrap();
    let one = Estimate::plain(&weights, &vec![1.0; count]).unwrap();
    let squares: Vec<f64> = end.iter().map(|x| x * x).collect();
    let moved = Estimate::plain(&weights, &squares).unwrap();

    // The same chain's law on a grid, without a draw.
    let kernel = IsotropicKernel::new::<Array2<f64>>(&other, 0.0, 1.0 / steps as f64).unwrap();
    let log = |x: f64, y: f64| kernel.log_density(&array![[x]], &array![[y]])[0];
    let grid = GridKernel::new(-3.0, 3.0, 241, log).unwrap();
    let first: Vec<f64> = grid.points().iter().map(|y| log(0.5, *y).exp()).collect();
    let last = (1..steps).fold(first, |density, _| grid.push(&density).unwrap());
    let moment = grid.points().iter().zip(&last).map(|(x, p)| x * x * p).sum::<f64>() * 0.025;

    let mut found = Findings::default();
    found.claim(Claim::estimate("E[e^w], harmonic to double well", one.value, 1.0, one.error).seed(seed));
    let name = "E[x^2] in the double well from paths of the harmonic one";
    found.claim(Claim::estimate(name, moved.value, moment, moved.error).seed(seed));

    let brownian = OrnsteinUhlenbeck::new(0.0, 1.0).unwrap();
    let steered = Steered { sde: brownian, control: |_: f64, x: &Array2<f64>| x.fill_like(4.0) };
    let walk = Girsanov::new(&steered, &brownian).walk(
        &Times::uniform(0.0, 1.0, 8).unwrap(),
        Array2::zeros((count, 1)),
        &mut noise,
    );
    let (end, weights) = walk.unwrap();
    let above: Vec<f64> = end.iter().map(|x| f64::from(u8::from(*x > 4.0))).collect();
    let rare = Estimate::plain(&weights, &above).unwrap();
    found.claim(Claim::estimate("P(W_1 > 4)", rare.value, 3.167_124_183_311_992e-5, rare.error).seed(seed));
    found.claim(Claim::at_most("its relative error bar", rare.error / rare.value, 0.015).seed(seed));
    found
}

pub(super) fn ladder(_: &Context) -> Findings {
    let (seed, count, stiffness) = (203, 20_000, 0.7_f64);
    let (wide, well) = (Harmonic::new(stiffness).unwrap(), DoubleWell::new(2.0, 1.0).unwrap());
    let mut noise = SampleNoise::consecutive(Stream::new(seed, "verify/ladder"), 0, count);
    let z = noise.normal_like(&Array2::<f64>::zeros((count, 1)));
    let start = Array2::lincomb(&[(stiffness.powf(-0.5), &z)]);
    let steps = Ladder::uniform(20, 0.05, 3).unwrap();
    let (end, weights) = steps.climb_adjusted(&wide, &well, start, &mut noise).unwrap();
    let value = |x: f64| (-well.energy(&array![[x]])[0]).exp();
    let mass = integrate(value, -4.0, 4.0, 60);

    let mut found = Findings::default();
    let log = Estimate::log_mean(&weights).unwrap();
    let exact = mass.ln() - (2.0 * std::f64::consts::PI / stiffness).ln() / 2.0;
    found.claim(Claim::estimate("log Z of a double well", log.value, exact, log.error).seed(seed));
    found.claim(Claim::at_most("its error bar", log.error, 0.02).seed(seed));
    let squares: Vec<f64> = end.iter().map(|x| x * x).collect();
    let moment = Estimate::self_normalised(&weights, &squares).unwrap();
    let exact = integrate(|x| x * x * value(x), -4.0, 4.0, 60) / mass;
    found.claim(Claim::estimate("E[x^2], self-normalised", moment.value, exact, moment.error).seed(seed));
    found
}

pub(super) fn bound(_: &Context) -> Findings {
    let (seed, mean, variance) = (204, 0.4, 0.6_f64);
    let levels: Vec<_> = (0..=12).map(|i| VpLinear::default().at(0.9 * f64::from(i) / 12.0)).collect();
    let chain = NoisingChain::through(&levels).unwrap();
    let (mut prior, mut reverse) = ((mean, variance), Vec::new());
    for (decay, added) in chain.steps() {
        let next = decay * decay * prior.1 + added;
        let gain = decay * prior.1 / next;
        reverse.push((gain, prior.0 - gain * decay * prior.0, prior.1 * added / next));
        prior = (decay * prior.0, next);
    }
    let draw = |x0: &Array2<f64>, factor: f64, noise: &mut SampleNoise| {
        let model = |i: usize, x: &Array2<f64>| {
            let (gain, shift, spread) = reverse[i - 1];
            (x.mapv(|x| gain * x + shift), factor * spread)
        };
        chain.bound(x0, model, |x| normal_log_density(&x.mapv(|x| x - prior.0), prior.1), noise).unwrap()
    };
    let exact = |x0: &Array2<f64>| normal_log_density(&x0.mapv(|x| x - mean), variance);
    let count = 4000;
    let mut noise = SampleNoise::consecutive(Stream::new(seed, "verify/bound"), 0, count);
    let x0 = noise.normal_like(&Array2::<f64>::zeros((count, 1))).mapv(|z| mean + variance.sqrt() * z);

    let mut found = Findings::default();
    let gap = |bounds: Vec<f64>| bounds.iter().zip(exact(&x0)).map(|(bound, exact)| exact - bound).collect::<Vec<_>>();
    let largest = largest(gap(draw(&x0, 1.0, &mut noise)).iter().map(|g| g.abs()));
    found.claim(
        Claim::at_most("largest distance of bound and log-likelihood on 4000 paths of the exact chain", largest, 1e-10)
            .seed(seed),
    );
    let factor = 1.5_f64;
    let expected = 12.0 * (1.0 / factor - 1.0 + factor.ln()) / 2.0;
    let name = "gap of a chain with variances too large by 3/2, in nats";
    found.claim(Claim::mean(name, &gap(draw(&x0, factor, &mut noise)), expected).seed(seed));
    found
}
