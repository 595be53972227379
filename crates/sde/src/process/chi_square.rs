use std::f64::consts::TAU;
use std::ops::RangeInclusive;

use super::poisson::{draw_poisson, excess_parts, gamma_tails, poisson_weight};
use crate::SdeError;
use crate::error::{finite, not_negative, positive};

/// Where the sum over the Poisson mixture, its length the root of the mean, gives way to the saddle point.
const SUMMED: f64 = 1e6;

/// The noncentral chi-square law: `sum_i (z_i + m_i)^2` over `freedom` standard normals with `sum_i m_i^2 = noncentrality`,
/// for any positive real `freedom`. Johnson, Kotz & Balakrishnan 1995, chapter 29.
///
/// Up to a mean of 1e6 density and distribution are summed over the Poisson mixture, above it they are taken at the saddle point:
/// within six standard deviations the density is then right to a relative 1e-10, the distribution to an absolute 1e-9
/// (Daniels 1954; Lugannani & Rice 1980). A value near the mean `m` is itself known to `m` times 1e-16 only.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NoncentralChiSquare {
    freedom: f64,
    noncentrality: f64,
}

impl NoncentralChiSquare {
    /// `freedom > 0`, `noncentrality >= 0`.
    ///
    /// # Errors
    /// [`SdeError`] for numbers outside of that, or not finite.
    pub fn new(freedom: f64, noncentrality: f64) -> Result<Self, SdeError> {
        positive("freedom", freedom)?;
        not_negative("noncentrality", noncentrality)?;
        Ok(NoncentralChiSquare { freedom, noncentrality })
    }

    /// `freedom + noncentrality`.
    pub fn mean(&self) -> f64 {
        self.freedom + self.noncentrality
    }

    /// `2 (freedom + 2 noncentrality)`.
    pub fn variance(&self) -> f64 {
        2.0 * (self.freedom + 2.0 * self.noncentrality)
    }

    /// The density at `x`; 0 below 0, infinite at 0 for `freedom < 2`.
    ///
    /// # Errors
    /// [`SdeError`] if `x` is not finite.
    pub fn density(&self, x: f64) -> Result<f64, SdeError> {
        finite("x", x)?;
        if x < 0.0 {
            return Ok(0.0);
        }
        if self.mean() > SUMMED {
            return Ok(self.saddle_point(x).density());
        }
        let (a, rate, half) = (0.5 * self.freedom, 0.5 * self.noncentrality, 0.5 * x);
        Ok(0.5 * self.terms().map(|k| poisson_weight(k, rate) * gamma_density(a + k, half)).sum::<f64>())
    }

    /// `P(value <= x)`.
    ///
    /// # Errors
    /// [`SdeError`] if `x` is not finite.
    pub fn distribution(&self, x: f64) -> Result<f64, SdeError> {
        finite("x", x)?;
        if x <= 0.0 {
            return Ok(0.0);
        }
        if self.mean() > SUMMED {
            return Ok(self.saddle_point(x).distribution());
        }
        // Downward from the last term by P(a - 1, y) = P(a, y) + y^(a-1) exp(-y) / Gamma(a): nothing cancels.
        let (a, rate, half) = (0.5 * self.freedom, 0.5 * self.noncentrality, 0.5 * x);
        let (mut sum, mut below) = (0.0, None);
        for k in self.terms().rev() {
            let p = below.unwrap_or_else(|| gamma_tails(a + k, half)[0]);
            sum += poisson_weight(k, rate) * p;
            below = Some(p + if k > 0.0 { poisson_weight(a + k - 1.0, half) } else { 0.0 });
        }
        Ok(sum.min(1.0))
    }

    /// A value of this law, exact to rounding, from independent uniform numbers in (0, 1), as many as it takes.
    pub fn draw(&self, uniform: &mut impl FnMut() -> f64) -> f64 {
        if self.freedom > 1.0 {
            let (z, left) = (normal(uniform), 0.5 * (self.freedom - 1.0));
            return (z + self.noncentrality.sqrt()).powi(2) + 2.0 * gamma(left, uniform);
        }
        2.0 * gamma(0.5 * self.freedom + draw_poisson(0.5 * self.noncentrality, uniform), uniform)
    }

    /// The terms of the mixture whose weight is not below 1e-18.
    fn terms(&self) -> impl DoubleEndedIterator<Item = f64> {
        let rate = 0.5 * self.noncentrality;
        let reach = 9.5 * rate.sqrt();
        let span: RangeInclusive<u32> = (rate - reach).max(0.0) as u32..=(rate + reach + 40.0) as u32;
        span.map(f64::from)
    }

