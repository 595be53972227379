use ito_state::{Batch, Noise};
use ndarray::{Array1, Array2, ArrayView1, Axis, concatenate, s};

use crate::Gaussian;

/// The random vector `v0 + sum_k v_k z_k` over independent standard normals `z_k`: a batch of one row.
///
/// Linear combinations are exact to rounding and keep all dependencies, so the law of whatever a solver computes is known.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearForm {
    constant: Array1<f64>,
    /// Row `k` is `v_k`; basis vectors beyond the last row do not occur.
    factors: Array2<f64>,
}

impl LinearForm {
    /// `matrix x + shift`, the image under an affine map.
    pub fn affine(&self, matrix: &Array2<f64>, shift: &Array1<f64>) -> LinearForm {
        LinearForm { constant: matrix.dot(&self.constant) + shift, factors: self.factors.dot(&matrix.t()) }
    }

    /// Its law, `N(v0, sum_k v_k v_k^T)`.
    pub fn law(&self) -> Gaussian {
        Gaussian { mean: self.constant.clone(), covariance: self.factors.t().dot(&self.factors) }
    }

    fn padded(&self, count: usize) -> Array2<f64> {
        let missing = Array2::zeros((count - self.factors.nrows(), self.constant.len()));
        concatenate(Axis(0), &[self.factors.view(), missing.view()]).expect("equal dimensions")
    }
}

impl Batch for LinearForm {
    fn lincomb(terms: &[(f64, &Self)]) -> Self {
        let count = terms.iter().map(|(_, x)| x.factors.nrows()).max().expect("at least one term");
        let ((c, first), rest) = terms.split_first().expect("at least one term");
        let mut sum = LinearForm { constant: &first.constant * *c, factors: first.padded(count) * *c };
        for (c, x) in rest {
            sum.constant.scaled_add(*c, &x.constant);
            sum.factors.slice_mut(s![..x.factors.nrows(), ..]).scaled_add(*c, &x.factors);
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
        let mut factors = Array2::zeros((self.used + dim, dim));
        factors.slice_mut(s![self.used.., ..]).assign(&Array2::eye(dim));
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
