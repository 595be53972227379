use ito_state::{Batch, Noise};

use super::Transition;
use crate::error::{finite, not_negative, positive};
use crate::solver::{ExactStep, SemiLinear};
use crate::{Additive, Commutative, Diagonal, Isotropic, Sde, SdeError};

/// `dX = -beta(t)/2 X dt + sqrt(beta(t)) dW`, `beta(t) = beta_min + t (beta_max - beta_min)`: from data at `t = 0` to nearly
/// `N(0, I)` at `t = 1`; for `t >= 0`, an earlier time is taken as 0. Song et al. 2021, arXiv:2011.13456, equations 11 and 32.
///
/// From `s` to `t`: decay `exp(-D/2)`, variance `1 - exp(-D)`, with `D = B(t) - B(s)` and `B` the integral of beta from 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VariancePreserving {
    beta: Beta,
}

/// The same drift with `g^2 = beta(t) (1 - exp(-2 B(t)))`: at every time less noise than [`VariancePreserving`].
/// For `t >= 0`, an earlier time is taken as 0.
/// Song et al. 2021, arXiv:2011.13456, equations 12 and 28.
///
/// From `s` to `t`: decay `exp(-D/2)`, variance `(1 - exp(-D)) (1 - exp(-B(s) - B(t)))`; from 0 this is `(1 - exp(-B(t)))^2`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SubVariancePreserving {
    beta: Beta,
}

/// `dX = g dW`, `g = sigma(t) sqrt(2 ln(sigma_max / sigma_min))`, `sigma(t) = sigma_min (sigma_max / sigma_min)^t`.
/// Song et al. 2021, arXiv:2011.13456, equations 9 and 30.
///
/// From `s` to `t`: decay 1, variance `sigma(t)^2 - sigma(s)^2`. At `t = 0` the state is data with noise `sigma_min` already.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VarianceExploding {
    sigma_min: f64,
    log_ratio: f64,
}

/// The linear rate of noise.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Beta {
    min: f64,
    max: f64,
}

impl Beta {
    fn new(min: f64, max: f64) -> Result<Beta, SdeError> {
        positive("beta_min", min)?;
        positive("beta_max", max)?;
        not_negative("beta_max - beta_min", max - min)?;
        Ok(Beta { min, max })
    }

    /// Of the time clamped to `t >= 0`.
    fn at(self, t: f64) -> f64 {
        let t = t.max(0.0);
        self.min + t * (self.max - self.min)
    }

    fn integral(self, t: f64) -> f64 {
        let t = t.max(0.0);
        t * (self.min + 0.5 * t * (self.max - self.min))
    }

    fn between(self, from: f64, to: f64) -> f64 {
        let (from, to) = (from.max(0.0), to.max(0.0));
        (to - from) * self.at(0.5 * (from + to))
    }
}

impl VariancePreserving {
    /// Rates per unit of time, `0 < beta_min <= beta_max`.
    ///
    /// # Errors
    /// [`SdeError`] for a rate that is not positive and finite, or a falling one.
    pub fn new(beta_min: f64, beta_max: f64) -> Result<Self, SdeError> {
        Ok(VariancePreserving { beta: Beta::new(beta_min, beta_max)? })
    }

    #[inline]
    fn pull(&self, t: f64) -> f64 {
        0.5 * self.beta.at(t)
    }

    #[inline]
    fn rate_of_noise(&self, t: f64) -> f64 {
        self.beta.at(t)
    }

    fn kernel(&self, from: f64, to: f64) -> Transition {
        let d = self.beta.between(from, to);
        Transition { decay: (-0.5 * d).exp(), variance: (-d).exp_m1().abs() }
    }
}

impl SubVariancePreserving {
    /// Rates per unit of time, `0 < beta_min <= beta_max`.
    ///
    /// # Errors
    /// [`SdeError`] for a rate that is not positive and finite, or a falling one.
    pub fn new(beta_min: f64, beta_max: f64) -> Result<Self, SdeError> {
        Ok(SubVariancePreserving { beta: Beta::new(beta_min, beta_max)? })
    }

    #[inline]
    fn pull(&self, t: f64) -> f64 {
        0.5 * self.beta.at(t)
    }

