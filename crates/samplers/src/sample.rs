use ito_schedules::{Grid, LastStep, Level, Path};
use ito_state::{Batch, Noise};

use crate::{Denoiser, Failure, Sampler, Step};

/// Runs a sampler down a grid, from `start` at the grid's first level.
///
/// `observe(step, state, level)` is called with step 0 for the start and after every step, and once more after the estimate of
/// [`LastStep::Tweedie`]. The usual start is `sigma` times standard normals.
///
/// # Errors
/// What the sampler's step gives; the steps of a [`Grid`] give none.
pub fn sample<X: Batch>(
    model: &dyn Denoiser<X>,
    path: &dyn Path,
    grid: &Grid,
    sampler: &mut dyn Sampler<X>,
    start: X,
    noise: &mut dyn Noise<X>,
    observe: &mut dyn FnMut(usize, &X, Level),
) -> Result<X, Failure> {
    let mut x = start;
    observe(0, &x, grid.levels()[0]);
    for (done, (from, to)) in grid.steps().enumerate() {
        x = sampler.step(&Step { model, path, from, to }, &x, noise)?;
        observe(done + 1, &x, to);
    }
    if grid.last_step() == LastStep::Tweedie {
        x = model.denoise(&x, &[grid.levels()[grid.len()]]);
        observe(grid.len() + 1, &x, Level::DATA);
    }
    Ok(x)
}
