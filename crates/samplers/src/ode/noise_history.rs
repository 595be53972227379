use ito_schedules::Level;
use ito_state::Batch;

use super::history::History;
use crate::Step;

/// The noise predictions `eps = (x - alpha D)/sigma` of the last steps: what samplers of the Adams family remember.
///
/// In `y = x/alpha` and `s = sigma/alpha` the probability flow is `dy/ds = eps`.
#[derive(Clone, Debug)]
pub(super) struct NoiseHistory<X> {
    past: History<X>,
}

impl<X: Batch> NoiseHistory<X> {
    /// For a method that looks at `most` predictions before the present one.
    pub(super) fn new(most: usize) -> Self {
        NoiseHistory { past: History::holding(most) }
    }

    /// Begins a step: the times on the straight path, [`straight_time`], of the earlier predictions that it can use, newest
    /// first. None at pure noise, where `s` is infinite.
    pub(super) fn follow(&mut self, from: Level, to: Level) -> Vec<f64> {
        self.past.follow(from, to);
        let finite = from.alpha > 0.0 && to.alpha > 0.0;
        self.past.iter().filter(|_| finite).map(|(u, _)| u).collect()
    }

    /// `x' = (sigma'/sigma) x + (alpha' - alpha sigma'/sigma) D + alpha' sum_k w_k (eps_k - eps)`: the DDIM step, which holds
    /// `eps`, and what its change adds. `weights` go with the earlier predictions, newest first. Remembers `eps`.
    pub(super) fn step(&mut self, at: &Step<X>, x: &X, denoised: &X, weights: &[f64]) -> X {
        let eps = noise_of(x, denoised, at.from);
        let keep = at.to.sigma / at.from.sigma;
        let mut terms = vec![(keep, x), (at.to.alpha - at.from.alpha * keep, denoised)];
        if !weights.is_empty() {
            terms.push((-at.to.alpha * weights.iter().sum::<f64>(), &eps));
        }
        terms.extend(weights.iter().zip(self.past.iter()).map(|(w, (_, past))| (at.to.alpha * w, past)));
        let stepped = X::lincomb(&terms);
        self.past.push(straight_time(at.from), eps);
        stepped
    }
}

/// `u = sigma/(alpha + sigma)`: the time at which the straight path has the same `sigma/alpha`, 1 at pure noise, 0 at data.
pub(super) fn straight_time(level: Level) -> f64 {
    level.sigma / (level.alpha + level.sigma)
}

/// `eps = (x - alpha D)/sigma`.
pub(super) fn noise_of<X: Batch>(x: &X, denoised: &X, at: Level) -> X {
    X::lincomb(&[(at.sigma.recip(), x), (-at.alpha / at.sigma, denoised)])
}

/// The weights of the earlier predictions in the Adams-Bashforth rule for equal steps, `span = s' - s`:
/// `int eps ds = span (eps + sum_k b_k (eps_k - eps))`, with as many earlier predictions as there are, at most 3.
pub(super) fn adams_bashforth(span: f64, earlier: usize) -> Vec<f64> {
    let rule: &[f64] = match earlier {
        0 => &[],
        1 => &[-1.0 / 2.0],
        2 => &[-16.0 / 12.0, 5.0 / 12.0],
        _ => &[-59.0 / 24.0, 37.0 / 24.0, -9.0 / 24.0],
    };
    rule.iter().map(|b| b * span).collect()
}
