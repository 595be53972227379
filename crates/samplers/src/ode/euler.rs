use ito_state::{Batch, Noise};

use crate::{Failure, Order, Sampler, Step};

/// Euler's method for the probability-flow ODE in the path's own time, the usual sampler of flow matching.
///
/// `x' = x + h dx/dt` with `dx/dt = (sigma'/sigma) x + (alpha' - alpha sigma'/sigma) D(x, t)`, primes for d/dt: `x' = x + h u` for
/// a model of the velocity `u`. Order 1, one evaluation a step, no noise; pure noise is an ordinary start, and a step may also go
/// up in noise. Lipman et al. 2023, arXiv:2210.02747, section 6.
///
/// Where the levels are straight lines of the time, on the straight path and on `sigma = t`, this is [`Ddim`](crate::Ddim) to
/// rounding; on other paths `Ddim` is exact for an estimate that does not change, and this is not. A step to data is a DDIM step.
///
/// From pure noise on a path whose rates are infinite there (sigmoid, polynomial with `n < 1`) the first step is DDIM's, and its
/// error is what remains: the order falls to about 1 or below.
#[derive(Clone, Copy, Debug, Default)]
pub struct Euler;

impl<X: Batch> Sampler<X> for Euler {
    fn order(&self) -> Order {
        Order { order: 1, evaluations: 1, noise: false }
    }

    fn step(&mut self, at: &Step<X>, x: &X, _noise: &mut dyn Noise<X>) -> Result<X, Failure> {
        at.leaves_noise()?;
        if !at.regular_in_time() {
            return Ok(at.held(x, &at.denoised(x, at.from)));
        }
        Ok(X::lincomb(&[(1.0, x), (at.to.t - at.from.t, &at.velocity(x, at.from))]))
    }
}
