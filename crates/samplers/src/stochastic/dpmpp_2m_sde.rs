use ito_state::{Batch, Noise};

use super::estimate::{Estimate, rising, span};
use super::transition::{Transition, ancestral};
use crate::{Failure, Order, Sampler, Step};

/// DPM-Solver++(2M) for the reverse SDE: the estimate is extrapolated from the last two.
///
/// With `h = ln(s/s')` for `s = sigma/alpha` and `D_1` the estimate one step of `h_1` ago,
/// `x' = keep x + alpha' (1 - e^(-2h)) D + c (h/h_1) (D - D_1) + noise`, the ancestral step with
/// `c = alpha' (1 - e^(-2h)) / 2` (midpoint) or `c = alpha' (1 - (1 - e^(-2h)) / (2h))` (heun: the exact integral of the line
/// through both). Weak order 2, one evaluation a step, draws noise. Lu et al. 2022, arXiv:2211.01095
/// (SDE-DPM-Solver++(2M)); `dpmpp_2m_sde` of k-diffusion with `eta = 1`, diffusers' `sde-dpmsolver++`.
///
/// The first step, one after pure noise, and one to data are ancestral: of order 1, once each. The noise is on the clock
/// `r = (alpha/sigma)^2`.
#[derive(Clone, Debug)]
pub struct Dpmpp2mSde<X> {
    rule: SecondOrder,
    before: Option<Estimate<X>>,
}

/// How a line through two estimates enters a step of [`Dpmpp2mSde`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SecondOrder {
    /// Its value in the middle of the step, held.
    Midpoint,
    /// Its exact integral; k-diffusion's name for it.
    Heun,
}

impl<X> Dpmpp2mSde<X> {
    /// For one trajectory.
    pub fn new(rule: SecondOrder) -> Self {
        Dpmpp2mSde { rule, before: None }
    }
}

impl<X: Batch> Sampler<X> for Dpmpp2mSde<X> {
    fn order(&self) -> Order {
        Order { order: 2, evaluations: 1, noise: true }
    }

    fn step(&mut self, at: &Step<X>, x: &X, noise: &mut dyn Noise<X>) -> Result<X, Failure> {
        at.leaves_noise()?;
        at.falls()?;
        let Step { from, to, .. } = *at;
        let now = Estimate { at: from, denoised: at.denoised(x, from) };
        let before = self.before.take().filter(|before| before.precedes(from));
        let (Some(before), true) = (before, to.sigma > 0.0) else {
            let stepped = ancestral(at, x, &now.denoised, noise);
            self.before = Some(now);
            return Ok(stepped);
        };
        let h = span(from, to);
        let fresh = noise.increment(from.snr(), to.snr(), x);
        let Transition { keep, pull, spread, rest } = Transition::between(from, to);
        let c = match self.rule {
            SecondOrder::Midpoint => 0.5 * pull,
            SecondOrder::Heun => to.alpha * rising(h, rest),
        };
        let c = c * h / span(before.at, from);
        let stepped = X::lincomb(&[(keep, x), (pull + c, &now.denoised), (-c, &before.denoised), (spread, &fresh)]);
        self.before = Some(now);
        Ok(stepped)
    }
}
