use ito_state::{Batch, Consistent, Rows};

use super::{AdaptiveError, Pathwise};
use crate::SdeError;
use crate::error::{finite, positive};

/// Halvings of the interval at most: of about 1e12 steps.
const DEEPEST: u32 = 40;

/// A step grows if its error and that of the step before were below this part of what they may be. Twice as long a step
/// has at most about 3 times the error.
const EASY: f64 = 0.25;

/// The first step is the interval halved so often.
const FIRST: u32 = 10;

/// Steps of an SDE chosen by their error, accepted and rejected on one path: a rejected step is halved, and its halves move
/// as the whole did, so the law is not biased by what was rejected.
///
/// The estimate is step doubling: the difference `e` between one step and two halves of it on the same path. For a method
/// of strong order `p` it is of order `h^(p + 1/2)`, as the error of the single step is; the two halves go on. A step
/// of `h` in an interval `T` is accepted if in every row
/// ```text
/// rms(e) <= (atol + rtol max(rms(x), rms(x'))) sqrt(h / T),
/// ```
/// `rms` over the row's entries: errors of steps are nearly uncorrelated, so their squares add up, and the error at the end is
/// proportional to the tolerances. All rows share the steps, three evaluations of the method each.
///
/// The first step is a thousandth of the interval, `T / 1024`, and no step is more than twice as long as the one before. The
/// steps are dyadic parts of the interval, and a step that begins within a rejected one also ends within it: no time
/// once considered is skipped. On an interval that is the path's clock and a power of two wide they are nodes of its tree,
/// where the motion is cheapest.
/// Gaines & Lyons 1997; Foster & Jelincic 2024, arXiv:2311.14201. Which methods may be used: [`Pathwise`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adaptive {
    rtol: f64,
    atol: f64,
    longest: f64,
    shortest: f64,
    max_steps: usize,
}

/// Where an adaptive solution ended, and what it cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution<X> {
    /// The state at the last time.
    pub state: X,
    /// Steps that held the tolerance, each made of two halves.
    pub accepted: usize,
    /// Steps that were taken back.
    pub rejected: usize,
}

impl Adaptive {
    /// `rtol` relative to the state, `atol` in its units; at most 1 000 000 steps of any length.
    ///
    /// # Errors
    /// [`SdeError`] unless both are finite and above zero.
    pub fn new(rtol: f64, atol: f64) -> Result<Self, SdeError> {
        positive("rtol", rtol)?;
        positive("atol", atol)?;
        Ok(Adaptive { rtol, atol, longest: f64::INFINITY, shortest: 0.0, max_steps: 1_000_000 })
    }

    /// No step longer than this: for coefficients with features that a long step would not see.
    ///
    /// # Errors
    /// [`SdeError`] unless it is finite and above zero.
    pub fn longest(self, step: f64) -> Result<Self, SdeError> {
        positive("the longest step", step)?;
        Ok(Adaptive { longest: step, ..self })
    }

    /// No step shorter than this; [`AdaptiveError::StepTooSmall`] says where one would be needed.
    ///
    /// # Errors
    /// [`SdeError`] unless it is finite and above zero.
    pub fn shortest(self, step: f64) -> Result<Self, SdeError> {
        positive("the shortest step", step)?;
        Ok(Adaptive { shortest: step, ..self })
    }

    /// At most so many steps, accepted and rejected together.
    pub fn max_steps(self, limit: usize) -> Self {
        Adaptive { max_steps: limit, ..self }
    }

    /// The solution through `start` at time `from`, at time `to`, on the path of `noise`; in either direction of time, as
    /// for [`Solver::step`](crate::Solver::step).
    ///
    /// # Errors
    /// [`AdaptiveError`]: a time that is not finite, too many steps, too small a step, numbers that are not finite.
    pub fn solve<X, W, S, M, N>(
        &self,
        method: &M,
        sde: &S,
        from: f64,
        to: f64,
        start: X,
        noise: &mut N,
    ) -> Result<Solution<X>, AdaptiveError>
    where
        X: Rows,
        W: Batch,
        S: ?Sized,
        M: Pathwise<S, X, W>,
        N: Consistent<W> + ?Sized,
    {
        self.watch(method, sde, (from, to), start, noise, |_, _| ())
    }

