use super::path::sum_over_steps;
use crate::{SdeError, Times};

/// The log-weight `-int V(t, X_t) dt` of a path, by the trapezoidal rule, one number a row.
///
/// `u(t, x) = E[e^w F(X_t) | X_0 = x]` solves `d_t u = L u - V u` with `u = F` at 0: weighted paths follow densities that are
/// multiplied or tilted on the way. On exact paths of Brownian motion of order 2 in the step (Strang's splitting). Kac 1949;
/// Oksendal 2003, theorem 8.2.1.
///
/// # Errors
/// [`SdeError`] if the path has not one state a time.
pub fn feynman_kac<X>(
    potential: impl Fn(f64, &X) -> Vec<f64>,
    times: &Times,
    path: &[X],
) -> Result<Vec<f64>, SdeError> {
    sum_over_steps(times, path, |from, to, x, y| {
        let (early, late) = (potential(from, x), potential(to, y));
        Ok(early.iter().zip(late).map(|(a, b)| -(to - from).abs() * (a + b) / 2.0).collect())
    })
}
