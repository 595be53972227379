use ito_samplers::{Denoiser, Pullback};
use ito_schedules::Level;
use ndarray::Array2;

use crate::normal::{normal_cdf, normal_density};

/// A mixture of normals on the line, with everything in closed form: density, score, distribution function, and its law after
/// any linear Gaussian diffusion. What a Gaussian cannot show (curved scores, several modes) shows here.
#[derive(Clone, Debug, PartialEq)]
pub struct Mixture {
    parts: Vec<Part>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Part {
    weight: f64,
    mean: f64,
    deviation: f64,
}

impl Mixture {
    /// Of `(weight, mean, deviation)`; the weights are divided by their sum.
    ///
    /// # Panics
    /// If there is no part, or a weight or deviation is not positive.
    pub fn new(parts: &[(f64, f64, f64)]) -> Mixture {
        assert!(!parts.is_empty() && parts.iter().all(|(w, _, s)| *w > 0.0 && *s > 0.0), "{parts:?}");
        let total: f64 = parts.iter().map(|(w, _, _)| w).sum();
        let part = |&(weight, mean, deviation)| Part { weight: weight / total, mean, deviation };
        Mixture { parts: parts.iter().map(part).collect() }
    }

    /// Two modes, 0.6 of N(-1.5, 0.4^2) and 0.4 of N(1, 0.6^2).
    pub fn two_modes() -> Mixture {
        Mixture::new(&[(0.6, -1.5, 0.4), (0.4, 1.0, 0.6)])
    }

    /// The law of `alpha x0 + sigma eps`. A diffusion that carries `x0` to N(decay x0, variance) is the level
    /// `(decay, sqrt variance)`.
    pub fn marginal(&self, at: Level) -> Mixture {
        let part = |p: &Part| Part {
            weight: p.weight,
            mean: at.alpha * p.mean,
            deviation: (at.alpha * p.deviation).hypot(at.sigma),
        };
        Mixture { parts: self.parts.iter().map(part).collect() }
    }

    /// `p(x)`.
    pub fn density(&self, x: f64) -> f64 {
        self.parts.iter().map(|p| p.weight * normal_density(p.standard(x)) / p.deviation).sum()
    }

    /// `log p(x)`, finite far out too.
    pub fn log_density(&self, x: f64) -> f64 {
        let largest = self.largest_log(x);
        largest + self.parts.iter().map(|p| (p.log_share(x) - largest).exp()).sum::<f64>().ln()
    }

    /// `d/dx log p(x)`, the mean over the parts, given `x`, of their scores.
    pub fn score(&self, x: f64) -> f64 {
        self.given(x, |p| -p.standard(x) / p.deviation)
    }

    /// `d^2/dx^2 log p(x)`: the mean of the parts' slopes plus the variance of their scores.
    pub fn score_slope(&self, x: f64) -> f64 {
        let score = |p: &Part| -p.standard(x) / p.deviation;
        let mean = self.given(x, score);
        self.given(x, |p| (score(p) - mean).powi(2) - p.deviation.powi(-2))
    }

    /// `E[x0 | x]` for `x = alpha x0 + sigma eps`, and its slope in `x`; at pure noise the mean and 0.
    pub fn denoised(&self, x: f64, at: Level) -> (f64, f64) {
        let noisy = self.marginal(at);
        // Of part k: E[x0 | x, k] = m_k + gain_k (x - alpha m_k).
        let pairs = || noisy.parts.iter().zip(&self.parts);
        let gain = |(n, p): (&Part, &Part)| at.alpha * (p.deviation / n.deviation).powi(2);
        let guess = |(n, p): (&Part, &Part)| p.mean + gain((n, p)) * (x - n.mean);
        let largest = noisy.largest_log(x);
        let shares: Vec<f64> = noisy.parts.iter().map(|n| (n.log_share(x) - largest).exp()).collect();
        let total: f64 = shares.iter().sum();
        let mean = |values: &mut dyn Iterator<Item = f64>| {
            values.zip(&shares).map(|(v, share)| v * share).sum::<f64>() / total
        };
        let score = |n: &Part| -n.standard(x) / n.deviation;
        let mean_score = mean(&mut noisy.parts.iter().map(score));
        let slope = mean(&mut pairs().map(|(n, p)| gain((n, p)) + guess((n, p)) * (score(n) - mean_score)));
        (mean(&mut pairs().map(guess)), slope)
    }

