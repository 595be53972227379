use ito_state::{Batch, Noise};

use crate::{NoiseKind, Order, Sde, Solver};

/// Euler-Maruyama, `X' = X + (to - from) f(from, X) + g(from, X) (W(to) - W(from))`.
///
/// Weak order 1, strong order 1/2 (1 for additive noise), any noise. Kloeden & Platen 1992, section 10.2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EulerMaruyama;

impl<X: Batch, W: Batch, S: Sde<X, W> + ?Sized> Solver<S, X, W> for EulerMaruyama {
    fn orders(&self) -> &'static [(NoiseKind, Order)] {
        &[
            (NoiseKind::Additive, Order { strong: Some(1.0), weak: 1.0 }),
            (NoiseKind::General, Order { strong: Some(0.5), weak: 1.0 }),
        ]
    }

    #[inline(always)]
    fn step<N: Noise<W> + ?Sized>(&self, sde: &S, from: f64, to: f64, x: &X, noise: &mut N) -> X {
        let dw = noise.increment(from, to, &sde.wiener_like(x));
        X::lincomb(&[(1.0, x), (to - from, &sde.drift(from, x)), (1.0, &sde.diffuse(from, x, &dw))])
    }
}
