use ito_schedules::Level;
use ito_state::{Batch, Noise};

use crate::Step;

/// The backward transition of the forward process, if `x0` were the estimate `D`:
/// `x' = keep x + pull D + spread (B(r') - B(r))` on the clock `r = (alpha/sigma)^2`.
///
/// In `U = (alpha/sigma^2) x` it reads `U' = U + (r' - r) D + B(r') - B(r)`: so with one `D` two steps are the one over both.
/// Needs noise at both ends; pure noise (`r = 0`) is an ordinary start.
pub(super) struct Transition {
    /// `alpha sigma'^2 / (alpha' sigma^2)`.
    pub keep: f64,
    /// `alpha' (1 - rest)`.
    pub pull: f64,
    /// `sigma'^2 / alpha'`.
    pub spread: f64,
    /// `r / r'`, the share of the variance of `x/alpha` that is left.
    pub rest: f64,
}

impl Transition {
    pub fn between(from: Level, to: Level) -> Transition {
        let rest = from.snr() / to.snr();
        Transition {
            keep: from.alpha * to.sigma.powi(2) / (to.alpha * from.sigma.powi(2)),
            pull: to.alpha * (1.0 - rest),
            spread: to.sigma * to.sigma / to.alpha,
            rest,
        }
    }
}

/// One ancestral step with a given estimate.
pub(super) fn ancestral<X: Batch>(at: &Step<X>, x: &X, denoised: &X, noise: &mut dyn Noise<X>) -> X {
    let Step { to, .. } = *at;
    if to.sigma == 0.0 {
        return X::lincomb(&[(to.alpha, denoised)]);
    }
    extrapolated(at, x, denoised, &[], &[], noise)
}

/// The ancestral step to a level with noise whose estimate is not held but moves: `+ alpha' sum_k w_k (D_k - D)`.
pub(super) fn extrapolated<X: Batch>(
    at: &Step<X>,
    x: &X,
    denoised: &X,
    weights: &[f64],
    earlier: &[&X],
    noise: &mut dyn Noise<X>,
) -> X {
    let Step { from, to, .. } = *at;
    let fresh = noise.increment(from.snr(), to.snr(), x);
    let Transition { keep, pull, spread, .. } = Transition::between(from, to);
    let newest = pull - to.alpha * weights.iter().sum::<f64>();
    let mut terms = vec![(keep, x), (newest, denoised)];
    terms.extend(weights.iter().zip(earlier).map(|(w, d)| (to.alpha * w, *d)));
    terms.push((spread, &fresh));
    X::lincomb(&terms)
}

/// Whether a step begins where there is next to no signal, compared to its end: rules that divide by `alpha` are lost there.
pub(super) fn far(from: Level, to: Level) -> bool {
    from.alpha < 0.1 * to.alpha
}
