use ito_state::{Noise, Pointwise};

use crate::process::CoxIngersollRoss;
use crate::{NoiseKind, Order, Sde, Solver};

/// Alfonsi's positive step for the Cox-Ingersoll-Ross process: an implicit Euler step for `Y = sqrt X`, solved in closed form.
///
/// With `q = Y + sigma dW / 2` and `a = (kappa theta - sigma^2 / 4) / 2`,
/// `Y' = (q + sqrt(q^2 + 4 (1 + kappa h / 2) a h)) / (2 + kappa h)`. Above zero at any step if `4 kappa theta > sigma^2`, never below
/// zero in any case. Strong and weak order 1 well above Feller's bound. For rising time: in falling time the
/// answer is NaN. Alfonsi 2005, Monte Carlo Methods Appl. 11.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SquareRootImplicit;

impl<X: Pointwise> Solver<CoxIngersollRoss, X> for SquareRootImplicit {
    fn orders(&self) -> &'static [(NoiseKind, Order)] {
        &[(NoiseKind::Diagonal, Order { strong: Some(1.0), weak: 1.0 })]
    }

    #[inline(always)]
    fn step<N: Noise<X> + ?Sized>(&self, sde: &CoxIngersollRoss, from: f64, to: f64, x: &X, noise: &mut N) -> X {
        if to < from {
            return x.fill_like(f64::NAN);
        }
        let dw = noise.increment(from, to, &sde.wiener_like(x));
        sde.implicit_root(to - from, x, &dw)
    }
}
