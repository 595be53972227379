use ito_state::{Batch, Rows};

use crate::solver::{
    DriftImplicitEuler, EulerMaruyama, ExponentialEuler, Milstein, SemiLinear, Sra1, Sriw1, StochasticHeun,
    Stratonovich,
};
use crate::{Additive, Commutative, Solver};

/// A method that converges path by path on any steps, those chosen with a view of the path included.
///
/// Whether a step is accepted depends on the motion within it, so the steps are no stopping times and the usual proofs of
/// convergence do not hold. The limit is right if what a step leaves out is of order above 1 on every path:
///
/// - additive noise: any consistent method;
/// - commutative noise (scalar, diagonal): methods that have the double integrals `(dW^2 - h) / 2`, of strong order 1 at
///   least. Euler-Maruyama has them not: their sum over steps vanishes for steps fixed beforehand, but not for steps chosen
///   by the motion (too small a sum of `dW^2` is what makes an error estimate small), and the limit is wrong at any
///   tolerance. Here the compiler refuses it;
/// - other noise: nobody here. Levy areas would be left out; a method that replaces them without bias still converges if
///   no time once considered is skipped later, as it is with [`Adaptive`](super::Adaptive), whose steps are dyadic.
///
/// ```compile_fail,E0277
/// # use ito_noise::{BrownianPath, Stream};
/// # use ito_sde::{process::GeometricBrownianMotion, solver::{EulerMaruyama, adaptive::Adaptive}};
/// # let gbm = GeometricBrownianMotion::new(0.3, 1.0).unwrap();
/// # let mut path = BrownianPath::consecutive(Stream::new(5, "doc"), 0, 4, 0.0, 1.0).unwrap();
/// # let x = ndarray::Array2::<f64>::ones((4, 1));
/// Adaptive::new(1e-3, 1e-3).unwrap().solve(&EulerMaruyama, &gbm, 0.0, 1.0, x, &mut path); // Milstein would do
/// ```
///
/// Gaines & Lyons 1997, "Variable step size control in the numerical solution of stochastic differential equations";
/// Foster & Jelincic 2024, arXiv:2311.14201.
pub trait Pathwise<S: ?Sized, X: Batch, W: Batch = X>: Solver<S, X, W> {}

impl<X: Batch, W: Batch, S: Additive<X, W> + ?Sized> Pathwise<S, X, W> for EulerMaruyama {}
impl<X: Batch, W: Batch, S: Additive<X, W> + ?Sized> Pathwise<S, X, W> for Sra1 {}
impl<X: Batch, W: Batch, S: SemiLinear<X, W> + Additive<X, W> + ?Sized> Pathwise<S, X, W> for ExponentialEuler {}
impl<X: Batch, W: Batch, S: SemiLinear<X, W> + Additive<X, W> + ?Sized> Pathwise<S, X, W> for DriftImplicitEuler {}
impl<X: Rows, W: Rows, S: Commutative<X, W> + ?Sized> Pathwise<S, X, W> for Milstein {}
impl<X: Rows, W: Rows, S: Commutative<X, W> + ?Sized> Pathwise<S, X, W> for Sriw1 {}
impl<X: Batch, W: Batch, S: Commutative<X, W>> Pathwise<Stratonovich<S>, X, W> for StochasticHeun {}
