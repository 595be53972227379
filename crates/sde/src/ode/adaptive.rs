use ito_state::Rows;

use crate::SdeError;
use crate::error::{finite, positive};
use crate::ode::dormand_prince::{error_estimate, fifth_order};
use crate::ode::{OdeError, VectorField};

/// Dormand-Prince 5(4) with steps of its own choice, in either direction of time.
///
/// A step of error estimate `e` is accepted if `rms(e) <= atol + rtol max(rms(x), rms(x'))` in every row of the batch (`rms` is the
/// root mean square over the row's entries); all rows share the steps. The fifth-order solution goes on, its last velocity is the
/// next step's first, and a PI controller chooses the size. The error at the end is proportional to the tolerances.
/// Hairer, Norsett & Wanner 1993, sections II.4 and II.5; Gustafsson 1991 for the controller.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adaptive {
    rtol: f64,
    atol: f64,
    max_steps: usize,
}

/// Where an adaptive solution ended, and what it cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution<X> {
    /// The state at the last time.
    pub state: X,
    /// Steps that held the tolerance.
    pub accepted: usize,
    /// Steps that were taken back.
    pub rejected: usize,
    /// How often the field was evaluated.
    pub evaluations: usize,
}

impl Adaptive {
    /// `rtol` relative to the state, `atol` in its units; at most 100 000 steps.
    ///
    /// # Errors
    /// [`SdeError`] unless both are finite and above zero.
    pub fn new(rtol: f64, atol: f64) -> Result<Self, SdeError> {
        positive("rtol", rtol)?;
        positive("atol", atol)?;
        Ok(Adaptive { rtol, atol, max_steps: 100_000 })
    }

    /// At most so many steps, accepted and rejected together.
    pub fn max_steps(self, limit: usize) -> Self {
        Adaptive { max_steps: limit, ..self }
    }

    /// The solution through `start` at time `from`, at time `to`.
    ///
    /// # Errors
    /// [`OdeError`]: a time that is not finite, too many steps, a step that cannot shrink further, numbers that are not finite.
    pub fn solve<X, V>(&self, field: &V, from: f64, to: f64, start: X) -> Result<Solution<X>, OdeError>
    where
        X: Rows,
        V: VectorField<X> + ?Sized,
    {
        self.watch(field, from, to, start, |_, _| Ok(()))
    }

    /// [`Adaptive::solve`] that shows the start and every accepted `(t, x)` to `seen`, and stops where it fails.
    ///
    /// # Errors
    /// As [`Adaptive::solve`], and those of `seen`.
    pub fn watch<X, V>(
        &self,
        field: &V,
        from: f64,
        to: f64,
        start: X,
        mut seen: impl FnMut(f64, &X) -> Result<(), OdeError>,
    ) -> Result<Solution<X>, OdeError>
    where
        X: Rows,
        V: VectorField<X> + ?Sized,
    {
        finite("from", from)?;
        finite("to", to)?;
        let entries = entries_of_a_row(&start);
        let mut velocity = field.velocity(from, &start);
        all_finite(from, &start)?;
        all_finite(from, &velocity)?;
        seen(from, &start)?;
        let mut done = Solution { state: start, accepted: 0, rejected: 0, evaluations: 1 };
        if from == to {
            return Ok(done);
        }
        let smallest = 16.0 * f64::EPSILON * from.abs().max(to.abs());
        let mut t = from;
        let first = self.first_step(field, from, to, &done.state, &velocity, entries);
        let mut step = first.abs().max(smallest).copysign(first);
        done.evaluations += 1;
        let (mut error, mut row, mut error_before, mut may_grow) = (0.0_f64, 0, 1e-4_f64, true);
        while t != to {
            if done.accepted + done.rejected == self.max_steps {
                return Err(OdeError::MaxSteps { limit: self.max_steps, t });
            }
            // The last step may stretch by a hundredth, so that none is left over that is all rounding.
            let next_t = if (to - t).abs() <= 1.01 * step.abs() { to } else { t + step };
            if step.abs() < smallest && next_t != to {
                let (broken, failed) = (OdeError::NotFinite { t, row }, OdeError::StepTooSmall { t, step, error, row });
                return Err(if error.is_finite() { failed } else { broken });
            }
            step = next_t - t;
            let (next, stages) = fifth_order(field, t, next_t, &done.state, &velocity);
            let last = field.velocity(next_t, &next);
            done.evaluations += 6;
            (error, row) = self.error(&error_estimate(step, &stages, &last), &done.state, &next, entries);
            if error <= 1.0 {
                let grown = 0.9 * error.max(1e-10).powf(-0.17) * error_before.powf(0.04);
                error_before = error.max(1e-4);
                (t, velocity, done.state) = (next_t, last, next);
                done.accepted += 1;
                seen(t, &done.state)?;
                step *= grown.clamp(0.2, if may_grow { 5.0 } else { 1.0 });
                may_grow = true;
            } else {
                done.rejected += 1;
                may_grow = false;
                step *= if error.is_finite() { (0.9 * error.powf(-0.2)).max(0.2) } else { 0.2 };
            }
        }
        Ok(done)
    }

