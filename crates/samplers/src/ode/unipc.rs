use ito_schedules::Level;
use ito_state::{Batch, Noise};

use super::history::{History, reaching};
use super::order::OrderError;
use super::weights::{exponential_moments, lagrange};
use crate::{Failure, Order, Sampler, Step};

/// UniPC with data prediction: a multistep predictor, and a corrector that costs no evaluation.
///
/// With `h = lambda' - lambda_0`, `lambda = ln(alpha/sigma)`, a step predicts
/// `x' = (sigma'/sigma) x + alpha' ((1 - exp(-h)) D_0 + sum_k w_k (D_k - D_0))` from the last estimates `D_k`, the newest `D_0`; the
/// weights make it exact for a polynomial in `lambda` through them, `r_k = (lambda_k - lambda_0)/h`. The corrector is the
/// same with the estimate at the new level, `r = 1`, among the `D_k`. That estimate is made at the *predicted* state, at
/// the start of the next step, which first moves its `x` by `alpha' sum_k (corrected - predicted weight) (D_k - D_0)` and
/// then predicts on. So a step returns the predicted state, and a state that was changed in between is corrected like any other.
///
/// One evaluation a step, no noise. Zhao et al. 2023, arXiv:2302.04867, section 3 and appendix (data prediction).
///
/// Orders, first step and all: 2, 3, 3 for `first`, `second`, `third`, and 2 with
/// [`UniPc::lowering_at_the_end`], whose last step is of order 1. A corrected step is one order better than its
/// prediction, and only the last step of a trajectory is not corrected.
///
/// A step from pure noise or to data (`h` infinite) is a DDIM step, and the estimate at pure noise is no node of later
/// polynomials. Nor are estimates that lie too near together for a long step, see [`DpmppMultistep`](crate::DpmppMultistep): such a
/// prediction is of lower order, and its correction too. One peer takes the ratios `r_k` one index late and adds the factorials
/// instead of multiplying: its order 2 predictor measures 1, its order 3 is not a number.
#[derive(Clone, Debug)]
pub struct UniPc<X> {
    order: usize,
    variant: UniPcVariant,
    /// Steps to go, if the sampler was told.
    left: Option<usize>,
    /// The estimates at `alpha/sigma`.
    past: History<X>,
    /// The last prediction: which estimates before its newest it used, and their weights.
    predicted: Vec<(usize, f64)>,
}

/// The function `B(h)` of UniPC.
///
/// The solved weights do not depend on it. It shows only where the paper puts 1/2 for the solution, exact enough: in
/// the predictor of order 2, `w_1 = B/(2 r_1)`, and in the corrector of order 1, `w_1 = B/2`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum UniPcVariant {
    /// `B(h) = h`. It grows without bound with the step, so a step from pure noise is not corrected, and one from almost pure
    /// noise is corrected too much.
    Bh1,
    /// `B(h) = 1 - exp(-h)`, the usual one; with it the predictor of order 2 is that of DPM-Solver++ 2M.
    #[default]
    Bh2,
}

impl<X> UniPc<X> {
    /// The last estimate predicts: DDIM, corrected by the next estimate.
    pub fn first(variant: UniPcVariant) -> Self {
        Self::of_order(1, variant)
    }

    /// The last two estimates predict.
    pub fn second(variant: UniPcVariant) -> Self {
        Self::of_order(2, variant)
    }

    /// The last three estimates predict.
    pub fn third(variant: UniPcVariant) -> Self {
        Self::of_order(3, variant)
    }

    fn of_order(order: usize, variant: UniPcVariant) -> Self {
        UniPc { order, variant, left: None, past: History::holding(order), predicted: Vec::new() }
    }

    /// The same told that it will take `steps` steps: a step's order is at most the number of steps left, as
    /// diffusers' `lower_order_final` has it. Steadier with few steps.
    ///
    /// # Errors
    /// [`OrderError::AboveSteps`] if there are not as many steps as the order.
    pub fn lowering_at_the_end(self, steps: usize) -> Result<Self, OrderError> {
        if steps < self.order {
            return Err(OrderError::AboveSteps { order: self.order as u32, steps });
        }
        Ok(UniPc { left: Some(steps), ..self })
    }

