use ito_state::{Batch, Noise};

use super::extrapolation::{Estimates, span};
use super::transition::{ancestral, extrapolated};
use crate::ode::weights::{exponential_moments, lagrange};
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
///
/// Where `h` is more than 3 times `h_1`, as in the last noisy step of everyday grids, the line is not extrapolated: the step is
/// ancestral; where `D_1` all but coincides with `D` (`h_1 < h/50`), the estimate before it stands for it. An estimate of another
/// trajectory is not used either.
#[derive(Clone, Debug)]
pub struct Dpmpp2mSde<X> {
    rule: SecondOrder,
    estimates: Estimates<X>,
}

/// How a line through two estimates enters a step of [`Dpmpp2mSde`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SecondOrder {
    /// Its value in the middle of the step, held.
    Midpoint,
    /// Its exact integral; k-diffusion's name for it.
    Heun,
}

impl<X: Batch> Dpmpp2mSde<X> {
    /// For one trajectory.
    pub fn new(rule: SecondOrder) -> Self {
        Dpmpp2mSde { rule, estimates: Estimates::before_the_newest(1) }
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
        let denoised = at.denoised(x, from);
        let (nodes, earlier) = self.estimates.follow(from, to);
        let stepped = if to.sigma == 0.0 {
            ancestral(at, x, &denoised, noise)
        } else {
            // int_0^1 e^(-2h (1 - u)) u 2h du, exactly or by the middle.
            let rising = match self.rule {
                SecondOrder::Midpoint => -0.5 * (-2.0 * span(from, to)).exp_m1(),
                SecondOrder::Heun => exponential_moments(2.0 * span(from, to))[0],
            };
            extrapolated(at, x, &denoised, &lagrange(&nodes, &[rising]), &earlier, noise)
        };
        self.estimates.push(from, denoised);
        Ok(stepped)
    }
}
