use ndarray::{Array1, Array2};

/// The normal law `N(mean, covariance)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Gaussian {
    /// The mean.
    pub mean: Array1<f64>,
    /// The covariance, symmetric.
    pub covariance: Array2<f64>,
}

impl Gaussian {
    /// `N(0, deviation^2 I)` in `dim` dimensions.
    pub fn isotropic(dim: usize, deviation: f64) -> Gaussian {
        Gaussian { mean: Array1::zeros(dim), covariance: Array2::eye(dim) * (deviation * deviation) }
    }

    /// The law of `matrix x + shift + N(0, added)`.
    pub fn affine(&self, matrix: &Array2<f64>, shift: &Array1<f64>, added: &Array2<f64>) -> Gaussian {
        let covariance = matrix.dot(&self.covariance).dot(&matrix.t()) + added;
        Gaussian { mean: matrix.dot(&self.mean) + shift, covariance }
    }

    /// Euclidean distance of the means.
    pub fn mean_error(&self, other: &Gaussian) -> f64 {
        (&self.mean - &other.mean).iter().map(|d| d * d).sum::<f64>().sqrt()
    }

    /// Frobenius distance of the covariances.
    pub fn covariance_error(&self, other: &Gaussian) -> f64 {
        (&self.covariance - &other.covariance).iter().map(|d| d * d).sum::<f64>().sqrt()
    }

    /// The standard deviation along a unit vector.
    pub fn deviation_along(&self, direction: &Array1<f64>) -> f64 {
        direction.dot(&self.covariance.dot(direction)).max(0.0).sqrt()
    }

    /// The lower triangular root of the covariance; semidefinite covariances are welcome.
    pub(crate) fn cholesky(&self) -> Array2<f64> {
        let dim = self.mean.len();
        let mut root = Array2::<f64>::zeros((dim, dim));
        for j in 0..dim {
            for i in j..dim {
                let known: f64 = (0..j).map(|k| root[[i, k]] * root[[j, k]]).sum();
                let left = self.covariance[[i, j]] - known;
                root[[i, j]] = match () {
                    () if i == j => left.max(0.0).sqrt(),
                    () if root[[j, j]] > 0.0 => left / root[[j, j]],
                    () => 0.0,
                };
            }
        }
        root
    }
}
