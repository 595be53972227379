use ito_state::{Batch, Noise, Rows};

use crate::{SdeError, Times};

/// A one-step method for SDEs of type `S`. What it is not for does not implement it: the gate is a type.
pub trait Solver<S: ?Sized, X: Batch, W: Batch = X> {
    /// The orders it reaches, a kind of noise each. Measured by tests to within 0.1.
    fn orders(&self) -> &'static [(NoiseKind, Order)];

    /// From `x` at time `from` to time `to`, with the motion that `noise` has over this interval.
    ///
    /// `to < from` runs an SDE that is written for falling time: the drift is taken with its sign, the increment has
    /// variance `|to - from|`.
    fn step<N: Noise<W> + ?Sized>(&self, sde: &S, from: f64, to: f64, x: &X, noise: &mut N) -> X;
}

/// What a solver may know of the noise. The orders of a kind that [`Solver::orders`] does not list are those it lists for
/// `General`; where it lists no `General` either, it declares nothing for that kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoiseKind {
    /// `g` depends on time alone.
    Additive,
    /// One Wiener process drives all coordinates.
    Scalar,
    /// Every entry has its own Wiener process.
    Diagonal,
    /// Anything.
    General,
}

/// Orders of convergence, as powers of the step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Order {
    /// Of `sqrt(E |X_n - X(t)|^2)`, on the same Brownian path; none for a method that follows laws, not paths.
    pub strong: Option<f64>,
    /// Of `|E f(X_n) - E f(X(t))|` for smooth `f`.
    pub weak: f64,
}

/// Walks all the steps; returns the state at the last time. A row that is not finite stays so: [`solve_checked`] says where.
///
/// # Panics
/// If the noise has not one sample a row: an error of the program, not of its input.
pub fn solve<X, W, S, M, N>(method: &M, sde: &S, times: &Times, start: X, noise: &mut N) -> X
where
    X: Batch,
    W: Batch,
    S: ?Sized,
    M: Solver<S, X, W>,
    N: Noise<W> + ?Sized,
{
    times.pairs().fold(start, |x, (from, to)| method.step(sde, from, to, &x, noise))
}

/// [`solve`], looking at every state on the way.
///
/// # Errors
/// [`SdeError::Diverged`] with the step, its time and the row, as soon as an entry is NaN or infinite: a coefficient that is
/// not finite, or an explosion.
pub fn solve_checked<X, W, S, M, N>(method: &M, sde: &S, times: &Times, start: X, noise: &mut N) -> Result<X, SdeError>
where
    X: Rows,
    W: Batch,
    S: ?Sized,
    M: Solver<S, X, W>,
    N: Noise<W> + ?Sized,
{
    let mut x = start;
    for (step, (from, to)) in times.pairs().enumerate() {
        x = method.step(sde, from, to, &x, noise);
        // Zero times an entry is zero, unless it is not finite.
        let flags = X::lincomb(&[(0.0, &x)]).dot_rows(&x.fill_like(1.0));
        if let Some(row) = flags.iter().position(|flag| flag.is_nan()) {
            return Err(SdeError::Diverged { step, t: to, row });
        }
    }
    Ok(x)
}
