use ito_state::{Batch, Rows};

use crate::error::not_negative;
use crate::reverse::{ByEntry, ByRate, ProbabilityFlow, Reversible};
use crate::{Additive, Commutative, Diagonal, Isotropic, Sde, SdeError};

/// An SDE run backward in time, with falling `t` (`dt < 0`, `t = 0` is data), at a noise level `lambda` of choice:
/// `dX = (f - (1 + lambda^2)/2 (div(g g^T) + g g^T grad log p_t(X))) dt + lambda g dW`.
///
/// Started from the forward law at a late time it has the forward laws at all earlier ones, whatever `lambda`. With `lambda = 1` it is
/// the reverse SDE `dX = (f - g^2 grad log p_t) dt + g dW` (for noise in every entry `f - 2 g dg/dx - g^2 d log p_t/dx`);
/// with `lambda = 0` the noise is gone and [`ReversedSde::flow`], an ODE, is the same without its cost. Ito's reading, so a step
/// takes its coefficients at its later time, where it begins. Anderson 1982, equation 3.9; Song et al. 2021, arXiv:2011.13456,
/// equation 6 and appendix A; the levels between in Zhang & Chen 2022, arXiv:2204.13902, section 2.
///
/// Knows its forward SDE and score by their types, so that methods see what noise is left, and threads may share it;
/// [`Reversed`] is the same for those known at run time only.
pub struct ReversedSde<'a, S, P: ?Sized> {
    forward: S,
    score: &'a P,
    level: f64,
}

/// Any [`Isotropic`] SDE run backward with any score, made by [`ReversedSde::new`].
pub type Reversed<'a, X> = ReversedSde<'a, ByRate<'a, dyn Isotropic<X> + 'a>, dyn Fn(f64, &X) -> X + 'a>;

impl<'a, S: ?Sized, P: ?Sized> ReversedSde<'a, ByRate<'a, S>, P> {
    /// Of a forward SDE whose noise is one number, an [`Isotropic`] one, at noise level 1.
    /// `score(t, x)` is `grad log p_t(x)` of the forward process.
    pub fn new(forward: &'a S, score: &'a P) -> Self {
        ReversedSde { forward: ByRate(forward), score, level: 1.0 }
    }
}

impl<'a, S: ?Sized, P: ?Sized> ReversedSde<'a, ByEntry<'a, S>, P> {
    /// Of a forward SDE with its own noise in every entry, a [`Diagonal`] one, at noise level 1.
    /// `score(t, x)` is `grad log p_t(x)` of the forward process.
    pub fn diagonal(forward: &'a S, score: &'a P) -> Self {
        ReversedSde { forward: ByEntry(forward), score, level: 1.0 }
    }
}

impl<'a, S, P: ?Sized> ReversedSde<'a, S, P> {
    /// Of any forward SDE that says what its noise pulls, a [`Reversible`] one: correlated noise, for example. At noise level 1.
    /// `score(t, x)` is `grad log p_t(x)` of the forward process.
    pub fn of(forward: S, score: &'a P) -> Self {
        ReversedSde { forward, score, level: 1.0 }
    }
}

impl<'a, S: Copy, P: ?Sized> ReversedSde<'a, S, P> {
    /// The same laws with `level` times the noise of the forward SDE; 0 for none, 1 for all of it, more if wanted.
    ///
    /// # Errors
    /// [`SdeError`] if the level is negative or not finite.
    pub fn with_noise(self, level: f64) -> Result<Self, SdeError> {
        not_negative("the noise level", level)?;
        Ok(ReversedSde { level, ..self })
    }

    /// The ODE with the same laws, whatever the noise level.
    pub fn flow(&self) -> ProbabilityFlow<'a, S, P> {
        ProbabilityFlow { forward: self.forward, score: self.score }
    }
}

impl<X, S, P> Sde<X> for ReversedSde<'_, S, P>
where
    X: Batch,
    S: Reversible<X>,
    P: Fn(f64, &X) -> X + ?Sized,
{
    #[inline]
    fn drift(&self, t: f64, x: &X) -> X {
        let pull = self.forward.pull(t, x, &(self.score)(t, x));
        let share = 0.5 * (1.0 + self.level * self.level);
        X::lincomb(&[(1.0, &self.forward.drift(t, x)), (-share, &pull)])
    }

    #[inline]
    fn diffuse(&self, t: f64, x: &X, dw: &X) -> X {
        X::lincomb(&[(self.level, &self.forward.diffuse(t, x, dw))])
    }

    #[inline]
    fn wiener_like(&self, x: &X) -> X {
        self.forward.wiener_like(x)
    }
}

impl<X, S, P> Additive<X> for ReversedSde<'_, ByRate<'_, S>, P>
where
    X: Batch,
    S: Isotropic<X> + ?Sized,
    P: Fn(f64, &X) -> X + ?Sized,
{
}

impl<X, S, P> Isotropic<X> for ReversedSde<'_, ByRate<'_, S>, P>
where
    X: Batch,
    S: Isotropic<X> + ?Sized,
    P: Fn(f64, &X) -> X + ?Sized,
{
    fn noise_rate(&self, t: f64) -> f64 {
        self.level * self.level * self.forward.0.noise_rate(t)
    }
}

impl<X, S, P> Commutative<X> for ReversedSde<'_, ByEntry<'_, S>, P>
where
    X: Rows,
    S: Diagonal<X> + ?Sized,
    P: Fn(f64, &X) -> X + ?Sized,
{
    #[inline]
    fn diffuse_slope(&self, t: f64, x: &X, w: &X) -> X {
        X::lincomb(&[(self.level * self.level, &self.forward.0.diffuse_slope(t, x, w))])
    }
}

impl<X, S, P> Diagonal<X> for ReversedSde<'_, ByEntry<'_, S>, P>
where
    X: Rows,
    S: Diagonal<X> + ?Sized,
    P: Fn(f64, &X) -> X + ?Sized,
{
}

impl<S: Clone, P: ?Sized> Clone for ReversedSde<'_, S, P> {
    fn clone(&self) -> Self {
        ReversedSde { forward: self.forward.clone(), score: self.score, level: self.level }
    }
}

impl<S: Copy, P: ?Sized> Copy for ReversedSde<'_, S, P> {}
