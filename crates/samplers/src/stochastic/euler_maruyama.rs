use ito_state::{Batch, Noise};

use super::transition::{Transition, far};
use crate::{Failure, Order, Sampler, Step};

/// Euler-Maruyama for the reverse SDE in the path's own time.
///
/// `dX = (f X - g^2 s) dt + g dW` run from `t` down to `t'`, `f = alpha'/alpha` (prime for d/dt), `g^2` the path's noise rate and
/// `s = (alpha D - x)/sigma^2` the score: `x' = x + (t' - t) (f x - g^2 s) + g (W(t') - W(t))`. Weak order 1, one evaluation a
/// step, draws noise, on the clock `t`. Anderson 1982; Song et al. 2021, arXiv:2011.13456, equation 6.
///
/// The equation is stiff towards pure noise, where `f` and `g` are infinite, and towards data: steps there must be short, or the
/// exponential samplers taken. A step over which `alpha` grows more than tenfold, from pure noise always, is ancestral; a step to
/// data gives the estimate and draws nothing.
///
/// On a path whose rates are infinite at pure noise (sigmoid, polynomial with `n < 1`) the ancestral first step and the steep ones after
/// it leave an error that need not fall with order 1.
#[derive(Clone, Copy, Debug, Default)]
pub struct EulerMaruyama;

impl<X: Batch> Sampler<X> for EulerMaruyama {
    fn order(&self) -> Order {
        Order { order: 1, evaluations: 1, noise: true }
    }

    fn step(&mut self, at: &Step<X>, x: &X, noise: &mut dyn Noise<X>) -> Result<X, Failure> {
        at.leaves_noise()?;
        at.falls()?;
        let Step { from, to, path, .. } = *at;
        let denoised = at.denoised(x, from);
        if to.sigma == 0.0 {
            return Ok(at.held(x, &denoised));
        }
        if far(from, to) {
            // Not an increment: the clock of these is the time, and a motion asked on two clocks would not be one.
            let Transition { keep, pull, rest, .. } = Transition::between(from, to);
            let spread = to.sigma * (1.0 - rest).sqrt();
            return Ok(X::lincomb(&[(keep, x), (pull, &denoised), (spread, &noise.normal_like(x))]));
        }
        let h = to.t - from.t;
        let f = path.derivative(from.t).alpha / from.alpha;
        let g2 = path.noise_rate(from.t);
        let pull = g2 / from.sigma.powi(2);
        let fresh = noise.increment(from.t, to.t, x);
        Ok(X::lincomb(&[(1.0 + h * (f + pull), x), (-h * pull * from.alpha, &denoised), (g2.sqrt(), &fresh)]))
    }
}
