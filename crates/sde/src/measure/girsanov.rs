use ito_state::{Batch, Noise, Rows};

use super::MeasureError;
use super::path::sum_over_steps;
use crate::error::positive;
use crate::solver::EulerMaruyama;
use crate::{Additive, Isotropic, Sde, Solver, Times};

/// The change of measure between two SDEs with the same isotropic noise: paths drawn from one stand for the other.
///
/// The log-weight of a path drawn from `P` for the law `Q` is `w = int u . dW - 1/2 int |u|^2 dt`, `u = (f_Q - f_P)/g`, and
/// `E_P[e^w F] = E_Q[F]`; with `F = 1`, `E_P[e^w] = 1`. On a path of Euler-Maruyama steps it is exact at every step: the
/// logarithm of the ratio of the kernels, without their cancellation. Girsanov 1960; Oksendal 2003, theorem 8.6.6.
#[derive(Clone, Copy)]
pub struct Girsanov<'a, P: ?Sized, Q: ?Sized> {
    drawn: &'a P,
    other: &'a Q,
}

impl<'a, P: ?Sized, Q: ?Sized> Girsanov<'a, P, Q> {
    /// From the SDE that draws the paths to the other one.
    pub fn new(drawn: &'a P, other: &'a Q) -> Self {
        Girsanov { drawn, other }
    }

    /// The log-weights of a path of `drawn`, one a row.
    ///
    /// # Errors
    /// [`MeasureError`] if the path has not one state a time, or the noises differ or vanish.
    pub fn log_weights<X: Rows>(&self, times: &Times, path: &[X]) -> Result<Vec<f64>, MeasureError>
    where
        P: Isotropic<X>,
        Q: Isotropic<X>,
    {
        sum_over_steps(times, path, |from, to, x, y| self.log_weight(from, to, x, y))
    }

    /// Draws paths and sums their log-weights on the way; returns the last state and the weights. No path is kept.
    ///
    /// # Errors
    /// [`MeasureError`] if the noises differ or vanish.
    pub fn walk<X: Rows, N: Noise<X> + ?Sized>(
        &self,
        times: &Times,
        start: X,
        noise: &mut N,
    ) -> Result<(X, Vec<f64>), MeasureError>
    where
        P: Isotropic<X>,
        Q: Isotropic<X>,
    {
        let mut weights = vec![0.0; start.dot_rows(&start).len()];
        let mut x = start;
        for (from, to) in times.pairs() {
            let next = EulerMaruyama.step(self.drawn, from, to, &x, noise);
            let terms = self.log_weight(from, to, &x, &next)?;
            weights.iter_mut().zip(&terms).for_each(|(sum, term)| *sum += term);
            x = next;
        }
        Ok((x, weights))
    }

    /// `(f_Q - f_P) . (y - x - h f_P) / g^2 - |h| |f_Q - f_P|^2 / (2 g^2)`, the first with the sign of `h`.
    fn log_weight<X: Rows>(&self, from: f64, to: f64, x: &X, y: &X) -> Result<Vec<f64>, MeasureError>
    where
        P: Isotropic<X>,
        Q: Isotropic<X>,
    {
        let (drawn, other, h) = (self.drawn.noise_rate(from), self.other.noise_rate(from), to - from);
        positive("the noise rate", drawn)?;
        // The same number, however computed.
        if (drawn - other).abs() > 1e-12 * drawn {
            return Err(MeasureError::NoiseDiffers { time: from, drawn, other });
        }
        let drift = self.drawn.drift(from, x);
        let pull = X::lincomb(&[(1.0, &self.other.drift(from, x)), (-1.0, &drift)]);
        let shock = X::lincomb(&[(1.0, y), (-1.0, x), (-h, &drift)]);
        let (work, square) = (pull.dot_rows(&shock), pull.dot_rows(&pull));
        let sign = h.signum();
        Ok(work.iter().zip(square).map(|(w, s)| (sign * w - h.abs() * s / 2.0) / drawn).collect())
    }
}

/// An SDE with a further drift, `dX = (f + c(t, X)) dt + g dW`: paths steered to where they matter, with the same noise.
#[derive(Clone, Copy)]
pub struct Steered<S, C> {
    /// The SDE.
    pub sde: S,
    /// `c(t, x)`, per unit of time.
    pub control: C,
}

impl<X: Batch, S: Sde<X>, C: Fn(f64, &X) -> X> Sde<X> for Steered<S, C> {
    #[inline]
    fn drift(&self, t: f64, x: &X) -> X {
        X::lincomb(&[(1.0, &self.sde.drift(t, x)), (1.0, &(self.control)(t, x))])
    }

    #[inline]
    fn diffuse(&self, t: f64, x: &X, dw: &X) -> X {
        self.sde.diffuse(t, x, dw)
    }

    #[inline]
    fn wiener_like(&self, x: &X) -> X {
        self.sde.wiener_like(x)
    }
}

impl<X: Batch, S: Additive<X>, C: Fn(f64, &X) -> X> Additive<X> for Steered<S, C> {}

impl<X: Batch, S: Isotropic<X>, C: Fn(f64, &X) -> X> Isotropic<X> for Steered<S, C> {
    #[inline]
    fn noise_rate(&self, t: f64) -> f64 {
        self.sde.noise_rate(t)
    }
}
