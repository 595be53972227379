//! How rows of a shape are shown and written: pictures side by side.
use crate::grid::Sheet;
use crate::{gif, npy};
use anyhow::{Result, bail};
use ito_training::Drawn;

/// A PNG of some rows.
pub fn png(values: &[f32], shape: &[usize]) -> Result<Vec<u8>> {
    Sheet::new(values, picture(shape)?)?.png()
}

/// A PNG of samples: as many columns as there are classes in turn, and beside each sample the picture that it was told.
pub fn sheet(drawn: &Drawn, shape: &[usize]) -> Result<Vec<u8>> {
    if let Some(shown) = &drawn.shown {
        let size: usize = shape.iter().product();
        let pairs = shown.chunks_exact(size).zip(drawn.values.chunks_exact(size));
        let (n, tiles) = (pairs.len(), pairs.flat_map(|(told, drawn)| told.iter().chain(drawn)).copied());
        let across = (1..=n).find(|across| 2 * across * across >= n).unwrap_or(1);
        return Sheet::of_columns(&tiles.collect::<Vec<f32>>(), picture(shape)?, 2 * across)?.png();
    }
    match drawn.turn {
        columns @ 2..=32 => Sheet::of_columns(&drawn.values, picture(shape)?, columns)?.png(),
        _ => png(&drawn.values, shape),
    }
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
