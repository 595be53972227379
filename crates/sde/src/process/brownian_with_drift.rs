use ito_state::{Noise, Rows};

use crate::error::{finite, not_negative};
use crate::solver::ExactStep;
use crate::{Additive, Commutative, Diagonal, Isotropic, Sde, SdeError, Solver, solver::EulerMaruyama};

/// `dX = mu dt + sigma dW`: after a time, given `X`, normal with mean `X + mu time` and variance `sigma^2 time`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BrownianWithDrift {
    mu: f64,
    sigma: f64,
}

impl BrownianWithDrift {
    /// `mu` in length per time, `sigma >= 0` in length per square root of time.
    ///
    /// # Errors
    /// [`SdeError`] for a number that is not finite, or a negative `sigma`.
    pub fn new(mu: f64, sigma: f64) -> Result<Self, SdeError> {
        finite("mu", mu)?;
        not_negative("sigma", sigma)?;
        Ok(BrownianWithDrift { mu, sigma })
    }

    /// Mean and variance of `X(time) - X(0)`.
    ///
    /// # Errors
    /// [`SdeError`] if the time is negative or not finite.
    pub fn displacement(&self, time: f64) -> Result<[f64; 2], SdeError> {
        not_negative("time", time)?;
        Ok([self.mu * time, self.sigma * self.sigma * time])
    }
}

impl<X: Rows> Sde<X> for BrownianWithDrift {
    #[inline]
    fn drift(&self, _t: f64, x: &X) -> X {
        x.fill_like(self.mu)
    }

    #[inline]
    fn diffuse(&self, _t: f64, _x: &X, dw: &X) -> X {
        X::lincomb(&[(self.sigma, dw)])
    }

    #[inline]
    fn wiener_like(&self, x: &X) -> X {
        x.clone()
    }
}

impl<X: Rows> Additive<X> for BrownianWithDrift {}

impl<X: Rows> Isotropic<X> for BrownianWithDrift {
    #[inline]
    fn noise_rate(&self, _t: f64) -> f64 {
        self.sigma * self.sigma
    }
}

impl<X: Rows> Commutative<X> for BrownianWithDrift {
    #[inline]
    fn diffuse_slope(&self, _t: f64, x: &X, _w: &X) -> X {
        x.fill_like(0.0)
    }
}

impl<X: Rows> Diagonal<X> for BrownianWithDrift {}

/// On the path of the noise; Euler's step is exact here.
impl<X: Rows> ExactStep<X> for BrownianWithDrift {
    #[inline]
    fn exact_step<N: Noise<X> + ?Sized>(&self, from: f64, to: f64, x: &X, noise: &mut N) -> X {
        EulerMaruyama.step(self, from, to, x, noise)
    }
}
