use std::error::Error;
use std::fmt;

use ito_schedules::Level;
use ito_state::Clamp;

use crate::Denoiser;

/// A denoiser whose estimate is kept in the range where the data are known to lie.
///
/// Samplers take the noise from the estimate, `eps = (x - alpha D)/sigma`, so what is cut off the data is told to the noise too (DDPM's
/// posterior, and what diffusers' DDIM calls `use_clipped_model_output`). A change of the estimate, not of a law.
#[derive(Clone, Copy, Debug)]
pub struct Clipped<M> {
    /// The model.
    pub model: M,
    /// How its estimates are kept in range.
    pub clipping: Clipping,
}

/// How an estimate is kept in range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clipping(Kind);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Fixed { most: f64 },
    Dynamic { share: f64, most: f64 },
}

impl Clipping {
    /// Every number to the nearest one of `[-most, most]`, `most` positive and finite. Ho et al. 2020, as released; with 1 for
    /// pictures in [-1, 1].
    ///
    /// # Errors
    /// [`ClippingError`] for a bound that is none.
    pub fn fixed(most: f64) -> Result<Clipping, ClippingError> {
        within("the bound of the estimate", most, f64::MIN_POSITIVE, f64::MAX)?;
        Ok(Clipping(Kind::Fixed { most }))
    }

    /// Dynamic thresholding: with `s` the size that `share` of a row's numbers do not exceed, kept in [1, `most`], the row cut to
    /// `[-s, s]` and divided by `s`. Saharia et al. 2022, arXiv:2205.11487, section 2.3 (there without an upper bound of `s`);
    /// `share` in [0, 1], often 0.995, `most` from 1 up.
    ///
    /// # Errors
    /// [`ClippingError`] names the number that is out of range.
    pub fn dynamic(share: f64, most: f64) -> Result<Clipping, ClippingError> {
        within("the share of dynamic thresholding", share, 0.0, 1.0)?;
        within("the largest threshold", most, 1.0, f64::MAX)?;
        Ok(Clipping(Kind::Dynamic { share, most }))
    }
}

impl<X: Clamp, M: Denoiser<X>> Denoiser<X> for Clipped<M> {
    fn denoise(&self, x: &X, at: &[Level]) -> X {
        let estimate = self.model.denoise(x, at);
        match self.clipping.0 {
            Kind::Fixed { most } => estimate.clamp_rows(&vec![most; estimate.row_count()]),
            Kind::Dynamic { share, most } => {
                // f64's `max` and `min` take the number where the other is NaN, so a broken row stays visible in its entries.
                let bounds: Vec<f64> = estimate.sizes_at(share).into_iter().map(|s| s.max(1.0).min(most)).collect();
                let scales: Vec<f64> = bounds.iter().map(|s| s.recip()).collect();
                X::lincomb_rows(&[(&scales, &estimate.clamp_rows(&bounds))])
            }
        }
    }
}

/// A number that [`Clipping`] cannot use.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClippingError {
    /// What it is.
    pub name: &'static str,
    /// What was given.
    pub value: f64,
    /// The smallest value allowed.
    pub low: f64,
    /// The largest value allowed.
    pub high: f64,
}

impl fmt::Display for ClippingError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let ClippingError { name, value, low, high } = *self;
        match (low == f64::MIN_POSITIVE, high == f64::MAX) {
            (true, _) => write!(f, "{name} must be a finite number above 0, not {value:?}"),
            (_, true) => write!(f, "{name} must be a finite number from {low:?} up, not {value:?}"),
            _ => write!(f, "{name} must lie from {low:?} to {high:?}, not be {value:?}"),
        }
    }
}

impl Error for ClippingError {}

fn within(name: &'static str, value: f64, low: f64, high: f64) -> Result<(), ClippingError> {
    if (low..=high).contains(&value) { Ok(()) } else { Err(ClippingError { name, value, low, high }) }
}
