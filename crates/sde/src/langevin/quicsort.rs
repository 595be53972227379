use ito_state::{Batch, Noise, Phase};

use super::{Potential, Underdamped};
use crate::{NoiseKind, Order, Solver};

/// QUICSORT for underdamped Langevin dynamics: strong order 3 from two gradients a step.
///
/// Over a step the Brownian path is replaced by the line, with a jump at each end, that has the same increment `W` and the same
/// areas `H`, `K`: velocities jump by `sigma (H + 6 K)`, the noise is the constant slope `sigma (W - 12 K)/h`, and at the end
/// they jump by `-sigma (H - 6 K)`. What is left is an ODE. Friction and noise are solved exactly, the force enters at the nodes
/// `(3 -+ sqrt 3)/6` of Gauss' quadrature, of which the second sees the force of the first. Strong order 3 where the third
/// derivative of `V` is Lipschitz. Foster, Lyons & Oberhauser 2021, "The shifted ODE method for underdamped Langevin MCMC",
/// arXiv:2101.03446; Scott, O'Kane, Jelincic & Foster 2025, "Underdamped Langevin MCMC with third order convergence",
/// arXiv:2508.16485.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quicsort;

/// `(3 - sqrt 3)/6` and `(3 + sqrt 3)/6`.
const NODES: [f64; 2] = [0.211_324_865_405_187_1, 0.788_675_134_594_812_9];

impl<X: Batch, P: Potential<X>> Solver<Underdamped<P>, Phase<X>, X> for Quicsort {
    fn orders(&self) -> &'static [(NoiseKind, Order)] {
        &[(NoiseKind::Additive, Order { strong: Some(3.0), weak: 3.0 })]
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
        let (h, sigma) = (to - from, sde.noise_amplitude());
        let decay = |part: f64| (-sde.friction() * h * part).exp();
        // `int_0^{part h} e^{-gamma s} ds`, and the integral of that over the step's part, divided by `h`.
        let reach = |part: f64| h * part * shrunk(sde.friction() * h * part);
        let swept = |part: f64| h * part * part * shrunk_twice(sde.friction() * h * part);

        let [w, area, second_area] = noise.increment_with_areas(from, to, &x.velocity);
        let shifted = X::lincomb(&[(1.0, &x.velocity), (sigma, &area), (6.0 * sigma, &second_area)]);
        let slope = X::lincomb(&[(sigma, &w), (-12.0 * sigma, &second_area)]);
        let flight = |part: f64| [(1.0, &x.position), (reach(part), &shifted), (swept(part), &slope)];

        let [first, last] = NODES;
        let early = sde.potential().gradient(&X::lincomb(&flight(first)));
        let [start, run, drift] = flight(last);
        // A third is what order 3 asks of the coefficient, `sum_i b_i a_i = 1/6`.
        let middle = X::lincomb(&[start, run, drift, (-h * reach(1.0 / 3.0), &early)]);
        let late = sde.potential().gradient(&middle);

        let [start, run, drift] = flight(1.0);
        let pull = |node: f64| -h / 2.0 * reach(1.0 - node);
        let brake = |node: f64| -h / 2.0 * decay(1.0 - node);
        Phase {
            position: X::lincomb(&[start, run, drift, (pull(first), &early), (pull(last), &late)]),
            velocity: X::lincomb(&[
                (decay(1.0), &shifted),
                (shrunk(sde.friction() * h), &slope),
                (brake(first), &early),
                (brake(last), &late),
                (-sigma, &area),
                (6.0 * sigma, &second_area),
            ]),
        }
    }
}

/// `(1 - e^{-z}) / z`, 1 at 0.
#[inline]
fn shrunk(z: f64) -> f64 {
    if z == 0.0 { 1.0 } else { -(-z).exp_m1() / z }
}

/// `(e^{-z} - 1 + z) / z^2`, 1/2 at 0; near 0 by its series, where the difference would lose its digits.
#[inline]
fn shrunk_twice(z: f64) -> f64 {
    if z.abs() > 0.5 {
        return ((-z).exp_m1() + z) / (z * z);
    }
    // Horner's scheme for sum_n (-z)^n / (n + 2)!.
    (3..=16).rev().fold(1.0, |tail, n| 1.0 - z * tail / f64::from(n)) / 2.0
}
