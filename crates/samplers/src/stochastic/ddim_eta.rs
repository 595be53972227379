use ito_state::{Batch, Noise};

use super::error::{StochasticError, within};
use crate::{Failure, Order, Sampler, Step};

/// DDIM with noise: between the probability flow (`eta = 0`, [`Ddim`](crate::Ddim)) and the reverse SDE (`eta = 1`,
/// [`Ancestral`](crate::Ancestral), both to rounding).
///
/// With `eps = (x - alpha D)/sigma`, `rest = (alpha sigma' / (alpha' sigma))^2` and `u^2 = eta^2 sigma'^2 (1 - rest)`,
/// `x' = alpha' D + sqrt(sigma'^2 - u^2) eps + u z`. Weak order 1 (towards the reverse SDE with `eta` times the forward
/// process's noise), one evaluation a step, draws noise. Song, Meng & Ermon 2021, arXiv:2010.02502, equations 12 and 16.
///
/// `u z = eta (sigma'^2 / alpha') (B(r') - B(r))` on the clock `r = (alpha/sigma)^2`. A start at pure noise keeps the share
/// `sqrt(1 - eta^2)` of the state. A step to data gives the estimate and draws nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DdimEta {
    eta: f64,
}

impl DdimEta {
    /// `eta` in [0, 1].
    ///
    /// # Errors
    /// [`StochasticError::OutOfRange`].
    pub fn new(eta: f64) -> Result<DdimEta, StochasticError> {
        Ok(DdimEta { eta: within("eta", eta, 0.0, 1.0)? })
    }
}

impl<X: Batch> Sampler<X> for DdimEta {
    fn order(&self) -> Order {
        Order { order: 1, evaluations: 1, noise: self.eta > 0.0 }
    }

    fn step(&mut self, at: &Step<X>, x: &X, noise: &mut dyn Noise<X>) -> Result<X, Failure> {
        at.leaves_noise()?;
        let Step { from, to, .. } = *at;
        let denoised = at.denoised(x, from);
        if self.eta == 0.0 || to.sigma == 0.0 {
            return Ok(at.held(x, &denoised));
        }
        at.falls()?;
        let rest = from.snr() / to.snr();
        let keep = to.sigma / from.sigma * (1.0 - self.eta * self.eta * (1.0 - rest)).sqrt();
        let fresh = noise.increment(from.snr(), to.snr(), x);
        let spread = self.eta * to.sigma * to.sigma / to.alpha;
        Ok(X::lincomb(&[(keep, x), (to.alpha - from.alpha * keep, &denoised), (spread, &fresh)]))
    }
}
