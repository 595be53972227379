use ito_state::{Batch, Noise};

use super::transition::Transition;
use crate::{Failure, Order, Sampler, Step};

/// DDPM with the larger variance, that of the forward transition: beta itself on a variance-preserving path.
///
/// The mean is that of [`Ancestral`](crate::Ancestral); the variance is `sigma^2 - (alpha/alpha')^2 sigma'^2`, which is
/// `(sigma/sigma')^2` times the smaller one. Never a root of its logarithm, which some libraries store and which is NaN.
/// Weak order 1, one evaluation a step, draws noise. Ho et al. 2020, arXiv:2006.11239, section 3.2.
///
/// Exact for data that are standard normal on a variance-preserving path. The noise is
/// `(sigma sigma' / alpha') (B(r') - B(r))` on the clock `r = (alpha/sigma)^2`. A start at pure noise is an ordinary one (its
/// variance is `sigma^2`, however near the end of the step); a step to data gives the estimate and draws nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct LargeVariance;

impl<X: Batch> Sampler<X> for LargeVariance {
    fn order(&self) -> Order {
        Order { order: 1, evaluations: 1, noise: true }
    }

    fn step(&mut self, at: &Step<X>, x: &X, noise: &mut dyn Noise<X>) -> Result<X, Failure> {
        at.leaves_noise()?;
        at.falls()?;
        let Step { from, to, .. } = *at;
        let denoised = at.denoised(x, from);
        if to.sigma == 0.0 {
            return Ok(X::lincomb(&[(to.alpha, &denoised)]));
        }
        let Transition { keep, pull, .. } = Transition::between(from, to);
        let fresh = noise.increment(from.snr(), to.snr(), x);
        let spread = from.sigma * to.sigma / to.alpha;
        Ok(X::lincomb(&[(keep, x), (pull, &denoised), (spread, &fresh)]))
    }
}
