use std::f64::consts::SQRT_2;

use ito_state::{Batch, Noise};

use super::error::{StochasticError, some, within};
use crate::{Failure, Order, Sampler, Step};

/// How much noise a [`KarrasStochastic`] sampler adds, and where; `s = sigma/alpha` throughout.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Churn {
    /// `S_churn`, over all steps together: each adds `min(S_churn/N, sqrt 2 - 1)` of its `s`.
    pub total: f64,
    /// `S_min`: no noise is added below.
    pub lowest: f64,
    /// `S_max`: no noise is added above.
    pub highest: f64,
    /// `S_noise`, a factor of the deviation of what is added: 1 is exact, the paper's 1.003 makes up for a model that
    /// removes too much.
    pub scale: f64,
}

impl Default for Churn {
    /// No churn: EDM's deterministic sampler.
    fn default() -> Churn {
        Churn { total: 0.0, lowest: 0.0, highest: f64::INFINITY, scale: 1.0 }
    }
}

/// EDM's sampler: a little noise is added, then Heun's method in `s = sigma/alpha` removes it and the step's own.
///
/// With `y = x/alpha` and `g = min(S_churn/N, sqrt 2 - 1)`: `y^ = y + S_noise sqrt(s^^2 - s^2) z` at `s^ = s (1 + g)`, then from
/// `s^` to `s'` with the slope `dy/ds = (y - D)/s`. On any path: the noisier level comes from its log-SNR, and never lies above
/// the path's noisiest. Two evaluations a step, one in a step to data. Karras et al. 2022, arXiv:2206.00364, algorithm 2
/// (algorithm 1 without churn, and then it draws nothing).
///
/// **Order.** 2 without churn. With `S_churn` fixed and a start on the path's own marginal the laws converge with order 2 as
/// well, because adding noise is exact and only Heun's steps err. From any other start (the usual prior is one, if only by a
/// little) adding before removing is a splitting of weak order 1, towards the SDE with noise `g/h` times the forward one's
/// variance, `h = ln(s/s')`; and while `g` is capped (`N < S_churn / 0.414`), so that more steps add more noise, the order is 1
/// from any start. So 1 is declared.
///
/// The draws are white ([`Noise::normal_like`]), one a step and only in steps that churn: the noisier levels of neighbouring
/// steps overlap, so no one motion lies behind them. A step from more noise than signal (`s > 1`) to less than a twentieth of it is
/// DDIM's (Euler's), and so is any to less than a thousandth: Heun's second slope would be multiplied by more than 10 steps
/// of its own size, and the law widened as much. The paper's sampler has no such bound, but its grids of 5 steps and more do not
/// come near it above `s = 1`; below, where the data are all but known, its last long step is harmless and kept. 18 steps of
/// [`Grid::karras`](ito_schedules::Grid::karras) are the paper's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KarrasStochastic {
    churn: Churn,
    /// `g`.
    share: f64,
}

impl KarrasStochastic {
    /// For a grid of `steps` steps.
    ///
    /// # Errors
    /// [`StochasticError`] for no steps, a churn or a level that is negative or NaN, `highest < lowest`, or a scale that is
    /// not in [0, 2].
    pub fn new(churn: Churn, steps: usize) -> Result<KarrasStochastic, StochasticError> {
        some("steps", steps)?;
        within("S_churn", churn.total, 0.0, f64::MAX)?;
        within("S_min", churn.lowest, 0.0, f64::INFINITY)?;
        within("S_max", churn.highest, churn.lowest, f64::INFINITY)?;
        within("S_noise", churn.scale, 0.0, 2.0)?;
        Ok(KarrasStochastic { churn, share: (churn.total / steps as f64).min(SQRT_2 - 1.0) })
    }

    /// `s^`: how far the noise is raised, no further than to `top`.
    fn raised(&self, s: f64, top: f64) -> f64 {
        let churns = s >= self.churn.lowest && s <= self.churn.highest;
        if churns { (s * (1.0 + self.share)).min(top).max(s) } else { s }
    }
}

impl<X: Batch> Sampler<X> for KarrasStochastic {
    fn order(&self) -> Order {
        let noise = self.share > 0.0;
        Order { order: if noise { 1 } else { 2 }, evaluations: 2, noise }
    }

    fn step(&mut self, at: &Step<X>, x: &X, noise: &mut dyn Noise<X>) -> Result<X, Failure> {
        at.leaves_noise()?;
        let s = at.from.noise_to_signal();
        let raised = self.raised(s, at.path.at(at.path.end()).noise_to_signal());
        if raised == s {
            return Ok(heun(at, x));
        }
        at.falls()?;
        let hat = at.path.at_log_snr(-2.0 * raised.ln());
        let z = noise.normal_like(x);
        let added = hat.alpha * self.churn.scale * (raised * raised - s * s).sqrt();
        let noisier = X::lincomb(&[(hat.alpha / at.from.alpha, x), (added, &z)]);
        Ok(heun(&Step { from: hat, ..*at }, &noisier))
    }
}

/// The largest fall of `s` that Heun's method is trusted with where noise is most of the state.
const FAR: f64 = 20.0;

/// Heun's method for `dy/ds = (y - D)/s`, written in `x = alpha y`.
fn heun<X: Batch>(at: &Step<X>, x: &X) -> X {
    let Step { from, to, .. } = *at;
    let before = at.denoised(x, from);
    let guess = at.held(x, &before);
    let (s, end) = (from.noise_to_signal(), to.noise_to_signal());
    let most = if s > 1.0 { FAR } else { 1e3 };
    if most * end < s || end.is_infinite() {
        return guess;
    }
    let after = at.denoised(&guess, to);
    let half = 0.5 * (end - s);
    X::lincomb(&[
        (to.alpha / from.alpha * (1.0 + half / s), x),
        (-to.alpha * half / s, &before),
        (half / end, &guess),
        (-to.alpha * half / end, &after),
    ])
}
