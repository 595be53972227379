use ito_state::{Noise, Rows};

use super::Energy;
use crate::SdeError;
use crate::error::{finite, positive};

/// The Metropolis-adjusted Langevin chain (MALA): moves of ULA, each accepted or refused so that `e^{-E}/Z` stays exactly.
///
/// `y = x - h grad E(x) + sqrt(2 h) z` is accepted with probability `min(1, e^{E(x) - E(y)} q(y -> x) / q(x -> y))`, where
/// `log q(x -> y) = -|y - x + h grad E(x)|^2 / (4 h)`. Rows decide one by one. A proposal whose energy is NaN or infinite is refused.
/// One gradient and one energy a step. Roberts & Tweedie 1996, Bernoulli 2, section 1.4.2.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metropolis<E> {
    energy: E,
    step: f64,
}

/// States with what Metropolis' test needs to know of them.
#[derive(Clone, Debug)]
pub struct Walkers<X> {
    position: X,
    energy: Vec<f64>,
    gradient: X,
}

impl<X> Walkers<X> {
    /// Where they are.
    pub fn position(&self) -> &X {
        &self.position
    }

    /// Where they are, and nothing else.
    pub fn into_position(self) -> X {
        self.position
    }
}

/// What came of one step.
#[derive(Clone, Debug, PartialEq)]
pub struct Moved {
    /// The probability with which every row's proposal was to be accepted.
    pub probability: Vec<f64>,
    /// Whether it was.
    pub accepted: Vec<bool>,
}

impl Moved {
    /// The mean probability of acceptance, less noisy than the share of those accepted. 0.574 is best in many dimensions
    /// (Roberts & Rosenthal 1998).
    pub fn acceptance(&self) -> f64 {
        self.probability.iter().sum::<f64>() / self.probability.len() as f64
    }
}

impl<E> Metropolis<E> {
    /// With a step `h > 0`, in squared length.
    ///
    /// # Errors
    /// [`SdeError`] if the step is not finite, or not above zero.
    pub fn new(energy: E, step: f64) -> Result<Self, SdeError> {
        positive("the step", step)?;
        Ok(Metropolis { energy, step })
    }

    /// Walkers that start here.
    ///
    /// # Errors
    /// [`SdeError`] if an energy is NaN or infinite: such a row could never be judged.
    pub fn start<X: Rows>(&self, position: X) -> Result<Walkers<X>, SdeError>
    where
        E: Energy<X>,
    {
        let walkers = self.at(position);
        walkers.energy.iter().try_for_each(|energy| finite("the energy of a start", *energy))?;
        Ok(walkers)
    }

    /// One step of every row.
    pub fn advance<X: Rows, N: Noise<X> + ?Sized>(&self, walkers: &mut Walkers<X>, noise: &mut N) -> Moved
    where
        E: Energy<X>,
    {
        let here = &*walkers;
        let z = noise.normal_like(&here.position);
        let proposal =
            X::lincomb(&[(1.0, &here.position), (-self.step, &here.gradient), ((2.0 * self.step).sqrt(), &z)]);
        let there = self.at(proposal);
        let (forth, back) = (self.log_proposal(here, &there), self.log_proposal(&there, here));
        let ratio = |row: usize| here.energy[row] - there.energy[row] + back[row] - forth[row];
        // A proposal beyond the numbers is refused; `min` alone would turn NaN into certainty.
        let chance = |row: usize| {
            let log = ratio(row);
            if there.energy[row].is_finite() && !log.is_nan() { log.min(0.0).exp() } else { 0.0 }
        };
        let probability: Vec<f64> = (0..here.energy.len()).map(chance).collect();
        let uniform = noise.uniform_rows(&here.position);
        let accepted: Vec<bool> = uniform.iter().zip(&probability).map(|(u, p)| u < p).collect();
        *walkers = Walkers {
            position: X::select_rows(&accepted, &there.position, &here.position),
            energy: (0..accepted.len()).map(|k| if accepted[k] { there.energy[k] } else { here.energy[k] }).collect(),
            gradient: X::select_rows(&accepted, &there.gradient, &here.gradient),
        };
        Moved { probability, accepted }
    }

    /// This many steps; returns the mean probability of acceptance over all of them, 1 for none.
    pub fn run<X: Rows, N: Noise<X> + ?Sized>(&self, walkers: &mut Walkers<X>, steps: usize, noise: &mut N) -> f64
    where
        E: Energy<X>,
    {
        let sum: f64 = (0..steps).map(|_| self.advance(walkers, noise).acceptance()).sum();
        if steps == 0 { 1.0 } else { sum / steps as f64 }
    }

    fn at<X: Rows>(&self, position: X) -> Walkers<X>
    where
        E: Energy<X>,
    {
        Walkers { energy: self.energy.energy(&position), gradient: self.energy.gradient(&position), position }
    }

    /// `-|y - x + h grad E(x)|^2 / (4 h)`, row by row.
    fn log_proposal<X: Rows>(&self, x: &Walkers<X>, y: &Walkers<X>) -> Vec<f64> {
        let off = X::lincomb(&[(1.0, &y.position), (-1.0, &x.position), (self.step, &x.gradient)]);
        off.dot_rows(&off).iter().map(|square| -square / (4.0 * self.step)).collect()
    }
}
