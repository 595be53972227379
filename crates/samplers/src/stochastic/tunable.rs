use std::f64::consts::PI;

use ito_schedules::{Level, Path};
use ito_state::{Batch, Noise};

use super::dpmpp_sde::middle;
use super::error::{StochasticError, within};
use crate::{Failure, Order, Sampler, Step};

/// How much noise [`TunableNoise`] draws, per unit of the path's own time; all leave the marginals as they are.
///
/// With the rate `d(t)` the SDE is `dX = (v - d s) dt + sqrt(2 d) dW` run down in `t`, `v` the velocity of the probability flow and
/// `s` the score. The forms are SiT's (Ma et al. 2024, arXiv:2401.08740), here with `t` from 0 at data to 1 at noise
/// (`t` over the path's end).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NoiseForm {
    /// `d = lambda^2 g^2 / 2`: `lambda` times the noise of the forward process. 0 is the probability flow, 1 the reverse SDE.
    Relative(f64),
    /// `d = c`.
    Constant(f64),
    /// `d = c sigma`.
    Sigma(f64),
    /// `d = c t`.
    Linear(f64),
    /// `d = (1 - c cos(pi t))^2 / 4`: falls as the state nears data, to `(1 - c)^2 / 4`.
    Decreasing(f64),
    /// `d = c sin(pi t)^2`: none at either end.
    IncreasingDecreasing(f64),
}

impl NoiseForm {
    /// The noise over a step, `L = int d/sigma^2 dt`: with `D` held, `e^(-L)` of the state's noise is kept.
    fn renewed(self, path: &dyn Path, from: Level, to: Level) -> f64 {
        if let NoiseForm::Relative(lambda) = self {
            let ratio = if lambda == 0.0 { 0.0 } else { to.log_snr() - from.log_snr() };
            return 0.5 * lambda * lambda * ratio;
        }
        let level = path.at(0.5 * (from.t + to.t));
        let t = level.t / path.end();
        let rate = match self {
            NoiseForm::Relative(_) => 0.0,
            NoiseForm::Constant(c) => c,
            NoiseForm::Sigma(c) => c * level.sigma,
            NoiseForm::Linear(c) => c * t,
            NoiseForm::Decreasing(c) => 0.25 * (1.0 - c * (PI * t).cos()).powi(2),
            NoiseForm::IncreasingDecreasing(c) => c * (PI * t).sin().powi(2),
        };
        rate / level.sigma.powi(2) * (from.t - to.t)
    }

    /// Whether there is no noise at all: the probability flow.
    fn silent(self) -> bool {
        !matches!(self, NoiseForm::Decreasing(_)) && self.factor() == 0.0
    }

    fn factor(self) -> f64 {
        match self {
            NoiseForm::Relative(c) | NoiseForm::Constant(c) | NoiseForm::Sigma(c) => c,
            NoiseForm::Linear(c) | NoiseForm::Decreasing(c) | NoiseForm::IncreasingDecreasing(c) => c,
        }
    }
}

/// The SDE with any amount of noise that has the path's marginals, by an exponential midpoint method.
///
/// `dX = (f X - (1 + lambda^2)/2 g^2 s) dt + lambda g dW`, `lambda` constant or a function of the level ([`NoiseForm`]). With the
/// estimate `D` held it is solved exactly:
/// `x' = k x + (alpha' - alpha k) D + sigma' sqrt(1 - e^(-2L)) z`, `k = (sigma'/sigma) e^(-L)`, `L = int lambda^2 g^2 / (2
/// sigma^2) dt`; one such step to the middle in log-SNR, then one over the whole step with the middle's estimate and the same
/// noise. Weak order 2, two evaluations a step, draws noise. With `lambda = 1` it is [`DpmppSde`](crate::DpmppSde). (Adding the
/// noise before a Heun step, as SiT's second-order SDE sampler does, is of weak order 1.)
///
/// The noise is drawn on the clock `r = (alpha/sigma)^2`, both halves of a step one by one. A start at pure noise is an ordinary
/// one. A step to data gives the estimate: one evaluation, no draw. With a factor of 0 (but in [`NoiseForm::Decreasing`]) it is the
/// probability flow, draws nothing and may also go up in noise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TunableNoise {
    form: NoiseForm,
}

impl TunableNoise {
    /// Factors lie in [0, 100].
    ///
    /// # Errors
    /// [`StochasticError::OutOfRange`].
    pub fn new(form: NoiseForm) -> Result<TunableNoise, StochasticError> {
        within("the factor of the noise", form.factor(), 0.0, 100.0)?;
        Ok(TunableNoise { form })
    }
}

impl<X: Batch> Sampler<X> for TunableNoise {
    fn order(&self) -> Order {
        Order { order: 2, evaluations: 2, noise: !self.form.silent() }
    }

    fn step(&mut self, at: &Step<X>, x: &X, noise: &mut dyn Noise<X>) -> Result<X, Failure> {
        at.leaves_noise()?;
        let silent = self.form.silent();
        if !silent {
            at.falls()?;
        }
        let Step { from, to, .. } = *at;
        let denoised = at.denoised(x, from);
        if to.sigma == 0.0 {
            return Ok(at.held(x, &denoised));
        }
        let middle = middle(at.path, from, to);
        let [before, after] = [(from, middle), (middle, to)].map(|(a, b)| Half::over(self.form, at.path, a, b));
        let mut draw = |from: Level, to: Level| (!silent).then(|| noise.increment(from.snr(), to.snr(), x));
        let first = draw(from, middle);
        let pull = middle.alpha - from.alpha * before.keep;
        let mut terms = vec![(before.keep, x), (pull, &denoised)];
        terms.extend(first.iter().map(|first| (before.spread, first)));
        let stage = X::lincomb(&terms);
        let denoised = at.denoised(&stage, middle);
        let second = draw(middle, to);
        let keep = before.keep * after.keep;
        let spread = after.keep * before.spread;
        let pull = to.alpha - from.alpha * keep;
        let mut terms = vec![(keep, x), (pull, &denoised)];
        terms.extend(first.iter().map(|first| (spread, first)));
        terms.extend(second.iter().map(|second| (after.spread, second)));
        Ok(X::lincomb(&terms))
    }
}

/// The exact solution with `D` held, over half a step.
struct Half {
    /// `(sigma'/sigma) e^(-L)`.
    keep: f64,
    /// `sigma' sqrt(1 - e^(-2L))` over the deviation of the increment of the clock.
    spread: f64,
}

impl Half {
    fn over(form: NoiseForm, path: &dyn Path, from: Level, to: Level) -> Half {
        let renewed = form.renewed(path, from, to);
        let keep = to.sigma / from.sigma * (-renewed).exp();
        let clock = to.snr() - from.snr();
        // Levels an ulp apart may have one SNR: the increment is 0.
        let spread = if clock > 0.0 { to.sigma * (-(-2.0 * renewed).exp_m1() / clock).sqrt() } else { 0.0 };
        Half { keep, spread }
    }
}
