use ito_schedules::Level;
use ito_state::Batch;

use crate::guidance::error::{weight, within};
use crate::guidance::{ClassConditional, GuidanceError, OfClass, Rescaled, combine};
use crate::{Denoiser, Pullback};

/// Two models and a weight: `D = w D_c + (1 - w) D_u = D_u + w (D_c - D_u)`, beyond the better model, away from the other.
///
/// `w = 1` is the conditional model itself, bit for bit, and the other one is not evaluated; `w = 0` is the other one. Else two
/// evaluations a call. Scores combine as the estimates do: `s = w s_c + (1 - w) s_u`.
///
/// What it does not sample, unless `w` is 0 or 1: the tilted law `p_c^w p_u^(1-w)`. The scores added are those of the noisy
/// marginals, and where a sampler ends depends on its noise; see the [module](crate::guidance) for numbers.
#[derive(Clone, Copy, Debug)]
pub struct Guided<C, U> {
    conditional: C,
    other: U,
    weight: f64,
    /// Guided where `low < sigma/alpha <= high`.
    low: f64,
    high: f64,
}

impl<C, U> Guided<C, U> {
    /// Classifier-free guidance: a conditional model away from the unconditional one. Ho & Salimans 2022, arXiv:2207.12598,
    /// equation 6, whose `w` is this one less 1.
    ///
    /// # Errors
    /// [`GuidanceError::OutOfRange`] for a weight that is not finite, or beyond a million.
    pub fn classifier_free(conditional: C, unconditional: U, weight: f64) -> Result<Self, GuidanceError> {
        Guided::new(conditional, unconditional, weight)
    }

    /// Autoguidance: a model away from a worse one of the same data and conditioning (smaller, or less trained). Karras et al. 2024,
    /// arXiv:2406.02507.
    ///
    /// # Errors
    /// [`GuidanceError::OutOfRange`] for a weight that is not finite, or beyond a million.
    pub fn by_worse_model(model: C, worse: U, weight: f64) -> Result<Self, GuidanceError> {
        Guided::new(model, worse, weight)
    }

    fn new(conditional: C, other: U, w: f64) -> Result<Self, GuidanceError> {
        weight(w)?;
        Ok(Guided { conditional, other, weight: w, low: f64::NEG_INFINITY, high: f64::INFINITY })
    }

    /// Guided only where `low < sigma/alpha <= high`, elsewhere the conditional model alone, one evaluation. Kynkaanniemi et al.
    /// 2024, arXiv:2404.07724. `high` may be infinite.
    ///
    /// # Errors
    /// [`GuidanceError::EmptyInterval`] unless `0 <= low < high`.
    pub fn within(self, low: f64, high: f64) -> Result<Self, GuidanceError> {
        if low >= 0.0 && low < high {
            return Ok(Guided { low, high, ..self });
        }
        Err(GuidanceError::EmptyInterval { low, high })
    }

    /// With the spread of the estimate brought back to that of the conditional model, by the part `phi` in [0, 1].
    ///
    /// # Errors
    /// [`GuidanceError::OutOfRange`] for any other `phi`.
    pub fn rescaled(self, phi: f64) -> Result<Rescaled<C, U>, GuidanceError> {
        within("phi", phi, 0.0, 1.0)?;
        Ok(Rescaled { guided: self, phi })
    }

    /// The weight at a level: 1 outside of the interval.
    pub(super) fn weight_at(&self, level: Level) -> f64 {
        let s = level.noise_to_signal();
        if self.low < s && s <= self.high { self.weight } else { 1.0 }
    }

    /// The conditional estimate, and the guided one where it is another.
    pub(super) fn estimates<X: Batch>(&self, x: &X, at: &[Level]) -> (X, Option<X>)
    where
        C: Denoiser<X>,
        U: Denoiser<X>,
    {
        let conditional = self.conditional.denoise(x, at);
        if self.all(at, 1.0) {
            return (conditional, None);
        }
        let guided = self.mix(at, &conditional, &self.other.denoise(x, at));
        (conditional, Some(guided))
    }

    fn all(&self, at: &[Level], weight: f64) -> bool {
        at.iter().all(|level| self.weight_at(*level) == weight)
    }

    fn mix<X: Batch>(&self, at: &[Level], conditional: &X, other: &X) -> X {
        combine(at, &[(&|level| self.weight_at(level), conditional), (&|level| 1.0 - self.weight_at(level), other)])
    }
}

impl<'a, M: ?Sized> Guided<OfClass<'a, M>, OfClass<'a, M>> {
    /// Classifier-free guidance towards a class of one model, away from the same model without a class.
    ///
    /// # Errors
    /// [`GuidanceError::NotConditional`] of a model without classes, [`GuidanceError::NoSuchClass`], and those of the weight.
    pub fn to_class<X>(model: &'a M, class: usize, weight: f64) -> Result<Self, GuidanceError>
    where
        M: ClassConditional<X>,
    {
        Guided::classifier_free(OfClass::new(model, class)?, OfClass::none(model), weight)
    }
}

impl<X: Batch, C: Denoiser<X>, U: Denoiser<X>> Denoiser<X> for Guided<C, U> {
    fn denoise(&self, x: &X, at: &[Level]) -> X {
        if self.all(at, 0.0) {
            return self.other.denoise(x, at);
        }
        let (conditional, guided) = self.estimates(x, at);
        guided.unwrap_or(conditional)
    }
}

impl<X: Batch, C: Pullback<X>, U: Pullback<X>> Pullback<X> for Guided<C, U> {
    fn pullback(&self, x: &X, at: &[Level], v: &X) -> (X, X) {
        if self.all(at, 0.0) {
            return self.other.pullback(x, at, v);
        }
        let (conditional, back) = self.conditional.pullback(x, at, v);
        if self.all(at, 1.0) {
            return (conditional, back);
        }
        let (other, other_back) = self.other.pullback(x, at, v);
        (self.mix(at, &conditional, &other), self.mix(at, &back, &other_back))
    }
}
