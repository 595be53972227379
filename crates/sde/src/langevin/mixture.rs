use ito_state::{Pointwise, Rows};

use super::{Curvature, Energy, Potential, row_length};
use crate::SdeError;
use crate::error::{finite, positive};

/// A mixture of normal laws on the line, every entry of a state by itself: `p(x) = sum_k w_k N(x; m_k, s_k^2)`.
///
/// `E = -log p`, so here `Z = 1`. A sum of logarithms is never left: all is computed from the largest term.
#[derive(Clone, Debug, PartialEq)]
pub struct Mixture {
    /// `(log w_k - log(s_k sqrt(2 pi)), m_k, s_k)`.
    parts: Vec<(f64, f64, f64)>,
}

impl Mixture {
    /// Of these `(weight, mean, deviation)`; the weights are divided by their sum.
    ///
    /// # Errors
    /// [`SdeError`] if there is none, a number is not finite, or a weight or deviation is not above zero.
    pub fn new(parts: &[(f64, f64, f64)]) -> Result<Self, SdeError> {
        let total = total_weight(parts.iter().map(|part| part.0))?;
        for (_, mean, deviation) in parts {
            finite("a mean of the mixture", *mean)?;
            positive("a deviation of the mixture", *deviation)?;
        }
        let root = (2.0 * std::f64::consts::PI).sqrt();
        Ok(Mixture { parts: parts.iter().map(|(w, m, s)| ((w / total / (s * root)).ln(), *m, *s)).collect() })
    }

    /// `log p(x)`, `(log p)'(x)` and `(log p)''(x)` at one point.
    pub fn log_density(&self, x: f64) -> [f64; 3] {
        let logs = self.parts.iter().map(|(log, m, s)| log - ((x - m) / s).powi(2) / 2.0);
        let largest = logs.clone().fold(f64::NEG_INFINITY, f64::max);
        let (mut sum, mut first, mut second) = (0.0, 0.0, 0.0);
        for (log, (_, m, s)) in logs.zip(&self.parts) {
            let (share, slope) = ((log - largest).exp(), (m - x) / (s * s));
            sum += share;
            first += share * slope;
            second += share * (slope * slope - 1.0 / (s * s));
        }
        [largest + sum.ln(), first / sum, second / sum - (first / sum).powi(2)]
    }

    fn sum_rows<X: Pointwise>(&self, x: &X, f: impl Fn([f64; 3]) -> f64) -> Vec<f64> {
        x.map_entries(|v| f(self.log_density(v))).dot_rows(&x.fill_like(1.0))
    }
}

impl<X: Pointwise> Potential<X> for Mixture {
    #[inline]
    fn gradient(&self, x: &X) -> X {
        x.map_entries(|v| -self.log_density(v)[1])
    }
}

impl<X: Pointwise> Energy<X> for Mixture {
    fn energy(&self, x: &X) -> Vec<f64> {
        self.sum_rows(x, |log| -log[0])
    }
}

impl<X: Pointwise> Curvature<X> for Mixture {
    fn laplacian(&self, x: &X) -> Vec<f64> {
        self.sum_rows(x, |log| -log[2])
    }
}

/// A mixture of isotropic normal laws in as many dimensions as a row has: `p(x) = sum_k w_k N(x; m_k, s_k^2 I)`.
///
/// `E = -log p` without the factor `(2 pi)^(-d/2)`. The means are batches like the states, so any state does.
#[derive(Clone, Debug)]
pub struct RowMixture<X> {
    /// `(log w_k, m_k, s_k)`.
    parts: Vec<(f64, X, f64)>,
}

impl<X: Rows> RowMixture<X> {
    /// Of these `(weight, mean, deviation)`; the weights are divided by their sum.
    ///
    /// # Errors
    /// [`SdeError`] if there is none, a number is not finite, or a weight or deviation is not above zero.
    pub fn new(parts: Vec<(f64, X, f64)>) -> Result<Self, SdeError> {
        let total = total_weight(parts.iter().map(|part| part.0))?;
        for (_, mean, deviation) in &parts {
            mean.dot_rows(mean).iter().try_for_each(|square| finite("a squared mean of the mixture", *square))?;
            positive("a deviation of the mixture", *deviation)?;
        }
        Ok(RowMixture { parts: parts.into_iter().map(|(w, m, s)| ((w / total).ln(), m, s)).collect() })
    }

    /// For every part: `x - m_k`, and `log(w_k / s_k^d) - |x - m_k|^2 / (2 s_k^2)` row by row.
    fn terms(&self, x: &X) -> Vec<(X, Vec<f64>)> {
        let dims = row_length(x);
        let term = |(log, mean, s): &(f64, X, f64)| {
            let off = X::lincomb(&[(1.0, x), (-1.0, mean)]);
            let squares = off.dot_rows(&off);
            let logs = squares.iter().zip(&dims).map(|(q, dim)| log - dim * s.ln() - q / (2.0 * s * s)).collect();
            (off, logs)
        };
        self.parts.iter().map(term).collect()
    }
}

/// `log sum_k exp(l_k)` for every row of a list of columns.
fn log_sums(terms: &[(impl Sized, Vec<f64>)]) -> Vec<f64> {
    let rows = terms[0].1.len();
    let largest = |row: usize| terms.iter().map(|term| term.1[row]).fold(f64::NEG_INFINITY, f64::max);
    let sum = |row: usize| {
        let top = largest(row);
        top + terms.iter().map(|term| (term.1[row] - top).exp()).sum::<f64>().ln()
    };
    (0..rows).map(sum).collect()
}

impl<X: Rows> Potential<X> for RowMixture<X> {
    fn gradient(&self, x: &X) -> X {
        let terms = self.terms(x);
        let logs = log_sums(&terms);
        let share = |(term, part): (&(X, Vec<f64>), &(f64, X, f64))| -> Vec<f64> {
            term.1.iter().zip(&logs).map(|(log, sum)| (log - sum).exp() / (part.2 * part.2)).collect()
        };
        let shares: Vec<Vec<f64>> = terms.iter().zip(&self.parts).map(share).collect();
        X::lincomb_rows(&shares.iter().zip(&terms).map(|(share, term)| (&share[..], &term.0)).collect::<Vec<_>>())
    }
}

impl<X: Rows> Energy<X> for RowMixture<X> {
    fn energy(&self, x: &X) -> Vec<f64> {
        log_sums(&self.terms(x)).iter().map(|log| -log).collect()
    }
}

fn total_weight(weights: impl Iterator<Item = f64>) -> Result<f64, SdeError> {
    let mut total = 0.0;
    for weight in weights {
        positive("a weight of the mixture", weight)?;
        total += weight;
    }
    if total == 0.0 {
        return Err(SdeError::Empty { name: "the mixture" });
    }
    finite("the sum of the weights", total)?;
    Ok(total)
}
