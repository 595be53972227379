use ito_state::{Batch, Noise, Phase};

use super::{Potential, Underdamped};
use crate::{NoiseKind, Order, Solver};

/// BAOAB for underdamped Langevin dynamics: half a kick, half a drift, friction and noise exactly, half a drift, half a kick.
///
/// `p += -h/2 grad V(q)`, `q += h/2 p`, `p = e^{-gamma h} p + sqrt(T (1 - e^{-2 gamma h})) z`, `q += h/2 p`,
/// `p += -h/2 grad V(q)`, with `z = (W(to) - W(from)) / sqrt(h)`. Weak order 2, strong order 1; two gradients a step.
/// In a harmonic well of stiffness `k` the positions have the exact stationary law at every stable step, `h^2 k < 4`, and the
/// velocities the variance `T (1 - h^2 k / 4)`. Leimkuhler & Matthews 2013, "Rational construction of stochastic numerical methods
/// for molecular sampling", Appl. Math. Res. Express.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Baoab;

impl<X: Batch, P: Potential<X>> Solver<Underdamped<P>, Phase<X>, X> for Baoab {
    fn orders(&self) -> &'static [(NoiseKind, Order)] {
        &[(NoiseKind::Additive, Order { strong: Some(1.0), weak: 2.0 })]
    }

    #[inline]
    fn step<N: Noise<X> + ?Sized>(
        &self,
        sde: &Underdamped<P>,
        from: f64,
        to: f64,
        x: &Phase<X>,
        noise: &mut N,
    ) -> Phase<X> {
        let h = to - from;
        if h == 0.0 {
            return x.clone();
        }
        let keep = (-sde.friction() * h).exp();
        // For falling time `1 - e^{-2 gamma h}` is negative, and its size is the variance that the noise adds.
        let added = (sde.temperature() * (-2.0 * sde.friction() * h).exp_m1().abs()).sqrt();

        let kicked = kick(sde.potential(), h / 2.0, &x.position, &x.velocity);
        let middle = X::lincomb(&[(1.0, &x.position), (h / 2.0, &kicked)]);
        let dw = noise.increment(from, to, &x.velocity);
        let thermal = X::lincomb(&[(keep, &kicked), (added / h.abs().sqrt(), &dw)]);
        let position = X::lincomb(&[(1.0, &middle), (h / 2.0, &thermal)]);
        let velocity = kick(sde.potential(), h / 2.0, &position, &thermal);
        Phase { position, velocity }
    }
}

/// `p - time grad V(q)`.
#[inline]
fn kick<X: Batch>(potential: &impl Potential<X>, time: f64, position: &X, velocity: &X) -> X {
    X::lincomb(&[(1.0, velocity), (-time, &potential.gradient(position))])
}
