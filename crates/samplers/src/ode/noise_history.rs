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
    goes_on: bool,
}

impl<X: Batch> NoiseHistory<X> {
    /// For a method that looks at `most` predictions before the present one.
    pub(super) fn new(most: usize) -> Self {
        NoiseHistory { past: History::holding(most), goes_on: false }
    }

    /// Begins a step: `s` of the earlier predictions that it can use, newest first. None at pure noise, where `s` is infinite.
    pub(super) fn follow(&mut self, from: Level, to: Level) -> Vec<f64> {
        self.goes_on = self.past.follow(from, to);
        let finite = from.alpha > 0.0 && to.alpha > 0.0;
        self.past.iter().filter(|_| finite).map(|(s, _)| s).collect()
    }

    /// Whether the present step goes on from the one before.
    pub(super) fn goes_on(&self) -> bool {
        self.goes_on
    }

    /// `x' = (sigma'/sigma) x + (alpha' - alpha sigma'/sigma) D + alpha' sum_k w_k (eps_k - eps)`: the DDIM step, which holds
    /// `eps`, and what its change adds. `weights` go with the earlier predictions, told by their place, newest first. Remembers
    /// `eps`.
    pub(super) fn step(&mut self, at: &Step<X>, x: &X, denoised: &X, weights: &[(usize, f64)]) -> X {
        let eps = noise_of(x, denoised, at.from);
        let keep = at.to.sigma / at.from.sigma;
        let mut terms = vec![(keep, x), (at.to.alpha - at.from.alpha * keep, denoised)];
        if !weights.is_empty() {
            terms.push((-at.to.alpha * weights.iter().map(|(_, w)| w).sum::<f64>(), &eps));
        }
        let past: Vec<&X> = self.past.iter().map(|(_, eps)| eps).collect();
        terms.extend(weights.iter().map(|(k, w)| (at.to.alpha * w, past[*k])));
        let stepped = X::lincomb(&terms);
        self.past.push(at.from.noise_to_signal(), eps);
        stepped
    }
}

/// `eps = (x - alpha D)/sigma`.
pub(super) fn noise_of<X: Batch>(x: &X, denoised: &X, at: Level) -> X {
    X::lincomb(&[(at.sigma.recip(), x), (-at.alpha / at.sigma, denoised)])
}

/// Above so many times the signal, the data is not seen and the flow is `dy/ds = y/s` for every state.
const NOISE_ALONE: f64 = 100.0;

/// The weights of the earlier predictions in the Adams-Bashforth rule for equal steps:
/// `int eps ds = (s' - s) (eps + sum_k b_k (eps_k - eps))`, with as many earlier predictions as there are, at most 3.
///
/// Fewer where noise is all there is and the steps are long: on `dy/ds = y/s` the rules with 1, 2 and 3 earlier predictions multiply
/// an error (of rounding, too) from step to step where `s/s'` is above 3, `17/11` and `23/17`, where `z = -1` becomes a root.
pub(super) fn adams_bashforth(from: Level, to: Level, earlier: usize) -> Vec<(usize, f64)> {
    let (s, end) = (from.noise_to_signal(), to.noise_to_signal());
    let span = end - s;
    let stable = match s / end {
        _ if end < NOISE_ALONE => 3,
        ratio if ratio < 23.0 / 17.0 => 3,
        ratio if ratio < 17.0 / 11.0 => 2,
        ratio if ratio < 3.0 => 1,
        _ => 0,
    };
    let rule: &[f64] = match earlier.min(stable) {
        0 => &[],
        1 => &[-1.0 / 2.0],
        2 => &[-16.0 / 12.0, 5.0 / 12.0],
        _ => &[-59.0 / 24.0, 37.0 / 24.0, -9.0 / 24.0],
    };
    rule.iter().map(|b| b * span).enumerate().collect()
}
