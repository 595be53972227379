use ito_state::Batch;

use crate::error::finite;
use crate::solver::SemiLinear;
use crate::{Additive, Commutative, Diagonal, ScalarNoise, Sde, SdeError};

/// An SDE with a linear pull to the origin added, `dX = (-rate X + f(t, X)) dt + g(t, X) dW`, for the methods that treat a
/// stiff pull by itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinearPull<S> {
    rate: f64,
    rest: S,
}

impl<S> LinearPull<S> {
    /// `rate` in 1/time; `rest` gives `f` and `g`.
    ///
    /// # Errors
    /// [`SdeError`] for a rate that is not finite.
    pub fn new(rate: f64, rest: S) -> Result<Self, SdeError> {
        finite("rate", rate)?;
        Ok(LinearPull { rate, rest })
    }
}

impl<X: Batch, W: Batch, S: Sde<X, W>> Sde<X, W> for LinearPull<S> {
    #[inline]
    fn drift(&self, t: f64, x: &X) -> X {
        X::lincomb(&[(-self.rate, x), (1.0, &self.rest.drift(t, x))])
    }

    #[inline]
    fn diffuse(&self, t: f64, x: &X, dw: &W) -> X {
        self.rest.diffuse(t, x, dw)
    }

    #[inline]
    fn wiener_like(&self, x: &X) -> W {
        self.rest.wiener_like(x)
    }
}

impl<X: Batch, W: Batch, S: Sde<X, W>> SemiLinear<X, W> for LinearPull<S> {
    #[inline]
    fn rate(&self, _t: f64) -> f64 {
        self.rate
    }

    #[inline]
    fn rest(&self, t: f64, x: &X) -> X {
        self.rest.drift(t, x)
    }
}

impl<X: Batch, W: Batch, S: Additive<X, W>> Additive<X, W> for LinearPull<S> {}

impl<X: Batch, W: Batch, S: Commutative<X, W>> Commutative<X, W> for LinearPull<S> {
    #[inline]
    fn diffuse_slope(&self, t: f64, x: &X, w: &W) -> X {
        self.rest.diffuse_slope(t, x, w)
    }
}

impl<X: Batch, S: Diagonal<X>> Diagonal<X> for LinearPull<S> {}

impl<X: Batch, W: Batch, S: ScalarNoise<X, W>> ScalarNoise<X, W> for LinearPull<S> {}
