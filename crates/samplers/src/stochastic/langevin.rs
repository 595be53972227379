use ito_schedules::Level;
use ito_state::{Batch, Noise, Rows};

use super::error::{StochasticError, some, within};
use super::transition::far;
use crate::{Denoiser, Step};

/// Moves a state at the end of a step towards the law of that level.
pub trait Corrector<X: Batch> {
    /// The state at `at.to`, given one there; a level with noise in it.
    fn correct(&mut self, at: &Step<X>, x: &X, noise: &mut dyn Noise<X>) -> X;

    /// Evaluations of the denoiser a correction.
    fn evaluations(&self) -> u32;
}

/// Langevin steps of a size set by a signal-to-noise ratio `r`, row by row.
///
/// `x <- x + eps s + sqrt(2 eps) z` with the score `s = (alpha D - x)/sigma^2` and `eps = 2 a (r |z| / |s|)^2`, the norms those of
/// a row: so a picture does not depend on its batch, as it does where the norms are averaged over one. `a` is the squared factor
/// of the forward transition over the step before, `(alpha/alpha')^2`: 1 on VE paths, `1 - beta` on VP, and defined on every
/// path, sub-VP too; 1 where `alpha` grew more than tenfold (from pure noise the factor is 0, and nothing would move). One
/// evaluation a correction. Song et al. 2021, arXiv:2011.13456, algorithms 4 and 5; there `r = 0.16`.
///
/// The law it keeps is off by the size of a step, and there is no bound on it: [`FixedLangevin`] has one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SnrLangevin {
    ratio: f64,
    steps: usize,
}

impl SnrLangevin {
    /// `r` in [0, 1], and how many steps a correction.
    ///
    /// # Errors
    /// [`StochasticError`] for `r` out of range or no steps.
    pub fn new(ratio: f64, steps: usize) -> Result<SnrLangevin, StochasticError> {
        Ok(SnrLangevin { ratio: within("r", ratio, 0.0, 1.0)?, steps: some("corrector steps", steps)? })
    }
}

impl<X: Rows> Corrector<X> for SnrLangevin {
    fn correct(&mut self, at: &Step<X>, x: &X, noise: &mut dyn Noise<X>) -> X {
        let a = if far(at.from, at.to) { 1.0 } else { (at.from.alpha / at.to.alpha).powi(2) };
        let mut x = x.clone();
        for _ in 0..self.steps {
            let variance = at.to.sigma.powi(2);
            let score = X::lincomb(&[(at.to.alpha / variance, &at.denoised(&x, at.to)), (-1.0 / variance, &x)]);
            let z = noise.normal_like(&x);
            // Where the score vanishes no step is the right one.
            let size = |(z2, s2): (f64, f64)| if s2 > 0.0 { 2.0 * a * self.ratio.powi(2) * z2 / s2 } else { 0.0 };
            let eps: Vec<f64> = z.dot_rows(&z).into_iter().zip(score.dot_rows(&score)).map(size).collect();
            let spread: Vec<f64> = eps.iter().map(|eps| (2.0 * eps).sqrt()).collect();
            x = X::lincomb_rows(&[(&vec![1.0; eps.len()], &x), (&eps, &score), (&spread, &z)]);
        }
        x
    }

    fn evaluations(&self) -> u32 {
        self.steps as u32
    }
}

/// Langevin steps of a fixed share `c` of the level's own noise, `eps = c sigma^2`.
///
/// `x <- (1 - c) x + c alpha D + sqrt(2 c) sigma z`. One evaluation a step. The law it keeps is known on Gaussian data: in a
/// direction where the level's variance is `v` it has `v / (1 - c sigma^2 / (2 v))` and the right mean, so it is wider, at most by
/// the factor `1 / (1 - c/2)` of the variance. Roberts & Tweedie 1996, section 1.4 (the unadjusted algorithm).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FixedLangevin {
    share: f64,
    steps: usize,
}

impl FixedLangevin {
    /// `c` in [0, 1], and how many steps a correction.
    ///
    /// # Errors
    /// [`StochasticError`] for `c` out of range or no steps.
    pub fn new(share: f64, steps: usize) -> Result<FixedLangevin, StochasticError> {
        Ok(FixedLangevin { share: within("c", share, 0.0, 1.0)?, steps: some("corrector steps", steps)? })
    }
}

impl<X: Batch> Corrector<X> for FixedLangevin {
    fn correct(&mut self, at: &Step<X>, x: &X, noise: &mut dyn Noise<X>) -> X {
        langevin(at.model, at.to, x.clone(), self.share, self.steps, noise)
    }

    fn evaluations(&self) -> u32 {
        self.steps as u32
    }
}

/// So many Langevin steps of size `share sigma^2` at one level.
pub(super) fn langevin<X: Batch>(
    model: &dyn Denoiser<X>,
    level: Level,
    mut x: X,
    share: f64,
    steps: usize,
    noise: &mut dyn Noise<X>,
) -> X {
    for _ in 0..steps {
        let denoised = model.denoise(&x, &[level]);
        let z = noise.normal_like(&x);
        let spread = (2.0 * share).sqrt() * level.sigma;
        x = X::lincomb(&[(1.0 - share, &x), (share * level.alpha, &denoised), (spread, &z)]);
    }
    x
}
