use ito_state::{Batch, Noise, Rows};

use super::Potential;
use crate::SdeError;
use crate::error::positive;

/// The unadjusted Langevin chain (ULA) `x' = x - h grad E(x) + sqrt(2 h) z`, which samples `e^{-E}/Z` up to a bias of order `h`.
///
/// The same as a step of Euler-Maruyama for [`Overdamped`](super::Overdamped) with `D = 1`. Its own stationary law is not
/// `e^{-E}`: for `E = k x^2 / 2` it is normal with variance `1/(k (1 - h k/2))`, for `h k < 2`, where `e^{-E}` has `1/k`.
/// [`Metropolis`](super::Metropolis) removes the bias. Roberts & Tweedie 1996, Bernoulli 2, section 1.4.1; the variance is that of
/// the linear recursion.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unadjusted<P> {
    potential: P,
    step: f64,
}

impl<P> Unadjusted<P> {
    /// With a step `h > 0`, in squared length.
    ///
    /// # Errors
    /// [`SdeError`] if the step is not finite, or not above zero.
    pub fn new(potential: P, step: f64) -> Result<Self, SdeError> {
        positive("the step", step)?;
        Ok(Unadjusted { potential, step })
    }

    /// One move of every row.
    #[inline]
    pub fn advance<X: Batch, N: Noise<X> + ?Sized>(&self, x: &X, noise: &mut N) -> X
    where
        P: Potential<X>,
    {
        let z = noise.normal_like(x);
        X::lincomb(&[(1.0, x), (-self.step, &self.potential.gradient(x)), ((2.0 * self.step).sqrt(), &z)])
    }

    /// `log q(x -> y)` of a move, up to a constant: `-|y - x + h grad E(x)|^2 / (4 h)`, one number a row.
    pub fn log_kernel<X: Rows>(&self, x: &X, y: &X) -> Vec<f64>
    where
        P: Potential<X>,
    {
        let off = X::lincomb(&[(1.0, y), (-1.0, x), (self.step, &self.potential.gradient(x))]);
        off.dot_rows(&off).iter().map(|square| -square / (4.0 * self.step)).collect()
    }

    /// This many moves of every row.
    pub fn run<X: Batch, N: Noise<X> + ?Sized>(&self, start: X, moves: usize, noise: &mut N) -> X
    where
        P: Potential<X>,
    {
        (0..moves).fold(start, |x, _| self.advance(&x, noise))
    }
}
