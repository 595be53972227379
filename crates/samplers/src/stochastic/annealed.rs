use ito_state::{Batch, Noise};

use super::error::{StochasticError, some, within};
use super::langevin::langevin;
use super::transition::far;
use crate::{Failure, Order, Sampler, Step};

/// Annealed Langevin dynamics: some Langevin steps at every level, and none in between.
///
/// In `y = x/alpha`, at the level `s = sigma/alpha` that a step goes to, `y <- y + (eps_s / 2) grad log p_s(y) + sqrt(eps_s) z` with
/// `eps_s = eps (s/s_last)^2`: from level to level `y` stays as it is. Song & Ermon 2019, arXiv:1907.05600, algorithm 1.
///
/// It does not converge as the grid is refined (declared order 0): at every level it tends to a law that is off by the size of its
/// steps. On Gaussian data, in a direction of variance `v` (of `x`, at that level), to `v / (1 - eps sigma^2 / (4 v s_last^2))`:
/// too wide, and most where noise is all there is. With few steps it also remembers the wider law of the level before, so
/// neighbouring levels must be close: the paper's differ by a factor of 1.7. As many evaluations a step as it has Langevin steps,
/// draws white noise.
///
/// Over a step in which `alpha` grows more than tenfold (from pure noise, where `y` is infinite, always) it moves by a DDIM step
/// first. A step to data gives the estimate: one evaluation, no
/// draw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AnnealedLangevin {
    /// `eps / s_last^2 / 2`.
    share: f64,
    steps: usize,
}

impl AnnealedLangevin {
    /// `eps`, `s_last` (the smallest noise level of the grid) and the steps a level; the paper has 2e-5, 0.01 and 100.
    ///
    /// # Errors
    /// [`StochasticError`] for no steps, `s_last` that is not positive and finite, or `eps` not in [0, 2 s_last^2], beyond which
    /// a step overshoots.
    pub fn new(eps: f64, s_last: f64, steps: usize) -> Result<AnnealedLangevin, StochasticError> {
        let squared = within("s_last", s_last, 1e-100, 1e100)?.powi(2);
        let share = within("eps", eps, 0.0, 2.0 * squared)? / squared / 2.0;
        Ok(AnnealedLangevin { share, steps: some("Langevin steps", steps)? })
    }
}

impl<X: Batch> Sampler<X> for AnnealedLangevin {
    fn order(&self) -> Order {
        Order { order: 0, evaluations: self.steps as u32, noise: true }
    }

    fn step(&mut self, at: &Step<X>, x: &X, noise: &mut dyn Noise<X>) -> Result<X, Failure> {
        at.leaves_noise()?;
        at.falls()?;
        let Step { from, to, model, .. } = *at;
        if to.sigma == 0.0 || far(from, to) {
            let moved = at.held(x, &at.denoised(x, from));
            let steps = if to.sigma == 0.0 { 0 } else { self.steps };
            return Ok(langevin(model, to, moved, self.share, steps, noise));
        }
        let moved = X::lincomb(&[(to.alpha / from.alpha, x)]);
        Ok(langevin(model, to, moved, self.share, self.steps, noise))
    }
}
