use ito_state::{Batch, Noise};

use crate::Times;

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

/// What a solver may know of the noise. Every kind is also of the kinds below it.
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

/// Walks all the steps; returns the state at the last time.
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
