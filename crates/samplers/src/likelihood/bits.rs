use std::f64::consts::{LN_2, PI};

use ito_state::Rows;

/// The log-density (or log-probability) of one item, in nats, natural logarithm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogDensity {
    /// `log p`.
    pub nats: f64,
    /// Its standard error from the draws it was made of; 0 where none were.
    pub error: f64,
}

impl LogDensity {
    /// `-log2 p / dims` for an item of so many numbers. What a published figure for pictures means is that of a probability:
    /// [`Pixels::log_probability`](super::Pixels::log_probability) first.
    pub fn bits_per_dim(self, dims: usize) -> BitsPerDim {
        let unit = dims as f64 * LN_2;
        BitsPerDim { value: -self.nats / unit, error: self.error / unit }
    }
}

/// Bits per dimension of one item; smaller is likelier. Never negative in the mean over the data if it is that of a probability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BitsPerDim {
    /// The bits.
    pub value: f64,
    /// Their standard error.
    pub error: f64,
}

/// `log N(x; 0, deviation^2 I)` of every row.
pub(super) fn log_isotropic<X: Rows>(x: &X, deviation: f64) -> Vec<f64> {
    let peak = -0.5 * x.row_len() as f64 * (2.0 * PI * deviation * deviation).ln();
    x.dot_rows(x).into_iter().map(|square| peak - 0.5 * square / (deviation * deviation)).collect()
}

/// The mean of the draws and its standard error.
pub(super) fn mean_and_error(draws: &[f64]) -> (f64, f64) {
    let count = draws.len() as f64;
    let mean = draws.iter().sum::<f64>() / count;
    let variance = draws.iter().map(|draw| (draw - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (mean, (variance / count).sqrt())
}
