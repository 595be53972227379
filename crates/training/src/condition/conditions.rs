//! What the network is told of the examples of a batch.
use crate::condition::Degradation;
use crate::{Config, TrainError};
use ito_data::{Examples, Standard};
use ito_networks::{Dropout, Given, Interface};
use ito_noise::Stream;
use tch::{Device, Tensor};

/// What a network is told; by default nothing but time.
#[derive(Debug, Clone, Default)]
pub struct Conditions {
    /// Number of classes; 0 where none is told.
    pub classes: usize,
    /// How the numbers that belong to an example are brought to one scale; none where they are not told.
    pub vector: Option<Standard>,
    /// What is seen beside the noisy picture.
    pub picture: Option<Degradation>,
    /// How often neither class nor vector is told in training.
    pub dropout: f64,
}

/// The streams that conditions draw from.
#[derive(Debug, Clone, Copy)]
pub struct ConditionDraws {
    /// Whether a sample is told nothing of class and vector: its uniform number of block 0 is below `dropout`. None: all are told.
    pub drop: Option<Stream>,
    /// Masks.
    pub masks: Stream,
    /// Seed of the dropout of activations; none: nothing is dropped.
    pub seed: Option<u64>,
}

impl ConditionDraws {
    /// The streams `PURPOSE/condition` and `PURPOSE/masks` of a seed.
    pub fn new(seed: u64, purpose: &str) -> ConditionDraws {
        ConditionDraws {
            drop: Some(Stream::new(seed, &format!("{purpose}/condition"))),
            masks: Stream::new(seed, &format!("{purpose}/masks")),
            seed: Some(seed),
        }
    }

    /// Nothing is dropped.
    pub fn keeping(self) -> ConditionDraws {
        ConditionDraws { drop: None, seed: None, ..self }
    }
}

impl Conditions {
    /// What a configuration says, settled for the data.
    ///
    /// # Errors
    /// [`TrainError::Config`] for what makes no sense.
    pub fn new(config: &Config) -> Result<Conditions, TrainError> {
        let condition = &config.condition;
        let standard = match (&condition.vector_mean, &condition.vector_deviation) {
            (None, None) => None,
            (Some(mean), Some(deviation)) => {
                let sound = mean.len() == deviation.len() && mean.iter().all(|m| m.is_finite());
                if !sound || mean.is_empty() || !deviation.iter().all(|&d| d > 0.0 && d.is_finite()) {
                    let what =
                        "must be as many finite numbers, deviations above 0: they are measured when a run starts";
                    return Err(TrainError::Config(format!(
                        "condition.vector_mean and condition.vector_deviation {what}"
                    )));
                }
                Some(Standard { mean: mean.clone(), deviation: deviation.clone() })
            }
            _ => {
                return Err(TrainError::Config(
                    "condition.vector_mean and condition.vector_deviation go together".into(),
                ));
            }
        };
        if condition.class && condition.classes.is_none() && config.data.shape.is_some() {
            return Err(TrainError::Config("condition.classes is missing: it is found when a run starts".to_owned()));
        }
        let classes = if condition.class { condition.classes.unwrap_or(0) } else { 0 };
        if !(0.0..=1.0).contains(&condition.dropout) {
            return Err(TrainError::Config(format!("condition.dropout = {} must be in [0, 1]", condition.dropout)));
        }
        let picture = match &config.data.shape {
            Some(shape) => Degradation::new(condition, shape)?,
            // Not known before the run starts; digits meanwhile.
            None => Degradation::new(condition, &config.shape()).unwrap_or(None),
        };
        Ok(Conditions { classes, vector: standard, picture, dropout: condition.dropout })
    }

    /// What the network must take and give for data of a shape.
    pub fn interface(&self, shape: &[usize]) -> Interface {
        Interface {
            shape: shape.to_vec(),
            beside: self.picture.map_or(0, |picture| picture.channels(shape[0])),
            classes: self.classes,
            vector: self.vector.as_ref().map_or(0, |standard| standard.mean.len() + 1),
        }
    }

    /// What the network is told of some rows of the data, whose values are `x0`; row k draws as sample `first + k`.
    ///
    /// # Panics
    /// If the data lack the labels or vectors that are told: [`Trainer`](crate::Trainer) proves them.
    pub fn given(&self, data: &Examples, rows: &[usize], x0: &Tensor, draws: ConditionDraws, first: u64) -> Given {
        let ids: Vec<u64> = (0..rows.len() as u64).map(|k| first.wrapping_add(k)).collect();
        let dropped = |id| draws.drop.is_some_and(|stream| stream.uniform(id, 0) < self.dropout);
        let told: Vec<Option<usize>> = rows.iter().zip(&ids).map(|(&k, &id)| (!dropped(id)).then_some(k)).collect();
        let device = x0.device();
        Given {
            class: (self.classes > 0).then(|| {
                let labels = data.labels().expect("data with classes");
                let class = |row: &Option<usize>| row.map_or(self.classes, |k| labels[k] as usize);
                classes(told.iter().map(class), device)
            }),
            vector: self.vector.as_ref().map(|_| {
                let vectors = data.vectors().expect("data with vectors");
                self.vectors(told.iter().map(|row| row.map(|k| vectors.row(k))), device)
            }),
            picture: self.picture.map(|picture| picture.of(x0, draws.masks, &ids)),
            dropout: draws.seed.map(|seed| Dropout { seed, first }),
        }
    }

    /// Vectors as the network is told them, `[B, n + 1]`: standardised numbers and a 1, or zeros for none.
    ///
    /// # Panics
    /// If no vectors are told, or one is of another length.
    pub(crate) fn vectors<'a>(&self, rows: impl Iterator<Item = Option<&'a [f64]>>, device: Device) -> Tensor {
        let Standard { mean, deviation } = self.vector.as_ref().expect("a network that is told vectors");
        let width = mean.len() + 1;
        let mut values = Vec::new();
        for row in rows {
            match row {
                Some(row) => {
                    assert_eq!(row.len(), mean.len(), "numbers of a vector");
                    values.extend((0..row.len()).map(|c| ((row[c] - mean[c]) / deviation[c]) as f32));
                    values.push(1.0);
                }
                None => values.extend(std::iter::repeat_n(0f32, width)),
            }
        }
        Tensor::from_slice(&values).view([-1, width as i64]).to_device(device)
    }
}

/// Class numbers `[B]`.
pub(crate) fn classes(numbers: impl Iterator<Item = usize>, device: Device) -> Tensor {
    Tensor::from_slice(&numbers.map(|class| class as i64).collect::<Vec<_>>()).to_device(device)
}
