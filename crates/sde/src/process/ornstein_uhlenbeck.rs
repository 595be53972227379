use ito_state::{Batch, Noise};

use super::Transition;
use crate::error::{finite, not_negative};
use crate::solver::{ExactStep, SemiLinear};
use crate::{Additive, Commutative, Diagonal, Isotropic, Sde, SdeError};

/// `dX = -theta X dt + sigma dW`. Uhlenbeck & Ornstein 1930; Kloeden & Platen 1992, section 4.4.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OrnsteinUhlenbeck {
    theta: f64,
    sigma: f64,
}

impl OrnsteinUhlenbeck {
    /// `theta` in 1/time (negative: it runs away), `sigma >= 0` in length per square root of time.
    ///
    /// # Errors
    /// [`SdeError`] for a number that is not finite, or a negative `sigma`.
    pub fn new(theta: f64, sigma: f64) -> Result<Self, SdeError> {
        finite("theta", theta)?;
        not_negative("sigma", sigma)?;
        Ok(OrnsteinUhlenbeck { theta, sigma })
    }

    /// The exact law after a time: given `X`, normal with mean `X exp(-theta time)` and variance
    /// `sigma^2 (1 - exp(-2 theta time)) / (2 theta)` (`sigma^2 time` at `theta = 0`).
    ///
    /// # Errors
    /// [`SdeError`] if the time is negative or not finite.
    pub fn transition(&self, time: f64) -> Result<Transition, SdeError> {
        not_negative("time", time)?;
        Ok(self.kernel(time))
    }

    /// The law over a signed time.
    fn kernel(&self, time: f64) -> Transition {
        let twice = 2.0 * self.theta * time;
        let shrunk = if twice == 0.0 { 1.0 } else { -(-twice).exp_m1() / twice };
        Transition { decay: (-self.theta * time).exp(), variance: self.sigma * self.sigma * time.abs() * shrunk }
    }
}

impl<X: Batch> Sde<X> for OrnsteinUhlenbeck {
    #[inline]
    fn drift(&self, _t: f64, x: &X) -> X {
        X::lincomb(&[(-self.theta, x)])
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

impl<X: Batch> Additive<X> for OrnsteinUhlenbeck {}

impl<X: Batch> Isotropic<X> for OrnsteinUhlenbeck {
    #[inline]
    fn noise_rate(&self, _t: f64) -> f64 {
        self.sigma * self.sigma
    }
}

impl<X: Batch> Commutative<X> for OrnsteinUhlenbeck {
    #[inline]
    fn diffuse_slope(&self, _t: f64, _x: &X, w: &X) -> X {
        X::lincomb(&[(0.0, w)])
    }
}

impl<X: Batch> Diagonal<X> for OrnsteinUhlenbeck {}

impl<X: Batch> SemiLinear<X> for OrnsteinUhlenbeck {
    #[inline]
    fn rate(&self, _t: f64) -> f64 {
        self.theta
    }

    #[inline]
    fn rest(&self, _t: f64, x: &X) -> X {
        X::lincomb(&[(0.0, x)])
    }
}

/// Draws from the transition law: `int exp(-theta (t - s)) dW(s)` is no function of the increment of `W`.
impl<X: Batch> ExactStep<X> for OrnsteinUhlenbeck {
    #[inline]
    fn exact_step<N: Noise<X> + ?Sized>(&self, from: f64, to: f64, x: &X, noise: &mut N) -> X {
        self.kernel(to - from).draw(x, noise)
    }
}
