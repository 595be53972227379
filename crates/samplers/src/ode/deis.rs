use ito_schedules::Level;
use ito_state::{Batch, Noise};

use super::history::reaching;
use super::noise_history::NoiseHistory;
use super::weights::{lagrange, rational_moments};
use crate::{Failure, Order, Sampler, Step};

/// DEIS: the noise prediction `eps` of the last one, two or three steps is extrapolated by a polynomial, and the probability flow
/// integrated exactly under it (Adams-Bashforth with the coefficients of the grid at hand).
///
/// In `y = x/alpha`, `s = sigma/alpha` the flow is `dy/ds = eps`, so `y' = y + sum_j eps_j int_s^s' l_j ds` with Lagrange's
/// polynomials `l_j`. Zhang & Chen let them be polynomials in the path's own time. Here they are polynomials in
/// `u = sigma/(alpha + sigma)`, the time of the straight path, for every path: there both are the same, and `u` depends on the
/// levels alone, runs evenly from 1 at pure noise to 0 at data, and `ds = du/(1 - u)^2` makes the integrals elementary
/// (logarithms), so they are exact and both ends are ordinary.
///
/// Fewer predictions are used where they lie too near together for a long step, as in [`DpmppMultistep`](crate::DpmppMultistep)
/// (there in `lambda`, here in `u`); predictions at one `u` are one.
///
/// One evaluation a step, no noise. `first` is of order 1 (DDIM), `second` and `third` of order 2, as the first step is a DDIM
/// step whose one error counts; started exactly, `third` is of order 3. From almost pure noise that first error is small, and
/// order 3 shows. Zhang & Chen 2022, arXiv:2204.13902 (tAB-DEIS of degree 0, 1, 2).
#[derive(Clone, Debug)]
pub struct Deis<X> {
    order: u32,
    history: NoiseHistory<X>,
}

impl<X: Batch> Deis<X> {
    /// One prediction a step: [`Ddim`](crate::Ddim).
    pub fn first() -> Self {
        Self::of_order(1)
    }

    /// The last two predictions.
    pub fn second() -> Self {
        Self::of_order(2)
    }

    /// The last three predictions.
    pub fn third() -> Self {
        Self::of_order(3)
    }

    fn of_order(order: u32) -> Self {
        Deis { order, history: NoiseHistory::new(order as usize) }
    }
}

impl<X: Batch> Sampler<X> for Deis<X> {
    fn order(&self) -> Order {
        Order { order: self.order.min(2), evaluations: 1, noise: false }
    }

    fn step(&mut self, at: &Step<X>, x: &X, _noise: &mut dyn Noise<X>) -> Result<X, Failure> {
        at.leaves_noise()?;
        let denoised = at.denoised(x, at.from);
        let earlier = self.history.follow(at.from, at.to);
        let weights = weights(at.from, at.to, &earlier, self.order as usize - 1);
        Ok(self.history.step(at, x, &denoised, &weights))
    }
}

/// `int_s^s' l_j ds` for at most so many of the earlier predictions, made at `earlier` (their `sigma/alpha`).
fn weights(from: Level, to: Level, earlier: &[f64], most: usize) -> Vec<(usize, f64)> {
    let s = from.noise_to_signal();
    // 1 - u = alpha/(alpha + sigma), and differences of u = s/(1 + s), without their rounding near pure noise.
    let signal = from.alpha / (from.alpha + from.sigma);
    let ahead = |other: f64| (other - s) / (1.0 + other) * signal;
    let span = ahead(to.noise_to_signal());
    let all: Vec<f64> = earlier.iter().map(|before| ahead(*before) / span).collect();
    let kept = reaching(&all, most);
    let nodes: Vec<f64> = kept.iter().map(|k| all[*k]).collect();
    let moments = rational_moments(span / signal).map(|moment| span / (signal * signal) * moment);
    kept.into_iter().zip(lagrange(&nodes, &moments)).collect()
}