    /// [`Adaptive::solve`] over `(from, to)` that shows the start and the end of every accepted step to `seen`.
    ///
    /// # Errors
    /// As [`Adaptive::solve`].
    pub fn watch<X, W, S, M, N>(
        &self,
        method: &M,
        sde: &S,
        (from, to): (f64, f64),
        start: X,
        noise: &mut N,
        mut seen: impl FnMut(f64, &X),
    ) -> Result<Solution<X>, AdaptiveError>
    where
        X: Rows,
        W: Batch,
        S: ?Sized,
        M: Pathwise<S, X, W>,
        N: Consistent<W> + ?Sized,
    {
        finite("from", from)?;
        finite("to", to)?;
        if let Some(row) = first_broken(&start) {
            return Err(AdaptiveError::NotFinite { t: from, row });
        }
        let entries = entries_of_a_row(&start);
        seen(from, &start);
        let mut done = Solution { state: start, accepted: 0, rejected: 0 };
        // Estimates scatter about zero, so a long step can pass by luck; growing takes luck again and again.
        let mut place = Place { level: FIRST, index: 0 };
        let mut error_before = f64::INFINITY;
        while from != to && !place.is_end() {
            let [t, middle, next_t] = place.times(from, to);
            if (next_t - t).abs() > self.longest && place.level < DEEPEST {
                place = place.halved();
                continue;
            }
            if done.accepted + done.rejected == self.max_steps {
                return Err(AdaptiveError::MaxSteps { limit: self.max_steps, t });
            }
            let whole = method.step(sde, t, next_t, &done.state, noise);
            let half = method.step(sde, t, middle, &done.state, noise);
            let next = method.step(sde, middle, next_t, &half, noise);
            let estimate = X::lincomb(&[(1.0, &next), (-1.0, &whole)]);
            let share = ((next_t - t) / (to - from)).sqrt();
            let (error, row) = self.error(&estimate, &done.state, &next, entries, share);
            if error <= 1.0 {
                done.state = next;
                done.accepted += 1;
                seen(next_t, &done.state);
                place = place.next(error.max(error_before) <= EASY);
                error_before = error;
            } else {
                let step = next_t - t;
                if 0.5 * step.abs() < self.shortest || place.level == DEEPEST {
                    return Err(match first_broken(&next) {
                        Some(row) => AdaptiveError::NotFinite { t, row },
                        None => AdaptiveError::StepTooSmall { t, step, error, row },
                    });
                }
                done.rejected += 1;
                place = place.halved();
            }
        }
        Ok(done)
    }

    /// The largest error of a row as a multiple of what it may be, and the row. What is not finite counts as infinite.
    fn error<X: Rows>(&self, error: &X, before: &X, after: &X, entries: f64, share: f64) -> (f64, usize) {
        let rms = |x: &X| x.dot_rows(x).into_iter().map(|square| (square / entries).sqrt()).collect::<Vec<f64>>();
        let sizes = rms(before).into_iter().zip(rms(after)).map(|(before, after)| before.max(after));
        rms(error).into_iter().zip(sizes).enumerate().fold((0.0, 0), |worst, (row, (error, size))| {
            let allowed = (self.atol + self.rtol * size) * share;
            let ratio = if error.is_finite() && allowed.is_finite() { error / allowed } else { f64::INFINITY };
            if ratio > worst.0 { (ratio, row) } else { worst }
        })
    }
}

/// The step from `index / 2^level` to `(index + 1) / 2^level` of the interval.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Place {
    level: u32,
    index: u64,
}

impl Place {
    fn is_end(self) -> bool {
        self.index == 1 << self.level
    }

    fn halved(self) -> Place {
        Place { level: self.level + 1, index: 2 * self.index }
    }

    /// The step after this one: as long, or twice as long if it may grow and such a step begins here.
    fn next(self, may_grow: bool) -> Place {
        let index = self.index + 1;
        let grows = may_grow && index.is_multiple_of(2) && self.level > 0;
        if grows { Place { level: self.level - 1, index: index / 2 } } else { Place { index, ..self } }
    }

    /// Where it begins, its middle, where it ends.
    fn times(self, from: f64, to: f64) -> [f64; 3] {
        let parts = 1_u64 << (self.level + 1);
        [0, 1, 2].map(|half| match 2 * self.index + half {
            part if part == parts => to,
            part => from + (to - from) * (part as f64 / parts as f64),
        })
    }
}

/// The number of entries of a row, from the first row's; 1 for an empty batch.
fn entries_of_a_row<X: Rows>(like: &X) -> f64 {
    let ones = like.fill_like(1.0);
    ones.dot_rows(&ones).first().copied().unwrap_or(1.0)
}

/// The first row that is not finite.
fn first_broken<X: Rows>(x: &X) -> Option<usize> {
    x.dot_rows(x).iter().position(|square| !square.is_finite())
}
