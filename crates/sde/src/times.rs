use crate::SdeError;
use crate::error::finite;

/// The times of a solver's steps, strictly rising or strictly falling.
#[derive(Clone, Debug, PartialEq)]
pub struct Times(Vec<f64>);

impl Times {
    /// `steps` equal steps; the last time is `to` itself.
    ///
    /// # Errors
    /// [`SdeError`] if there is no step, an end is not finite, or the steps are too small to tell the times apart or too many for
    /// the memory.
    pub fn uniform(from: f64, to: f64, steps: usize) -> Result<Times, SdeError> {
        if steps == 0 {
            return Err(SdeError::Empty { name: "the time grid" });
        }
        finite("from", from)?;
        finite("to", to)?;
        let width = (to - from) / steps as f64;
        let mut times = Vec::new();
        if steps == usize::MAX || times.try_reserve_exact(steps + 1).is_err() {
            return Err(SdeError::TooMany { name: "time steps", count: steps });
        }
        times.extend((0..=steps).map(|i| if i == steps { to } else { from + width * i as f64 }));
        Times::new(times)
    }

    /// These times, at least two.
    ///
    /// # Errors
    /// [`SdeError`] if there are fewer than two, one is not finite, or they do not strictly rise or strictly fall.
    pub fn new(times: Vec<f64>) -> Result<Times, SdeError> {
        let [first, .., last] = times[..] else { return Err(SdeError::Empty { name: "the time grid" }) };
        times.iter().try_for_each(|t| finite("a time", *t))?;
        let rises = last > first;
        for (i, pair) in times.windows(2).enumerate() {
            if pair[0] == pair[1] || (pair[1] > pair[0]) != rises {
                return Err(SdeError::NotMonotone { index: i + 1, before: pair[0], after: pair[1] });
            }
        }
        Ok(Times(times))
    }

    /// All times.
    pub fn as_slice(&self) -> &[f64] {
        &self.0
    }

    /// The number of steps.
    pub fn steps(&self) -> usize {
        self.0.len() - 1
    }

    /// Each step as `(from, to)`.
    pub fn pairs(&self) -> impl Iterator<Item = (f64, f64)> {
        self.0.windows(2).map(|pair| (pair[0], pair[1]))
    }
}
