use ito_schedules::{Grid, LastStep, Level};
use ito_state::{Noise, Rows};

use super::move_rule::Move;
use super::population::{self, finite, log_mean};
use super::{ParticleError, Particles, Resample};
use crate::Denoiser;

/// Feynman-Kac corrected sampling of `prod_i p_i^{w_i}`: particles, their weights, and the normaliser.
///
/// Particles move by the reverse process of the added scores `sum_i w_i s_i`, with `noise` times the noise of the forward process
/// (1 the reverse SDE, 0 the probability flow), widened or narrowed unless `W = sum_i w_i` is 1; their weights make up for what
/// adding scores gets wrong. See the [module](crate::particles) for both equations.
///
/// In a step the move is solved with `sum_i w_i D_i` held; the weight's integrals are the trapezoidal rule on the clocks `v^2` and
/// `v = alpha / sqrt(alpha^2 + sigma^2)`, on which the rates are finite from noise to data. Weak order 1 in the size of the steps, for
/// weighted means and for the normaliser alike. Each model is asked once a level (not at data): N + 1 times for N steps that end in noise.
///
/// Particles are split into `groups` that never meet, each resampled within itself: the estimates of the normaliser from the groups
/// are independent, and their scatter is its error bar. Resampling with `noise` 0 makes copies that stay copies.
///
/// An error bar knows what its particles have seen: where the weights of a few outweigh all others (an
/// [effective](Particles::effective) number of a few), or a mode has no particle, it is too small.
///
/// The end is that of the grid. [`LastStep::ToSigmaMin`] gives weighted draws of the target at the last level; with steps to data
/// ([`LastStep::ToZero`], and here [`LastStep::Tweedie`] too) each particle is replaced by its estimate `sum_i w_i D_i / W`,
/// and the weight's rate is held at the last level.
#[derive(Clone, Debug)]
pub struct FeynmanKac<D> {
    terms: Vec<(f64, D)>,
    total: f64,
    noise: f64,
    resample: Resample,
    groups: usize,
}

/// What [`FeynmanKac::sample`] has drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampled<X> {
    /// The particles: the target at `level` is the law of the rows drawn in proportion to their weights.
    pub particles: Particles<X>,
    /// `log(Z_end / Z_start)`.
    pub log_normaliser: LogNormaliser,
    /// Where they are: data, or the last level with noise.
    pub level: Level,
    /// After how many steps some group was resampled.
    pub resampled: usize,
}

/// The logarithm of an estimate of `Z_end / Z_start`, `Z = int prod_i p_i(x)^{w_i} dx` at a level, and its standard error.
///
/// With a start of equal weights; if the start's weights are `prod_i p_i^{w_i}` over the density they were drawn from, it is
/// `log Z_end`. The ratio itself is estimated without bias but for the steps; the error is the scatter of the groups over the
/// mean, so it is of a t-law with as many degrees of freedom as groups, less one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogNormaliser {
    /// The logarithm of the groups' mean.
    pub value: f64,
    /// The relative standard error of that mean, the standard error of its logarithm where it is small.
    pub error: f64,
}

/// What the models say of the particles at one level.
struct Judged<X> {
    /// `sum_i w_i D_i`.
    denoised: X,
    /// `d log w / dv^2` and `d log w / dv`, what is to be added, row by row.
    rates: [Vec<f64>; 2],
}

impl<D> FeynmanKac<D> {
    /// The exponents `w_i` and their models.
    ///
    /// # Errors
    /// [`ParticleError`] without models, for an exponent that is not finite or a sum of them that is not positive, noise outside of
    /// [0, 100], a threshold outside of [0, 1], less than two groups.
    pub fn new(terms: Vec<(f64, D)>, noise: f64, resample: Resample, groups: usize) -> Result<Self, ParticleError> {
        if terms.is_empty() {
            return Err(ParticleError::NoModels);
        }
        if let Some((model, (value, _))) = terms.iter().enumerate().find(|(_, (w, _))| !w.is_finite()) {
            return Err(ParticleError::Exponent { model, value: *value });
        }
        let total: f64 = terms.iter().map(|(w, _)| w).sum();
        if total.is_nan() || total <= 1e-12 {
            return Err(ParticleError::TotalExponent { total });
        }
        if !(0.0..=100.0).contains(&noise) {
            return Err(ParticleError::Noise { value: noise });
        }
        match resample {
            Resample::Below(value) if !(0.0..=1.0).contains(&value) => return Err(ParticleError::Threshold { value }),
            _ => {}
        }
        if groups < 2 {
            return Err(ParticleError::TooFewGroups { groups });
        }
        let total = if (total - 1.0).abs() < 1e-12 { 1.0 } else { total };
        Ok(FeynmanKac { terms, total, noise, resample, groups })
    }

