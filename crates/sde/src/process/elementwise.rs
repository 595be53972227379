use ito_state::Pointwise;

use crate::{Commutative, Diagonal, Sde};

/// `dX = f(t, X) dt + g(t, X) dW`, every entry by itself, from functions of `(t, x)`.
///
/// ```
/// use ito_sde::process::Elementwise;
/// // dX = sin X dt + (1 + cos(X) / 2) dW; the slope is that of the diffusion.
/// let sde = Elementwise::new(|_t, x: f64| x.sin(), |_t, x: f64| 1.0 + 0.5 * x.cos(), |_t, x: f64| -0.5 * x.sin());
/// # let _ = sde;
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Elementwise<F, G, S> {
    drift: F,
    diffusion: G,
    slope: S,
}

impl<F: Fn(f64, f64) -> f64, G: Fn(f64, f64) -> f64, S: Fn(f64, f64) -> f64> Elementwise<F, G, S> {
    /// `f`, `g`, and `dg/dx`, all of `(t, x)`. A wrong slope costs the methods that use it their order.
    pub fn new(drift: F, diffusion: G, slope: S) -> Self {
        Elementwise { drift, diffusion, slope }
    }
}

impl<X, F, G, S> Sde<X> for Elementwise<F, G, S>
where
    X: Pointwise,
    F: Fn(f64, f64) -> f64,
    G: Fn(f64, f64) -> f64,
    S: Fn(f64, f64) -> f64,
{
    #[inline]
    fn drift(&self, t: f64, x: &X) -> X {
        x.map_entries(|x| (self.drift)(t, x))
    }

    #[inline]
    fn diffuse(&self, t: f64, x: &X, dw: &X) -> X {
        x.map_entries(|x| (self.diffusion)(t, x)).mul(dw)
    }

    #[inline]
    fn wiener_like(&self, x: &X) -> X {
        x.clone()
    }
}

impl<X, F, G, S> Commutative<X> for Elementwise<F, G, S>
where
    X: Pointwise,
    F: Fn(f64, f64) -> f64,
    G: Fn(f64, f64) -> f64,
    S: Fn(f64, f64) -> f64,
{
    #[inline]
    fn diffuse_slope(&self, t: f64, x: &X, w: &X) -> X {
        x.map_entries(|x| (self.diffusion)(t, x) * (self.slope)(t, x)).mul(w)
    }
}

impl<X, F, G, S> Diagonal<X> for Elementwise<F, G, S>
where
    X: Pointwise,
    F: Fn(f64, f64) -> f64,
    G: Fn(f64, f64) -> f64,
    S: Fn(f64, f64) -> f64,
{
}
