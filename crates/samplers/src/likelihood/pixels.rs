use ito_state::{Noise, Pointwise, Rows};

use super::divergence::of_uniforms;
use super::error::{at_least, rising};
use super::{LikelihoodError, LogDensity};

/// Data that take so many evenly spaced values, such as the 256 levels of a picture: how their probability and a density are related.
///
/// Level `i` is `low + i width` with `width = (high - low) / (levels - 1)`, so `low` and `high` are themselves levels. The level fills
/// the bin of that width around it. With `u` uniform in a bin, `log P(x) >= E[log p(x + u)] + d log width` (Jensen): the last term is the
/// log-determinant of the scaling, and without it, or without `u`, bits per dimension may come out negative. Theis et al. 2016,
/// arXiv:1511.01844, section 3.1.
///
/// Bins of `[-1, 1]` that begin at the level (`2 (i + u)/256 - 1`) are these with `low = -1 + 1/256`, `high = 1 - 1/256`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pixels {
    levels: u32,
    low: f64,
    high: f64,
}

impl Pixels {
    /// So many levels from `low` to `high`, both included: `256, -1.0, 1.0` for pictures scaled to `[-1, 1]`.
    ///
    /// # Errors
    /// [`LikelihoodError::TooFew`] for fewer than 2 levels, [`LikelihoodError::Range`] unless `low < high`, both finite.
    pub fn new(levels: u32, low: f64, high: f64) -> Result<Self, LikelihoodError> {
        at_least("levels", levels as usize, 2)?;
        rising("the range of the levels", low, high)?;
        Ok(Pixels { levels, low, high })
    }

    /// The number of levels.
    pub fn levels(self) -> u32 {
        self.levels
    }

    /// The lowest level.
    pub fn low(self) -> f64 {
        self.low
    }

    /// The highest level.
    pub fn high(self) -> f64 {
        self.high
    }

    /// The distance of two levels, in the data's units.
    pub fn width(self) -> f64 {
        (self.high - self.low) / f64::from(self.levels - 1)
    }

    /// The gate of pictures: every entry is a level, to a thousandth of their distance.
    pub(super) fn admit<X: Pointwise>(self, x: &X) -> Result<(), LikelihoodError> {
        let last = f64::from(self.levels - 1);
        let stray = x.map_entries(|v| {
            let level = (v - self.low) / self.width();
            let off = (level - level.round().clamp(0.0, last)).abs();
            f64::from(u8::from(off >= 1e-3 || off.is_nan()))
        });
        let counts = stray.dot_rows(&stray);
        match counts.iter().position(|count| *count > 0.0) {
            None => Ok(()),
            Some(row) => Err(LikelihoodError::NotLevels { row, entries: counts[row] as usize, levels: self.levels }),
        }
    }

    /// `x + width (u - 1/2)`, `u` uniform in (0, 1) for every entry: a point of the bin of every level. As much work as the square of a
    /// row's length.
    pub fn dequantise<X: Rows>(self, x: &X, noise: &mut dyn Noise<X>) -> X {
        let shift = of_uniforms(x, noise, |u| self.width() * (u - 0.5));
        X::lincomb(&[(1.0, x), (1.0, &shift)])
    }

    /// `log p + d log width` for an item of `dims` numbers: from the log-density of dequantised data, in the data's units, to the bound on
    /// the log-probability of their levels.
    pub fn log_probability(self, density: LogDensity, dims: usize) -> LogDensity {
        LogDensity { nats: density.nats + dims as f64 * self.width().ln(), ..density }
    }
}
