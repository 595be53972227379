use ito_samplers::{Denoiser, Pullback};
use ito_schedules::Level;
use ndarray::{Array1, Array2, Axis, concatenate};

use crate::{Gaussian, LinearForm};

/// Gaussian data with known principal axes: the exact denoiser, score, marginals and flows.
///
/// Every map below acts on each axis by itself; with variance `s^2` there, `v(t) = alpha^2 s^2 + sigma^2`.
#[derive(Clone, Debug)]
pub struct GaussianData {
    mean: Array1<f64>,
    /// Column `k` is the axis of `variances[k]`.
    axes: Array2<f64>,
    variances: Vec<f64>,
}

impl GaussianData {
    /// Data with this mean and positive variances along axes that are turned by `angle` in each plane of neighbours.
    pub fn new(mean: &[f64], variances: &[f64], angle: f64) -> GaussianData {
        let dim = mean.len();
        assert!(variances.len() == dim && variances.iter().all(|v| *v > 0.0), "one positive variance a dimension");
        let mut axes = Array2::eye(dim);
        for i in 1..dim {
            let mut turn = Array2::eye(dim);
            (turn[[i - 1, i - 1]], turn[[i, i]]) = (angle.cos(), angle.cos());
            (turn[[i - 1, i]], turn[[i, i - 1]]) = (-angle.sin(), angle.sin());
            axes = axes.dot(&turn);
        }
        GaussianData { mean: Array1::from(mean.to_vec()), axes, variances: variances.to_vec() }
    }

    /// The data's mean.
    pub fn mean(&self) -> &Array1<f64> {
        &self.mean
    }

    /// The principal axes with the data's standard deviation along each.
    pub fn axes(&self) -> impl Iterator<Item = (Array1<f64>, f64)> {
        self.axes.columns().into_iter().zip(&self.variances).map(|(axis, v)| (axis.to_owned(), v.sqrt()))
    }

    /// The law of `alpha x0 + sigma eps`.
    pub fn marginal(&self, at: Level) -> Gaussian {
        Gaussian { mean: &self.mean * at.alpha, covariance: self.spectral(|s2| variance(s2, at)) }
    }

    /// `E[x0 | x] = matrix x + shift`: along each axis `mean + (alpha s^2 / v) (x - alpha mean)`.
    fn denoiser(&self, at: Level) -> (Array2<f64>, Array1<f64>) {
        let gain = self.spectral(|s2| at.alpha * s2 / variance(s2, at));
        let shift = &self.mean - &(gain.dot(&self.mean) * at.alpha);
        (gain, shift)
    }

    /// `grad log p_t`, along each axis `-(x - alpha mean) / v`.
    pub fn score(&self, x: &LinearForm, at: Level) -> LinearForm {
        let precision = self.spectral(|s2| -1.0 / variance(s2, at));
        x.affine(&precision, &(precision.dot(&self.mean) * -at.alpha))
    }

    /// Where the exact probability-flow ODE takes the law `start` between two levels: along each axis
    /// `x' = alpha' mean + sqrt(v'/v) (x - alpha mean)`.
    pub fn flow(&self, start: &Gaussian, from: Level, to: Level) -> Gaussian {
        let matrix = self.spectral(|s2| (variance(s2, to) / variance(s2, from)).sqrt());
        self.around_the_mean(start, from, to, &matrix, &(0.0 * &matrix))
    }

    /// Where the exact reverse SDE takes the law `start`, `from` noisier than `to`: Bayes' rule for the forward transition,
    /// along each axis `x' = alpha' mean + k (x - alpha mean) + N(0, v' - k^2 v)` with `k = (alpha/alpha') v'/v`.
    pub fn reverse(&self, start: &Gaussian, from: Level, to: Level) -> Gaussian {
        let gain = |s2| from.alpha / to.alpha * variance(s2, to) / variance(s2, from);
        let added = self.spectral(|s2| variance(s2, to) - gain(s2).powi(2) * variance(s2, from));
        self.around_the_mean(start, from, to, &self.spectral(gain), &added)
    }

    /// Where the exact reverse SDE with `level` times the noise of the forward one takes the law `start`: 0 is the flow, 1
    /// [`GaussianData::reverse`]. Along each axis as there, with `k = sqrt(v'/v) ((alpha/alpha') sqrt(v'/v))^(level^2)`.
    pub fn reverse_with_noise(&self, start: &Gaussian, from: Level, to: Level, level: f64) -> Gaussian {
        let gain = |s2| {
            let root = (variance(s2, to) / variance(s2, from)).sqrt();
            root * (from.alpha / to.alpha * root).powf(level * level)
        };
        let added = self.spectral(|s2| variance(s2, to) - gain(s2).powi(2) * variance(s2, from));
        self.around_the_mean(start, from, to, &self.spectral(gain), &added)
    }

    fn around_the_mean(
        &self,
        start: &Gaussian,
        from: Level,
        to: Level,
        matrix: &Array2<f64>,
        added: &Array2<f64>,
    ) -> Gaussian {
        let shift = &self.mean * to.alpha - matrix.dot(&self.mean) * from.alpha;
        start.affine(matrix, &shift, added)
    }

    /// The matrix that multiplies by `f(s^2)` along the axis of variance `s^2`.
    fn spectral(&self, f: impl Fn(f64) -> f64) -> Array2<f64> {
        let scaled = &self.axes * &Array1::from_iter(self.variances.iter().map(|v| f(*v)));
        scaled.dot(&self.axes.t())
    }
}

fn variance(s2: f64, at: Level) -> f64 {
    at.alpha * at.alpha * s2 + at.sigma * at.sigma
}

impl Denoiser<LinearForm> for GaussianData {
    fn denoise(&self, x: &LinearForm, at: &[Level]) -> LinearForm {
        let [at] = at else { panic!("a linear form is one row, not {}", at.len()) };
        let (gain, shift) = self.denoiser(*at);
        x.affine(&gain, &shift)
    }
}

/// One level for all rows.
impl Pullback<Array2<f64>> for GaussianData {
    fn pullback(&self, x: &Array2<f64>, at: &[Level], v: &Array2<f64>) -> (Array2<f64>, Array2<f64>) {
        let [level] = at else { panic!("one level for all rows, not {}", at.len()) };
        let (gain, _) = self.denoiser(*level);
        (self.denoise(x, at), v.dot(&gain))
    }
}

/// One level for all rows, or one a row.
impl Denoiser<Array2<f64>> for GaussianData {
    fn denoise(&self, x: &Array2<f64>, at: &[Level]) -> Array2<f64> {
        if let [at] = at {
            let (gain, shift) = self.denoiser(*at);
            return x.dot(&gain.t()) + shift;
        }
        assert_eq!(at.len(), x.nrows(), "one level for all rows, or one a row");
        let row = |k: usize| self.denoise(&x.select(Axis(0), &[k]), &at[k..=k]);
        let rows: Vec<Array2<f64>> = (0..x.nrows()).map(row).collect();
        concatenate(Axis(0), &rows.iter().map(|row| row.view()).collect::<Vec<_>>()).expect("rows of one width")
    }
}