    /// The order the next step may have.
    fn allowed(&mut self) -> usize {
        let Some(left) = &mut self.left else { return self.order };
        let allowed = (*left).clamp(1, self.order);
        *left = left.saturating_sub(1);
        allowed
    }

    /// The `w_k` of the estimates at `nodes`.
    fn weights(&self, h: f64, nodes: &[f64]) -> Vec<f64> {
        match (nodes, self.variant) {
            ([node], UniPcVariant::Bh1) => vec![0.5 * h / node],
            ([node], UniPcVariant::Bh2) => vec![-0.5 * (-h).exp_m1() / node],
            _ => lagrange(nodes, &exponential_moments(h)),
        }
    }
}

impl<X: Batch> UniPc<X> {
    /// What the last step should have predicted, now that the estimate there is known. Nothing at the start of a trajectory, or
    /// where the weights have no limit.
    fn corrected(&self, x: &X, denoised: &X, here: Level) -> Option<X> {
        let (before, newest) = self.past.iter().next()?;
        let past: Vec<(f64, &X)> = self.past.iter().skip(1).collect();
        let earlier = || self.predicted.iter().map(|(k, _)| past[*k]);
        let h = lambda(here) - before.ln();
        let mut nodes: Vec<f64> = earlier().map(|(ratio, _)| (ratio / before).ln() / h).collect();
        nodes.push(1.0);
        let weights = self.weights(h, &nodes);
        if weights.iter().any(|w| !w.is_finite()) {
            return None;
        }
        let (last, others) = weights.split_last()?;
        let moves: Vec<f64> = others.iter().zip(&self.predicted).map(|(w, (_, p))| here.alpha * (w - p)).collect();
        let last = here.alpha * last;
        let mut terms = vec![(1.0, x), (last, denoised), (-last - moves.iter().sum::<f64>(), newest)];
        terms.extend(moves.iter().copied().zip(earlier().map(|(_, estimate)| estimate)));
        Some(X::lincomb(&terms))
    }
}

impl<X: Batch> Sampler<X> for UniPc<X> {
    fn order(&self) -> Order {
        let order = if self.left.is_some() || self.order == 1 { 2 } else { 3 };
        Order { order, evaluations: 1, noise: false }
    }

    fn step(&mut self, at: &Step<X>, x: &X, _noise: &mut dyn Noise<X>) -> Result<X, Failure> {
        at.leaves_noise()?;
        let Step { from, to, .. } = *at;
        let denoised = at.denoised(x, from);
        self.past.follow(from, to);
        let corrected = self.corrected(x, &denoised, from);
        let x = corrected.as_ref().unwrap_or(x);
        self.past.push(from.alpha / from.sigma, denoised.clone());

        let earlier = self.allowed() - 1;
        let h = lambda(to) - lambda(from);
        let past: Vec<(f64, &X)> =
            self.past.iter().skip(1).map(|(ratio, d)| ((ratio.ln() - lambda(from)) / h, d)).collect();
        let all: Vec<f64> = past.iter().map(|(node, _)| *node).collect();
        let kept = reaching(&all, if h.is_finite() { earlier } else { 0 });
        let nodes: Vec<f64> = kept.iter().map(|k| all[*k]).collect();
        let weights = self.weights(h, &nodes);
        let keep = to.sigma / from.sigma;
        let hold = to.alpha * (1.0 - weights.iter().sum::<f64>()) - from.alpha * keep;
        let mut terms = vec![(keep, x), (hold, &denoised)];
        terms.extend(weights.iter().zip(&kept).map(|(w, k)| (to.alpha * w, past[*k].1)));
        let stepped = X::lincomb(&terms);
        self.predicted = kept.into_iter().zip(weights).collect();
        Ok(stepped)
    }
}

/// `ln(alpha/sigma)`, the lambda of the paper.
fn lambda(level: Level) -> f64 {
    0.5 * level.log_snr()
}
