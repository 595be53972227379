use ito_state::Rows;

use crate::SdeError;
use crate::error::positive;

/// `1/2 |s - grad log p|^2` of every row, for a model `s` of a score that is known: explicit score matching.
/// Its mean is zero exactly for the right score. Hyvarinen 2005, section 2.
pub fn explicit_loss<X: Rows>(model: &X, score: &X) -> Vec<f64> {
    half_squares(&X::lincomb(&[(1.0, model), (-1.0, score)]))
}

/// `1/2 |s + eps / sigma|^2` of every row, for a model `s` at `x = alpha x0 + sigma eps`: denoising score matching.
///
/// Its mean is that of [`explicit_loss`] plus what no model can change, so both have the same gradient. Vincent 2011,
/// section 4.
///
/// # Errors
/// [`SdeError`] unless `sigma` is finite and above zero.
pub fn denoising_loss<X: Rows>(model: &X, noise: &X, sigma: f64) -> Result<Vec<f64>, SdeError> {
    positive("sigma", sigma)?;
    Ok(half_squares(&X::lincomb(&[(1.0, model), (1.0 / sigma, noise)])))
}

/// `v . (Ds v) + 1/2 (v . s)^2` of every row, for a model `s`, a direction `v`, and the derivative `Ds v` of the model along it:
/// sliced score matching, which needs no score. With `E[v v^T] = I` its mean has the gradient of [`explicit_loss`].
/// Song, Garg, Shi & Ermon 2019, arXiv:1905.07088, section 3.
pub fn sliced_loss<X: Rows>(model: &X, direction: &X, slope: &X) -> Vec<f64> {
    let along = direction.dot_rows(model);
    direction.dot_rows(slope).iter().zip(along).map(|(bend, s)| bend + 0.5 * s * s).collect()
}

fn half_squares<X: Rows>(x: &X) -> Vec<f64> {
    x.dot_rows(x).into_iter().map(|square| 0.5 * square).collect()
}
