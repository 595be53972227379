use super::MeasureError;
use crate::SdeError;
use crate::error::finite;

/// A Monte Carlo estimate with its error bar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The estimate.
    pub value: f64,
    /// Its standard error, estimated from the same draws: trust it only where `effective` is large. It knows nothing of what no
    /// draw has seen; an event that none has hit is estimated as 0 with an error of 0.
    pub error: f64,
    /// The effective number of draws, `(sum w)^2 / sum w^2` (Kong 1992); at most the number of draws.
    pub effective: f64,
}

impl Estimate {
    /// The mean of independent values.
    ///
    /// # Errors
    /// [`MeasureError`] if there are fewer than two, or one is not finite.
    pub fn mean(values: &[f64]) -> Result<Estimate, MeasureError> {
        Estimate::plain(&vec![0.0; values.len()], values)
    }

    /// `mean(e^w v)`, unbiased where the weights are normalised, such as Girsanov's. Rare probabilities are of this kind.
    ///
    /// # Errors
    /// [`MeasureError`] if there are fewer than two draws, the lists differ in length, all weights are zero, a log-weight is NaN
    /// or `+inf`, or a value is not finite.
    pub fn plain(log_weights: &[f64], values: &[f64]) -> Result<Estimate, MeasureError> {
        let (top, weights) = relative(log_weights, values)?;
        let (mean, error) = mean_and_error(weights.iter().zip(values).map(|(w, v)| w * v));
        Ok(Estimate { value: mean * top.exp(), error: error * top.exp(), effective: effective(&weights) })
    }

    /// `sum(e^w v) / sum(e^w)`, for weights known up to one factor; biased by order `1/n`. The error is that of the linearised
    /// ratio, `sqrt(sum w^2 (v - mean)^2) / sum w`. Owen 2013, "Monte Carlo theory, methods and examples", equation 9.9.
    ///
    /// # Errors
    /// Those of [`Estimate::plain`].
    pub fn self_normalised(log_weights: &[f64], values: &[f64]) -> Result<Estimate, MeasureError> {
        let (_, weights) = relative(log_weights, values)?;
        let total: f64 = weights.iter().sum();
        let value = weights.iter().zip(values).map(|(w, v)| w * v).sum::<f64>() / total;
        let spread: f64 = weights.iter().zip(values).map(|(w, v)| (w * (v - value)).powi(2)).sum();
        Ok(Estimate { value, error: spread.sqrt() / total, effective: effective(&weights) })
    }

    /// `log mean(e^w)`, the logarithm of a normaliser; its error is the relative error of the mean.
    ///
    /// The mean is unbiased, its logarithm low by about `error^2 / 2` (Jensen): a lower bound in expectation.
    ///
    /// # Errors
    /// Those of [`Estimate::plain`].
    pub fn log_mean(log_weights: &[f64]) -> Result<Estimate, MeasureError> {
        let (top, weights) = relative(log_weights, &vec![1.0; log_weights.len()])?;
        let (mean, error) = mean_and_error(weights.iter().copied());
        Ok(Estimate { value: top + mean.ln(), error: error / mean, effective: effective(&weights) })
    }
}

/// The largest log-weight, and the weights divided by the largest, so that none overflows.
fn relative(log_weights: &[f64], values: &[f64]) -> Result<(f64, Vec<f64>), MeasureError> {
    if log_weights.len() < 2 {
        return Err(SdeError::Empty { name: "the list of draws beyond the first" }.into());
    }
    if values.len() != log_weights.len() {
        let (expected, found) = (log_weights.len(), values.len());
        return Err(SdeError::Dimension { name: "the list of values", expected, found }.into());
    }
    values.iter().try_for_each(|value| finite("a value", *value))?;
    let zero = |log: f64| log == f64::NEG_INFINITY;
    log_weights.iter().filter(|log| !zero(**log)).try_for_each(|log| finite("a log-weight", *log))?;
    let top = log_weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if zero(top) {
        return Err(MeasureError::NoWeight { count: log_weights.len() });
    }
    Ok((top, log_weights.iter().map(|log| (log - top).exp()).collect()))
}

fn effective(weights: &[f64]) -> f64 {
    weights.iter().sum::<f64>().powi(2) / weights.iter().map(|w| w * w).sum::<f64>()
}

fn mean_and_error(values: impl ExactSizeIterator<Item = f64> + Clone) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.clone().sum::<f64>() / count;
    let variance = values.map(|v| (v - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (mean, (variance / count).sqrt())
}
