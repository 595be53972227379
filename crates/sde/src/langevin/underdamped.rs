use ito_state::{Batch, Noise, Phase};

use super::{Harmonic, PhaseTransition, Potential};
use crate::error::not_negative;
use crate::solver::ExactStep;
use crate::{Additive, Sde, SdeError};

/// Underdamped Langevin dynamics of unit mass, `dq = p dt`, `dp = -(gamma p + grad V(q)) dt + sqrt(2 gamma T) dW`.
///
/// Its stationary law is `exp(-(V(q) + |p|^2/2)/T)/Z` for any friction `gamma > 0`; `T` is the thermal energy `k_B T` in the
/// units of `V`. The noise enters the velocities alone, so `W` has the shape of the positions. Langevin 1908; Pavliotis 2014,
/// "Stochastic processes and applications", equation 6.1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Underdamped<P> {
    potential: P,
    friction: f64,
    temperature: f64,
}

impl<P> Underdamped<P> {
    /// `friction` in 1/time and `temperature` in units of energy, neither below zero. Without friction it is Newton's motion.
    ///
    /// # Errors
    /// [`SdeError`] for a number that is not finite, or negative.
    pub fn new(potential: P, friction: f64, temperature: f64) -> Result<Self, SdeError> {
        not_negative("the friction", friction)?;
        not_negative("the temperature", temperature)?;
        Ok(Underdamped { potential, friction, temperature })
    }

    /// `V`.
    pub fn potential(&self) -> &P {
        &self.potential
    }

    /// `gamma`.
    pub fn friction(&self) -> f64 {
        self.friction
    }

    /// `T`.
    pub fn temperature(&self) -> f64 {
        self.temperature
    }

    /// `sqrt(2 gamma T)`, of the velocities.
    pub fn noise_amplitude(&self) -> f64 {
        (2.0 * self.friction * self.temperature).sqrt()
    }
}

impl Underdamped<Harmonic> {
    /// The exact law after a time, entry by entry; a free particle where the stiffness is 0.
    ///
    /// # Errors
    /// [`SdeError`] if the time is negative or not finite.
    pub fn transition(&self, time: f64) -> Result<PhaseTransition, SdeError> {
        not_negative("time", time)?;
        Ok(self.kernel(time))
    }

    /// The law over a signed time.
    fn kernel(&self, time: f64) -> PhaseTransition {
        let sign = time.signum();
        let motion = [[0.0, sign], [-sign * self.potential.stiffness(), -sign * self.friction]];
        PhaseTransition::of(motion, self.noise_amplitude().powi(2), time.abs())
    }
}

impl<X: Batch, P: Potential<X>> Sde<Phase<X>, X> for Underdamped<P> {
    #[inline]
    fn drift(&self, _t: f64, x: &Phase<X>) -> Phase<X> {
        let force = self.potential.score(&x.position);
        Phase { position: x.velocity.clone(), velocity: X::lincomb(&[(-self.friction, &x.velocity), (1.0, &force)]) }
    }

    #[inline]
    fn diffuse(&self, _t: f64, _x: &Phase<X>, dw: &X) -> Phase<X> {
        Phase { position: X::lincomb(&[(0.0, dw)]), velocity: X::lincomb(&[(self.noise_amplitude(), dw)]) }
    }

    #[inline]
    fn wiener_like(&self, x: &Phase<X>) -> X {
        x.velocity.clone()
    }
}

impl<X: Batch, P: Potential<X>> Additive<Phase<X>, X> for Underdamped<P> {}

/// Draws from the transition law: the integrals of `dW` that it needs are no function of the increment of `W`.
impl<X: Batch> ExactStep<Phase<X>, X> for Underdamped<Harmonic> {
    #[inline]
    fn exact_step<N: Noise<X> + ?Sized>(&self, from: f64, to: f64, x: &Phase<X>, noise: &mut N) -> Phase<X> {
        self.kernel(to - from).draw(x, noise)
    }
}
