use ito_state::{Batch, Noise};

use crate::{Failure, Order, Sampler, Step};

/// DDIM: the probability-flow ODE with the denoised estimate `D` held over the step.
///
/// `x' = (sigma'/sigma) x + (alpha' - alpha sigma'/sigma) D`, the prime at the end of the step. Order 1, one evaluation a
/// step, no noise; exact if `D` does not change. On the straight path this is Euler's method, in `sigma/alpha` it is
/// Euler's of k-diffusion. Song, Meng & Ermon 2021, arXiv:2010.02502, equation 12 with `eta = 0`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ddim;

impl<X: Batch> Sampler<X> for Ddim {
    fn order(&self) -> Order {
        Order { order: 1, evaluations: 1, noise: false }
    }

    fn step(&mut self, at: &Step<X>, x: &X, _noise: &mut dyn Noise<X>) -> Result<X, Failure> {
        at.leaves_noise()?;
        Ok(at.held(x, &at.denoised(x, at.from)))
    }
}
