use ito_schedules::{Grid, Path};
use ito_state::Rows;

use crate::inversion::invert::Silence;
use crate::inversion::{InversionError, invert, slerp};
use crate::{Denoiser, Sampler, sample};

/// Frames from one datum to another, row by row: both are taken to noise by [`invert`], joined there by [`slerp`] at evenly spaced
/// fractions, and every frame is sampled back down the same grid.
///
/// The first and last frame are the data, up to the error of the way there and back; the frames between are samples wherever the
/// model is good, because their latents lie where normals lie. `sampler` builds a new sampler for every trajectory, `frames + 2` of
/// them. Song, Meng & Ermon 2021, arXiv:2010.02502, section 5.3.
///
/// # Errors
/// [`InversionError::Frames`] for fewer than two, [`InversionError::DrawsNoise`], and what the steps give.
pub fn interpolate<X: Rows>(
    model: &dyn Denoiser<X>,
    path: &dyn Path,
    grid: &Grid,
    sampler: &mut dyn FnMut() -> Box<dyn Sampler<X>>,
    a: X,
    b: X,
    frames: usize,
) -> Result<Vec<X>, InversionError> {
    if frames < 2 {
        return Err(InversionError::Frames { given: frames });
    }
    let mut latent = |data| invert(model, path, grid, sampler().as_mut(), data, &mut |_, _, _| {});
    let (a, b) = (latent(a)?, latent(b)?);
    let frame = |k: usize| {
        let start = slerp(&a, &b, k as f64 / (frames - 1) as f64);
        Ok(sample(model, path, grid, sampler().as_mut(), start, &mut Silence, &mut |_, _, _| {})?)
    };
    (0..frames).map(frame).collect()
}
