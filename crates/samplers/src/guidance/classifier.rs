use ito_schedules::Level;
use ito_state::Batch;

use crate::Denoiser;
use crate::guidance::error::weight;
use crate::guidance::{GuidanceError, combine, drowned};

/// Classifier guidance: `D + w (sigma^2 / alpha) grad_x log p(y | x_t)`, by Tweedie's formula the estimate of the score
/// `s + w grad log p(y | x_t)`.
///
/// The gradient is a closure of the noisy state and its levels, in the shape of the state. With an exact classifier of noisy states
/// `w = 1` samples `p(x0 | y)`; any other weight does not sample `p(x0) p(y | x0)^w`, but what [`Guided`](crate::guidance::Guided)
/// does. Dhariwal & Nichol 2021, arXiv:2105.05233, algorithm 2, in the estimate.
///
/// At pure noise (`alpha = 0`, or below a millionth of `sigma`) the gradient vanishes and its factor is infinite, so their product is not known: the estimate there
/// is the model's own. That costs the first step of such a grid its guidance, an error of first order in that step; a grid that
/// starts with `alpha > 0` has none. With `w = 0` and at pure noise the gradient is not evaluated.
#[derive(Clone, Copy, Debug)]
pub struct ClassifierGuided<D, G> {
    model: D,
    gradient: G,
    weight: f64,
}

impl<D, G> ClassifierGuided<D, G> {
    /// `gradient(x, at)` is `grad_x log p(y | x)` at these levels.
    ///
    /// # Errors
    /// [`GuidanceError::OutOfRange`] for a weight that is not finite, or beyond a million.
    pub fn new(model: D, gradient: G, w: f64) -> Result<Self, GuidanceError> {
        weight(w)?;
        Ok(ClassifierGuided { model, gradient, weight: w })
    }
}

impl<X: Batch, D: Denoiser<X>, G: Fn(&X, &[Level]) -> X> Denoiser<X> for ClassifierGuided<D, G> {
    fn denoise(&self, x: &X, at: &[Level]) -> X {
        let factor = |level: Level| {
            if drowned(level) { 0.0 } else { self.weight * level.sigma * (level.sigma / level.alpha) }
        };
        let denoised = self.model.denoise(x, at);
        if at.iter().all(|level| factor(*level) == 0.0) {
            return denoised;
        }
        combine(at, &[(&|_| 1.0, &denoised), (&factor, &(self.gradient)(x, at))])
    }
}
