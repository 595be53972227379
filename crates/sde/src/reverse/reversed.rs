use ito_state::Batch;

use crate::{Isotropic, Sde};

/// An SDE run backward in time, `dX = (f - g^2 grad log p_t(X)) dt + g dW`, with falling `t` (`dt < 0`).
///
/// Started from the forward law at a late time it has the forward laws at all earlier ones. Anderson 1982, equation 3.9;
/// Song et al. 2021, arXiv:2011.13456, equation 6. For additive noise, where no derivative of `g` enters.
#[derive(Clone, Copy)]
pub struct Reversed<'a, X> {
    forward: &'a dyn Isotropic<X>,
    score: &'a dyn Fn(f64, &X) -> X,
}

impl<'a, X: Batch> Reversed<'a, X> {
    /// `score(t, x)` is `grad log p_t(x)` of the forward process.
    pub fn new(forward: &'a dyn Isotropic<X>, score: &'a dyn Fn(f64, &X) -> X) -> Self {
        Reversed { forward, score }
    }
}

impl<X: Batch> Sde<X> for Reversed<'_, X> {
    #[inline]
    fn drift(&self, t: f64, x: &X) -> X {
        let (forward, score) = (self.forward.drift(t, x), (self.score)(t, x));
        X::lincomb(&[(1.0, &forward), (-self.forward.noise_rate(t), &score)])
    }

    #[inline]
    fn diffuse(&self, t: f64, x: &X, dw: &X) -> X {
        self.forward.diffuse(t, x, dw)
    }

    #[inline]
    fn wiener_like(&self, x: &X) -> X {
        self.forward.wiener_like(x)
    }
}
