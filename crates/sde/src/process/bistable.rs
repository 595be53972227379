use ito_state::Pointwise;

use crate::error::{finite, positive};
use crate::{Commutative, Diagonal, Sde, SdeError};

/// `dX = (X - X^3) dt + sigma sqrt(1 + X^2) dW`: two wells with noise that grows outward. No transition law in closed form.
///
/// The stationary density is proportional to `(1 + x^2)^(2/sigma^2 - 1) exp(-x^2 / sigma^2)`, which follows from
/// `p ~ exp(int 2 f / g^2) / g^2`. The cubic drift is not Lipschitz: explicit steps need `h X^2` well below 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bistable {
    sigma: f64,
}

impl Bistable {
    /// `sigma > 0`.
    ///
    /// # Errors
    /// [`SdeError`] for a `sigma` that is not positive and finite.
    pub fn new(sigma: f64) -> Result<Self, SdeError> {
        positive("sigma", sigma)?;
        Ok(Bistable { sigma })
    }

    /// The logarithm of the stationary density at `x`, less its normaliser.
    ///
    /// # Errors
    /// [`SdeError`] if `x` is not finite.
    pub fn log_stationary(&self, x: f64) -> Result<f64, SdeError> {
        finite("x", x)?;
        let square = self.sigma * self.sigma;
        Ok((2.0 / square - 1.0) * (x * x).ln_1p() - x * x / square)
    }
}

impl<X: Pointwise> Sde<X> for Bistable {
    #[inline]
    fn drift(&self, _t: f64, x: &X) -> X {
        x.map_entries(|x| x - x * x * x)
    }

    #[inline]
    fn diffuse(&self, _t: f64, x: &X, dw: &X) -> X {
        x.map_entries(|x| self.sigma * (1.0 + x * x).sqrt()).mul(dw)
    }

    #[inline]
    fn wiener_like(&self, x: &X) -> X {
        x.clone()
    }
}

impl<X: Pointwise> Commutative<X> for Bistable {
    #[inline]
    fn diffuse_slope(&self, _t: f64, x: &X, w: &X) -> X {
        X::lincomb(&[(self.sigma * self.sigma, &x.mul(w))])
    }
}

impl<X: Pointwise> Diagonal<X> for Bistable {}
