use ito_state::{Batch, Noise};

use crate::{NoiseKind, Order, Sde, Solver};

/// An SDE whose drift is a linear pull and a rest, `f(t, x) = -rate(t) x + rest(t, x)`: the pull may be stiff, the rest is not.
pub trait SemiLinear<X: Batch, W: Batch = X>: Sde<X, W> {
    /// The pull, in 1/time.
    fn rate(&self, t: f64) -> f64;

    /// What is left of the drift.
    fn rest(&self, t: f64, x: &X) -> X;
}

/// An exponential Euler step for a stiff linear pull, with `r` the rate and all else at the step's start:
/// `X' = exp(-r h) X + (1 - exp(-r h)) / r rest + sqrt((1 - exp(-2 r h)) / (2 r h)) g dW`.
///
/// Stable at any `r h`, and the exact law where the rest and `g` are constant, the stationary one included. Strong order 1/2
/// (1 for additive noise), weak order 1. After Lord, Powell & Shardlow 2014, section 10.8, with the noise scaled to its exact variance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExponentialEuler;

/// An Euler step that takes a stiff linear pull at its end, solved in closed form:
/// `X' = (X + h rest + g dW) / (1 + r h)`, `r` at the step's end, all else at its start.
///
/// Stable at any `r h > 0`. At `r h = -1`, a runaway or falling time, there is no such step: the answer is infinite or NaN.
/// Strong order 1/2 (1 for additive noise), weak order 1. At large `r h` it damps too much: the stationary
/// variance of an Ornstein-Uhlenbeck process comes out as `sigma^2 / (2 r + r^2 h)`, which [`ExponentialEuler`] has exactly.
/// Kloeden & Platen 1992, section 12.2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DriftImplicitEuler;

const EULERS: &[(NoiseKind, Order)] = &[
    (NoiseKind::Additive, Order { strong: Some(1.0), weak: 1.0 }),
    (NoiseKind::General, Order { strong: Some(0.5), weak: 1.0 }),
];

impl<X: Batch, W: Batch, S: SemiLinear<X, W> + ?Sized> Solver<S, X, W> for ExponentialEuler {
    fn orders(&self) -> &'static [(NoiseKind, Order)] {
        EULERS
    }

    #[inline(always)]
    fn step<N: Noise<W> + ?Sized>(&self, sde: &S, from: f64, to: f64, x: &X, noise: &mut N) -> X {
        let h = to - from;
        let decayed = sde.rate(from) * h;
        let dw = noise.increment(from, to, &sde.wiener_like(x));
        X::lincomb(&[
            ((-decayed).exp(), x),
            (h * mean_decay(decayed), &sde.rest(from, x)),
            (mean_decay(2.0 * decayed).sqrt(), &sde.diffuse(from, x, &dw)),
        ])
    }
}

/// `(1 - exp(-x)) / x`.
#[inline]
fn mean_decay(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { -(-x).exp_m1() / x }
}

impl<X: Batch, W: Batch, S: SemiLinear<X, W> + ?Sized> Solver<S, X, W> for DriftImplicitEuler {
    fn orders(&self) -> &'static [(NoiseKind, Order)] {
        EULERS
    }

    #[inline(always)]
    fn step<N: Noise<W> + ?Sized>(&self, sde: &S, from: f64, to: f64, x: &X, noise: &mut N) -> X {
        let h = to - from;
        let dw = noise.increment(from, to, &sde.wiener_like(x));
        let part = 1.0 / (1.0 + sde.rate(to) * h);
        X::lincomb(&[(part, x), (part * h, &sde.rest(from, x)), (part, &sde.diffuse(from, x, &dw))])
    }
}
