use ito_state::{Batch, Noise};

use crate::{NoiseKind, Order, Sde, Solver};

/// An SDE that can be stepped without an error of discretisation.
pub trait ExactStep<X: Batch, W: Batch = X>: Sde<X, W> {
    /// A state of the exact law at time `to` given `x` at `from`; the implementation says whether it is that on the path of the
    /// noise, or a draw from the transition law.
    fn exact_step<N: Noise<W> + ?Sized>(&self, from: f64, to: f64, x: &X, noise: &mut N) -> X;
}

/// The exact step of an SDE that has one: any step size gives the right law.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exact;

impl<X: Batch, W: Batch, S: ExactStep<X, W> + ?Sized> Solver<S, X, W> for Exact {
    /// No error of law at any step. Whether a step is exact on the path as well the process says, so no strong order is declared.
    fn orders(&self) -> &'static [(NoiseKind, Order)] {
        &[(NoiseKind::General, Order { strong: None, weak: f64::INFINITY })]
    }

    #[inline(always)]
    fn step<N: Noise<W> + ?Sized>(&self, sde: &S, from: f64, to: f64, x: &X, noise: &mut N) -> X {
        sde.exact_step(from, to, x, noise)
    }
}
