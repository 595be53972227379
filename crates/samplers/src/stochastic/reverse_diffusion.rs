use ito_state::{Batch, Noise};

use super::transition::{Transition, ancestral};
use crate::{Failure, Order, Sampler, Step};

/// Reverse diffusion: the forward process's step over the same interval, reversed.
///
/// Forward, `x = a x' + G z` with `a = alpha/alpha'` and `G^2 = sigma^2 - a^2 sigma'^2`; backward, with the score
/// `s = (alpha D - x)/sigma^2`, `x' = (2 - a) x + G^2 s + G z`. Weak order 1, one evaluation a step, draws noise. Song et al.
/// 2021, arXiv:2011.13456, appendix E (their VE and VP predictors, for any path).
///
/// `G z = (sigma sigma' / alpha') (B(r') - B(r))` on the clock `r = (alpha/sigma)^2`. From pure noise the formula would double
/// the variance and forget the estimate: that step is ancestral. A step to data gives the estimate and draws nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReverseDiffusion;

impl<X: Batch> Sampler<X> for ReverseDiffusion {
    fn order(&self) -> Order {
        Order { order: 1, evaluations: 1, noise: true }
    }

    fn step(&mut self, at: &Step<X>, x: &X, noise: &mut dyn Noise<X>) -> Result<X, Failure> {
        at.leaves_noise()?;
        at.falls()?;
        let Step { from, to, .. } = *at;
        let denoised = at.denoised(x, from);
        if from.alpha == 0.0 || to.sigma == 0.0 {
            return Ok(ancestral(at, x, &denoised, noise));
        }
        // G^2 = sigma^2 (1 - rest).
        let lost = 1.0 - Transition::between(from, to).rest;
        let fresh = noise.increment(from.snr(), to.snr(), x);
        let spread = from.sigma * to.sigma / to.alpha;
        let keep = 2.0 - from.alpha / to.alpha - lost;
        Ok(X::lincomb(&[(keep, x), (lost * from.alpha, &denoised), (spread, &fresh)]))
    }
}
