use ito_state::{Batch, Noise};

use crate::Sde;

/// One Euler-Maruyama step, `X' = X + (to - from) f(from, X) + g(from, X) (W(to) - W(from))`.
///
/// Weak order 1, strong order 1/2 (1 for additive noise). `to < from` runs an SDE that is written for falling time, such as
/// [`Reversed`](crate::Reversed): the drift is taken with its sign, the increment has variance `|to - from|`.
/// Kloeden & Platen 1992, section 10.2.
pub fn euler_maruyama<X: Batch>(sde: &dyn Sde<X>, from: f64, to: f64, x: &X, noise: &mut dyn Noise<X>) -> X {
    let dw = noise.increment(from, to, &sde.wiener_like(x));
    X::lincomb(&[(1.0, x), (to - from, &sde.drift(from, x)), (1.0, &sde.diffuse(from, x, &dw))])
}
