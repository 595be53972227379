use ito_schedules::{Level, Path};
use ito_state::{Noise, Rows};

use super::bits::{log_isotropic, mean_and_error};
use super::error::{all_finite, at_least, positive, rising};
use super::{LikelihoodError, LogDensity};
use crate::Denoiser;

/// The share of draws that are even over the range.
const EVEN: f64 = 0.1;

/// The log-density of data by the denoising error of the very item at all signal-to-noise ratios `gamma = alpha^2 / sigma^2`, without an
/// ODE and without a Jacobian:
///
/// `-log p(x) = d/2 log(2 pi e) - 1/2 int_0^inf (d/(1 + gamma) - mmse(x, gamma)) dgamma`, `mmse(x, gamma) = E|x - D(alpha x + sigma eps)|^2`.
/// Kong, Brekelmans & Ver Steeg 2023, arXiv:2302.03792.
///
/// The same formula for a reference `N(0, c^2 I)`, whose denoiser `R` is known, is subtracted, draw by draw with the same noise:
/// `-log p(x) = -log N(x; 0, c^2 I) + 1/2 int E[|x - D|^2 - |x - R|^2] dgamma`, and every draw is the mean over a noise and its negative. It
/// is the same number, but the draws do not spread where there is little noise, and none do at all if the data are the reference.
///
/// The integral is over `lambda = log gamma`, drawn from a logistic law, one draw in ten evenly from the range, and weighted by one over
/// their density, so that no part of the range goes unseen and no weight is above ten ranges; it is cut to a range, by
/// default [-14, 14], and to the path's own. What is cut off is of the order of `e^low (|x|^2 + d) / 2` and
/// `e^-high` times the curvature of `log p`: data on a manifold, or discrete ones, have no density, and for them the upper end is the
/// scale that is asked about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InformationEstimate {
    draws: usize,
    location: f64,
    scale: f64,
    low: f64,
    high: f64,
    reference: f64,
}

/// The log-densities of a batch, and what was integrated.
#[derive(Clone, Debug, PartialEq)]
pub struct InformationScores {
    /// One a row, with its standard error from the draws. The range's cut comes on top.
    pub items: Vec<LogDensity>,
    /// The lower end of the log-SNR, the path's own if it is above the one asked for.
    pub low: f64,
    /// The upper end of the log-SNR, likewise.
    pub high: f64,
    /// How often the denoiser was asked.
    pub evaluations: usize,
}

impl InformationEstimate {
    /// So many draws an item, at least 2, two evaluations each. Log-SNR of location 0 and scale 2 on [-14, 14], reference N(0, I).
    ///
    /// # Errors
    /// [`LikelihoodError::TooFew`] draws.
    pub fn new(draws: usize) -> Result<Self, LikelihoodError> {
        let draws = at_least("draws", draws, 2)?;
        Ok(InformationEstimate { draws, location: 0.0, scale: 2.0, low: -14.0, high: 14.0, reference: 1.0 })
    }

    /// The logistic law that log-SNRs are drawn from; it changes the error, not the mean.
    ///
    /// # Errors
    /// [`LikelihoodError::NotPositive`] scale, [`LikelihoodError::Range`] if the location is not finite.
    pub fn logistic(self, location: f64, scale: f64) -> Result<Self, LikelihoodError> {
        rising("the location of the log-SNR", location - 1.0, location + 1.0)?;
        Ok(InformationEstimate { location, scale: positive("the scale of the log-SNR", scale)?, ..self })
    }

    /// The range of the log-SNR.
    ///
    /// # Errors
    /// [`LikelihoodError::Range`] unless both are finite and rise.
    pub fn range(self, low: f64, high: f64) -> Result<Self, LikelihoodError> {
        rising("the range of the log-SNR", low, high)?;
        Ok(InformationEstimate { low, high, ..self })
    }

    /// The reference `N(0, deviation^2 I)`: near the data's own deviation the error is least.
    ///
    /// # Errors
    /// [`LikelihoodError::NotPositive`] unless it is finite and above zero.
    pub fn reference(self, deviation: f64) -> Result<Self, LikelihoodError> {
        Ok(InformationEstimate { reference: positive("the reference's deviation", deviation)?, ..self })
    }

