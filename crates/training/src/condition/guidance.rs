//! Guidance as the settings ask for it.
use crate::TrainError;
use crate::condition::{Classes, Conditions};
use crate::config::SampleConfig;
use ito_samplers::Denoiser;
use ito_samplers::guidance::{GuidanceError, Guided};
use ito_torch::State;

/// Classifier-free guidance: its weight, the noise levels where it acts, how much of the spread is brought back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Guidance {
    weight: f64,
    /// In sigma / alpha.
    interval: Option<(f64, f64)>,
    rescale: f64,
}

impl Guidance {
    /// None: samples of the conditional law itself.
    pub(crate) const NONE: Guidance = Guidance { weight: 1.0, interval: None, rescale: 0.0 };

    /// What the settings ask of a network that is told so much.
    ///
    /// # Errors
    /// [`TrainError::Config`] for guidance of a network that was never told a condition, or never trained without one;
    /// [`TrainError::Guidance`] for numbers out of range.
    pub(crate) fn new(sample: &SampleConfig, conditions: &Conditions) -> Result<Guidance, TrainError> {
        let &SampleConfig {
            guidance: weight, guidance_low: low, guidance_high: high, guidance_rescale: rescale, ..
        } = sample;
        let say = |what: &str| Err(TrainError::Config(format!("sample.guidance = {weight:?} (--guidance): {what}")));
        if weight == 1.0 {
            let more =
                [("sample.guidance_low", low), ("sample.guidance_high", high), ("sample.guidance_rescale", rescale)];
            return match more.into_iter().find(|(_, given)| given.is_some()) {
                Some((key, _)) => {
                    say(&format!("1 is no guidance, so {key} means nothing: give another weight, such as 2"))
                }
                None => Ok(Guidance::NONE),
            };
        }
        match (conditions.classes, &conditions.vector) {
            (0, None) => return say("guidance needs a conditional model, trained with --conditional or --vectors"),
            (_, None) if sample.class == Some(Classes::None) => {
                return say("with sample.class = \"none\" there is nothing to be guided to: give --class");
            }
            _ if conditions.dropout == 0.0 => {
                return say(
                    "the run's condition.dropout is 0, so its network knows no unconditional law to be guided away from",
                );
            }
            _ => {}
        }
        let interval = (low.is_some() || high.is_some()).then(|| (low.unwrap_or(0.0), high.unwrap_or(f64::INFINITY)));
        let guidance = Guidance { weight, interval, rescale: rescale.unwrap_or(0.0) };
        // Proves the numbers.
        guidance.around(&Nothing, &Nothing)?;
        Ok(guidance)
    }

    /// The guided model.
    pub(crate) fn around<'a>(
        self,
        conditional: &'a dyn Denoiser<State>,
        other: &'a dyn Denoiser<State>,
    ) -> Result<Box<dyn Denoiser<State> + 'a>, GuidanceError> {
        let guided = Guided::classifier_free(conditional, other, self.weight)?;
        let guided = match self.interval {
            Some((low, high)) => guided.within(low, high)?,
            None => guided,
        };
        Ok(if self.rescale == 0.0 { Box::new(guided) } else { Box::new(guided.rescaled(self.rescale)?) })
    }
}

/// Stands for a model where only numbers are proven.
struct Nothing;

impl Denoiser<State> for Nothing {
    fn denoise(&self, x: &State, _: &[ito_schedules::Level]) -> State {
        x.clone()
    }
}
