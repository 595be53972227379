use ito_state::{Batch, Noise};

use super::estimate::{Estimate, rising, span};
use super::transition::{Transition, ancestral};
use crate::{Failure, Order, Sampler, Step};

/// DPM-Solver++(3M) for the reverse SDE: the exact integral of the parabola through the last three estimates.
///
/// With `h = ln(s/s')` for `s = sigma/alpha`, and the parabola written as `D + D' u + D'' u^2 / 2` for `u` from 0 to `h`,
/// `x' = keep x + alpha' (1 - e^(-2h)) D + alpha' p (h D') + alpha' (1/2 - p/(2h)) (h^2 D'') + noise`,
/// `p = 1 - (1 - e^(-2h)) / (2h)`. Weak order 2 (noise within a step is seen by the next estimate only, whatever the degree)
/// with a smaller error than [`Dpmpp2mSde`](crate::Dpmpp2mSde) where `D` is smooth, one evaluation a step, draws noise. As `dpmpp_3m_sde` of
/// k-diffusion with `eta = 1`, which takes only half of the last term: there a parabola is not integrated exactly, here it is.
///
/// The first two steps are those of [`Dpmpp2mSde`](crate::Dpmpp2mSde) (heun); steps after pure noise and to data as there.
#[derive(Clone, Debug)]
pub struct Dpmpp3mSde<X> {
    /// The last estimate, and the one before.
    before: [Option<Estimate<X>>; 2],
}

impl<X> Dpmpp3mSde<X> {
    /// For one trajectory.
    pub fn new() -> Self {
        Dpmpp3mSde { before: [None, None] }
    }
}

impl<X> Default for Dpmpp3mSde<X> {
    fn default() -> Self {
        Dpmpp3mSde::new()
    }
}

impl<X: Batch> Sampler<X> for Dpmpp3mSde<X> {
    fn order(&self) -> Order {
        Order { order: 2, evaluations: 1, noise: true }
    }

    fn step(&mut self, at: &Step<X>, x: &X, noise: &mut dyn Noise<X>) -> Result<X, Failure> {
        at.leaves_noise()?;
        at.falls()?;
        let Step { from, to, .. } = *at;
        let now = Estimate { at: from, denoised: at.denoised(x, from) };
        let [one, two] = std::mem::take(&mut self.before);
        let one = one.filter(|one| one.precedes(from));
        let two = two.filter(|two| one.as_ref().is_some_and(|one| two.precedes(one.at)));
        let stepped = match &one {
            Some(one) if to.sigma > 0.0 => extrapolated(at, x, &now, one, two.as_ref(), noise),
            _ => ancestral(at, x, &now.denoised, noise),
        };
        self.before = [Some(now), one];
        Ok(stepped)
    }
}

/// The step with the parabola through three estimates, or the line through two.
fn extrapolated<X: Batch>(
    at: &Step<X>,
    x: &X,
    now: &Estimate<X>,
    one: &Estimate<X>,
    two: Option<&Estimate<X>>,
    noise: &mut dyn Noise<X>,
) -> X {
    let Step { from, to, .. } = *at;
    let Transition { keep, pull, spread, rest } = Transition::between(from, to);
    let (h, h_1) = (span(from, to), span(one.at, from));
    let p = rising(h, rest);
    // Newton's form, D + u F + u (u + h_1) G: F = (D - D_1)/h_1 and G = (F - (D_1 - D_2)/h_2) / (h_1 + h_2), so D' = F + h_1 G
    // and D'' = 2 G.
    let of_f = to.alpha * p * h;
    let [of_g, h_2] = match two {
        Some(two) => [to.alpha * (p * h * h_1 + (1.0 - p / h) * h * h), span(two.at, one.at)],
        None => [0.0, 1.0],
    };
    let of_g = of_g / (h_1 + h_2);
    let [first, last] = [(of_f + of_g) / h_1, of_g / h_2];
    let fresh = noise.increment(from.snr(), to.snr(), x);
    let mut terms = vec![(keep, x), (pull + first, &now.denoised), (-first - last, &one.denoised), (spread, &fresh)];
    terms.extend(two.map(|two| (last, &two.denoised)));
    X::lincomb(&terms)
}
