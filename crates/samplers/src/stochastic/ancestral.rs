use ito_state::{Batch, Noise};

use super::transition::ancestral;
use crate::{Failure, Order, Sampler, Step};

/// Ancestral sampling (DDPM): the exact backward transition of the forward process, if `x0` were the estimate `D`.
///
/// With `eps = (x - alpha D)/sigma` and `u^2 = sigma'^2 (1 - (alpha sigma' / (alpha' sigma))^2)`,
/// `x' = alpha' D + sqrt(sigma'^2 - u^2) eps + u z`: DDIM with `eta = 1`, DDPM with the smaller variance, Euler ancestral
/// of k-diffusion. Weak order 1, one evaluation a step, draws noise. Ho et al. 2020, arXiv:2006.11239, equations 6-7; Song,
/// Meng & Ermon 2021, arXiv:2010.02502, equations 12 and 16.
///
/// The noise is the increment of a Brownian motion on the clock `r = (alpha/sigma)^2`, on which the reverse process with `D` held is
/// one motion: `u z = (sigma'^2 / alpha') (B(r') - B(r))`. Two steps with one `D` are the one step over both, path by path.
/// A start from pure noise (`r = 0`) is an ordinary one. A step to data draws nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ancestral;

impl<X: Batch> Sampler<X> for Ancestral {
    fn order(&self) -> Order {
        Order { order: 1, evaluations: 1, noise: true }
    }

    fn step(&mut self, at: &Step<X>, x: &X, noise: &mut dyn Noise<X>) -> Result<X, Failure> {
        at.leaves_noise()?;
        at.falls()?;
        Ok(ancestral(at, x, &at.denoised(x, at.from), noise))
    }
}
