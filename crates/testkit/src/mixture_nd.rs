use ito_samplers::{Denoiser, Pullback};
use ito_schedules::Level;
use ndarray::{Array1, Array2, ArrayView1};

use crate::Gaussian;

/// A mixture of normals in any dimension, each with a full covariance: density, score, Hessian of the log-density, and its law
/// after any linear Gaussian diffusion.
#[derive(Clone, Debug)]
pub struct MixtureNd {
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
struct Part {
    weight: f64,
    law: Gaussian,
    precision: Array2<f64>,
    /// `log weight - 1/2 log det(2 pi covariance)`.
    log_peak: f64,
}

impl Part {
    fn new(weight: f64, law: Gaussian) -> Part {
        let root = law.cholesky();
        let dim = law.mean.len();
        let inverse = inverse_lower(&root);
        let log_det: f64 = (0..dim).map(|i| root[[i, i]].ln()).sum::<f64>() * 2.0;
        assert!(log_det.is_finite(), "the covariance must be positive definite");
        let log_peak = weight.ln() - 0.5 * (log_det + dim as f64 * (2.0 * std::f64::consts::PI).ln());
        Part { weight, law, precision: inverse.t().dot(&inverse), log_peak }
    }

    fn score(&self, x: &Array1<f64>) -> Array1<f64> {
        self.precision.dot(&(&self.law.mean - x))
    }

    fn log_share(&self, x: &Array1<f64>) -> f64 {
        self.log_peak - 0.5 * (x - &self.law.mean).dot(&self.precision.dot(&(x - &self.law.mean)))
    }
}

impl MixtureNd {
    /// Of laws with their weights, which are divided by their sum.
    ///
    /// # Panics
    /// If there is no part, a weight is not positive, or a covariance is singular.
    pub fn new(parts: Vec<(f64, Gaussian)>) -> MixtureNd {
        assert!(!parts.is_empty() && parts.iter().all(|(weight, _)| *weight > 0.0), "a positive weight a part");
        let total: f64 = parts.iter().map(|(weight, _)| weight).sum();
        MixtureNd { parts: parts.into_iter().map(|(weight, law)| Part::new(weight / total, law)).collect() }
    }

    /// The law of `alpha x0 + sigma eps`.
    pub fn marginal(&self, at: Level) -> MixtureNd {
        let part = |p: &Part| {
            let dim = p.law.mean.len();
            let covariance = &p.law.covariance * at.alpha.powi(2) + Array2::<f64>::eye(dim) * at.sigma.powi(2);
            Part::new(p.weight, Gaussian { mean: &p.law.mean * at.alpha, covariance })
        };
        MixtureNd { parts: self.parts.iter().map(part).collect() }
    }

    /// `log p(x)`.
    pub fn log_density(&self, x: &Array1<f64>) -> f64 {
        let (shares, largest) = self.shares(x);
        largest + shares.iter().sum::<f64>().ln()
    }

    /// `grad log p(x)`.
    pub fn score(&self, x: &Array1<f64>) -> Array1<f64> {
        let (shares, _) = self.shares(x);
        let total: f64 = shares.iter().sum();
        let zero = Array1::zeros(x.len());
        self.parts.iter().zip(&shares).fold(zero, |sum, (p, share)| sum + p.score(x) * (share / total))
    }

    /// [`MixtureNd::score`] of every row.
    pub fn score_rows(&self, x: &Array2<f64>) -> Array2<f64> {
        let rows = x.rows().into_iter().flat_map(|row| self.score(&row.to_owned()));
        Array2::from_shape_vec(x.raw_dim(), rows.collect()).expect("as many numbers as the shape has")
    }

    /// The Hessian of `log p` at `x`: the mean of the parts' Hessians plus the covariance of their scores.
    pub fn score_slope(&self, x: &Array1<f64>) -> Array2<f64> {
        let (shares, _) = self.shares(x);
        let (total, mean, dim) = (shares.iter().sum::<f64>(), self.score(x), x.len());
        self.parts.iter().zip(&shares).fold(Array2::zeros((dim, dim)), |sum, (p, share)| {
            let off = p.score(x) - &mean;
            let square = Array2::from_shape_fn((dim, dim), |(i, j)| off[i] * off[j]);
            sum + (square - &p.precision) * (share / total)
        })
    }

    /// Mean and covariance.
    pub fn moments(&self) -> Gaussian {
        let dim = self.parts[0].law.mean.len();
        let mean = self.parts.iter().fold(Array1::zeros(dim), |sum, p| sum + &p.law.mean * p.weight);
        let covariance = self.parts.iter().fold(Array2::zeros((dim, dim)), |sum, p| {
            let off = &p.law.mean - &mean;
            sum + (&p.law.covariance + &Array2::from_shape_fn((dim, dim), |(i, j)| off[i] * off[j])) * p.weight
        });
        Gaussian { mean, covariance }
    }

