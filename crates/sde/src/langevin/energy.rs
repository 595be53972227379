use ito_state::{Batch, Rows};

use crate::SdeError;
use crate::error::finite;

/// The gradient of an energy `E`, which is all that Langevin dynamics needs of the density `e^{-E}/Z`.
///
/// The score of that density is `grad log p = -grad E`: the minus sign belongs there, and `Z` does not enter.
/// LeCun et al. 2006, "A tutorial on energy-based learning".
pub trait Potential<X: Batch> {
    /// `grad E(x)`, row by row.
    fn gradient(&self, x: &X) -> X;

    /// `grad log p(x) = -grad E(x)`.
    #[inline]
    fn score(&self, x: &X) -> X {
        X::lincomb(&[(-1.0, &self.gradient(x))])
    }
}

/// A [`Potential`] that also knows its values: Metropolis' test and weights need them, up to one constant for all rows.
pub trait Energy<X: Batch>: Potential<X> {
    /// `E(x)`, one number a row.
    fn energy(&self, x: &X) -> Vec<f64>;
}

/// A [`Potential`] that knows how it is bent: the Stratonovich form of a path's probability needs it.
pub trait Curvature<X: Batch>: Potential<X> {
    /// The Laplacian `sum_i d^2 E / dx_i^2`, one number a row.
    fn laplacian(&self, x: &X) -> Vec<f64>;
}

impl<X: Batch, P: Potential<X> + ?Sized> Potential<X> for &P {
    #[inline]
    fn gradient(&self, x: &X) -> X {
        (**self).gradient(x)
    }
}

impl<X: Batch, P: Energy<X> + ?Sized> Energy<X> for &P {
    #[inline]
    fn energy(&self, x: &X) -> Vec<f64> {
        (**self).energy(x)
    }
}

impl<X: Batch, P: Curvature<X> + ?Sized> Curvature<X> for &P {
    fn laplacian(&self, x: &X) -> Vec<f64> {
        (**self).laplacian(x)
    }
}

/// The potential of a score, `grad E = -score`: of a network, or of any function `x -> grad log p(x)`. It has no energy.
#[derive(Clone, Copy, Debug)]
pub struct FromScore<F>(pub F);

impl<X: Batch, F: Fn(&X) -> X> Potential<X> for FromScore<F> {
    #[inline]
    fn gradient(&self, x: &X) -> X {
        X::lincomb(&[(-1.0, &(self.0)(x))])
    }

    #[inline]
    fn score(&self, x: &X) -> X {
        (self.0)(x)
    }
}

/// The sum of two energies, so the product of their densities.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sum<A, B>(pub A, pub B);

impl<X: Batch, A: Potential<X>, B: Potential<X>> Potential<X> for Sum<A, B> {
    #[inline]
    fn gradient(&self, x: &X) -> X {
        X::lincomb(&[(1.0, &self.0.gradient(x)), (1.0, &self.1.gradient(x))])
    }
}

impl<X: Batch, A: Energy<X>, B: Energy<X>> Energy<X> for Sum<A, B> {
    fn energy(&self, x: &X) -> Vec<f64> {
        self.0.energy(x).iter().zip(self.1.energy(x)).map(|(a, b)| a + b).collect()
    }
}

impl<X: Batch, A: Curvature<X>, B: Curvature<X>> Curvature<X> for Sum<A, B> {
    fn laplacian(&self, x: &X) -> Vec<f64> {
        self.0.laplacian(x).iter().zip(self.1.laplacian(x)).map(|(a, b)| a + b).collect()
    }
}

/// `factor E`: the density to a power, a tempered one where the factor is an inverse temperature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scaled<P> {
    factor: f64,
    of: P,
}

impl<P> Scaled<P> {
    /// `factor` times the energy `of`; a negative factor divides by the density.
    ///
    /// # Errors
    /// [`SdeError`] if the factor is not finite.
    pub fn new(factor: f64, of: P) -> Result<Self, SdeError> {
        finite("the factor of an energy", factor)?;
        Ok(Scaled { factor, of })
    }
}

impl<X: Batch, P: Potential<X>> Potential<X> for Scaled<P> {
    #[inline]
    fn gradient(&self, x: &X) -> X {
        X::lincomb(&[(self.factor, &self.of.gradient(x))])
    }
}

impl<X: Batch, P: Energy<X>> Energy<X> for Scaled<P> {
    fn energy(&self, x: &X) -> Vec<f64> {
        self.of.energy(x).iter().map(|e| self.factor * e).collect()
    }
}

impl<X: Batch, P: Curvature<X>> Curvature<X> for Scaled<P> {
    fn laplacian(&self, x: &X) -> Vec<f64> {
        self.of.laplacian(x).iter().map(|l| self.factor * l).collect()
    }
}

/// How many numbers a row of this state has.
pub(crate) fn row_length<X: Rows>(x: &X) -> Vec<f64> {
    let ones = x.fill_like(1.0);
    ones.dot_rows(&ones)
}
