use ito_state::Batch;

use super::{Harmonic, Potential};
use crate::error::not_negative;
use crate::process::OrnsteinUhlenbeck;
use crate::{Additive, Commutative, Diagonal, Isotropic, Sde, SdeError};

/// Overdamped Langevin dynamics in a potential, `dX = -grad V(X) dt + sqrt(2 D) dW`; its stationary law is `exp(-V/D)/Z`.
///
/// The convention: the random force `eta` has `<eta(t) eta(s)> = 2 D delta(t - s)`, and `V` is measured in the units of `D`. With
/// unit mobility `D` is the thermal energy `k_B T`; a text that writes the noise as `<eta eta> = D delta`, with `D = 2 k_B T`,
/// means the same law. Risken 1989, "The Fokker-Planck equation", section 1.2.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Overdamped<P> {
    potential: P,
    diffusion: f64,
}

impl<P> Overdamped<P> {
    /// In this potential, with `D >= 0` in length^2 per time; at 0 it is the gradient flow.
    ///
    /// # Errors
    /// [`SdeError`] if `D` is not finite, or negative.
    pub fn new(potential: P, diffusion: f64) -> Result<Self, SdeError> {
        not_negative("the diffusion", diffusion)?;
        Ok(Overdamped { potential, diffusion })
    }

    /// `V`.
    pub fn potential(&self) -> &P {
        &self.potential
    }

    /// `D`.
    pub fn diffusion(&self) -> f64 {
        self.diffusion
    }
}

impl Overdamped<Harmonic> {
    /// The same process by its other name, with `theta = k` and `sigma = sqrt(2 D)`: it has an exact transition.
    ///
    /// # Errors
    /// [`SdeError`] if `2 D` is beyond the numbers.
    pub fn ornstein_uhlenbeck(&self) -> Result<OrnsteinUhlenbeck, SdeError> {
        OrnsteinUhlenbeck::new(self.potential.stiffness(), (2.0 * self.diffusion).sqrt())
    }
}

impl<X: Batch, P: Potential<X>> Sde<X> for Overdamped<P> {
    #[inline]
    fn drift(&self, _t: f64, x: &X) -> X {
        self.potential.score(x)
    }

    #[inline]
    fn diffuse(&self, _t: f64, _x: &X, dw: &X) -> X {
        X::lincomb(&[((2.0 * self.diffusion).sqrt(), dw)])
    }

    #[inline]
    fn wiener_like(&self, x: &X) -> X {
        x.clone()
    }
}

impl<X: Batch, P: Potential<X>> Additive<X> for Overdamped<P> {}

impl<X: Batch, P: Potential<X>> Isotropic<X> for Overdamped<P> {
    #[inline]
    fn noise_rate(&self, _t: f64) -> f64 {
        2.0 * self.diffusion
    }
}

impl<X: Batch, P: Potential<X>> Commutative<X> for Overdamped<P> {
    #[inline]
    fn diffuse_slope(&self, _t: f64, _x: &X, w: &X) -> X {
        X::lincomb(&[(0.0, w)])
    }
}

impl<X: Batch, P: Potential<X>> Diagonal<X> for Overdamped<P> {}
