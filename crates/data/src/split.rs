//! A part of the data that training never sees.

use ito_noise::Stream;
use rand::seq::SliceRandom;

use crate::DataError;

/// Indices of the data cut in two: disjoint, together everything, each rising.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// What is trained on; never empty.
    pub train: Vec<u32>,
    /// What overfitting is measured on.
    pub held_out: Vec<u32>,
}

impl Split {
    /// Holds out `fraction` of `len` items, rounded to the nearest number, but never all. The choice is a function of
    /// (seed, len) and grows with the fraction.
    ///
    /// # Errors
    /// [`DataError::Fraction`] unless `fraction` is in [0, 1).
    pub fn new(len: usize, fraction: f64, seed: u64) -> Result<Split, DataError> {
        if !(0.0..1.0).contains(&fraction) {
            return Err(DataError::Fraction { fraction });
        }
        let mut held_out: Vec<u32> = (0..len as u32).collect();
        held_out.shuffle(&mut Stream::new(seed, "data/split").rng(0));
        let count = ((len as f64 * fraction).round() as usize).min(len.saturating_sub(1));
        let mut train = held_out.split_off(count);
        train.sort_unstable();
        held_out.sort_unstable();
        Ok(Split { train, held_out })
    }
}
