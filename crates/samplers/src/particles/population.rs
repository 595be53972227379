use ito_state::{Noise, Rows};

use super::ParticleError;

/// Weighted particles: the rows of `x`, each with the logarithm of its weight.
#[derive(Clone, Debug, PartialEq)]
pub struct Particles<X> {
    /// One particle a row.
    pub x: X,
    /// One a particle, natural logarithm.
    pub log_weights: Vec<f64>,
}

/// When particles are resampled: heavy ones repeated, light ones dropped.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Resample {
    /// Never: importance sampling of whole trajectories.
    Never,
    /// After every step but the last at which the effective number of a group is below this share of it, in [0, 1].
    Below(f64),
}

impl<X: Rows> Particles<X> {
    /// Particles drawn from the target's own law at the first level: all weights are 1.
    pub fn equal(x: X) -> Self {
        let log_weights = vec![0.0; x.row_count()];
        Particles { x, log_weights }
    }
}

impl<X> Particles<X> {
    /// The weights divided by their sum.
    pub fn weights(&self) -> Vec<f64> {
        let relative = relative(&self.log_weights);
        let total: f64 = relative.iter().sum();
        relative.iter().map(|w| w / total).collect()
    }

    /// The effective number of particles, `(sum w)^2 / sum w^2` (Kong 1992).
    pub fn effective(&self) -> f64 {
        effective(&self.log_weights)
    }
}

/// Systematic resampling group by group: which particle each one becomes. The log-weights of a resampled group all become
/// the logarithm of its mean weight, so that all groups stay on one scale and the mean weight of each is kept. None if no
/// group needs it.
pub(super) fn resample<X: Rows>(
    log_weights: &mut [f64],
    groups: usize,
    below: f64,
    like: &X,
    noise: &mut dyn Noise<X>,
) -> Option<Vec<usize>> {
    let size = log_weights.len() / groups;
    let poor: Vec<bool> = log_weights.chunks(size).map(|group| effective(group) < below * size as f64).collect();
    if !poor.contains(&true) {
        return None;
    }
    let uniforms = noise.uniform_rows(like);
    let mut picks: Vec<usize> = (0..log_weights.len()).collect();
    for (g, group) in log_weights.chunks_mut(size).enumerate().filter(|(g, _)| poor[*g]) {
        let first = g * size;
        let chosen = systematic(&relative(group), uniforms[first]);
        picks[first..first + size].iter_mut().zip(chosen).for_each(|(pick, k)| *pick = first + k);
        group.fill(log_mean(group));
    }
    Some(picks)
}

/// `ln mean(e^l)`.
pub(super) fn log_mean(log_weights: &[f64]) -> f64 {
    largest(log_weights) + (relative(log_weights).iter().sum::<f64>() / log_weights.len() as f64).ln()
}

/// Index `k` appears `n w_k` times, rounded up or down, on average exactly: the points `(j + u)/n` on the line of the summed
/// weights. Kitagawa 1996.
fn systematic(weights: &[f64], uniform: f64) -> Vec<usize> {
    let unit = weights.iter().sum::<f64>() / weights.len() as f64;
    let (mut k, mut reached) = (0, weights[0]);
    let point = |j: usize| unit * (j as f64 + uniform);
    (0..weights.len())
        .map(|j| {
            while reached <= point(j) && k + 1 < weights.len() {
                k += 1;
                reached += weights[k];
            }
            k
        })
        .collect()
}

fn effective(log_weights: &[f64]) -> f64 {
    let weights = relative(log_weights);
    weights.iter().sum::<f64>().powi(2) / weights.iter().map(|w| w * w).sum::<f64>()
}

/// The weights divided by the largest.
fn relative(log_weights: &[f64]) -> Vec<f64> {
    let top = largest(log_weights);
    log_weights.iter().map(|l| (l - top).exp()).collect()
}

fn largest(log_weights: &[f64]) -> f64 {
    log_weights.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}

/// The gate after every change: one finite log-weight a particle.
pub(super) fn finite(log_weights: &[f64], t: f64) -> Result<(), ParticleError> {
    match log_weights.iter().position(|l| !l.is_finite()) {
        None => Ok(()),
        Some(particle) => Err(ParticleError::NotFinite { particle, t, value: log_weights[particle] }),
    }
}
