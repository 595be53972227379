use ito_state::Batch;

use crate::Times;
use crate::ode::VectorField;

/// A one-step method for ODEs, explicit and of fixed order.
pub trait Method<X: Batch> {
    /// The order `p` of the error at a fixed time, `O(h^p)`. Measured by tests to within 0.1.
    fn order(&self) -> u32;

    /// From `x` at time `from` to time `to`; `to < from` goes backward.
    fn step<V: VectorField<X> + ?Sized>(&self, field: &V, from: f64, to: f64, x: &X) -> X;
}

/// Walks all the steps; returns the state at the last time.
pub fn solve<X, M, V>(method: &M, field: &V, times: &Times, start: X) -> X
where
    X: Batch,
    M: Method<X>,
    V: VectorField<X> + ?Sized,
{
    times.pairs().fold(start, |x, (from, to)| method.step(field, from, to, &x))
}

/// Euler's method, `x' = x + h u(t, x)`. Order 1, one evaluation a step; the remainder of a step is `h R(h)`, `R = O(h)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Euler;

impl<X: Batch> Method<X> for Euler {
    fn order(&self) -> u32 {
        1
    }

    #[inline]
    fn step<V: VectorField<X> + ?Sized>(&self, field: &V, from: f64, to: f64, x: &X) -> X {
        X::lincomb(&[(1.0, x), (to - from, &field.velocity(from, x))])
    }
}

/// Heun's method, the explicit trapezoidal rule. Order 2, two evaluations a step. Hairer, Norsett & Wanner 1993, section II.1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heun;

impl<X: Batch> Method<X> for Heun {
    fn order(&self) -> u32 {
        2
    }

    #[inline]
    fn step<V: VectorField<X> + ?Sized>(&self, field: &V, from: f64, to: f64, x: &X) -> X {
        let h = to - from;
        let first = field.velocity(from, x);
        let second = field.velocity(to, &X::lincomb(&[(1.0, x), (h, &first)]));
        X::lincomb(&[(1.0, x), (0.5 * h, &first), (0.5 * h, &second)])
    }
}

/// The classical method of Kutta. Order 4, four evaluations a step. Kutta 1901; Hairer, Norsett & Wanner 1993, table II.1.2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rk4;

impl<X: Batch> Method<X> for Rk4 {
    fn order(&self) -> u32 {
        4
    }

    #[inline]
    fn step<V: VectorField<X> + ?Sized>(&self, field: &V, from: f64, to: f64, x: &X) -> X {
        let h = to - from;
        let middle = from + 0.5 * h;
        let k1 = field.velocity(from, x);
        let k2 = field.velocity(middle, &X::lincomb(&[(1.0, x), (0.5 * h, &k1)]));
        let k3 = field.velocity(middle, &X::lincomb(&[(1.0, x), (0.5 * h, &k2)]));
        let k4 = field.velocity(to, &X::lincomb(&[(1.0, x), (h, &k3)]));
        X::lincomb(&[(1.0, x), (h / 6.0, &k1), (h / 3.0, &k2), (h / 3.0, &k3), (h / 6.0, &k4)])
    }
}
