use ito_state::Pointwise;

use super::NoncentralChiSquare;
use crate::error::{finite, not_negative, positive};
use crate::{Commutative, Diagonal, Sde, SdeError};

/// `dX = kappa (theta - X) dt + sigma sqrt(X) dW`, `X >= 0`. Cox, Ingersoll & Ross 1985.
///
/// Above zero for ever if `2 kappa theta >= sigma^2` (Feller 1951). The coefficients are those of full truncation, `max(X, 0)`
/// for `X`: an explicit step may end below zero, the next one pulls back, nothing is NaN (Lord, Koekkoek & van Dijk 2010).
/// [`SquareRootImplicit`](crate::solver::SquareRootImplicit) keeps above zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CoxIngersollRoss {
    kappa: f64,
    theta: f64,
    sigma: f64,
}

/// The exact law of a [`CoxIngersollRoss`] process some time after it was at `x`: `scale` times a noncentral chi-square value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SquareRootTransition {
    scale: f64,
    law: NoncentralChiSquare,
}

impl CoxIngersollRoss {
    /// `kappa > 0` in 1/time, the mean `theta > 0`, `sigma > 0` in root of `X` per root of time.
    ///
    /// # Errors
    /// [`SdeError`] for a number that is not positive and finite.
    pub fn new(kappa: f64, theta: f64, sigma: f64) -> Result<Self, SdeError> {
        positive("kappa", kappa)?;
        positive("theta", theta)?;
        positive("sigma", sigma)?;
        Ok(CoxIngersollRoss { kappa, theta, sigma })
    }

    /// Whether `2 kappa theta >= sigma^2`, so that zero is never reached.
    pub fn feller(&self) -> bool {
        2.0 * self.kappa * self.theta >= self.sigma * self.sigma
    }

    /// The exact law after `time > 0`, from `x >= 0`: with `c = sigma^2 (1 - exp(-kappa time)) / (4 kappa)`, `c` times a
    /// noncentral chi-square value of freedom `4 kappa theta / sigma^2` and noncentrality `x exp(-kappa time) / c`.
    ///
    /// # Errors
    /// [`SdeError`] for a negative `x`, a time that is not positive, or a number that is not finite.
    pub fn transition(&self, x: f64, time: f64) -> Result<SquareRootTransition, SdeError> {
        not_negative("x", x)?;
        positive("time", time)?;
        let square = self.sigma * self.sigma;
        let scale = square * -(-self.kappa * time).exp_m1() / (4.0 * self.kappa);
        let freedom = 4.0 * self.kappa * self.theta / square;
        let law = NoncentralChiSquare::new(freedom, x * (-self.kappa * time).exp() / scale)?;
        Ok(SquareRootTransition { scale, law })
    }

    /// Where an implicit Euler step for `Y = sqrt X` ends, `dY = (a / Y - kappa Y / 2) dt + sigma / 2 dW` with
    /// `a = (kappa theta - sigma^2 / 4) / 2`: the positive root of `(1 + kappa h / 2) Y'^2 - (Y + sigma dW / 2) Y' = a h`.
    #[inline]
    pub(crate) fn implicit_root<X: Pointwise>(&self, h: f64, x: &X, dw: &X) -> X {
        let a = 0.5 * (self.kappa * self.theta - 0.25 * self.sigma * self.sigma);
        let lead = 1.0 + 0.5 * self.kappa * h;
        let root = x.map_entries(|x| x.max(0.0).sqrt());
        let moved = X::lincomb(&[(1.0, &root), (0.5 * self.sigma, dw)]);
        moved.map_entries(|y| ((y + (y * y + 4.0 * lead * a * h).max(0.0).sqrt()) / (2.0 * lead)).max(0.0).powi(2))
    }
}

impl SquareRootTransition {
    /// `theta + (x - theta) exp(-kappa time)`.
    pub fn mean(&self) -> f64 {
        self.scale * self.law.mean()
    }

    /// `x sigma^2 (e - e^2) / kappa + theta sigma^2 (1 - e)^2 / (2 kappa)`, `e = exp(-kappa time)`.
    pub fn variance(&self) -> f64 {
        self.scale * self.scale * self.law.variance()
    }

    /// The density at `y`.
    ///
    /// # Errors
    /// [`SdeError`] if `y` is not finite.
    pub fn density(&self, y: f64) -> Result<f64, SdeError> {
        finite("y", y)?;
        Ok(self.law.density(y / self.scale)? / self.scale)
    }

    /// The probability of at most `y`.
    ///
    /// # Errors
    /// [`SdeError`] if `y` is not finite.
    pub fn distribution(&self, y: f64) -> Result<f64, SdeError> {
        finite("y", y)?;
        self.law.distribution(y / self.scale)
    }

    /// A value of this law, exact to rounding, from independent uniform numbers in (0, 1), as many as it takes.
    pub fn draw(&self, uniform: &mut impl FnMut() -> f64) -> f64 {
        self.scale * self.law.draw(uniform)
    }
}

impl<X: Pointwise> Sde<X> for CoxIngersollRoss {
    #[inline]
    fn drift(&self, _t: f64, x: &X) -> X {
        x.map_entries(|x| self.kappa * (self.theta - x.max(0.0)))
    }

    #[inline]
    fn diffuse(&self, _t: f64, x: &X, dw: &X) -> X {
        x.map_entries(|x| self.sigma * x.max(0.0).sqrt()).mul(dw)
    }

    #[inline]
    fn wiener_like(&self, x: &X) -> X {
        x.clone()
    }
}

impl<X: Pointwise> Commutative<X> for CoxIngersollRoss {
    #[inline]
    fn diffuse_slope(&self, _t: f64, x: &X, w: &X) -> X {
        let slope = 0.5 * self.sigma * self.sigma;
        x.map_entries(|x| if x > 0.0 { slope } else { 0.0 }).mul(w)
    }
}

impl<X: Pointwise> Diagonal<X> for CoxIngersollRoss {}
