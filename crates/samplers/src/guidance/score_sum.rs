use ito_schedules::Level;
use ito_state::Batch;

use crate::guidance::error::weight;
use crate::guidance::{GuidanceError, combine, drowned};
use crate::{Denoiser, Pullback};

/// A weighted sum of scores, `s = sum_i w_i s_i`. Conjunction of `n` conditions in the sense of Liu et al. 2022 is
/// `[(1 - n, unconditional), (1, c_1), ..., (1, c_n)]`, negation of one `[(1 + w, unconditional), (-w, c)]`: all of total weight 1.
///
/// By Tweedie's formula `D = (x + sigma^2 s)/alpha = sum_i w_i D_i + (1 - W) x/alpha`, `W = sum_i w_i`. One evaluation of each model
/// whose weight is not 0. Liu et al. 2022, arXiv:2206.01714; Du et al. 2023,
/// arXiv:2302.11552.
///
/// What it does not sample: the product `prod_i p_i(x0)^(w_i)`, whose noisy marginals have other scores; see the
/// [module](crate::guidance).
///
/// Of another total (a bare product of models, `W = n`, or tempering, `W = w`) it is no law of the data's width: at large noise the score
/// is `-W x / sigma^2`, so the flow shrinks deviations as `s^W`, `s = sigma/alpha`, and the deviation it ends in goes as
/// `s_start^(1 - W)`: with `W = 2` and twice the noise to start from, half the spread. The reverse SDE forgets its start, but ends in
/// neither law. For products and tempering take [particles](crate::particles::FeynmanKac).
///
/// At pure noise (`alpha = 0`, or below a millionth of `sigma`) the sum of scores is `-W x / sigma^2`: with `W = 1` (to 1e-12) that is the score of noise and `D` is
/// `sum_i w_i D_i`; else no estimate has it, and the term in `x/alpha` is left out there. Start such sums where `alpha > 0`.
#[derive(Clone, Debug)]
pub struct ScoreSum<D> {
    terms: Vec<(f64, D)>,
    /// `1 - W`.
    rest: f64,
}

impl<D> ScoreSum<D> {
    /// The weights and their models; terms of weight 0 are left out.
    ///
    /// # Errors
    /// [`GuidanceError::NoModels`] without a term whose weight is not 0, [`GuidanceError::OutOfRange`] for a weight that is not
    /// finite, or beyond a million.
    pub fn new(terms: Vec<(f64, D)>) -> Result<Self, GuidanceError> {
        terms.iter().try_for_each(|(w, _)| weight(*w))?;
        let terms: Vec<(f64, D)> = terms.into_iter().filter(|(w, _)| *w != 0.0).collect();
        if terms.is_empty() {
            return Err(GuidanceError::NoModels);
        }
        let rest = 1.0 - terms.iter().map(|(w, _)| w).sum::<f64>();
        Ok(ScoreSum { terms, rest: if rest.abs() < 1e-12 { 0.0 } else { rest } })
    }

    /// `sum_i w_i x_i + (1 - W) y/alpha`.
    fn sum<X: Batch>(&self, at: &[Level], parts: &[X], y: &X) -> X {
        let rest = |level: Level| if drowned(level) { 0.0 } else { self.rest / level.alpha };
        let weights: Vec<_> = self.terms.iter().map(|(w, _)| move |_: Level| *w).collect();
        let mut terms: Vec<(&dyn Fn(Level) -> f64, &X)> = Vec::with_capacity(parts.len() + 1);
        terms.extend(weights.iter().zip(parts).map(|(w, part)| (w as &dyn Fn(Level) -> f64, part)));
        if self.rest != 0.0 {
            terms.push((&rest, y));
        }
        combine(at, &terms)
    }
}

impl<X: Batch, D: Denoiser<X>> Denoiser<X> for ScoreSum<D> {
    fn denoise(&self, x: &X, at: &[Level]) -> X {
        let parts: Vec<X> = self.terms.iter().map(|(_, model)| model.denoise(x, at)).collect();
        self.sum(at, &parts, x)
    }
}

impl<X: Batch, D: Pullback<X>> Pullback<X> for ScoreSum<D> {
    fn pullback(&self, x: &X, at: &[Level], v: &X) -> (X, X) {
        let (parts, back): (Vec<X>, Vec<X>) = self.terms.iter().map(|(_, model)| model.pullback(x, at, v)).unzip();
        (self.sum(at, &parts, x), self.sum(at, &back, v))
    }
}