    /// With `K(s) = noncentrality s / (1 - 2s) - freedom ln(1 - 2s) / 2` the saddle is where `K'(s) = x`; with
    /// `1 + e = 1 / (1 - 2s)` this is a quadratic equation, and nothing below cancels where `e` is small.
    fn saddle_point(&self, x: f64) -> SaddlePoint {
        let (freedom, far) = (self.freedom, self.noncentrality);
        let slope = freedom + 2.0 * far;
        let away = (x - self.mean()) / slope;
        let e = 2.0 * away / (1.0 + (1.0 + 4.0 * (far / slope) * away).max(0.0).sqrt());
        let (u, c) = (1.0 + e, far * (1.0 + e));
        let spread = 4.0 * c + 2.0 * freedom;
        // w and s sqrt K'', both over e.
        let [second, third] = excess_parts(e);
        let (root, tilt) = ((far + freedom * second).sqrt(), 0.5 * spread.sqrt());
        SaddlePoint {
            w: e * root,
            deviation: u * spread.sqrt(),
            asymmetry: (far + freedom * third) / (root * tilt * (root + tilt)),
            skewness: (24.0 * c + 8.0 * freedom) / spread.powf(1.5),
            kurtosis: (192.0 * c + 48.0 * freedom) / (spread * spread),
        }
    }
}

/// A sum's cumulant function at the saddle point of a value `x`.
struct SaddlePoint {
    /// `sqrt(2 (s x - K(s)))` with the sign of `s`.
    w: f64,
    /// `sqrt K''`.
    deviation: f64,
    /// `1/w - 1/(s sqrt K'')`, which is `K''' / (6 K''^(3/2))` at the mean.
    asymmetry: f64,
    /// `K''' / K''^(3/2)`.
    skewness: f64,
    /// `K'''' / K''^2`.
    kurtosis: f64,
}

impl SaddlePoint {
    /// Daniels 1954, Annals of Mathematical Statistics 25, equation 2.6.
    fn density(&self) -> f64 {
        if self.w.abs() > 40.0 {
            return 0.0;
        }
        let correction = 1.0 + self.kurtosis / 8.0 - 5.0 * self.skewness * self.skewness / 24.0;
        bell(self.w) / self.deviation * correction
    }

    /// `Phi(w) + phi(w) (1/w - 1/(s sqrt K''))`. Lugannani & Rice 1980, Advances in Applied Probability 12.
    fn distribution(&self) -> f64 {
        if self.w.abs() > 40.0 {
            return if self.w < 0.0 { 0.0 } else { 1.0 };
        }
        let q = 0.5 * gamma_tails(0.5, 0.5 * self.w * self.w)[1];
        let normal = if self.w < 0.0 { q } else { 1.0 - q };
        (normal + bell(self.w) * self.asymmetry).clamp(0.0, 1.0)
    }
}

/// The standard normal density.
fn bell(z: f64) -> f64 {
    (-0.5 * z * z).exp() / TAU.sqrt()
}

/// `y^(shape - 1) exp(-y) / Gamma(shape)`.
fn gamma_density(shape: f64, y: f64) -> f64 {
    if shape >= 1.0 {
        return poisson_weight(shape - 1.0, y);
    }
    if y == 0.0 { f64::INFINITY } else { poisson_weight(shape, y) * (shape / y) }
}

/// By Box and Muller.
fn normal(uniform: &mut impl FnMut() -> f64) -> f64 {
    let radius = (-2.0 * uniform().ln()).sqrt();
    radius * (TAU * uniform()).cos()
}

/// Gamma law of this shape and unit scale. Marsaglia & Tsang 2000; below shape 1 by `gamma(a + 1) u^(1/a)`.
fn gamma(shape: f64, uniform: &mut impl FnMut() -> f64) -> f64 {
    if shape < 1.0 {
        return gamma(shape + 1.0, uniform) * uniform().powf(1.0 / shape);
    }
    let d = shape - 1.0 / 3.0;
    loop {
        let z = normal(uniform);
        let v = (1.0 + z / (9.0 * d).sqrt()).powi(3);
        if v > 0.0 && uniform().ln() < 0.5 * z * z + d - d * v + d * v.ln() {
            return d * v;
        }
    }
}
