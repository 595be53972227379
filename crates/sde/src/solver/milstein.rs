use ito_state::{Noise, Rows};

use crate::{Commutative, NoiseKind, Order, Solver};

/// Milstein, `X' = X + f h + g dW + (Dg) g (dW^2 - h) / 2`, all at the step's start.
///
/// Strong and weak order 1 for diagonal and scalar noise. Milstein 1974; Kloeden & Platen 1992, section 10.3.
/// For noise that is not known to commute the double integrals are no function of the increment, and it does not compile:
///
/// ```
/// # use ito_sde::{Commutative, Sde, Solver, solver::{EulerMaruyama, Milstein}};
/// # use ndarray::Array2;
/// Solver::<dyn Sde<Array2<f64>>, Array2<f64>>::orders(&EulerMaruyama);
/// Solver::<dyn Commutative<Array2<f64>>, Array2<f64>>::orders(&Milstein);
/// ```
/// ```compile_fail,E0277
/// # use ito_sde::{Sde, Solver, solver::Milstein};
/// # use ndarray::Array2;
/// Solver::<dyn Sde<Array2<f64>>, Array2<f64>>::orders(&Milstein);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Milstein;

impl<X: Rows, W: Rows, S: Commutative<X, W> + ?Sized> Solver<S, X, W> for Milstein {
    fn orders(&self) -> &'static [(NoiseKind, Order)] {
        const ORDER: Order = Order { strong: Some(1.0), weak: 1.0 };
        &[(NoiseKind::Scalar, ORDER), (NoiseKind::Diagonal, ORDER)]
    }

    #[inline(always)]
    fn step<N: Noise<W> + ?Sized>(&self, sde: &S, from: f64, to: f64, x: &X, noise: &mut N) -> X {
        let dw = noise.increment(from, to, &sde.wiener_like(x));
        X::lincomb(&[
            (1.0, x),
            (to - from, &sde.drift(from, x)),
            (1.0, &sde.diffuse(from, x, &dw)),
            (1.0, &sde.diffuse_slope(from, x, &double_integral(&dw, (to - from).abs()))),
        ])
    }
}

/// Ito's `int int dW dW = (dW^2 - h) / 2`.
#[inline]
pub(super) fn double_integral<W: Rows>(dw: &W, h: f64) -> W {
    W::lincomb(&[(0.5, &dw.mul(dw)), (-0.5 * h, &dw.fill_like(1.0))])
}