    /// The law of `x0` given `x = alpha x0 + sigma eps`, `sigma > 0`: Bayes' rule part by part, without a score.
    pub fn posterior(&self, at: Level, x: &Array1<f64>) -> MixtureNd {
        let noisy = self.marginal(at);
        let (shares, _) = noisy.shares(x);
        let part = |(p, share): (&Part, &f64)| {
            let dim = x.len();
            let precision = &p.precision + &(Array2::<f64>::eye(dim) * (at.alpha / at.sigma).powi(2));
            let pull = p.precision.dot(&p.law.mean) + x * (at.alpha / at.sigma.powi(2));
            let root = Gaussian { mean: pull.clone(), covariance: precision }.cholesky();
            let inverse = inverse_lower(&root);
            let covariance = inverse.t().dot(&inverse);
            (*share, Gaussian { mean: covariance.dot(&pull), covariance })
        };
        MixtureNd::new(self.parts.iter().zip(&shares).filter(|(_, share)| **share > 0.0).map(part).collect())
    }

    /// `E[x0 | x]` for `x = alpha x0 + sigma eps`, and its Jacobian in `x`; at pure noise the mean and 0.
    pub fn denoised(&self, x: &Array1<f64>, at: Level) -> (Array1<f64>, Array2<f64>) {
        self.denoised_from(&self.marginal(at), x, at)
    }

    fn denoised_from(&self, noisy: &MixtureNd, x: &Array1<f64>, at: Level) -> (Array1<f64>, Array2<f64>) {
        let (shares, _) = noisy.shares(x);
        let (total, score) = (shares.iter().sum::<f64>(), noisy.score(x));
        let dim = x.len();
        let zero = (Array1::<f64>::zeros(dim), Array2::<f64>::zeros((dim, dim)));
        noisy.parts.iter().zip(&self.parts).zip(&shares).fold(zero, |(mean, jacobian), ((n, p), share)| {
            // Of part k: E[x0 | x, k] = m_k + gain_k (x - alpha m_k).
            let gain = p.law.covariance.dot(&n.precision) * at.alpha;
            let guess = &p.law.mean + &gain.dot(&(x - &n.law.mean));
            let off = n.score(x) - &score;
            let turned = Array2::from_shape_fn((dim, dim), |(i, j)| guess[i] * off[j]);
            (mean + guess * (share / total), jacobian + (gain + turned) * (share / total))
        })
    }

    /// [`MixtureNd::denoised`] of every row; each level's marginal is made once.
    fn denoised_rows(&self, x: &Array2<f64>, at: &[Level]) -> Vec<(Array1<f64>, Array2<f64>)> {
        let noisy: Vec<MixtureNd> = at.iter().map(|level| self.marginal(*level)).collect();
        let row = |(k, row): (usize, ArrayView1<f64>)| {
            let k = k.min(at.len() - 1);
            self.denoised_from(&noisy[k], &row.to_owned(), at[k])
        };
        x.rows().into_iter().enumerate().map(row).collect()
    }

    /// The parts' shares of `p(x)`, all divided by the largest, and the logarithm of that one.
    fn shares(&self, x: &Array1<f64>) -> (Vec<f64>, f64) {
        let logs: Vec<f64> = self.parts.iter().map(|p| p.log_share(x)).collect();
        let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        (logs.iter().map(|log| (log - largest).exp()).collect(), largest)
    }
}

/// One level for all rows, or one a row.
impl Denoiser<Array2<f64>> for MixtureNd {
    fn denoise(&self, x: &Array2<f64>, at: &[Level]) -> Array2<f64> {
        let numbers = self.denoised_rows(x, at).into_iter().flat_map(|(mean, _)| mean);
        Array2::from_shape_vec(x.raw_dim(), numbers.collect()).expect("as many numbers as the shape has")
    }
}

impl Pullback<Array2<f64>> for MixtureNd {
    fn pullback(&self, x: &Array2<f64>, at: &[Level], v: &Array2<f64>) -> (Array2<f64>, Array2<f64>) {
        let (mut denoised, mut pulled) = (x.clone(), v.clone());
        for (k, (mean, jacobian)) in self.denoised_rows(x, at).into_iter().enumerate() {
            denoised.row_mut(k).assign(&mean);
            pulled.row_mut(k).assign(&jacobian.t().dot(&v.row(k)));
        }
        (denoised, pulled)
    }
}

fn inverse_lower(root: &Array2<f64>) -> Array2<f64> {
    let dim = root.nrows();
    let mut inverse = Array2::<f64>::zeros((dim, dim));
    for j in 0..dim {
        for i in j..dim {
            let known: f64 = (j..i).map(|k| root[[i, k]] * inverse[[k, j]]).sum();
            inverse[[i, j]] = (f64::from(u8::from(i == j)) - known) / root[[i, i]];
        }
    }
    inverse
}
