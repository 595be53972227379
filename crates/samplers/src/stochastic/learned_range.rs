use ito_schedules::Level;
use ito_state::{Noise, Rows};

use super::transition::Transition;
use crate::{Failure, Order, Sampler, Step};

/// A model that knows where between two deviations the noise of a step shall lie, entry by entry.
pub trait VarianceRange<X> {
    /// `small^(1 - v) large^v`, in the shape of `x`, with the model's own share `v` in [0, 1] of every entry: so the logarithm
    /// of the variance is interpolated. `at` as in [`Denoiser`](crate::Denoiser).
    fn deviation(&self, x: &X, at: &[Level], small: f64, large: f64) -> X;
}

/// DDPM with a learned variance between that of [`Ancestral`](crate::Ancestral) (share 0) and that of
/// [`LargeVariance`](crate::LargeVariance) (share 1).
///
/// The mean is theirs, from the denoiser; the deviation of every entry is the model's,
/// `log(deviation) = v log(large) + (1 - v) log(small)`. Weak order 1, one evaluation a step (and one of the deviation: a
/// network that gives both from one pass may remember it), draws noise. Nichol & Dhariwal 2021, arXiv:2102.09672,
/// equation 15.
///
/// The noise is the scaled increment on the clock `r = (alpha/sigma)^2`. A step to data gives the estimate and draws nothing.
#[derive(Clone, Copy)]
pub struct LearnedRange<'a, X> {
    range: &'a dyn VarianceRange<X>,
}

impl<'a, X> LearnedRange<'a, X> {
    /// With this model of the deviations.
    pub fn new(range: &'a dyn VarianceRange<X>) -> Self {
        LearnedRange { range }
    }
}

impl<X: Rows> Sampler<X> for LearnedRange<'_, X> {
    fn order(&self) -> Order {
        Order { order: 1, evaluations: 1, noise: true }
    }

    fn step(&mut self, at: &Step<X>, x: &X, noise: &mut dyn Noise<X>) -> Result<X, Failure> {
        at.leaves_noise()?;
        at.falls()?;
        let Step { from, to, .. } = *at;
        let denoised = at.denoised(x, from);
        if to.sigma == 0.0 {
            return Ok(X::lincomb(&[(to.alpha, &denoised)]));
        }
        let Transition { keep, pull, rest, .. } = Transition::between(from, to);
        let share = (1.0 - rest).sqrt();
        let deviation = self.range.deviation(x, &[from], share * to.sigma, share * from.sigma);
        let fresh = noise.increment(from.snr(), to.snr(), x).mul(&deviation);
        let unit = (to.snr() - from.snr()).sqrt().recip();
        Ok(X::lincomb(&[(keep, x), (pull, &denoised), (unit, &fresh)]))
    }
}
