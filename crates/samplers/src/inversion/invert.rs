use ito_schedules::{Grid, LastStep, Level, Path};
use ito_state::{Batch, Noise};

use crate::inversion::InversionError;
use crate::sample::of_the_path;
use crate::{Denoiser, Sampler, Step};

/// Takes data to the noise from which the same grid and sampler would (nearly) draw them: the grid backwards.
///
/// Follows the probability flow up, so the result is what the flow assigns to the data, their latent: for exact models it has the
/// law of the grid's first level. Sampling from it gives the data back with an error of the sampler's order (one order better for
/// one-step methods of even order: a step up takes back the leading error of the step down); a solver that chooses its own steps
/// gives them back to its tolerance. Song, Meng & Ermon 2021, arXiv:2010.02502, section 4.3 and equation 14, for any
/// sampler of the flow.
///
/// A flow cannot be stepped from data, where no noise is left and the models are not asked. With the grid's last level data, or a
/// [`LastStep::Tweedie`], the walk starts at the cleanest level with noise, from `alpha data`: the data are taken as its noiseless
/// sample. On data of deviation `s` the latent errs by `sigma^2 / (2 alpha^2 s^2)` of its distance to the mean, with `sigma` of that
/// level, and the way there and back by twice as much: 1.6e-5 for `s = 0.5` and Karras et al.'s `sigma_min = 0.002`; on grids uniform
/// in time an error of second order, on VP paths of first. With [`LastStep::ToSigmaMin`] the
/// data are taken as they are, as a sample of the last level, which is what such a grid draws.
///
/// `observe(step, state, level)` is called with step 0 where the walk starts and after every step.
///
/// # Errors
/// [`InversionError::DrawsNoise`] for a sampler whose order says so, [`Failure::AnotherPath`](crate::Failure::AnotherPath) for a grid that
/// was not made of this path, and what its steps give.
pub fn invert<X: Batch>(
    model: &dyn Denoiser<X>,
    path: &dyn Path,
    grid: &Grid,
    sampler: &mut dyn Sampler<X>,
    data: X,
    observe: &mut dyn FnMut(usize, &X, Level),
) -> Result<X, InversionError> {
    if sampler.order().noise {
        return Err(InversionError::DrawsNoise);
    }
    of_the_path(path, grid)?;
    let noisy = match grid.last_step() {
        LastStep::ToZero => &grid.levels()[..grid.len()],
        LastStep::ToSigmaMin | LastStep::Tweedie => grid.levels(),
    };
    let cleanest = noisy[noisy.len() - 1];
    let mut x = match grid.last_step() {
        LastStep::ToSigmaMin => data,
        LastStep::ToZero | LastStep::Tweedie => X::lincomb(&[(cleanest.alpha, &data)]),
    };
    observe(0, &x, cleanest);
    for (done, pair) in noisy.windows(2).rev().enumerate() {
        let (from, to) = (pair[1], pair[0]);
        x = sampler.step(&Step { model, path, from, to }, &x, &mut Silence)?;
        observe(done + 1, &x, to);
    }
    Ok(x)
}

/// For samplers that draw no noise: there is none.
pub(super) struct Silence;

impl<X: Batch> Noise<X> for Silence {
    fn normal_like(&mut self, like: &X) -> X {
        X::lincomb(&[(0.0, like)])
    }

    fn uniform_rows(&mut self, _like: &X) -> Vec<f64> {
        Vec::new()
    }
}