    /// The log-density of clean data, in their own units. The model is asked with one level a row.
    ///
    /// # Errors
    /// [`LikelihoodError::Range`] if the path has none of the range, [`LikelihoodError::NotFinite`].
    pub fn of_data<X: Rows>(
        &self,
        model: &dyn Denoiser<X>,
        path: &dyn Path,
        x0: &X,
        noise: &mut dyn Noise<X>,
    ) -> Result<InformationScores, LikelihoodError> {
        let low = self.low.max(path.at(path.end()).log_snr());
        let high = self.high.min(path.at(0.0).log_snr());
        rising("the path's part of the range of the log-SNR", low, high)?;
        let mut draws = vec![Vec::with_capacity(self.draws); x0.row_count()];
        for _ in 0..self.draws {
            let uniform = noise.uniform_rows(x0);
            let (lambdas, weights): (Vec<f64>, Vec<f64>) = uniform.into_iter().map(|u| self.draw(u, low, high)).unzip();
            let at: Vec<Level> = lambdas.iter().map(|lambda| path.at_log_snr(*lambda)).collect();
            for (row, gain) in self.gain(model, x0, &at, noise).into_iter().enumerate() {
                draws[row].push(0.5 * lambdas[row].exp() * gain * weights[row]);
            }
        }
        let item = |(reference, draws): (f64, &Vec<f64>)| {
            let (mean, error) = mean_and_error(draws);
            LogDensity { nats: reference - mean, error }
        };
        let items: Vec<LogDensity> = log_isotropic(x0, self.reference).into_iter().zip(&draws).map(item).collect();
        all_finite(items.iter().map(|item| item.nats + item.error))?;
        Ok(InformationScores { items, low, high, evaluations: 2 * self.draws })
    }

    /// `|x0 - D|^2 - |x0 - R|^2 = <R - D, 2 x0 - D - R>` a row, the mean over two noisy versions of `x0`.
    fn gain<X: Rows>(&self, model: &dyn Denoiser<X>, x0: &X, at: &[Level], noise: &mut dyn Noise<X>) -> Vec<f64> {
        let per_row = |f: &dyn Fn(&Level) -> f64| at.iter().map(f).collect::<Vec<f64>>();
        let (alpha, sigma) = (per_row(&|at| at.alpha), per_row(&|at| at.sigma));
        let c2 = self.reference * self.reference;
        let shrink = per_row(&|at| at.alpha * c2 / (at.alpha * at.alpha * c2 + at.sigma * at.sigma));
        let z = noise.normal_like(x0);
        let one_way = |sigma: &[f64]| {
            let x = X::lincomb_rows(&[(&alpha, x0), (sigma, &z)]);
            let reference = X::lincomb_rows(&[(&shrink, &x)]);
            let denoised = model.denoise(&x, at);
            let apart = X::lincomb(&[(1.0, &reference), (-1.0, &denoised)]);
            apart.dot_rows(&X::lincomb(&[(2.0, x0), (-1.0, &denoised), (-1.0, &reference)]))
        };
        let back: Vec<f64> = sigma.iter().map(|sigma| -sigma).collect();
        one_way(&sigma).iter().zip(one_way(&back)).map(|(there, back)| 0.5 * (there + back)).collect()
    }

    /// A log-SNR in the range from a uniform number, and one over its density `EVEN / (high - low) + (1 - EVEN) logistic`.
    fn draw(&self, uniform: f64, low: f64, high: f64) -> (f64, f64) {
        let shifted = |lambda: f64| (lambda - self.location) / self.scale;
        let cdf = |z: f64| (1.0 + (-z).exp()).recip();
        // From the tail in which the law's function is not 1 less a little: `1 - cdf(z) = cdf(-z)`.
        let sign = if low + high > 2.0 * self.location { -1.0 } else { 1.0 };
        let (one, other) = (cdf(sign * shifted(low)), cdf(sign * shifted(high)));
        let mass = (other - one).abs();
        // A law so far off that all of it is lost to rounding leaves the even draws.
        let even = if mass > f64::MIN_POSITIVE { EVEN } else { 1.0 };
        let lambda = if uniform < even {
            low + (high - low) * (uniform / even)
        } else {
            let below = one + (uniform - even) / (1.0 - even) * (other - one);
            (self.location + sign * self.scale * (below / (1.0 - below)).ln()).clamp(low, high)
        };
        let z = shifted(lambda);
        let logistic = if even < 1.0 { cdf(z) * cdf(-z) / (self.scale * mass) } else { 0.0 };
        (lambda, (even / (high - low) + (1.0 - even) * logistic).recip())
    }
}
