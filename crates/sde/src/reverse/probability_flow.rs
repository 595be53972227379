use ito_state::Batch;

use crate::ode::VectorField;
use crate::reverse::Reversible;

/// The probability-flow ODE `dX/dt = f - 1/2 (div(g g^T) + g g^T grad log p_t(X))`: with one number for the noise
/// `f - g^2/2 grad log p_t`, with noise in every entry `f - g dg/dx - g^2/2 d log p_t/dx`.
///
/// Its flow, in either direction of time, carries the forward law of any time to that of any other: the continuity equation of
/// its velocity is the Fokker-Planck equation of the SDE. Song et al. 2021, arXiv:2011.13456, equation 13 and appendix A.
/// Made by [`ReversedSde::flow`](crate::reverse::ReversedSde::flow).
pub struct ProbabilityFlow<'a, S, P: ?Sized> {
    pub(super) forward: S,
    pub(super) score: &'a P,
}

impl<X, S, P> VectorField<X> for ProbabilityFlow<'_, S, P>
where
    X: Batch,
    S: Reversible<X>,
    P: Fn(f64, &X) -> X + ?Sized,
{
    #[inline]
    fn velocity(&self, t: f64, x: &X) -> X {
        let pull = self.forward.pull(t, x, &(self.score)(t, x));
        X::lincomb(&[(1.0, &self.forward.drift(t, x)), (-0.5, &pull)])
    }
}

impl<S: Clone, P: ?Sized> Clone for ProbabilityFlow<'_, S, P> {
    fn clone(&self) -> Self {
        ProbabilityFlow { forward: self.forward.clone(), score: self.score }
    }
}

impl<S: Copy, P: ?Sized> Copy for ProbabilityFlow<'_, S, P> {}
