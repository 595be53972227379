use ito_schedules::Level;
use ito_state::{Batch, Noise};

use crate::{Failure, Order, Sampler, Step};

/// Ancestral sampling (DDPM): the exact backward transition of the forward process, if `x0` were the estimate `D`.
///
/// With `eps = (x - alpha D)/sigma` and `u^2 = sigma'^2 (1 - (alpha sigma' / (alpha' sigma))^2)`,
/// `x' = alpha' D + sqrt(sigma'^2 - u^2) eps + u z`: DDIM with `eta = 1`, DDPM with the smaller variance, Euler ancestral
/// of k-diffusion. Weak order 1, one evaluation a step, draws noise. Ho et al. 2020, arXiv:2006.11239, equations 6-7; Song,
/// Meng & Ermon 2021, arXiv:2010.02502, equations 12 and 16.
///
/// The noise is the increment of a Brownian motion on the clock `c = (sigma/alpha)^2`, on which the whole reverse process
/// is driven by one motion: `u z = (alpha sigma'/sigma) (W(c') - W(c))`. At pure noise the clock is infinite, and the step
/// is `alpha' D + sigma' z` with a fresh `z`. A step to data draws nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ancestral;

impl<X: Batch> Sampler<X> for Ancestral {
    fn order(&self) -> Order {
        Order { order: 1, evaluations: 1, noise: true }
    }

    fn step(&mut self, at: &Step<X>, x: &X, noise: &mut dyn Noise<X>) -> Result<X, Failure> {
        at.leaves_noise()?;
        let Step { from, to, .. } = *at;
        let (start, end) = (clock(from), clock(to));
        if to.t >= from.t || start <= end {
            return Err(Failure::Rising { from: from.t, to: to.t });
        }
        let denoised = at.denoised(x, from);
        if to.sigma == 0.0 {
            return Ok(X::lincomb(&[(to.alpha, &denoised)]));
        }
        if start.is_infinite() {
            return Ok(X::lincomb(&[(to.alpha, &denoised), (to.sigma, &noise.normal_like(x))]));
        }
        // sqrt(sigma'^2 - u^2) = sigma' sqrt(c'/c), and alpha sqrt(c'/c) / sigma = alpha' (c'/c) / sigma'.
        let rest = end / start;
        let keep = rest * to.alpha / from.alpha;
        let fresh = noise.increment(start, end, x);
        let spread = from.alpha * to.sigma / from.sigma;
        Ok(X::lincomb(&[(keep, x), (to.alpha * (1.0 - rest), &denoised), (spread, &fresh)]))
    }
}

/// `(sigma/alpha)^2`, infinite at pure noise.
fn clock(level: Level) -> f64 {
    level.noise_to_signal().powi(2)
}
