use crate::{GridError, Level};

/// More steps than any sampler needs; a bound, so that a mistyped number is an error and not an exhausted memory.
pub(crate) const MOST_STEPS: usize = 1_000_000;

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
    /// [`GridError`] with the two times where it does not fall, or for no step or too many.
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
        match levels.windows(2).find(|pair| !falls(pair[0], pair[1])) {
            Some(pair) => Err(GridError::NotFalling { from: pair[0].t, to: pair[1].t }),
            None => Ok(Grid { levels, last: if at_data { LastStep::ToZero } else { LastStep::ToSigmaMin } }),
        }
    }
}

/// The gate for a number of steps.
pub(crate) fn checked(steps: usize) -> Result<(), GridError> {
    if (1..=MOST_STEPS).contains(&steps) { Ok(()) } else { Err(GridError::Steps { given: steps, most: MOST_STEPS }) }
}
