use ito_schedules::{Grid, LastStep, Level, Path};
use ito_state::{Batch, Noise};

use crate::{Denoiser, Failure, Sampler, Step};

/// Runs a sampler down a grid, from `start` at the grid's first level.
///
/// `observe(step, state, level)` is called with step 0 for the start and after every step, and once more after the estimate of
/// [`LastStep::Tweedie`]. The usual start is `sigma` times standard normals.
///
/// # Errors
/// [`Failure::AnotherPath`] for a grid that was not made of this path, and what the sampler's steps give.
pub fn sample<X: Batch>(
    model: &dyn Denoiser<X>,
    path: &dyn Path,
    grid: &Grid,
    sampler: &mut dyn Sampler<X>,
    start: X,
    noise: &mut dyn Noise<X>,
    observe: &mut dyn FnMut(usize, &X, Level),
) -> Result<X, Failure> {
    of_the_path(path, grid)?;
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

/// The first level, and the last with noise in it, are the path's own.
pub(crate) fn of_the_path(path: &dyn Path, grid: &Grid) -> Result<(), Failure> {
    let noisy = grid.levels().iter().rev().find(|level| level.sigma > 0.0);
    for level in [Some(&grid.levels()[0]), noisy].into_iter().flatten() {
        let own = path.at(level.t);
        // A level found by its log-SNR keeps more digits than its time.
        let same = |a: f64, b: f64| (a - b).abs() <= 1e-6 * (1.0 + a.abs());
        if !(same(level.alpha, own.alpha) && same(level.sigma, own.sigma)) {
            return Err(Failure::AnotherPath { t: level.t, log_snr: level.log_snr(), expected: own.log_snr() });
        }
    }
    Ok(())
}
