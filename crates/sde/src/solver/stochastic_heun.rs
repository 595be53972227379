use ito_state::{Batch, Noise};

use super::Stratonovich;
use crate::{NoiseKind, Order, Sde, Solver};

/// Heun's method for an SDE in Stratonovich's reading: `Y = X + f h + g dW`, `X' = X + (f + f(Y)) h / 2 + (g + g(Y)) dW / 2`.
///
/// Any noise: strong order 1 where it commutes, else 1/2; weak order 1, and 2 for additive noise. Two evaluations a step.
/// Ruemelin 1982; Kloeden & Platen 1992, section 11.1. An SDE in Ito's reading is refused; [`Stratonovich::of_ito`] converts it.
///
/// ```
/// # use ito_sde::{Solver, process::GeometricBrownianMotion, solver::{StochasticHeun, Stratonovich}};
/// # use ndarray::Array2;
/// Solver::<Stratonovich<GeometricBrownianMotion>, Array2<f64>>::orders(&StochasticHeun);
/// ```
/// ```compile_fail,E0277
/// # use ito_sde::{Solver, process::GeometricBrownianMotion, solver::StochasticHeun};
/// # use ndarray::Array2;
/// Solver::<GeometricBrownianMotion, Array2<f64>>::orders(&StochasticHeun);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StochasticHeun;

impl<X: Batch, W: Batch, S: Sde<X, W>> Solver<Stratonovich<S>, X, W> for StochasticHeun {
    fn orders(&self) -> &'static [(NoiseKind, Order)] {
        &[
            (NoiseKind::Additive, Order { strong: Some(1.0), weak: 2.0 }),
            (NoiseKind::Scalar, Order { strong: Some(1.0), weak: 1.0 }),
            (NoiseKind::Diagonal, Order { strong: Some(1.0), weak: 1.0 }),
            (NoiseKind::General, Order { strong: Some(0.5), weak: 1.0 }),
        ]
    }

    #[inline(always)]
    fn step<N: Noise<W> + ?Sized>(&self, sde: &Stratonovich<S>, from: f64, to: f64, x: &X, noise: &mut N) -> X {
        let Stratonovich(sde) = sde;
        let h = to - from;
        let dw = noise.increment(from, to, &sde.wiener_like(x));
        let (f, g) = (sde.drift(from, x), sde.diffuse(from, x, &dw));
        let ahead = X::lincomb(&[(1.0, x), (h, &f), (1.0, &g)]);
        let (f_ahead, g_ahead) = (sde.drift(to, &ahead), sde.diffuse(to, &ahead, &dw));
        X::lincomb(&[(1.0, x), (0.5 * h, &f), (0.5 * h, &f_ahead), (0.5, &g), (0.5, &g_ahead)])
    }
}
