use ito_schedules::Level;
use ito_state::Batch;

use crate::SdeError;
use crate::error::{finite, positive};

/// What the score of a noisy law says of the clean data, `x = alpha x0 + sigma eps` with `eps` standard normal.
///
/// `E[x0 | x] = (x + sigma^2 score) / alpha`, `Cov[x0 | x] = (sigma/alpha)^2 (I + sigma^2 Hess log p)`,
/// `E[eps | x] = -sigma score`, for `score = grad log p(x)`. Each of score, mean of the data and mean of the noise gives the
/// others. Robbins 1956 and Miyasawa 1961; Efron 2011, "Tweedie's formula and selection bias".
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tweedie {
    alpha: f64,
    sigma: f64,
}

impl Tweedie {
    /// At a level of a Gaussian path.
    ///
    /// # Errors
    /// [`SdeError`] unless `alpha` and `sigma` are finite and above zero: without noise there is no score of it, without data in
    /// `x` the score says nothing of them.
    pub fn at(level: Level) -> Result<Self, SdeError> {
        positive("alpha", level.alpha)?;
        positive("sigma", level.sigma)?;
        // The formulas divide by these.
        finite("sigma / alpha", level.sigma / level.alpha)?;
        Ok(Tweedie { alpha: level.alpha, sigma: level.sigma })
    }

    /// For `Y = X + Z`, `Z ~ N(0, sigma^2 I)`: `alpha = 1`.
    ///
    /// # Errors
    /// [`SdeError`] unless `sigma` is finite and above zero.
    pub fn additive(sigma: f64) -> Result<Self, SdeError> {
        Tweedie::at(Level { t: 0.0, alpha: 1.0, sigma })
    }

    /// `E[x0 | x] = (x + sigma^2 score) / alpha`.
    #[inline]
    pub fn mean_of_score<X: Batch>(&self, x: &X, score: &X) -> X {
        X::lincomb(&[(1.0 / self.alpha, x), (self.sigma * self.sigma / self.alpha, score)])
    }

    /// `grad log p(x) = (alpha E[x0 | x] - x) / sigma^2`.
    #[inline]
    pub fn score_of_mean<X: Batch>(&self, x: &X, mean: &X) -> X {
        let rate = 1.0 / (self.sigma * self.sigma);
        X::lincomb(&[(self.alpha * rate, mean), (-rate, x)])
    }

    /// `E[eps | x] = -sigma score`.
    #[inline]
    pub fn noise_of_score<X: Batch>(&self, score: &X) -> X {
        X::lincomb(&[(-self.sigma, score)])
    }

    /// `grad log p(x) = -E[eps | x] / sigma`.
    #[inline]
    pub fn score_of_noise<X: Batch>(&self, noise: &X) -> X {
        X::lincomb(&[(-1.0 / self.sigma, noise)])
    }

    /// `E[eps | x] = (x - alpha E[x0 | x]) / sigma`.
    #[inline]
    pub fn noise_of_mean<X: Batch>(&self, x: &X, mean: &X) -> X {
        X::lincomb(&[(1.0 / self.sigma, x), (-self.alpha / self.sigma, mean)])
    }

    /// `E[x0 | x] = (x - sigma E[eps | x]) / alpha`.
    #[inline]
    pub fn mean_of_noise<X: Batch>(&self, x: &X, noise: &X) -> X {
        X::lincomb(&[(1.0 / self.alpha, x), (-self.sigma / self.alpha, noise)])
    }

    /// `Cov[x0 | x] v = (sigma/alpha)^2 (v + sigma^2 Hess v)` for a vector `v` a row, given the product `Hess v` of the Hessian of
    /// `log p` at `x`. With the unit vectors as rows, and the Hessian as `hessian_v`, this is the covariance matrix.
    #[inline]
    pub fn covariance_times<X: Batch>(&self, v: &X, hessian_v: &X) -> X {
        let ratio = (self.sigma / self.alpha).powi(2);
        X::lincomb(&[(ratio, v), (ratio * self.sigma * self.sigma, hessian_v)])
    }
}
