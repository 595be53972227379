use ito_state::{Batch, Noise};

use super::noise_history::{NoiseHistory, adams_bashforth};
use crate::{Failure, Order, Sampler, Step};

/// Improved PNDM: the fourth-order Adams-Bashforth rule for equal steps on the noise prediction `eps`, warmed up by the
/// rules of order 1, 2 and 3.
///
/// In `y = x/alpha`, `s = sigma/alpha` the probability flow is `dy/ds = eps`, and
/// `y' = y + (s' - s) (55 eps_0 - 59 eps_1 + 37 eps_2 - 9 eps_3)/24`. One evaluation a step, no noise. The coefficients are
/// those of equal steps in `s`. On other grids whose steps change smoothly (uniform in time, in log-SNR, Karras et al.'s) the
/// error of a step is of third order, so the method is of order 2; where every other step is twice as long it is of
/// order 1. The first step, a DDIM step, limits it to order 2 on equal steps in `s` too, where it is 4 with an exact start.
/// [`Deis`](crate::Deis) has the coefficients of the grid it runs on.
///
/// Steps that end where `sigma' > 100 alpha'` use fewer predictions if they are long: from `s/s' = 1.35` on three, 1.55 two,
/// 3 one. Nothing but noise is seen there, and longer rules would multiply rounding from step to step without bound.
///
/// The first step from pure noise is a DDIM step like every first step; the step to data is an ordinary one.
/// Zhang & Chen 2022, arXiv:2204.13902 (iPNDM); after Liu et al. 2022, arXiv:2202.09778.
#[derive(Clone, Debug)]
pub struct Ipndm<X> {
    history: NoiseHistory<X>,
}

impl<X: Batch> Ipndm<X> {
    /// A sampler for one trajectory.
    pub fn new() -> Self {
        Ipndm { history: NoiseHistory::new(3) }
    }
}

impl<X: Batch> Default for Ipndm<X> {
    fn default() -> Self {
        Self::new()
    }
}

impl<X: Batch> Sampler<X> for Ipndm<X> {
    fn order(&self) -> Order {
        Order { order: 2, evaluations: 1, noise: false }
    }

    fn step(&mut self, at: &Step<X>, x: &X, _noise: &mut dyn Noise<X>) -> Result<X, Failure> {
        at.leaves_noise()?;
        let denoised = at.denoised(x, at.from);
        let weights = adams_bashforth(at.from, at.to, self.history.follow(at.from, at.to).len());
        Ok(self.history.step(at, x, &denoised, &weights))
    }
}
