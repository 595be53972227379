use ito_schedules::Level;
use ito_sde::SdeError;
use ito_sde::ode::{Adaptive, OdeError};
use ito_state::{Noise, Rows};

use crate::{Failure, Order, Sampler, Step};

/// The probability flow by Dormand & Prince's pair 5(4), which chooses its own steps between the two levels by tolerances.
///
/// The flow is solved in the angle `theta = atan2(sigma, alpha)` for `z = x / sqrt(alpha^2 + sigma^2)`, where it is the same for all
/// paths and regular at both ends: `dz/dtheta = (z cos(theta) - D) / sin(theta)`, at pure noise `-D`, and at data, where `theta` is
/// `sigma`, minus `theta` times the score. A step's error is held below `atol + rtol rms(z)` in every row (`z` is `x` at data), and
/// the error at the end is proportional to the tolerances. Six evaluations an inner step (seven where one is rejected or begins);
/// a grid of one step is the natural one. No noise; a step may also go up in noise. Hairer, Norsett & Wanner 1993, section II.5;
/// the angle is that of Salimans & Ho 2022, arXiv:2202.00512, appendix D.
///
/// Towards data the solution stops at `theta^2 = (rtol + atol)/10` and the estimate is held from there (a DDIM step), for at `theta =
/// 0` the slope is `0/0` and near it all rounding; or at the cleanest level of the path, if that has noise left. On data of deviation `s` that errs by `theta^2 / (2 s)`, proportional to the
/// tolerance too. Tolerances near the rounding of the model's numbers cannot be met: a model in f32 allows 1e-5.
#[derive(Clone, Copy, Debug)]
pub struct DormandPrince {
    solver: Adaptive,
    /// The angle below which the estimate is held.
    stop: f64,
}

impl DormandPrince {
    /// `rtol` relative to the state, `atol` in its units, as scaled to `alpha^2 + sigma^2 = 1`.
    ///
    /// # Errors
    /// [`SdeError`] unless both are finite and above zero.
    pub fn new(rtol: f64, atol: f64) -> Result<Self, SdeError> {
        let solver = Adaptive::new(rtol, atol)?;
        // Above 0.1 the one held step would be most of the way.
        Ok(DormandPrince { solver, stop: (0.1 * (rtol + atol)).sqrt().min(0.1) })
    }

    /// At most so many inner steps a step, accepted and rejected together; 100 000 if not called.
    pub fn max_steps(self, limit: usize) -> Self {
        DormandPrince { solver: self.solver.max_steps(limit), ..self }
    }
}

impl<X: Rows> Sampler<X> for DormandPrince {
    /// The order is that of the pair inside; the error of a step of the grid is set by the tolerances, however long it is.
    fn order(&self) -> Order {
        Order { order: 5, evaluations: 0, noise: false }
    }

    /// # Errors
    /// [`Failure::Ode`], its times on the path, if the tolerances cannot be met or a number is not finite.
    fn step(&mut self, at: &Step<X>, x: &X, _noise: &mut dyn Noise<X>) -> Result<X, Failure> {
        at.leaves_noise()?;
        let Step { from, to, .. } = *at;
        let level = |theta: f64| at.path.at_log_snr(-2.0 * theta.tan().ln());
        let (start, end) = (angle(from), angle(to));
        // A path that ends above data has no levels below its end.
        let stop = self.stop.max(angle(at.path.at(0.0)));
        if start <= stop && end < start {
            return Ok(at.held(x, &at.denoised(x, from)));
        }
        let flow = |theta: f64, z: &X| {
            let at_theta = level(theta);
            let denoised = at.denoised(&X::lincomb(&[(size(at_theta), z)]), at_theta);
            let (sin, cos) = theta.sin_cos();
            X::lincomb(&[(cos / sin, z), (-1.0 / sin, &denoised)])
        };
        let scaled = X::lincomb(&[(size(from).recip(), x)]);
        let reached = if end < start { end.max(stop) } else { end };
        let solved = self.solver.solve(&flow, start, reached, scaled).map_err(|e| on_the_path(e, |a| level(a).t))?;
        if reached == end {
            return Ok(X::lincomb(&[(size(to), &solved.state)]));
        }
        let near = level(reached);
        let x = X::lincomb(&[(size(near), &solved.state)]);
        Ok(Step { from: near, ..*at }.held(&x, &at.denoised(&x, near)))
    }
}

fn angle(level: Level) -> f64 {
    level.sigma.atan2(level.alpha)
}

fn size(level: Level) -> f64 {
    level.alpha.hypot(level.sigma)
}

/// The same error with the path's time for the angle.
fn on_the_path(error: OdeError, time: impl Fn(f64) -> f64) -> OdeError {
    match error {
        OdeError::Refused(refused) => OdeError::Refused(refused),
        OdeError::MaxSteps { limit, t } => OdeError::MaxSteps { limit, t: time(t) },
        OdeError::StepTooSmall { t, step, error, row } => {
            OdeError::StepTooSmall { t: time(t), step: time(t + step) - time(t), error, row }
        }
        OdeError::NotFinite { t, row } => OdeError::NotFinite { t: time(t), row },
        OdeError::NotUnique { t, x, lipschitz, row } => OdeError::NotUnique { t: time(t), x, lipschitz, row },
    }
}
