use ito_state::{Batch, Rows};

use super::{Curvature, Energy, Potential, row_length};
use crate::SdeError;
use crate::error::{finite, positive};

/// The harmonic well `E(x) = k |x|^2 / 2`; its density is `N(0, 1/k)` in every entry. `k = 0` is no force at all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Harmonic {
    stiffness: f64,
}

impl Harmonic {
    /// With stiffness `k`, any finite number; below zero it is a hill and has no stationary law.
    ///
    /// # Errors
    /// [`SdeError`] if the stiffness is not finite.
    pub fn new(stiffness: f64) -> Result<Self, SdeError> {
        finite("the stiffness", stiffness)?;
        Ok(Harmonic { stiffness })
    }

    /// `k`.
    pub fn stiffness(&self) -> f64 {
        self.stiffness
    }
}

impl<X: Batch> Potential<X> for Harmonic {
    #[inline]
    fn gradient(&self, x: &X) -> X {
        X::lincomb(&[(self.stiffness, x)])
    }
}

impl<X: Rows> Energy<X> for Harmonic {
    fn energy(&self, x: &X) -> Vec<f64> {
        x.dot_rows(x).iter().map(|square| self.stiffness * square / 2.0).collect()
    }
}

impl<X: Rows> Curvature<X> for Harmonic {
    fn laplacian(&self, x: &X) -> Vec<f64> {
        row_length(x).iter().map(|dim| self.stiffness * dim).collect()
    }
}

/// The Gaussian well `E(x) = (x - m) . P (x - m) / 2`; its density is `N(m, P^-1)`.
///
/// The precision matrix `P` is handed in as the map `x -> P x` of a batch, row by row, so that it can be a product entry by
/// entry (`|x| x.mul(&diagonal)`), a matrix product, or anything else that is linear, symmetric and positive.
#[derive(Clone, Copy, Debug)]
pub struct Quadratic<X, P> {
    /// The mean, a batch like those it is asked about.
    pub mean: X,
    /// `x -> P x`.
    pub precision: P,
}

impl<X: Batch, P: Fn(&X) -> X> Potential<X> for Quadratic<X, P> {
    #[inline]
    fn gradient(&self, x: &X) -> X {
        (self.precision)(&X::lincomb(&[(1.0, x), (-1.0, &self.mean)]))
    }
}

impl<X: Rows, P: Fn(&X) -> X> Energy<X> for Quadratic<X, P> {
    fn energy(&self, x: &X) -> Vec<f64> {
        let off = X::lincomb(&[(1.0, x), (-1.0, &self.mean)]);
        off.dot_rows(&(self.precision)(&off)).iter().map(|square| square / 2.0).collect()
    }
}

/// The double well `E(x) = sum_i b ((x_i/a)^2 - 1)^2`: two wells at `+-a` an entry, a barrier of height `b` between them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DoubleWell {
    barrier: f64,
    half_width: f64,
}

impl DoubleWell {
    /// With a barrier `b > 0` and wells at `+-half_width`, above zero.
    ///
    /// # Errors
    /// [`SdeError`] for a number that is not finite or not above zero.
    pub fn new(barrier: f64, half_width: f64) -> Result<Self, SdeError> {
        positive("the barrier", barrier)?;
        positive("half the distance of the wells", half_width)?;
        Ok(DoubleWell { barrier, half_width })
    }

    /// `(x/a)^2 - 1`.
    #[inline]
    fn bend<X: Rows>(&self, x: &X) -> X {
        X::lincomb(&[(self.half_width.powi(-2), &x.mul(x)), (-1.0, &x.fill_like(1.0))])
    }
}

impl<X: Rows> Potential<X> for DoubleWell {
    #[inline]
    fn gradient(&self, x: &X) -> X {
        X::lincomb(&[(4.0 * self.barrier / self.half_width.powi(2), &x.mul(&self.bend(x)))])
    }
}

impl<X: Rows> Energy<X> for DoubleWell {
    fn energy(&self, x: &X) -> Vec<f64> {
        let bend = self.bend(x);
        bend.dot_rows(&bend).iter().map(|square| self.barrier * square).collect()
    }
}

impl<X: Rows> Curvature<X> for DoubleWell {
    fn laplacian(&self, x: &X) -> Vec<f64> {
        let (square, scale) = (x.dot_rows(x), 4.0 * self.barrier / self.half_width.powi(2));
        let bent = |(s, dim): (&f64, f64)| scale * (3.0 * s / self.half_width.powi(2) - dim);
        square.iter().zip(row_length(x)).map(bent).collect()
    }
}
