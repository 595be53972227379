//! Samplers on a discrete table of DDPM.

use ito_samplers::{Ddim, LargeVariance, Order, Sampler, Step};
use ito_schedules::{BetaTable, Grid, Level, Spacing, VpLinear};
use ito_state::{Batch, Noise};
use ito_testkit::{Fresh, Gaussian, GaussianData, LinearForm};
use ndarray::array;

use super::{Build, Planted, end_law};
use crate::{Claim, Context, Fault, Findings};

const STEPS: usize = 1000;

fn table() -> BetaTable {
    VpLinear::default().table(STEPS).unwrap()
}

/// On a single datum DDIM is exact whatever the grid: noise only shrinks, by `sigma'/sigma`. So what is left at the cleanest timestep
/// is the noise of that level, if the steps meet.
pub fn ddim_on_a_table(context: &Context) -> Findings {
    let mut found = Findings::default();
    let (table, data) = (table(), GaussianData::new(&[1.0], &[1e-18], 0.0));
    for (spacing, count) in [(Spacing::Linspace, 10), (Spacing::Trailing, 30), (Spacing::Leading, 30)] {
        let grid = Grid::on_table(&table, spacing, count).unwrap();
        let steps: Vec<(Level, Level)> = match context.planted(Fault::DdimByStride) {
            true => by_stride(spacing, count),
            false => grid.steps().collect(),
        };
        let of = format!("{} timesteps, {count} steps", spacing.name());
        let apart = steps.windows(2).filter(|pair| pair[0].1 != pair[1].0).count() as f64;
        found.claim(Claim::within(format!("{of}: steps that do not begin where the last one ended"), apart, 0.0, 0.0));
        let (first, cleanest) = (grid.levels()[0], grid.levels()[count - 1]);
        let mut noise = Fresh::default();
        let mut x = noise.draw(&Gaussian::isotropic(1, first.sigma));
        for (from, to) in steps.into_iter().filter(|(_, to)| to.sigma > 0.0) {
            x = Ddim.step(&Step { model: &data, path: &table, from, to }, &x, &mut noise).unwrap();
        }
        let left = x.law().deviation_along(&array![1.0]) / cleanest.sigma;
        found.claim(Claim::within(format!("{of}: noise left, over that of the level"), left, 1.0, 1e-9));
        // Started without the datum in it, of which alpha sigma'/sigma stays away for good.
        let mean = cleanest.alpha - first.alpha * cleanest.sigma / first.sigma;
        found.claim(Claim::within(format!("{of}: mean left"), x.law().mean[0], mean, 1e-9));
    }
    found
}

/// What diffusers' DDIM does: to `timestep - T/N`, whatever the next timestep.
fn by_stride(spacing: Spacing, count: usize) -> Vec<(Level, Level)> {
    let table = table();
    let level = |i: usize| table.levels()[i];
    let before = |i: usize| i.checked_sub(STEPS / count).map_or(Level::DATA, level);
    spacing.timesteps(count, STEPS).unwrap().into_iter().map(|i| (level(i), before(i))).collect()
}

/// The variance of a step is `beta`; on standard normal data that is exact, so all steps together keep the law.
pub fn large_variance(context: &Context) -> Findings {
    let shipped = || Box::new(LargeVariance) as Box<dyn Sampler<LinearForm>>;
    let build: Build = if context.planted(Fault::RootOfLogVariance) { &root_of_the_logarithm } else { &shipped };
    let (table, data) = (table(), GaussianData::new(&[0.0], &[1.0], 0.0));
    let variance = |i: usize| {
        let mut noise = Fresh::default();
        let x = noise.draw(&Gaussian { mean: array![0.3], covariance: array![[0.0]] });
        let step = Step { model: &data, path: &table, from: table.levels()[i], to: table.levels()[i - 1] };
        build().step(&step, &x, &mut noise).unwrap().law().covariance[[0, 0]]
    };
    let mut found = Findings::default();
    let finite = (1..STEPS).filter(|i| variance(*i).is_finite()).count() as f64;
    found.claim(Claim::within("steps of 999 with a finite variance", finite, 999.0, 0.0));
    for i in [1, 500, 999] {
        let beta = table.betas()[i];
        found.claim(Claim::within(format!("variance of the step from timestep {i}"), variance(i), beta, 1e-11 * beta));
    }
    let levels: Vec<Level> = table.levels().iter().rev().copied().collect();
    let grid = Grid::new(levels).unwrap();
    let law = end_law(&data, &table, &grid, &Gaussian::isotropic(1, 1.0), build);
    found.claim(Claim::within("variance after 999 steps, standard normal data", law.covariance[[0, 0]], 1.0, 1e-11));
    found
}

/// As three libraries have it: the variance kept as its logarithm, and the root taken of that.
fn root_of_the_logarithm() -> Box<dyn Sampler<LinearForm>> {
    let step = |at: &Step<LinearForm>, x: &LinearForm, noise: &mut dyn Noise<LinearForm>| {
        let Step { from, to, .. } = *at;
        let estimate = at.model.denoise(x, &[from]);
        let keep = from.alpha * to.sigma.powi(2) / (to.alpha * from.sigma.powi(2));
        let kept_as = (1.0 - (from.alpha / to.alpha).powi(2)).ln();
        let pull = to.alpha * (1.0 - from.snr() / to.snr());
        LinearForm::lincomb(&[(keep, x), (pull, &estimate), (kept_as.sqrt(), &noise.normal_like(x))])
    };
    Box::new(Planted { order: Order { order: 1, evaluations: 1, noise: true }, step })
}
