use ito_state::Rows;

use crate::solver::ito_stratonovich_correction;
use crate::{Commutative, Diagonal, Sde};

/// Coefficients that are read in Fick's sense, where diffusion levels out the density itself:
/// `d_t p = -d_x(f p) + d_x(D d_x p)`, `D = g^2 / 2`, every entry with its own noise.
///
/// The third reading of a state-dependent diffusion, beside Ito's (an [`Sde`]) and
/// [`Stratonovich`](crate::solver::Stratonovich)'s; it is no [`Sde`], so that no method takes the one for the other. The drift in
/// Ito's sense is `f`, `f + g g'/2` and `f + g g' = f + D'` in the readings of Ito, Stratonovich and Fick. Without `f`, between
/// reflecting walls, they come to rest as `1/D`, `1/sqrt(D)` and a constant. Also called the reading of Hanggi and Klimontovich, or
/// isothermal; Lau & Lubensky 2007, Physical Review E 76, 011123.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fick<S>(
    /// `f` and `g`.
    pub S,
);

impl<S> Fick<S> {
    /// The same process as an SDE in Ito's reading, with drift `f + g g'`. For rising time: for an SDE that
    /// is written for falling time the drift would be `f - g g'`.
    pub fn into_ito(self) -> FickInIto<S> {
        FickInIto { sde: self.0 }
    }
}

/// An SDE in Ito's reading whose coefficients were given in Fick's; made by [`Fick`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FickInIto<S> {
    sde: S,
}

impl<X: Rows, S: Diagonal<X>> Sde<X> for FickInIto<S> {
    #[inline]
    fn drift(&self, t: f64, x: &X) -> X {
        X::lincomb(&[(1.0, &self.sde.drift(t, x)), (2.0, &ito_stratonovich_correction(&self.sde, t, x))])
    }

    #[inline]
    fn diffuse(&self, t: f64, x: &X, dw: &X) -> X {
        self.sde.diffuse(t, x, dw)
    }

    #[inline]
    fn wiener_like(&self, x: &X) -> X {
        self.sde.wiener_like(x)
    }
}

impl<X: Rows, S: Diagonal<X>> Commutative<X> for FickInIto<S> {
    #[inline]
    fn diffuse_slope(&self, t: f64, x: &X, w: &X) -> X {
        self.sde.diffuse_slope(t, x, w)
    }
}

impl<X: Rows, S: Diagonal<X>> Diagonal<X> for FickInIto<S> {}
