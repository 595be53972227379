//! How rows of a shape are shown and written: pictures side by side.
use crate::grid::Sheet;
use crate::{gif, npy};
use anyhow::{Result, bail};

/// A PNG of some rows.
pub fn png(values: &[f32], shape: &[usize]) -> Result<Vec<u8>> {
    Sheet::new(values, picture(shape)?)?.png()
}

/// An animation, one list of rows a frame.
pub fn animation(frames: &[Vec<f32>], shape: &[usize]) -> Result<Vec<u8>> {
    gif::animation(frames, picture(shape)?)
}

/// An .npy file of float32 `[n, ...]`.
pub fn npy(values: &[f32], shape: &[usize]) -> Result<Vec<u8>> {
    npy::npy(values, picture(shape)?)
}

/// `1 x 28 x 28`.
pub fn size(shape: &[usize]) -> String {
    shape.iter().map(usize::to_string).collect::<Vec<_>>().join(" x ")
}

/// Channels, height and width.
pub fn picture(shape: &[usize]) -> Result<[usize; 3]> {
    let Ok(picture) = shape.try_into() else { bail!("rows of shape {shape:?} are no pictures") };
    Ok(picture)
}
