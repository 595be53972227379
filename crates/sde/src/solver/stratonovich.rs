use ito_state::{Batch, Rows};

use crate::{Additive, Commutative, Diagonal, ScalarNoise, Sde};

/// Coefficients that are read in Stratonovich's sense, `dX = f(t, X) dt + g(t, X) o dW`.
///
/// It is no [`Sde`], which is read in Ito's: a method for the one reading cannot be given the other.
///
/// ```compile_fail,E0277
/// # use ito_sde::{Solver, process::GeometricBrownianMotion, solver::{EulerMaruyama, Stratonovich}};
/// # use ndarray::Array2;
/// Solver::<Stratonovich<GeometricBrownianMotion>, Array2<f64>>::orders(&EulerMaruyama);
/// ```
///
/// Between the readings goes [`ito_stratonovich_correction`], where the noise commutes; for additive noise they agree.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stratonovich<S>(
    /// `f` and `g`.
    pub S,
);

/// What is added to the drift of Stratonovich's reading to have that of Ito's: `(Dg) g / 2`, for diagonal noise
/// `g_i dg_i/dx_i / 2`, for scalar noise `sum_j g_j dg_i/dx_j / 2`. For rising time; in falling time it is taken off.
/// Kloeden & Platen 1992, equation 4.9.11.
#[inline]
pub fn ito_stratonovich_correction<X: Batch, W: Rows, S: Commutative<X, W> + ?Sized>(sde: &S, t: f64, x: &X) -> X {
    let half = sde.wiener_like(x).fill_like(0.5);
    sde.diffuse_slope(t, x, &half)
}

impl<S> Stratonovich<S> {
    /// The same process as an SDE in Ito's reading, with drift `f + (Dg) g / 2`. For rising time.
    pub fn into_ito(self) -> Corrected<S> {
        Corrected { sde: self.0, sign: 1.0 }
    }

    /// The process of an SDE in Ito's reading, in Stratonovich's: the drift is `f - (Dg) g / 2`. For rising time.
    pub fn of_ito(sde: S) -> Stratonovich<Corrected<S>> {
        Stratonovich(Corrected { sde, sign: -1.0 })
    }

    /// [`Stratonovich::into_ito`] for an SDE that is written for falling time: the drift is `f - (Dg) g / 2`.
    ///
    /// With `dt < 0` and noise of variance `|dt|` the correction, which is of the noise, has the other sign than `dt`.
    pub fn into_ito_falling(self) -> Corrected<S> {
        Corrected { sde: self.0, sign: -1.0 }
    }

    /// [`Stratonovich::of_ito`] for an SDE that is written for falling time, such as a
    /// [`ReversedSde`](crate::reverse::ReversedSde): the drift is `f + (Dg) g / 2`.
    pub fn of_ito_falling(sde: S) -> Stratonovich<Corrected<S>> {
        Stratonovich(Corrected { sde, sign: 1.0 })
    }
}

/// An SDE whose drift has the Ito-Stratonovich correction added or taken off; made by [`Stratonovich`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Corrected<S> {
    sde: S,
    sign: f64,
}

impl<X: Batch, W: Rows, S: Commutative<X, W>> Sde<X, W> for Corrected<S> {
    #[inline]
    fn drift(&self, t: f64, x: &X) -> X {
        X::lincomb(&[(1.0, &self.sde.drift(t, x)), (self.sign, &ito_stratonovich_correction(&self.sde, t, x))])
    }

    #[inline]
    fn diffuse(&self, t: f64, x: &X, dw: &W) -> X {
        self.sde.diffuse(t, x, dw)
    }

    #[inline]
    fn wiener_like(&self, x: &X) -> W {
        self.sde.wiener_like(x)
    }
}

impl<X: Batch, W: Rows, S: Commutative<X, W>> Commutative<X, W> for Corrected<S> {
    #[inline]
    fn diffuse_slope(&self, t: f64, x: &X, w: &W) -> X {
        self.sde.diffuse_slope(t, x, w)
    }
}

impl<X: Batch, W: Rows, S: Commutative<X, W> + Additive<X, W>> Additive<X, W> for Corrected<S> {}

impl<X: Rows, S: Diagonal<X>> Diagonal<X> for Corrected<S> {}

impl<X: Batch, W: Rows, S: ScalarNoise<X, W>> ScalarNoise<X, W> for Corrected<S> {}
