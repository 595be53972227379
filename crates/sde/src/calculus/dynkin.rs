use ito_state::{Batch, Noise};

use crate::{Sde, Solver, Times};

/// Dynkin's formula `E f(X_t) = f(x) + E int_0^t (L f)(s, X_s) ds`, for a function and what the generator makes of it.
///
/// `f(t, x)` and `lf(t, x)` give one number a row; `lf` is `L f`, with `d_t f` added if `f` depends on time.
/// Dynkin 1965; Oksendal 2003, theorem 7.4.1.
#[derive(Clone, Copy, Debug)]
pub struct Dynkin<F, L> {
    f: F,
    lf: L,
}

impl<F, L> Dynkin<F, L> {
    /// Of `f` and `L f`.
    pub fn new(f: F, lf: L) -> Self {
        Dynkin { f, lf }
    }

    /// `f(X_T) - f(X_0) - int_0^T (L f)(s, X_s) ds` of every row: a martingale, so its mean is zero.
    ///
    /// The integral is by the trapezoidal rule on the steps: its bias is of order 2, that of the paths is the method's weak order.
    pub fn martingale<X, W, S, M, N>(&self, method: &M, sde: &S, times: &Times, start: X, noise: &mut N) -> Vec<f64>
    where
        X: Batch,
        W: Batch,
        S: Sde<X, W> + ?Sized,
        M: Solver<S, X, W>,
        N: Noise<W> + ?Sized,
        F: Fn(f64, &X) -> Vec<f64>,
        L: Fn(f64, &X) -> Vec<f64>,
    {
        let (first, last) = (times.as_slice()[0], times.as_slice()[times.steps()]);
        let mut sum: Vec<f64> = (self.f)(first, &start).iter().map(|f| -f).collect();
        let mut growth = (self.lf)(first, &start);
        let end = times.pairs().fold(start, |x, (from, to)| {
            let x = method.step(sde, from, to, &x, noise);
            let after = (self.lf)(to, &x);
            for (sum, (a, b)) in sum.iter_mut().zip(growth.iter().zip(&after)) {
                *sum -= 0.5 * (to - from) * (a + b);
            }
            growth = after;
            x
        });
        sum.iter().zip((self.f)(last, &end)).map(|(sum, f)| sum + f).collect()
    }
}
