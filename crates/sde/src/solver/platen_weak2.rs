use ito_state::{Noise, Rows};

use super::milstein::double_integral;
use crate::{Commutative, NoiseKind, Order, Solver};

/// Platen's explicit scheme of weak order 2, for scalar and diagonal noise; strong order 1.
///
/// With `Y = X + f h + g dW` and `Y+- = X + f h +- g sqrt h`, all of them at the step's end,
/// `X' = X + (f + f(Y)) h / 2 + (g(Y+) + g(Y-) + 2 g) dW / 4 + (g(Y+) - g(Y-)) (dW^2 - h) / (4 sqrt h)`.
/// Two evaluations of the drift, three of the diffusion. Kloeden & Platen 1992, equation 15.1.1. For any noise there is
/// [`NinomiyaNinomiya`](super::NinomiyaNinomiya).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlatenWeak2;

impl<X: Rows, W: Rows, S: Commutative<X, W> + ?Sized> Solver<S, X, W> for PlatenWeak2 {
    fn orders(&self) -> &'static [(NoiseKind, Order)] {
        const ORDER: Order = Order { strong: Some(1.0), weak: 2.0 };
        &[(NoiseKind::Scalar, ORDER), (NoiseKind::Diagonal, ORDER)]
    }

    #[inline(always)]
    fn step<N: Noise<W> + ?Sized>(&self, sde: &S, from: f64, to: f64, x: &X, noise: &mut N) -> X {
        let h = to - from;
        if h == 0.0 {
            return x.clone();
        }
        let size = h.abs();
        let dw = noise.increment(from, to, &sde.wiener_like(x));
        let (f, g, g_root) =
            (sde.drift(from, x), sde.diffuse(from, x, &dw), sde.diffuse(from, x, &dw.fill_like(size.sqrt())));
        let ahead = X::lincomb(&[(1.0, x), (h, &f), (1.0, &g)]);
        let f_ahead = sde.drift(to, &ahead);

        let up = X::lincomb(&[(1.0, x), (h, &f), (1.0, &g_root)]);
        let down = X::lincomb(&[(1.0, x), (h, &f), (-1.0, &g_root)]);
        // (dW^2 - h) / (4 sqrt h), and dW / 4.
        let squares = double_integral(&dw, size);
        let weight = |sign: f64| W::lincomb(&[(0.25, &dw), (sign * 0.5 / size.sqrt(), &squares)]);
        let (g_up, g_down) = (sde.diffuse(to, &up, &weight(1.0)), sde.diffuse(to, &down, &weight(-1.0)));
        X::lincomb(&[(1.0, x), (0.5 * h, &f), (0.5 * h, &f_ahead), (0.5, &g), (1.0, &g_up), (1.0, &g_down)])
    }
}
