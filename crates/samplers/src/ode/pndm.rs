use ito_state::{Batch, Noise};

use super::noise_history::{NoiseHistory, adams_bashforth, noise_of};
use crate::{Failure, Order, Sampler, Step};

/// The longest first step, as a ratio of `sigma/alpha`, whose noise prediction is averaged over both ends. The average moves the
/// estimate by `(s/s' - 1)/2` times its change, so far steps would overshoot without bound.
const FAR: f64 = 10.0;

/// PNDM with linear multisteps (PLMS), as diffusers' `skip_prk_steps`: [`Ipndm`](crate::Ipndm) with a first step of two
/// evaluations.
///
/// In `y = x/alpha`, `s = sigma/alpha`, where the probability flow is `dy/ds = eps`: a DDIM step to the end of the first step,
/// then the same step again with the mean of the noise predictions at both ends; after it the Adams-Bashforth rules for
/// equal steps of order 2, 3 and then 4. Order 2 on grids whose steps change smoothly, one evaluation a step, two in the
/// first; no noise.
///
/// A step that does not go on from the last one is a first one again. In almost pure noise fewer predictions are used, as by
/// [`Ipndm`](crate::Ipndm).
///
/// A first step from pure noise, over a ratio of `sigma/alpha` above 10, or to data stays a DDIM step of one evaluation: there
/// the mean has no limit (from pure noise a Heun step in `s` is infinite). The last step to data is an ordinary one.
/// Liu et al. 2022, arXiv:2202.09778 (pseudo linear multistep), started as in Rombach et al.'s PLMS sampler.
#[derive(Clone, Debug)]
pub struct Pndm<X> {
    history: NoiseHistory<X>,
}

impl<X: Batch> Pndm<X> {
    /// A sampler for one trajectory.
    pub fn new() -> Self {
        Pndm { history: NoiseHistory::new(3) }
    }
}

impl<X: Batch> Default for Pndm<X> {
    fn default() -> Self {
        Self::new()
    }
}

impl<X: Batch> Sampler<X> for Pndm<X> {
    fn order(&self) -> Order {
        Order { order: 2, evaluations: 1, noise: false }
    }

    fn step(&mut self, at: &Step<X>, x: &X, _noise: &mut dyn Noise<X>) -> Result<X, Failure> {
        at.leaves_noise()?;
        let denoised = at.denoised(x, at.from);
        let span = at.to.noise_to_signal() - at.from.noise_to_signal();
        let earlier = self.history.follow(at.from, at.to).len();
        let weights = adams_bashforth(at.from, at.to, earlier);
        let stepped = self.history.step(at, x, &denoised, &weights);
        let near = at.to.alpha > 0.0 && at.from.noise_to_signal() <= FAR * at.to.noise_to_signal();
        if self.history.goes_on() || !near {
            return Ok(stepped);
        }
        let before = noise_of(x, &denoised, at.from);
        let after = noise_of(&stepped, &at.denoised(&stepped, at.to), at.to);
        let half = 0.5 * at.to.alpha * span;
        Ok(X::lincomb(&[(1.0, &stepped), (half, &after), (-half, &before)]))
    }
}
