//! What a plan's samples are told, if not classes alone.
use crate::condition::Degradation;
use crate::condition::degradation::masked;
use crate::condition::told::numbers;
use crate::{Config, Plan, TrainError};
use ito_data::{Examples, Points, Split};
use ito_noise::Stream;
use tch::Tensor;

impl Plan {
    /// Whether its samples must be told more than classes: numbers or a picture.
    pub fn wants_examples(&self) -> bool {
        self.told.conditions.vector.is_some() || self.told.conditions.picture.is_some()
    }

    /// Sample k is told what row `k mod m` is of the m rows of the data that the run holds out, where it [wants](Plan::wants_examples)
    /// that: numbers, a picture degraded as in training, its class unless the settings name classes.
    ///
    /// # Errors
    /// [`TrainError::Data`] for a held-out share that is none.
    pub fn told_held_out(self, config: &Config, data: &Examples) -> Result<Plan, TrainError> {
        if !self.wants_examples() {
            return Ok(self);
        }
        let Split { train, held_out } = Split::new(data.len(), config.data.held_out, config.train.seed)?;
        let rows = if held_out.is_empty() { train } else { held_out };
        let rows: Vec<usize> = rows.iter().take(self.n).map(|&k| k as usize).collect();
        Ok(self.told_rows(data, &rows))
    }

    /// Sample k is told what row `rows[k mod m]` of the data is.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn told_rows(mut self, data: &Examples, rows: &[usize]) -> Plan {
        self.told.examples(data, rows, Stream::new(self.seed, "sample/masks"));
        self
    }

    /// Sample k is told vector `k mod m`.
    ///
    /// # Errors
    /// [`TrainError::Config`] where the network is told none, or others.
    pub fn told_vectors(mut self, vectors: &Points) -> Result<Plan, TrainError> {
        self.told.vectors(vectors)?;
        Ok(self)
    }

    /// All samples are told that picture of low resolution, `[c, H / factor, W / factor]`.
    ///
    /// # Errors
    /// [`TrainError::Config`] for a run of another kind.
    ///
    /// # Panics
    /// If it has another number of values.
    pub fn told_low_resolution(mut self, low: &[f32]) -> Result<Plan, TrainError> {
        let Some(degradation @ Degradation::SuperResolution { factor }) = self.told.conditions.picture else {
            return Err(TrainError::Config("the run is not of super-resolution".to_owned()));
        };
        let [c, h, w] = self.picture_shape();
        let low = Tensor::from_slice(low).view([1, c, h / factor as i64, w / factor as i64]);
        self.told.pictures = numbers(&degradation.blown_up(&low));
        Ok(self)
    }

    /// All samples are told that picture, `[c, H, W]`, but for the pixels that are `unknown`, `[H, W]`; the known ones are put back
    /// into the samples at the end.
    ///
    /// # Errors
    /// [`TrainError::Config`] for a run of another kind.
    ///
    /// # Panics
    /// If they have other numbers of values.
    pub fn told_masked(mut self, picture: &[f32], unknown: &[bool]) -> Result<Plan, TrainError> {
        let Some(Degradation::Inpainting) = self.told.conditions.picture else {
            return Err(TrainError::Config("the run is not of inpainting".to_owned()));
        };
        let [c, h, w] = self.picture_shape();
        let mask: Vec<f32> = unknown.iter().map(|&pixel| f32::from(u8::from(pixel))).collect();
        let (picture, mask) = (Tensor::from_slice(picture).view([1, c, h, w]), Tensor::from_slice(&mask));
        self.told.pictures = numbers(&masked(&picture, &mask.view([1, 1, h, w])));
        Ok(self)
    }

    fn picture_shape(&self) -> [i64; 3] {
        [0, 1, 2].map(|axis| self.told.shape[axis])
    }
}
