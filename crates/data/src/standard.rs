//! Columns brought to one scale.

use crate::{DataError, Points};

/// Mean and deviation of each column: a network learns `(x - mean) / deviation`.
#[derive(Clone, Debug, PartialEq)]
pub struct Standard {
    /// Mean of each column.
    pub mean: Vec<f64>,
    /// Standard deviation of each column, above 0.
    pub deviation: Vec<f64>,
}

impl Standard {
    /// Of these points.
    ///
    /// # Errors
    /// [`DataError::Constant`] for a column that is the same number everywhere: it has no density.
    pub fn of(points: &Points) -> Result<Standard, DataError> {
        let (columns, n) = (points.columns, points.len() as f64);
        let column = |c: usize| points.values.iter().skip(c).step_by(columns);
        // Around a first guess, so that the sum of large numbers rounds nothing away.
        let about = |c: usize, guess: f64| guess + column(c).map(|x| (x - guess) / n).sum::<f64>();
        let mean: Vec<f64> = (0..columns).map(|c| about(c, about(c, points.values[c]))).collect();
        let deviation: Vec<f64> =
            (0..columns).map(|c| column(c).map(|x| (x - mean[c]).powi(2) / n).sum::<f64>().sqrt()).collect();
        let same = |c: usize| column(c).all(|&x| x == points.values[c]);
        match (0..columns).find(|&c| same(c) || !deviation[c].is_normal()) {
            Some(column) => Err(DataError::Constant { column, columns, value: points.values[column] }),
            None => Ok(Standard { mean, deviation }),
        }
    }

    /// `(x - mean) / deviation`, point by point.
    ///
    /// # Panics
    /// If the points have another number of columns.
    pub fn apply(&self, points: &Points) -> Vec<f32> {
        assert_eq!(points.columns, self.mean.len(), "other columns");
        let scaled = |(k, x): (usize, &f64)| {
            let c = k % points.columns;
            ((x - self.mean[c]) / self.deviation[c]) as f32
        };
        points.values.iter().enumerate().map(scaled).collect()
    }

    /// `mean + deviation y`: the inverse of [`Standard::apply`].
    pub fn undo(&self, values: &[f32]) -> Points {
        let columns = self.mean.len();
        let plain = |(k, &y): (usize, &f32)| self.mean[k % columns] + self.deviation[k % columns] * f64::from(y);
        Points { columns, values: values.iter().enumerate().map(plain).collect() }
    }

    /// `sum ln deviation`: what is taken from the log-density of `(x - mean) / deviation` to get that of x.
    pub fn log_volume(&self) -> f64 {
        self.deviation.iter().map(|d| d.ln()).sum()
    }
}
