use ito_state::{Batch, Noise};
use ndarray::{Array1, Array2, ArrayView1};

use crate::Gaussian;

/// The random vector `v0 + sum_k v_k z_k` over independent standard normals `z_k`: a batch of one row.
///
/// Linear combinations are exact to rounding and keep all dependencies, so the law of whatever a solver computes is known.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearForm {
    constant: Array1<f64>,
    /// `v_0`, `v_1`, ... one after another; basis vectors beyond the last do not occur.
    factors: Vec<f64>,
}

impl LinearForm {
    /// `matrix x + shift`, the image under an affine map.
    pub fn affine(&self, matrix: &Array2<f64>, shift: &Array1<f64>) -> LinearForm {
        let dim = self.constant.len();
        let mut factors = vec![0.0; self.factors.len()];
        // By hand: a product with as many rows as there were draws, and few columns.
        for (image, v) in factors.chunks_exact_mut(dim).zip(self.factors.chunks_exact(dim)) {
            for (image, row) in image.iter_mut().zip(matrix.rows()) {
                *image = row.iter().zip(v).map(|(m, v)| m * v).sum();
            }
        }
        LinearForm { constant: matrix.dot(&self.constant) + shift, factors }
    }

    /// Its law, `N(v0, sum_k v_k v_k^T)`.
    pub fn law(&self) -> Gaussian {
        let dim = self.constant.len();
        let mut covariance = Array2::zeros((dim, dim));
        for v in self.factors.chunks_exact(dim) {
            for (i, j) in (0..dim).flat_map(|i| (0..dim).map(move |j| (i, j))) {
                covariance[[i, j]] += v[i] * v[j];
            }
        }
        Gaussian { mean: self.constant.clone(), covariance }
    }
}

impl Batch for LinearForm {
    fn lincomb(terms: &[(f64, &Self)]) -> Self {
        let ((c, first), rest) = terms.split_first().expect("at least one term");
        let longest = terms.iter().map(|(_, x)| x.factors.len()).max().expect("at least one term");
        let mut factors: Vec<f64> = Vec::with_capacity(longest);
        factors.extend(first.factors.iter().map(|v| c * v));
        factors.resize(longest, 0.0);
        let mut sum = LinearForm { constant: &first.constant * *c, factors };
        for (c, x) in rest {
            sum.constant.scaled_add(*c, &x.constant);
            sum.factors.iter_mut().zip(&x.factors).for_each(|(sum, v)| *sum += c * v);
        }
        sum
    }

    fn lincomb_rows(terms: &[(&[f64], &Self)]) -> Self {
        let single = |c: &[f64]| if let [c] = c { *c } else { panic!("a linear form is one row, not {}", c.len()) };
        Self::lincomb(&terms.iter().map(|(c, x)| (single(c), *x)).collect::<Vec<_>>())
    }
}

/// Noise for linear forms: every draw appends new basis vectors, so it is independent of all earlier ones.
#[derive(Clone, Debug, Default)]
pub struct Fresh {
    used: usize,
}

impl Fresh {
    /// A linear form with this law, independent of all earlier draws.
    pub fn draw(&mut self, law: &Gaussian) -> LinearForm {
        let root = law.cholesky();
        self.normal(law.mean.view()).affine(&root, &law.mean)
    }

    fn normal(&mut self, like: ArrayView1<f64>) -> LinearForm {
        let dim = like.len();
        let mut factors = vec![0.0; (self.used + dim) * dim];
        (0..dim).for_each(|k| factors[(self.used + k) * dim + k] = 1.0);
        self.used += dim;
        LinearForm { constant: Array1::zeros(dim), factors }
    }
}

impl Noise<LinearForm> for Fresh {
    fn normal_like(&mut self, like: &LinearForm) -> LinearForm {
        self.normal(like.constant.view())
    }

    fn uniform_rows(&mut self, _like: &LinearForm) -> Vec<f64> {
        panic!("a uniform number is no linear form of normals")
    }
}
