use ito_state::{Batch, Noise};

use crate::{Failure, Order, Sampler, Step};

/// DPM2 of k-diffusion: the midpoint rule on `dy/ds = (y - D)/s` with the middle in `ln s`, `y = x/alpha`, `s = sigma/alpha`.
///
/// With `s_m = sqrt(s s')` and `y_m` the DDIM step there, `y' = y + (s' - s) (y_m - D(y_m)) / s_m`. Sorted by the two estimates
/// that is a DDIM step with `D + (s/s_m) (D_m - D)` held, in which no large number cancels. Order 2, two evaluations a step, no
/// noise; a step may also go up in noise. The same as DPM-Solver-2: Lu et al. 2022, arXiv:2206.00927, algorithm 1, whose
/// `x' = (alpha'/alpha) x - sigma' (exp(h) - 1) eps(y_m)` is this in `y` and `s`; k-diffusion's name is for algorithm 2 of Karras et
/// al. 2022, arXiv:2206.00364.
///
/// A step from pure noise or to data, between which and any level there is no middle, is a DDIM step with one evaluation; its
/// error after pure noise is of second order like all others.
#[derive(Clone, Copy, Debug, Default)]
pub struct Dpm2;

impl<X: Batch> Sampler<X> for Dpm2 {
    fn order(&self) -> Order {
        Order { order: 2, evaluations: 2, noise: false }
    }

    fn step(&mut self, at: &Step<X>, x: &X, _noise: &mut dyn Noise<X>) -> Result<X, Failure> {
        at.leaves_noise()?;
        let denoised = at.denoised(x, at.from);
        let Some(middle) = at.middle() else { return Ok(at.held(x, &denoised)) };
        let half = Step { to: middle, ..*at }.held(x, &denoised);
        let ahead = at.denoised(&half, middle);
        let reach = at.from.noise_to_signal() / middle.noise_to_signal();
        let keep = at.to.sigma / at.from.sigma;
        let pull = at.to.alpha - at.from.alpha * keep;
        Ok(X::lincomb(&[(keep, x), (pull * (1.0 - reach), &denoised), (pull * reach, &ahead)]))
    }
}

impl<X> Step<'_, X> {
    /// The level half way in log-SNR; none if an end is pure noise or data.
    pub(super) fn middle(&self) -> Option<ito_schedules::Level> {
        let lambda = 0.5 * (self.from.log_snr() + self.to.log_snr());
        lambda.is_finite().then(|| self.path.at_log_snr(lambda))
    }
}
