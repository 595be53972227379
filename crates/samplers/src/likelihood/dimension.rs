use ito_schedules::Level;
use ito_state::{Noise, Rows};

use super::bits::mean_and_error;
use super::error::{all_finite, mixed};
use super::{Divergence, LikelihoodError};
use crate::Pullback;

/// The dimension of the data at one point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dimension {
    /// The dimension, a real number: an estimate at a scale.
    pub value: f64,
    /// Its standard error from the probes, 0 for [`Divergence::Exact`].
    pub error: f64,
}

/// FLIPD, the dimension of the data near `x0` at the scale `sigma/alpha` of a level:
/// `d + sigma^2 (div s + |s|^2)` at `alpha x0`, with the score `s = (alpha D - x) / sigma^2`; that is
/// `alpha tr J + |x - alpha D|^2 / sigma^2`, which does not cancel.
///
/// It is `d + d log rho / d log(sigma/alpha)` for the density `rho` of `x0 + (sigma/alpha) eps` at `x0`: noise of size `tau` thins data of
/// dimension `k` by `tau^(k - d)`. For Gaussian data each axis of variance `s^2` adds
/// `alpha^2 s^2 / v + sigma^2 alpha^2 (x0 - mean)^2 / v^2`, `v = alpha^2 s^2 + sigma^2`: 1 where `s` is far above the scale, 0 where far
/// below it. One pullback an entry of a row, or a probe. Kamkari et al. 2024, arXiv:2406.03537.
///
/// # Errors
/// [`LikelihoodError::AtData`] and [`LikelihoodError::PureNoise`] of the level, [`LikelihoodError::TooFew`] probes,
/// [`LikelihoodError::NotFinite`].
pub fn intrinsic_dimension<X: Rows>(
    model: &dyn Pullback<X>,
    x0: &X,
    at: Level,
    divergence: Divergence,
    noise: &mut dyn Noise<X>,
) -> Result<Vec<Dimension>, LikelihoodError> {
    mixed(at)?;
    let x = X::lincomb(&[(at.alpha, x0)]);
    let (denoised, traces) = divergence.checked()?.trace(&x, noise).of(model, &x, at);
    let off = X::lincomb(&[(at.alpha / at.sigma, x0), (-at.alpha / at.sigma, &denoised)]);
    let item = |(row, square): (usize, f64)| {
        let traces: Vec<f64> = traces.iter().map(|trace| at.alpha * trace[row]).collect();
        let (mean, error) = if let [exact] = traces[..] { (exact, 0.0) } else { mean_and_error(&traces) };
        Dimension { value: mean + square, error }
    };
    let items: Vec<Dimension> = off.dot_rows(&off).into_iter().enumerate().map(item).collect();
    all_finite(items.iter().map(|item| item.value + item.error))?;
    Ok(items)
}