    #[inline]
    fn rate_of_noise(&self, t: f64) -> f64 {
        self.beta.at(t) * -(-2.0 * self.beta.integral(t)).exp_m1()
    }

    fn kernel(&self, from: f64, to: f64) -> Transition {
        let d = self.beta.between(from, to);
        let left = -(-self.beta.integral(from) - self.beta.integral(to)).exp_m1();
        Transition { decay: (-0.5 * d).exp(), variance: (-d).exp_m1().abs() * left }
    }
}

impl VarianceExploding {
    /// Standard deviations of the noise at `t = 0` and `t = 1`, `0 < sigma_min < sigma_max`.
    ///
    /// # Errors
    /// [`SdeError`] for a deviation that is not positive and finite, or falling ones.
    pub fn new(sigma_min: f64, sigma_max: f64) -> Result<Self, SdeError> {
        positive("sigma_min", sigma_min)?;
        positive("sigma_max", sigma_max)?;
        positive("sigma_max - sigma_min", sigma_max - sigma_min)?;
        finite("sigma_max / sigma_min", sigma_max / sigma_min)?;
        Ok(VarianceExploding { sigma_min, log_ratio: (sigma_max / sigma_min).ln() })
    }

    /// `sigma(t)`.
    pub fn deviation(&self, t: f64) -> f64 {
        self.sigma_min * (t * self.log_ratio).exp()
    }

    #[inline]
    fn pull(&self, _t: f64) -> f64 {
        0.0
    }

    #[inline]
    fn rate_of_noise(&self, t: f64) -> f64 {
        2.0 * self.log_ratio * self.deviation(t).powi(2)
    }

    fn kernel(&self, from: f64, to: f64) -> Transition {
        let growth = (2.0 * (to - from) * self.log_ratio).exp_m1();
        Transition { decay: 1.0, variance: self.deviation(from).powi(2) * growth.abs() }
    }
}

/// `dX = -pull(t) X dt + sqrt(rate_of_noise(t)) dW`.
macro_rules! linear_diffusion {
    ($process:ty) => {
        impl $process {
            /// The exact law at `to` given the state at `from`, `0 <= from <= to`.
            ///
            /// # Errors
            /// [`SdeError`] if a time is not finite, `from` is negative, or `to` is the earlier one.
            pub fn transition(&self, from: f64, to: f64) -> Result<Transition, SdeError> {
                not_negative("from", from)?;
                not_negative("to - from", to - from)?;
                Ok(self.kernel(from, to))
            }
        }

        impl<X: Batch> Sde<X> for $process {
            #[inline]
            fn drift(&self, t: f64, x: &X) -> X {
                X::lincomb(&[(-self.pull(t), x)])
            }

            #[inline]
            fn diffuse(&self, t: f64, _x: &X, dw: &X) -> X {
                X::lincomb(&[(self.rate_of_noise(t).sqrt(), dw)])
            }

            #[inline]
            fn wiener_like(&self, x: &X) -> X {
                x.clone()
            }
        }

        impl<X: Batch> Additive<X> for $process {}

        impl<X: Batch> Isotropic<X> for $process {
            #[inline]
            fn noise_rate(&self, t: f64) -> f64 {
                self.rate_of_noise(t)
            }
        }

        impl<X: Batch> Commutative<X> for $process {
            #[inline]
            fn diffuse_slope(&self, _t: f64, _x: &X, w: &X) -> X {
                X::lincomb(&[(0.0, w)])
            }
        }

        impl<X: Batch> Diagonal<X> for $process {}

        impl<X: Batch> SemiLinear<X> for $process {
            #[inline]
            fn rate(&self, t: f64) -> f64 {
                self.pull(t)
            }

            #[inline]
            fn rest(&self, _t: f64, x: &X) -> X {
                X::lincomb(&[(0.0, x)])
            }
        }

        impl<X: Batch> ExactStep<X> for $process {
            #[inline]
            fn exact_step<N: Noise<X> + ?Sized>(&self, from: f64, to: f64, x: &X, noise: &mut N) -> X {
                self.kernel(from, to).draw(x, noise)
            }
        }
    };
}

linear_diffusion!(VariancePreserving);
linear_diffusion!(SubVariancePreserving);
linear_diffusion!(VarianceExploding);
