use ito_state::{Noise, Phase, Pointwise, Rows};

use crate::error::{finite, not_negative};
use crate::solver::ExactStep;
use crate::{Commutative, ScalarNoise, Sde, SdeError};

/// An oscillator with a noisy frequency, `z = q + i p`, `dz = i (omega dt + sigma o dW) z` in Stratonovich's reading, so
/// `dz = (i omega - sigma^2 / 2) z dt + i sigma z dW` in Ito's: one noise drives both coordinates, and `q^2 + p^2` is kept.
///
/// Every entry of the arrays of positions and velocities is an oscillator of its own. Kubo 1963.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KuboOscillator {
    omega: f64,
    sigma: f64,
}

impl KuboOscillator {
    /// `omega` in radians per time, `sigma >= 0` in radians per square root of time.
    ///
    /// # Errors
    /// [`SdeError`] for a number that is not finite, or a negative `sigma`.
    pub fn new(omega: f64, sigma: f64) -> Result<Self, SdeError> {
        finite("omega", omega)?;
        not_negative("sigma", sigma)?;
        Ok(KuboOscillator { omega, sigma })
    }
}

impl<X: Rows> Sde<Phase<X>, X> for KuboOscillator {
    #[inline]
    fn drift(&self, _t: f64, x: &Phase<X>) -> Phase<X> {
        let loss = -0.5 * self.sigma * self.sigma;
        Phase {
            position: X::lincomb(&[(loss, &x.position), (-self.omega, &x.velocity)]),
            velocity: X::lincomb(&[(loss, &x.velocity), (self.omega, &x.position)]),
        }
    }

    #[inline]
    fn diffuse(&self, _t: f64, x: &Phase<X>, dw: &X) -> Phase<X> {
        Phase {
            position: X::lincomb(&[(-self.sigma, &x.velocity.mul(dw))]),
            velocity: X::lincomb(&[(self.sigma, &x.position.mul(dw))]),
        }
    }

    #[inline]
    fn wiener_like(&self, x: &Phase<X>) -> X {
        x.position.clone()
    }
}

impl<X: Rows> Commutative<Phase<X>, X> for KuboOscillator {
    #[inline]
    fn diffuse_slope(&self, _t: f64, x: &Phase<X>, w: &X) -> Phase<X> {
        let square = -self.sigma * self.sigma;
        Phase {
            position: X::lincomb(&[(square, &x.position.mul(w))]),
            velocity: X::lincomb(&[(square, &x.velocity.mul(w))]),
        }
    }
}

/// Scalar in each column: one Wiener process drives position and velocity of an entry, and each entry has its own.
impl<X: Rows> ScalarNoise<Phase<X>, X> for KuboOscillator {}

/// On the path of the noise: a turn by `omega h + sigma (W(to) - W(from))`.
impl<X: Pointwise> ExactStep<Phase<X>, X> for KuboOscillator {
    #[inline]
    fn exact_step<N: Noise<X> + ?Sized>(&self, from: f64, to: f64, x: &Phase<X>, noise: &mut N) -> Phase<X> {
        let h = to - from;
        let w = noise.increment(from, to, &x.position);
        // In falling time Ito's correction and the drift add up instead of cancelling.
        let growth = (0.5 * self.sigma * self.sigma * (h.abs() - h)).exp();
        let cos = w.map_entries(|w| growth * (self.omega * h + self.sigma * w).cos());
        let sin = w.map_entries(|w| growth * (self.omega * h + self.sigma * w).sin());
        Phase {
            position: X::lincomb(&[(1.0, &x.position.mul(&cos)), (-1.0, &x.velocity.mul(&sin))]),
            velocity: X::lincomb(&[(1.0, &x.velocity.mul(&cos)), (1.0, &x.position.mul(&sin))]),
        }
    }
}
