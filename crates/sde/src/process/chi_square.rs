use std::f64::consts::{PI, TAU};

use crate::SdeError;
use crate::error::{finite, not_negative, positive};

/// The noncentral chi-square law: `sum_i (z_i + m_i)^2` over `freedom` standard normals with `sum_i m_i^2 = noncentrality`,
/// for any positive real `freedom`. Johnson, Kotz & Balakrishnan 1995, chapter 29.
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
        let half = 0.5 * x;
        Ok(0.5
            * self.mixed(|a| if a == 1.0 { (-half).exp() } else { ((a - 1.0) * half.ln() - half - ln_gamma(a)).exp() }))
    }

    /// `P(value <= x)`.
    ///
    /// # Errors
    /// [`SdeError`] if `x` is not finite.
    pub fn distribution(&self, x: f64) -> Result<f64, SdeError> {
        finite("x", x)?;
        Ok(if x <= 0.0 { 0.0 } else { self.mixed(|a| gamma_p(a, 0.5 * x)).min(1.0) })
    }

    /// A value of this law, exact to rounding, from independent uniform numbers in (0, 1), as many as it takes.
    pub fn draw(&self, uniform: &mut impl FnMut() -> f64) -> f64 {
        if self.freedom > 1.0 {
            let (z, left) = (normal(uniform), 0.5 * (self.freedom - 1.0));
            return (z + self.noncentrality.sqrt()).powi(2) + 2.0 * gamma(left, uniform);
        }
        2.0 * gamma(0.5 * self.freedom + poisson(0.5 * self.noncentrality, uniform), uniform)
    }

    /// The mean of `f(freedom / 2 + k)` over Poisson `k` with mean `noncentrality / 2`: summed from its mode outward.
    fn mixed(&self, f: impl Fn(f64) -> f64) -> f64 {
        let (a, rate) = (0.5 * self.freedom, 0.5 * self.noncentrality);
        let mode = rate.floor();
        let top = if rate == 0.0 { 1.0 } else { (mode * rate.ln() - rate - ln_gamma(mode + 1.0)).exp() };
        let (mut sum, mut weight, mut k) = (0.0, top, mode);
        while weight > 1e-18 {
            sum += weight * f(a + k);
            k += 1.0;
            weight *= rate / k;
        }
        (weight, k) = (top, mode);
        while k > 0.0 && weight > 1e-18 {
            weight *= k / rate;
            k -= 1.0;
            sum += weight * f(a + k);
        }
        sum
    }
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

/// Poisson by inversion, in parts whose `exp(-mean)` does not underflow.
fn poisson(mut mean: f64, uniform: &mut impl FnMut() -> f64) -> f64 {
    let mut total = 0.0;
    while mean > 0.0 {
        let part = mean.min(500.0);
        mean -= part;
        let (mut left, mut weight, mut k) = (uniform(), (-part).exp(), 0.0);
        while left > weight && weight > 0.0 {
            left -= weight;
            k += 1.0;
            weight *= part / k;
        }
        total += k;
    }
    total
}

/// `ln Gamma(x)`, `x > 0`. Lanczos 1964, with g = 7 and nine terms: about 15 digits.
fn ln_gamma(x: f64) -> f64 {
    const TERMS: [f64; 8] = [
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    if x < 0.5 {
        return (PI / ((PI * x).sin())).ln() - ln_gamma(1.0 - x);
    }
    let x = x - 1.0;
    let series = TERMS.iter().zip(1..).fold(0.999_999_999_999_809_9, |sum, (c, k)| sum + c / (x + f64::from(k)));
    let t = x + 7.5;
    0.5 * TAU.ln() + (x + 0.5) * t.ln() - t + series.ln()
}

/// The regularised lower incomplete gamma function, `x > 0`: a series below `a + 1`, else one less Lentz's fraction.
/// Abramowitz & Stegun 1964, 6.5.29 and 6.5.31.
fn gamma_p(a: f64, x: f64) -> f64 {
    let front = (a * x.ln() - x - ln_gamma(a)).exp();
    if x < a + 1.0 {
        let (mut term, mut sum, mut n) = (1.0 / a, 1.0 / a, a);
        while term > sum * 1e-17 {
            n += 1.0;
            term *= x / n;
            sum += term;
        }
        return front * sum;
    }
    let mut b = x + 1.0 - a;
    let (mut c, mut d) = (1e300, 1.0 / b);
    let mut fraction = d;
    for n in 1..10_000 {
        let n = f64::from(n);
        let step = n * (a - n);
        b += 2.0;
        d = 1.0 / (step * d + b);
        c = b + step / c;
        fraction *= d * c;
        if (d * c - 1.0).abs() < 1e-16 {
            break;
        }
    }
    1.0 - front * fraction
}
