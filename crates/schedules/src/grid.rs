use crate::{GridError, Level};

/// More steps than any sampler needs; a bound, so that a mistyped number is an error and not an exhausted memory.
pub(crate) const MOST_STEPS: usize = 1_000_000;

/// The largest size of a log-SNR on a grid, but for exact data and exact noise: its exponential is a normal number.
const MOST_LOG_SNR: f64 = 700.0;

/// The least step in log-SNR, relative to `max(1, |log-SNR|)`. A million steps of any spacing are larger.
const LEAST_GAIN: f64 = 1e-12;

/// The least step in time, relative to the time. Near pure noise times lie closer than log-SNRs.
const LEAST_FALL: f64 = 1e-14;

/// The levels a sampler visits, from noise to data: `N + 1` levels for `N` steps, strictly falling in time.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    levels: Vec<Level>,
    last: LastStep,
}

/// What becomes of the noise at the end of a grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LastStep {
    /// The sampler's own step takes it away: the last level is data, `sigma = 0`.
    ToZero,
    /// It stays: the last level is the cleanest one with noise, and what is drawn has the law of that level.
    ToSigmaMin,
    /// As [`LastStep::ToSigmaMin`], and then the state is replaced by its estimate `E[x0 | x]`: one more evaluation. By
    /// Tweedie's formula `(x + sigma^2 grad log p(x)) / alpha`.
    Tweedie,
}

impl Grid {
    /// The grid of given levels, noisiest first: at least two, times and noise strictly falling.
    ///
    /// # Errors
    /// [`GridError`] with the two levels where it does not fall, or by less than 1e-12 of the log-SNR (of 1, if that is
    /// larger) or 1e-14 of the time; for a log-SNR beyond 700 that is not exact data or exact noise (`snr` would
    /// overflow); for no step or too many.
    pub fn new(levels: Vec<Level>) -> Result<Grid, GridError> {
        checked(levels.len().saturating_sub(1))?;
        Grid::proven(levels)
    }

    /// All levels, noisiest first.
    pub fn levels(&self) -> &[Level] {
        &self.levels
    }

    /// The steps `(from, to)` in order.
    pub fn steps(&self) -> impl ExactSizeIterator<Item = (Level, Level)> {
        self.levels.windows(2).map(|pair| (pair[0], pair[1]))
    }

    /// The same with another end: data is added as the last level, or taken away.
    ///
    /// # Errors
    /// [`GridError::Steps`] if no step would be left.
    pub fn ending(mut self, last: LastStep) -> Result<Grid, GridError> {
        let at_data = self.levels[self.levels.len() - 1].sigma == 0.0;
        match last {
            LastStep::ToZero if !at_data => self.levels.push(Level::DATA),
            LastStep::ToSigmaMin | LastStep::Tweedie if at_data => {
                self.levels.pop();
            }
            _ => {}
        }
        checked(self.levels.len() - 1)?;
        Ok(Grid { last, ..self })
    }

    /// What becomes of the noise at the end.
    pub fn last_step(&self) -> LastStep {
        self.last
    }

    /// The number of steps, at least 1 and one less than the levels.
    #[expect(clippy::len_without_is_empty, reason = "a grid has at least one step")]
    pub fn len(&self) -> usize {
        self.levels.len() - 1
    }

    /// The proof every constructor ends with: times fall strictly and levels grow strictly cleaner. NaN fails too. A path
    /// without exact data ends at `t = 0` with noise, and data may follow it.
    pub(crate) fn proven(levels: Vec<Level>) -> Result<Grid, GridError> {
        let later = |a: Level, b: Level| a.t > b.t || b == Level::DATA && a.t == b.t;
        let falls = |a: Level, b: Level| later(a, b) && a.log_snr() < b.log_snr();
        let at_data = levels.last().is_some_and(|level| level.sigma == 0.0);
        let apart = |a: Level, b: Level| {
            let (gain, size) = (b.log_snr() - a.log_snr(), a.log_snr().abs().max(b.log_snr().abs()).max(1.0));
            (gain == f64::INFINITY || gain >= LEAST_GAIN * size) && (b.t == a.t || a.t - b.t >= LEAST_FALL * a.t)
        };
        if let Some(pair) = levels.windows(2).find(|pair| !falls(pair[0], pair[1])) {
            return Err(GridError::not_falling(pair[0], pair[1]));
        }
        if let Some(pair) = levels.windows(2).find(|pair| !apart(pair[0], pair[1])) {
            let log_snr = [pair[0].log_snr(), pair[1].log_snr()];
            return Err(GridError::TooClose { from: pair[0].t, to: pair[1].t, log_snr });
        }
        let beyond = |l: &&Level| l.alpha != 0.0 && l.sigma != 0.0 && l.log_snr().abs() > MOST_LOG_SNR;
        if let Some(level) = levels.iter().find(beyond) {
            return Err(GridError::LogSnr { t: level.t, log_snr: level.log_snr(), most: MOST_LOG_SNR });
        }
        Ok(Grid { levels, last: if at_data { LastStep::ToZero } else { LastStep::ToSigmaMin } })
    }
}

/// The gate for a number of steps.
pub(crate) fn checked(steps: usize) -> Result<(), GridError> {
    if (1..=MOST_STEPS).contains(&steps) { Ok(()) } else { Err(GridError::Steps { given: steps, most: MOST_STEPS }) }
}
