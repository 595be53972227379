use ito_schedules::Path;
use ito_state::Batch;

use crate::{Additive, Commutative, Diagonal, Isotropic, Sde};

/// The forward SDE whose marginals are those of a Gaussian path, `X_t = alpha x0 + sigma eps` in law for all `t`.
///
/// `dX = (alpha'/alpha) X dt + g dW`, `g^2 = d sigma^2/dt - 2 (alpha'/alpha) sigma^2`. Song et al. 2021, arXiv:2011.13456,
/// section 3.4 and appendix B, solved for a given path. Both coefficients are infinite at pure noise (`alpha = 0`): stop before.
#[derive(Clone, Copy)]
pub struct PathDiffusion<'a> {
    path: &'a dyn Path,
}

impl<'a> PathDiffusion<'a> {
    /// Of this path.
    pub fn new(path: &'a dyn Path) -> Self {
        PathDiffusion { path }
    }
}

impl<X: Batch> Sde<X> for PathDiffusion<'_> {
    #[inline]
    fn drift(&self, t: f64, x: &X) -> X {
        X::lincomb(&[(self.path.derivative(t).alpha / self.path.at(t).alpha, x)])
    }

    #[inline]
    fn diffuse(&self, t: f64, _x: &X, dw: &X) -> X {
        X::lincomb(&[(self.path.noise_rate(t).sqrt(), dw)])
    }

    #[inline]
    fn wiener_like(&self, x: &X) -> X {
        x.clone()
    }
}

impl<X: Batch> Additive<X> for PathDiffusion<'_> {}

impl<X: Batch> Isotropic<X> for PathDiffusion<'_> {
    fn noise_rate(&self, t: f64) -> f64 {
        self.path.noise_rate(t)
    }
}

impl<X: Batch> Commutative<X> for PathDiffusion<'_> {
    #[inline]
    fn diffuse_slope(&self, _t: f64, _x: &X, w: &X) -> X {
        X::lincomb(&[(0.0, w)])
    }
}

impl<X: Batch> Diagonal<X> for PathDiffusion<'_> {}
