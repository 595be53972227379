use crate::SdeError;
use crate::calculus::differences::{curvature, slope};
use crate::error::positive;

/// `L f = b . grad f + 1/2 tr(g g^T Hess f)` at one point: how fast `E f(X_t)` grows there.
///
/// `drift` is `b` (`d` entries), `noise` is `g` by rows (`d` rows of `m` entries), `hessian` by rows. A function of time too has
/// `d_t f + L f` in its place. Oksendal 2003, theorem 7.3.3.
///
/// # Errors
/// [`SdeError`] if the sizes disagree.
pub fn generator(drift: &[f64], noise: &[Vec<f64>], gradient: &[f64], hessian: &[Vec<f64>]) -> Result<f64, SdeError> {
    let columns = columns(drift.len(), noise)?;
    size("the gradient", drift.len(), gradient.len())?;
    size("the Hessian", drift.len(), hessian.len())?;
    hessian.iter().try_for_each(|row| size("a row of the Hessian", drift.len(), row.len()))?;
    // tr(g g^T H) is the sum over the columns v of g of v^T H v.
    let bend = |v: &Vec<f64>| dot(v, &hessian.iter().map(|row| dot(row, v)).collect::<Vec<_>>());
    Ok(dot(drift, gradient) + 0.5 * columns.iter().map(bend).sum::<f64>())
}

/// [`generator`] of a function of which no derivative is known, by central differences of order 4 along the drift and the columns of
/// `noise`.
///
/// `step` is a length in the space of `x`, well below the one over which `f` varies. Error `step^4 |b| |f^(5)| / 30` and
/// `step^4 |v|^2 |f^(6)| / 180` a column `v`; rounding `1e-16 |f| |b| / step` and `1e-15 |f| |v|^2 / step^2`. At a step of
/// 0.01 lengths of `f`, some ten digits.
///
/// # Errors
/// [`SdeError`] if the sizes disagree, or the step is not above zero.
pub fn generator_by_differences(
    f: &(impl Fn(&[f64]) -> f64 + ?Sized),
    x: &[f64],
    drift: &[f64],
    noise: &[Vec<f64>],
    step: f64,
) -> Result<f64, SdeError> {
    positive("the step of the differences", step)?;
    size("the drift", x.len(), drift.len())?;
    let columns = columns(x.len(), noise)?;
    // Along the unit vector of v, so that the step is a length.
    let along = |v: &[f64], s: f64| {
        let length = dot(v, v).sqrt();
        f(&x.iter().zip(v).map(|(x, v)| x + s * v / length).collect::<Vec<_>>())
    };
    let speed = dot(drift, drift).sqrt();
    let carried = if speed > 0.0 { speed * slope(|s| vec![along(drift, s)], step)[0] } else { 0.0 };
    let bend = |v: &Vec<f64>| match dot(v, v) {
        0.0 => 0.0,
        square => square * curvature(|s| along(v, s), step),
    };
    Ok(carried + 0.5 * columns.iter().map(bend).sum::<f64>())
}

/// The columns of `d` equally long rows.
fn columns(dim: usize, noise: &[Vec<f64>]) -> Result<Vec<Vec<f64>>, SdeError> {
    size("the noise matrix", dim, noise.len())?;
    let width = noise.first().map_or(0, Vec::len);
    noise.iter().try_for_each(|row| size("a row of the noise matrix", width, row.len()))?;
    Ok((0..width).map(|j| noise.iter().map(|row| row[j]).collect()).collect())
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn size(name: &'static str, expected: usize, found: usize) -> Result<(), SdeError> {
    if expected == found { Ok(()) } else { Err(SdeError::Dimension { name, expected, found }) }
}
