use ito_state::{Batch, Noise, Rows};

use super::{IsotropicKernel, Kernel};
use crate::solver::EulerMaruyama;
use crate::{Isotropic, Sde, SdeError, Solver, Times};

/// All the states of an Euler-Maruyama path, the start first.
pub fn draw_path<X, S, N>(sde: &S, times: &Times, start: X, noise: &mut N) -> Vec<X>
where
    X: Batch,
    S: Sde<X> + ?Sized,
    N: Noise<X> + ?Sized,
{
    let mut path = vec![start];
    for (from, to) in times.pairs() {
        let next = EulerMaruyama.step(sde, from, to, &path[path.len() - 1], noise);
        path.push(next);
    }
    path
}

/// The log-density of `path` given its start, `sum_n log N(x_{n+1}; x_n + f h, g^2 h)`, one number a row.
///
/// For equal steps and constant `g` in `d` dimensions it is `-S / (g^2 h) - (N d / 2) log(2 pi g^2 h)` with the action
/// `S = 1/2 sum_n |x_{n+1} - x_n - f h|^2`: the density of `x_1 .. x_N` given `x_0`.
///
/// # Errors
/// [`SdeError`] if the path has not one state a time, or there is no noise.
pub fn log_probability<X, S>(sde: &S, times: &Times, path: &[X]) -> Result<Vec<f64>, SdeError>
where
    X: Rows,
    S: Isotropic<X> + ?Sized,
{
    sum_over_steps(times, path, |from, to, x, y| Ok(IsotropicKernel::new::<X>(sde, from, to)?.log_density(x, y)))
}

/// The sum over the steps of a path of one number a row.
pub(super) fn sum_over_steps<X, E: From<SdeError>>(
    times: &Times,
    path: &[X],
    mut term: impl FnMut(f64, f64, &X, &X) -> Result<Vec<f64>, E>,
) -> Result<Vec<f64>, E> {
    if path.len() != times.steps() + 1 {
        return Err(SdeError::Dimension { name: "the path", expected: times.steps() + 1, found: path.len() }.into());
    }
    let mut sum = Vec::new();
    for ((from, to), pair) in times.pairs().zip(path.windows(2)) {
        let terms = term(from, to, &pair[0], &pair[1])?;
        if sum.is_empty() {
            sum = vec![0.0; terms.len()];
        }
        sum.iter_mut().zip(&terms).for_each(|(sum, term)| *sum += term);
    }
    Ok(sum)
}
