use ito_state::{Noise, Pointwise, Rows};

use crate::error::{finite, not_negative};
use crate::solver::ExactStep;
use crate::{Commutative, Diagonal, Sde, SdeError};

/// `dX = mu X dt + sigma X dW`, every entry by itself. Kloeden & Platen 1992, section 4.4.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GeometricBrownianMotion {
    mu: f64,
    sigma: f64,
}

impl GeometricBrownianMotion {
    /// `mu` in 1/time, `sigma >= 0` in 1 per square root of time.
    ///
    /// # Errors
    /// [`SdeError`] for a number that is not finite, or a negative `sigma`.
    pub fn new(mu: f64, sigma: f64) -> Result<Self, SdeError> {
        finite("mu", mu)?;
        not_negative("sigma", sigma)?;
        Ok(GeometricBrownianMotion { mu, sigma })
    }

    /// `E[(X(time) / X(0))^power] = exp(power mu time + power (power - 1) sigma^2 time / 2)`.
    ///
    /// # Errors
    /// [`SdeError`] if the time is negative or a number is not finite.
    pub fn moment(&self, power: f64, time: f64) -> Result<f64, SdeError> {
        finite("power", power)?;
        not_negative("time", time)?;
        Ok((power * (self.mu + 0.5 * (power - 1.0) * self.sigma * self.sigma) * time).exp())
    }

    /// Mean and variance of the normal law of `ln(X(time) / X(0))`: `(mu - sigma^2 / 2) time` and `sigma^2 time`.
    ///
    /// # Errors
    /// [`SdeError`] if the time is negative or not finite.
    pub fn log_law(&self, time: f64) -> Result<[f64; 2], SdeError> {
        not_negative("time", time)?;
        let square = self.sigma * self.sigma;
        Ok([(self.mu - 0.5 * square) * time, square * time])
    }
}

impl<X: Rows> Sde<X> for GeometricBrownianMotion {
    #[inline]
    fn drift(&self, _t: f64, x: &X) -> X {
        X::lincomb(&[(self.mu, x)])
    }

    #[inline]
    fn diffuse(&self, _t: f64, x: &X, dw: &X) -> X {
        X::lincomb(&[(self.sigma, &x.mul(dw))])
    }

    #[inline]
    fn wiener_like(&self, x: &X) -> X {
        x.clone()
    }
}

impl<X: Rows> Commutative<X> for GeometricBrownianMotion {
    #[inline]
    fn diffuse_slope(&self, _t: f64, x: &X, w: &X) -> X {
        X::lincomb(&[(self.sigma * self.sigma, &x.mul(w))])
    }
}

impl<X: Rows> Diagonal<X> for GeometricBrownianMotion {}

/// On the path of the noise: `X' = X exp((mu - sigma^2 / 2) h + sigma (W(to) - W(from)))`.
impl<X: Pointwise> ExactStep<X> for GeometricBrownianMotion {
    #[inline]
    fn exact_step<N: Noise<X> + ?Sized>(&self, from: f64, to: f64, x: &X, noise: &mut N) -> X {
        let mean = self.mu * (to - from) - 0.5 * self.sigma * self.sigma * (to - from).abs();
        x.mul(&noise.increment(from, to, x).map_entries(|w| (mean + self.sigma * w).exp()))
    }
}
