use ito_state::Pointwise;

use crate::{Commutative, Diagonal, Sde};

/// A change of variable `y = f(t, x)` on the line, invertible in `x` and twice differentiable.
pub trait Change {
    /// `f(t, x)`.
    fn value(&self, t: f64, x: f64) -> f64;
    /// `x` with `f(t, x) = y`.
    fn inverse(&self, t: f64, y: f64) -> f64;
    /// `df/dx`.
    fn slope(&self, t: f64, x: f64) -> f64;
    /// `d^2 f/dx^2`.
    fn curvature(&self, t: f64, x: f64) -> f64;
    /// `df/dt`, zero unless said otherwise.
    fn rate(&self, _t: f64, _x: f64) -> f64 {
        0.0
    }
}

/// `y = ln x`, `x > 0`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Logarithm;

impl Change for Logarithm {
    fn value(&self, _t: f64, x: f64) -> f64 {
        x.ln()
    }
    fn inverse(&self, _t: f64, y: f64) -> f64 {
        y.exp()
    }
    fn slope(&self, _t: f64, x: f64) -> f64 {
        1.0 / x
    }
    fn curvature(&self, _t: f64, x: f64) -> f64 {
        -1.0 / (x * x)
    }
}

/// The SDE of `Y = f(t, X)`, entry by entry, for `X` with noise of its own in every entry: Ito's lemma,
/// `dY = (d_t f + f' b + 1/2 f'' g^2) dt + f' g dW`, all at `x = f^-1(t, Y)`.
///
/// For rising time: of an SDE that is written for falling time the term of `f''` would have the other sign.
/// Without the term of `f''` this would be the rule of ordinary calculus, which holds in Stratonovich's reading only.
/// Ito 1944; Kloeden & Platen 1992, section 3.3.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Image<S, C> {
    sde: S,
    change: C,
}

impl<S, C: Change> Image<S, C> {
    /// Of this SDE under this change of variable.
    pub fn new(sde: S, change: C) -> Self {
        Image { sde, change }
    }

    /// `f(t, x)`, entry by entry.
    pub fn value<X: Pointwise>(&self, t: f64, x: &X) -> X {
        x.map_entries(|x| self.change.value(t, x))
    }

    /// `x` with `f(t, x) = y`, entry by entry.
    pub fn inverse<X: Pointwise>(&self, t: f64, y: &X) -> X {
        y.map_entries(|y| self.change.inverse(t, y))
    }

    /// `f'' g^2 w` at `x`.
    #[inline]
    fn bend<X: Pointwise>(&self, t: f64, x: &X, w: &X) -> X
    where
        S: Diagonal<X>,
    {
        let square = self.sde.diffuse(t, x, &self.sde.diffuse(t, x, w));
        x.map_entries(|x| self.change.curvature(t, x)).mul(&square)
    }
}

impl<X: Pointwise, S: Diagonal<X>, C: Change> Sde<X> for Image<S, C> {
    #[inline]
    fn drift(&self, t: f64, y: &X) -> X {
        let x = self.inverse(t, y);
        let carried = x.map_entries(|x| self.change.slope(t, x)).mul(&self.sde.drift(t, &x));
        let rate = x.map_entries(|x| self.change.rate(t, x));
        X::lincomb(&[(1.0, &carried), (0.5, &self.bend(t, &x, &x.fill_like(1.0))), (1.0, &rate)])
    }

    #[inline]
    fn diffuse(&self, t: f64, y: &X, dw: &X) -> X {
        let x = self.inverse(t, y);
        x.map_entries(|x| self.change.slope(t, x)).mul(&self.sde.diffuse(t, &x, dw))
    }

    #[inline]
    fn wiener_like(&self, y: &X) -> X {
        self.sde.wiener_like(y)
    }
}

/// `g_Y dg_Y/dy = f'' g^2 + f' g g'`: the derivative by `y` is that by `x` over `f'`.
impl<X: Pointwise, S: Diagonal<X>, C: Change> Commutative<X> for Image<S, C> {
    #[inline]
    fn diffuse_slope(&self, t: f64, y: &X, w: &X) -> X {
        let x = self.inverse(t, y);
        let carried = x.map_entries(|x| self.change.slope(t, x)).mul(&self.sde.diffuse_slope(t, &x, w));
        X::lincomb(&[(1.0, &carried), (1.0, &self.bend(t, &x, w))])
    }
}

impl<X: Pointwise, S: Diagonal<X>, C: Change> Diagonal<X> for Image<S, C> {}