    /// Takes particles of the target at the grid's first level down the grid.
    ///
    /// At pure noise, or near it, the target is `sigma / sqrt W` times standard normals.
    ///
    /// # Errors
    /// [`ParticleError`] if the particles do not split into equal groups of at least two, there is not one log-weight each, or one is
    /// not finite at the start or on the way.
    pub fn sample<X: Rows>(
        &self,
        grid: &Grid,
        start: Particles<X>,
        noise: &mut dyn Noise<X>,
    ) -> Result<Sampled<X>, ParticleError>
    where
        D: Denoiser<X>,
    {
        let Particles { mut x, mut log_weights } = start;
        self.admits(x.row_count(), &log_weights, grid.levels()[0].t)?;
        let levels = levels(grid);
        let mut level = levels[0];
        let mut judged = self.judge(&x, level);
        let mut resampled = 0;
        for (left, &to) in (0..levels.len() - 1).rev().zip(&levels[1..]) {
            x = self.moved(&x, &judged.denoised, level, to, noise);
            // The scores at data are not known from denoisers: the rate is held.
            let next = if to.sigma > 0.0 { Some(self.judge(&x, to)) } else { None };
            let last = next.as_ref().map_or(&judged.rates, |next| &next.rates);
            for ((first, last), (from, to)) in judged.rates.iter().zip(last).zip(clocks(level).iter().zip(clocks(to))) {
                let half = 0.5 * (to - from);
                log_weights.iter_mut().zip(first.iter().zip(last)).for_each(|(l, (a, b))| *l += half * (a + b));
            }
            let shift = self.rescaled(&x, level, to);
            log_weights.iter_mut().for_each(|l| *l += shift);
            finite(&log_weights, to.t)?;
            level = to;
            judged = next.unwrap_or(judged);
            let Resample::Below(below) = self.resample else { continue };
            if left == 0 {
                continue;
            }
            if let Some(picks) = population::resample(&mut log_weights, self.groups, below, &x, noise) {
                let rates = judged.rates.map(|rates| picks.iter().map(|&k| rates[k]).collect());
                judged = Judged { denoised: judged.denoised.take_rows(&picks), rates };
                x = x.take_rows(&picks);
                resampled += 1;
            }
        }
        let log_normaliser = self.normaliser(&log_weights);
        Ok(Sampled { particles: Particles { x, log_weights }, log_normaliser, level, resampled })
    }

    fn admits(&self, particles: usize, log_weights: &[f64], t: f64) -> Result<(), ParticleError> {
        if !particles.is_multiple_of(self.groups) || particles < 2 * self.groups {
            return Err(ParticleError::Groups { particles, groups: self.groups });
        }
        if log_weights.len() != particles {
            return Err(ParticleError::Weights { given: log_weights.len(), particles });
        }
        finite(log_weights, t)
    }

    /// One step of the proposal.
    fn moved<X: Rows>(&self, x: &X, denoised: &X, from: Level, to: Level, noise: &mut dyn Noise<X>) -> X {
        let Move { keep, pull, spread } = Move::between(from, to, self.total, self.noise);
        if spread == 0.0 {
            return X::lincomb(&[(keep, x), (pull, denoised)]);
        }
        let fresh = noise.increment(from.snr(), to.snr(), x);
        X::lincomb(&[(keep, x), (pull, denoised), (spread, &fresh)])
    }

    /// With the departures `h_i = D_i - alpha x/(alpha^2 + sigma^2)` and `h = sum_i w_i h_i` the rates are
    /// `1/2 (1 + r)^2 (|h|^2 - sum_i w_i |h_i|^2)` and `-(W - 1) (1 + r) <x, h> / sqrt(alpha^2 + sigma^2)`. If `W = 1` any
    /// centre gives the same, and the first estimate in its place loses no digits.
    fn judge<X: Rows>(&self, x: &X, level: Level) -> Judged<X>
    where
        D: Denoiser<X>,
    {
        let estimates: Vec<X> = self.terms.iter().map(|(_, model)| model.denoise(x, &[level])).collect();
        let weighted = |parts: &[X]| {
            X::lincomb(&self.terms.iter().zip(parts).map(|((w, _), part)| (*w, part)).collect::<Vec<_>>())
        };
        let (radius, gain) = (radius(level), (radius(level) / level.sigma).powi(2)); // gain = 1 + r
        let (factor, centre) = if self.total == 1.0 { (1.0, &estimates[0]) } else { (level.alpha / radius.powi(2), x) };
        let off: Vec<X> = estimates.iter().map(|d| X::lincomb(&[(1.0, d), (-factor, centre)])).collect();
        let sum = weighted(&off);
        let mut apart = sum.dot_rows(&sum);
        for ((w, _), off) in self.terms.iter().zip(&off) {
            apart.iter_mut().zip(off.dot_rows(off)).for_each(|(apart, square)| *apart -= w * square);
        }
        apart.iter_mut().for_each(|apart| *apart *= 0.5 * gain.powi(2));
        let mut widened = x.dot_rows(&sum);
        widened.iter_mut().for_each(|dot| *dot *= (1.0 - self.total) * gain / radius);
        Judged { denoised: weighted(&estimates), rates: [apart, widened] }
    }

    /// What all log-weights gain in a step: the widening's divergence `kappa d ln(v'^2/v^2)`, and `(1 - W) d ln(alpha'/alpha)`
    /// because `Z` is that of densities in `x`, the weights are those of densities in `x/alpha`.
    fn rescaled<X: Rows>(&self, x: &X, from: Level, to: Level) -> f64 {
        (1.0 - self.total) * x.row_len() as f64 * (radius(to) / radius(from)).ln()
    }

    fn normaliser(&self, log_weights: &[f64]) -> LogNormaliser {
        let logs: Vec<f64> = log_weights.chunks(log_weights.len() / self.groups).map(log_mean).collect();
        let (value, count) = (log_mean(&logs), self.groups as f64);
        let square: f64 = logs.iter().map(|log| ((log - value).exp() - 1.0).powi(2)).sum();
        LogNormaliser { value, error: (square / (count - 1.0) / count).sqrt() }
    }
}

/// `v^2 = r/(1 + r)` and `v = alpha / sqrt(alpha^2 + sigma^2)`.
fn clocks(level: Level) -> [f64; 2] {
    let v = level.alpha / radius(level);
    [v * v, v]
}

fn radius(level: Level) -> f64 {
    level.alpha.hypot(level.sigma)
}

/// Those of the grid, and data where the state is to be replaced by its estimate.
fn levels(grid: &Grid) -> Vec<Level> {
    let mut levels = grid.levels().to_vec();
    if grid.last_step() == LastStep::Tweedie {
        levels.push(Level::DATA);
    }
    levels
}
