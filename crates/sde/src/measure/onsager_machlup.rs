use ito_state::Rows;

use super::normal_log_density;
use super::path::sum_over_steps;
use crate::error::positive;
use crate::langevin::{Curvature, Overdamped, Potential};
use crate::{SdeError, Times};

/// The log-density of a path of overdamped Langevin dynamics in Ito's form, `exp(-1/(4 D) int (x' + V'(x))^2 dt)`.
///
/// Discretised with the force at the start of each step, `-(x_{n+1} - x_n + h V'(x_n))^2 / (4 D h)`, and with the normaliser
/// `(4 pi D h)^(-d/2)` of every step: the density of `x_1 .. x_N` given `x_0`. The map from noise to path has Jacobian 1 then, so
/// nothing else belongs here. Order 1. Onsager & Machlup 1953, Phys. Rev. 91.
///
/// # Errors
/// [`SdeError`] if the path has not one state a time, the times fall, or `D = 0`.
pub fn onsager_machlup_ito<X, P>(sde: &Overdamped<P>, times: &Times, path: &[X]) -> Result<Vec<f64>, SdeError>
where
    X: Rows,
    P: Potential<X>,
{
    positive("the diffusion", sde.diffusion())?;
    sum_over_steps(times, path, |from, to, x, y| action(sde, from, to, x, y, x))
}

/// The same in Stratonovich's form, `exp(-1/(4 D) int (x' + V'(x))^2 dt + 1/2 int lap V(x) dt)`.
///
/// Discretised with the force at the middle `m = (x_n + x_{n+1})/2` of each step and the further `h/2 lap V(m)`, the Jacobian of
/// the map from noise to path in this reading. Without that term the densities are not normalised, at any step. Order 1; in the
/// exponents of a linear force, so in its means and variances, order 2. Hunt & Ross 1981, J. Chem. Phys. 75; Lau & Lubensky 2007,
/// arXiv:0707.2234.
///
/// # Errors
/// [`SdeError`] if the path has not one state a time, the times fall, or `D = 0`.
pub fn onsager_machlup_stratonovich<X, P>(sde: &Overdamped<P>, times: &Times, path: &[X]) -> Result<Vec<f64>, SdeError>
where
    X: Rows,
    P: Curvature<X>,
{
    positive("the diffusion", sde.diffusion())?;
    sum_over_steps(times, path, |from, to, x, y| {
        let middle = X::lincomb(&[(0.5, x), (0.5, y)]);
        let mut logs = action(sde, from, to, x, y, &middle)?;
        let jacobian = sde.potential().laplacian(&middle);
        logs.iter_mut().zip(jacobian).for_each(|(log, laplacian)| *log += (to - from) / 2.0 * laplacian);
        Ok(logs)
    })
}

/// `log N(y - x + h V'(at); 0, 2 D h)`.
fn action<X, P>(sde: &Overdamped<P>, from: f64, to: f64, x: &X, y: &X, at: &X) -> Result<Vec<f64>, SdeError>
where
    X: Rows,
    P: Potential<X>,
{
    let h = to - from;
    positive("the step", h)?;
    let off = X::lincomb(&[(1.0, y), (-1.0, x), (h, &sde.potential().gradient(at))]);
    Ok(normal_log_density(&off, 2.0 * sde.diffusion() * h))
}