    /// The largest error of a row as a multiple of its tolerance, and the row. What is not finite counts as infinite.
    fn error<X: Rows>(&self, error: &X, before: &X, after: &X, entries: f64) -> (f64, usize) {
        let rms = |x: &X| x.dot_rows(x).into_iter().map(|square| (square / entries).sqrt()).collect::<Vec<f64>>();
        let (before, after) = (rms(before), rms(after));
        let allowed = before.iter().zip(&after).map(|(a, b)| self.atol + self.rtol * a.max(*b));
        rms(error).into_iter().zip(allowed).enumerate().fold((0.0, 0), |worst, (row, (error, allowed))| {
            let ratio = if error.is_finite() && allowed.is_finite() { error / allowed } else { f64::INFINITY };
            if ratio > worst.0 { (ratio, row) } else { worst }
        })
    }

    /// Hairer, Norsett & Wanner 1993, section II.4: from the sizes of the state, its velocity and its acceleration.
    fn first_step<X, V>(&self, field: &V, from: f64, to: f64, x: &X, velocity: &X, entries: f64) -> f64
    where
        X: Rows,
        V: VectorField<X> + ?Sized,
    {
        let span = to - from;
        let size = |y: &X| self.error(y, x, x, entries).0;
        let (d0, d1) = (size(x), size(velocity));
        let guess = if d0 < 1e-5 || d1 < 1e-5 { 1e-6 } else { 0.01 * d0 / d1 };
        let guess = guess.min(span.abs()).copysign(span);
        let ahead = field.velocity(from + guess, &X::lincomb(&[(1.0, x), (guess, velocity)]));
        let d2 = size(&X::lincomb(&[(1.0, &ahead), (-1.0, velocity)])) / guess.abs();
        let steepest = d1.max(d2);
        let second = if steepest <= 1e-15 { (guess.abs() * 1e-3).max(1e-6) } else { (0.01 / steepest).powf(0.2) };
        let step = if second.is_finite() && second > 0.0 { second.min(100.0 * guess.abs()) } else { guess.abs() };
        step.min(span.abs()).copysign(span)
    }
}

/// The number of entries of a row, from the first row's; 1 for an empty batch.
pub(super) fn entries_of_a_row<X: Rows>(like: &X) -> f64 {
    let ones = like.fill_like(1.0);
    ones.dot_rows(&ones).first().copied().unwrap_or(1.0)
}

fn all_finite<X: Rows>(t: f64, x: &X) -> Result<(), OdeError> {
    match x.dot_rows(x).iter().position(|square| !square.is_finite()) {
        Some(row) => Err(OdeError::NotFinite { t, row }),
        None => Ok(()),
    }
}
