use ito_state::{Batch, Rows};

use crate::{Diagonal, Isotropic, Sde};

/// A forward SDE of which everything is known that reversal needs, beside the score.
pub trait Reversible<X: Batch>: Sde<X> {
    /// `div(g g^T) + g g^T s`, for `s = grad log p` the divergence of `g g^T p` over `p`: twice what noise does to the
    /// probability current, per unit of time.
    fn pull(&self, t: f64, x: &X, score: &X) -> X;
}

/// A forward SDE whose noise is one number, `g(t)^2` its rate: the pull is `g^2 s`.
#[derive(Debug)]
pub struct ByRate<'a, S: ?Sized>(pub(super) &'a S);

/// A forward SDE with its own noise in every entry, `g_i(t, x_i)`: the pull is `2 g dg/dx + g^2 s`, entry by entry.
#[derive(Debug)]
pub struct ByEntry<'a, S: ?Sized>(pub(super) &'a S);

impl<X: Batch, S: Isotropic<X> + ?Sized> Reversible<X> for ByRate<'_, S> {
    #[inline]
    fn pull(&self, t: f64, _x: &X, score: &X) -> X {
        X::lincomb(&[(self.0.noise_rate(t), score)])
    }
}

impl<X: Rows, S: Diagonal<X> + ?Sized> Reversible<X> for ByEntry<'_, S> {
    #[inline]
    fn pull(&self, t: f64, x: &X, score: &X) -> X {
        let slope = self.0.diffuse_slope(t, x, &x.fill_like(2.0));
        // For diagonal noise g (g s) is g g^T s.
        X::lincomb(&[(1.0, &slope), (1.0, &self.0.diffuse(t, x, &self.0.diffuse(t, x, score)))])
    }
}

impl<X: Batch, S: Sde<X> + ?Sized> Sde<X> for ByRate<'_, S> {
    #[inline]
    fn drift(&self, t: f64, x: &X) -> X {
        self.0.drift(t, x)
    }

    #[inline]
    fn diffuse(&self, t: f64, x: &X, dw: &X) -> X {
        self.0.diffuse(t, x, dw)
    }

    #[inline]
    fn wiener_like(&self, x: &X) -> X {
        self.0.wiener_like(x)
    }
}

impl<X: Batch, S: Sde<X> + ?Sized> Sde<X> for ByEntry<'_, S> {
    #[inline]
    fn drift(&self, t: f64, x: &X) -> X {
        self.0.drift(t, x)
    }

    #[inline]
    fn diffuse(&self, t: f64, x: &X, dw: &X) -> X {
        self.0.diffuse(t, x, dw)
    }

    #[inline]
    fn wiener_like(&self, x: &X) -> X {
        self.0.wiener_like(x)
    }
}

impl<S: ?Sized> Clone for ByRate<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S: ?Sized> Copy for ByRate<'_, S> {}

impl<S: ?Sized> Clone for ByEntry<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S: ?Sized> Copy for ByEntry<'_, S> {}
