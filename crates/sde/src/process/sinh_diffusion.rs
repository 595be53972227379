use ito_state::{Noise, Pointwise};

use crate::error::{finite, not_negative};
use crate::solver::ExactStep;
use crate::{Commutative, Diagonal, Sde, SdeError};

/// `dX = (mu sqrt(1 + X^2) + sigma^2 X / 2) dt + sigma sqrt(1 + X^2) dW`: nonlinear, and solved by
/// `X(t) = sinh(arsinh X(0) + mu t + sigma W(t))`. Kloeden & Platen 1992, section 4.4, among the reducible equations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SinhDiffusion {
    mu: f64,
    sigma: f64,
}

impl SinhDiffusion {
    /// `mu` in 1/time, `sigma >= 0` in 1 per square root of time.
    ///
    /// # Errors
    /// [`SdeError`] for a number that is not finite, or a negative `sigma`.
    pub fn new(mu: f64, sigma: f64) -> Result<Self, SdeError> {
        finite("mu", mu)?;
        not_negative("sigma", sigma)?;
        Ok(SinhDiffusion { mu, sigma })
    }
}

impl<X: Pointwise> Sde<X> for SinhDiffusion {
    #[inline]
    fn drift(&self, _t: f64, x: &X) -> X {
        x.map_entries(|x| self.mu * (1.0 + x * x).sqrt() + 0.5 * self.sigma * self.sigma * x)
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

impl<X: Pointwise> Commutative<X> for SinhDiffusion {
    #[inline]
    fn diffuse_slope(&self, _t: f64, x: &X, w: &X) -> X {
        X::lincomb(&[(self.sigma * self.sigma, &x.mul(w))])
    }
}

impl<X: Pointwise> Diagonal<X> for SinhDiffusion {}

/// On the path of the noise, `arsinh X' = arsinh X + mu h + sigma (W(to) - W(from))`, in rising time. In falling time Ito's
/// correction does not cancel the drift's `sigma^2 X / 2`, there is no such solution, and the answer is NaN.
impl<X: Pointwise> ExactStep<X> for SinhDiffusion {
    #[inline]
    fn exact_step<N: Noise<X> + ?Sized>(&self, from: f64, to: f64, x: &X, noise: &mut N) -> X {
        if to < from {
            return x.fill_like(f64::NAN);
        }
        let start = x.map_entries(f64::asinh);
        let moved = X::lincomb(&[(1.0, &start), (self.sigma, &noise.increment(from, to, x))]);
        moved.map_entries(|y| (y + self.mu * (to - from)).sinh())
    }
}