    /// `P(X <= x)`.
    pub fn cdf(&self, x: f64) -> f64 {
        self.parts.iter().map(|p| p.weight * normal_cdf(p.standard(x))).sum()
    }

    /// The mean.
    pub fn mean(&self) -> f64 {
        self.parts.iter().map(|p| p.weight * p.mean).sum()
    }

    /// The variance.
    pub fn variance(&self) -> f64 {
        let mean = self.mean();
        self.parts.iter().map(|p| p.weight * (p.deviation.powi(2) + (p.mean - mean).powi(2))).sum()
    }

    /// A draw, made of a uniform number in (0, 1) and a standard normal.
    pub fn draw(&self, uniform: f64, normal: f64) -> f64 {
        let mut left = uniform;
        let chosen = self.parts.iter().find(|p| {
            left -= p.weight;
            left < 0.0
        });
        let part = chosen.unwrap_or(&self.parts[self.parts.len() - 1]);
        part.mean + part.deviation * normal
    }

    /// Where the distribution function is `probability`, in (0, 1): by bisection, to rounding.
    pub fn quantile(&self, probability: f64) -> f64 {
        let ends = |sign: f64| self.parts.iter().map(move |p| p.mean + sign * 40.0 * p.deviation);
        let mut low = ends(-1.0).fold(f64::INFINITY, f64::min);
        let mut high = ends(1.0).fold(f64::NEG_INFINITY, f64::max);
        for _ in 0..100 {
            let middle = 0.5 * (low + high);
            if self.cdf(middle) < probability { low = middle } else { high = middle }
        }
        0.5 * (low + high)
    }

    /// The mean of `value` over the parts, given `x`.
    fn given(&self, x: f64, value: impl Fn(&Part) -> f64) -> f64 {
        let largest = self.largest_log(x);
        let (sum, total) = self.parts.iter().fold((0.0, 0.0), |(sum, total), p| {
            let share = (p.log_share(x) - largest).exp();
            (sum + share * value(p), total + share)
        });
        sum / total
    }

    fn largest_log(&self, x: f64) -> f64 {
        self.parts.iter().map(|p| p.log_share(x)).fold(f64::NEG_INFINITY, f64::max)
    }
}

/// Entry by entry: data whose entries are independent, each with this law. One level for all rows, or one a row.
impl Denoiser<Array2<f64>> for Mixture {
    fn denoise(&self, x: &Array2<f64>, at: &[Level]) -> Array2<f64> {
        Array2::from_shape_fn(x.raw_dim(), |(row, k)| self.denoised(x[[row, k]], at[row.min(at.len() - 1)]).0)
    }
}

impl Pullback<Array2<f64>> for Mixture {
    fn pullback(&self, x: &Array2<f64>, at: &[Level], v: &Array2<f64>) -> (Array2<f64>, Array2<f64>) {
        let slope = |(row, k)| v[[row, k]] * self.denoised(x[[row, k]], at[row.min(at.len() - 1)]).1;
        (self.denoise(x, at), Array2::from_shape_fn(x.raw_dim(), slope))
    }
}

impl Part {
    fn standard(&self, x: f64) -> f64 {
        (x - self.mean) / self.deviation
    }

    /// The logarithm of this part's share of the density.
    fn log_share(&self, x: f64) -> f64 {
        (self.weight / self.deviation).ln() - 0.5 * self.standard(x).powi(2) - 0.5 * (2.0 * std::f64::consts::PI).ln()
    }
}
