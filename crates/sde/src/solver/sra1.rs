use ito_state::{Batch, Noise};

use crate::{Additive, NoiseKind, Order, Solver};

/// SRA1, strong order 1.5 and weak order 2 for additive noise, with the time integral of the motion beside its increment:
/// `J = 1/h int (W(s) - W(from)) ds = dW / 2 + H`.
///
/// `Y = X + 3/4 h f(from, X) + 3/2 g(to) J`, `X' = X + h (f(from, X) / 3 + 2 f(from + 3/4 h, Y) / 3) + g(to) (dW - J) + g(from) J`.
/// Roessler 2010, SIAM J. Numer. Anal. 48, table 6.3. Two evaluations of the drift a step. Multiplicative noise is refused:
///
/// ```
/// # use ito_sde::{Solver, process::OrnsteinUhlenbeck, solver::Sra1};
/// # use ndarray::Array2;
/// Solver::<OrnsteinUhlenbeck, Array2<f64>>::orders(&Sra1);
/// ```
/// ```compile_fail,E0277
/// # use ito_sde::{Solver, process::GeometricBrownianMotion, solver::Sra1};
/// # use ndarray::Array2;
/// Solver::<GeometricBrownianMotion, Array2<f64>>::orders(&Sra1);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sra1;

impl<X: Batch, W: Batch, S: Additive<X, W> + ?Sized> Solver<S, X, W> for Sra1 {
    fn orders(&self) -> &'static [(NoiseKind, Order)] {
        &[(NoiseKind::Additive, Order { strong: Some(1.5), weak: 2.0 })]
    }

    #[inline(always)]
    fn step<N: Noise<W> + ?Sized>(&self, sde: &S, from: f64, to: f64, x: &X, noise: &mut N) -> X {
        let h = to - from;
        let (dw, area) = noise.increment_with_area(from, to, &sde.wiener_like(x));
        let mean = W::lincomb(&[(0.5, &dw), (1.0, &area)]);
        let rest = W::lincomb(&[(1.0, &dw), (-1.0, &mean)]);
        let (late_mean, late_rest) = (sde.diffuse(to, x, &mean), sde.diffuse(to, x, &rest));
        let f = sde.drift(from, x);
        let ahead = X::lincomb(&[(1.0, x), (0.75 * h, &f), (1.5, &late_mean)]);
        let f_ahead = sde.drift(from + 0.75 * h, &ahead);
        let early = sde.diffuse(from, x, &mean);
        X::lincomb(&[(1.0, x), (h / 3.0, &f), (2.0 * h / 3.0, &f_ahead), (1.0, &late_rest), (1.0, &early)])
    }
}
