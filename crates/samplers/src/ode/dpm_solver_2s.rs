use ito_state::{Batch, Noise};

use crate::{Failure, Order, Sampler, Step};

/// Second-order singlestep DPM-Solver++: a DDIM step with the estimate of the middle held.
///
/// In `lambda = ln(alpha/sigma)`: a DDIM step to the middle, `D_m` there, and
/// `x' = (sigma'/sigma) x - alpha' (exp(-h) - 1) D_m` over the whole step, `h = lambda' - lambda`. Order 2, two evaluations a step,
/// no noise; a step may also go up in noise. Lu et al. 2022, arXiv:2211.01095, algorithm 1 with `r = 1/2`.
///
/// A step from pure noise or to data, between which and any level there is no middle, is a DDIM step with one evaluation.
#[derive(Clone, Copy, Debug, Default)]
pub struct Dpmpp2s;

impl<X: Batch> Sampler<X> for Dpmpp2s {
    fn order(&self) -> Order {
        Order { order: 2, evaluations: 2, noise: false }
    }

    fn step(&mut self, at: &Step<X>, x: &X, _noise: &mut dyn Noise<X>) -> Result<X, Failure> {
        at.leaves_noise()?;
        let denoised = at.denoised(x, at.from);
        let Some(middle) = at.middle() else { return Ok(at.held(x, &denoised)) };
        let half = Step { to: middle, ..*at }.held(x, &denoised);
        Ok(at.held(x, &at.denoised(&half, middle)))
    }
}
