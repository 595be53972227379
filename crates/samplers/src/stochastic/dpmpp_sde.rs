use ito_schedules::{Level, Path};
use ito_state::{Batch, Noise};

use super::transition::{Transition, ancestral};
use crate::{Failure, Order, Sampler, Step};

/// DPM-Solver++ for the reverse SDE with two evaluations a step: an ancestral step to the middle in log-SNR, then one over the
/// whole step with the middle's estimate, both driven by the same Brownian motion.
///
/// In `U = (alpha/sigma^2) x` and `r = (alpha/sigma)^2` the reverse SDE is `dU = D dr + dB`, and this its midpoint method. Weak
/// order 2, two evaluations a step, draws noise. With independent noise for the two halves the order would be 1. Lu et al. 2022,
/// arXiv:2211.01095; as `dpmpp_sde` of k-diffusion with `r = 1/2`, `eta = 1`, but on the clock `r`.
///
/// The increments over both halves of the clock are drawn and added, so that white noise is right without a Brownian path. From
/// pure noise, where log-SNR has no middle, the middle is that of `r`. A step to data gives the estimate: one evaluation, no draw.
#[derive(Clone, Copy, Debug, Default)]
pub struct DpmppSde;

impl<X: Batch> Sampler<X> for DpmppSde {
    fn order(&self) -> Order {
        Order { order: 2, evaluations: 2, noise: true }
    }

    fn step(&mut self, at: &Step<X>, x: &X, noise: &mut dyn Noise<X>) -> Result<X, Failure> {
        at.leaves_noise()?;
        at.falls()?;
        let Step { from, to, .. } = *at;
        let denoised = at.denoised(x, from);
        if to.sigma == 0.0 {
            return Ok(ancestral(at, x, &denoised, noise));
        }
        let middle = middle(at.path, from, to);
        let first = noise.increment(from.snr(), middle.snr(), x);
        let Transition { keep, pull, spread, .. } = Transition::between(from, middle);
        let stage = X::lincomb(&[(keep, x), (pull, &denoised), (spread, &first)]);
        let denoised = at.denoised(&stage, middle);
        let second = noise.increment(middle.snr(), to.snr(), x);
        let Transition { keep, pull, spread, .. } = Transition::between(from, to);
        Ok(X::lincomb(&[(keep, x), (pull, &denoised), (spread, &first), (spread, &second)]))
    }
}

/// The level in the middle of a step in log-SNR; from pure noise, in SNR.
pub(super) fn middle(path: &dyn Path, from: Level, to: Level) -> Level {
    match from.alpha == 0.0 {
        true => path.at_log_snr((0.5 * to.snr()).ln()),
        false => path.at_log_snr(0.5 * (from.log_snr() + to.log_snr())),
    }
}
