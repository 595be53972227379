//! The table `condition`.
use crate::TrainError;
use ito_data::{Examples, Standard};
use serde::{Deserialize, Serialize};

/// What the network is told beside time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConditionConfig {
    /// Whether it is told the class of each example.
    pub class: bool,
    /// How many classes there are; found when the run starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classes: Option<usize>,
    /// How often, in [0, 1], neither class nor vector is told in training: what guidance needs.
    pub dropout: f64,
    /// What it sees beside the noisy picture.
    pub picture: PictureName,
    /// How many times smaller the pictures of `super-resolution` are, in height and in width.
    pub factor: usize,
    /// Means of the columns of `data.vectors`; measured when the run starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vector_mean: Option<Vec<f64>>,
    /// Their standard deviations: the network is told `(v - mean) / deviation`; measured when the run starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vector_deviation: Option<Vec<f64>>,
}

/// What stands beside the noisy picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PictureName {
    /// Nothing.
    None,
    /// The picture at a lower resolution.
    SuperResolution,
    /// A part of the picture, and where it is.
    Inpainting,
}

impl Default for ConditionConfig {
    fn default() -> Self {
        ConditionConfig {
            class: false,
            classes: None,
            dropout: 0.1,
            picture: PictureName::None,
            factor: 4,
            vector_mean: None,
            vector_deviation: None,
        }
    }
}

/// More classes than that are most likely not classes.
const MOST: usize = 8192;

impl ConditionConfig {
    /// What is left open until the run starts: how many classes there are, the scale of the vectors.
    ///
    /// # Errors
    /// [`TrainError::Config`] for data without the labels that are to be told, or with others than before.
    pub(crate) fn settle(&mut self, examples: &Examples) -> Result<(), TrainError> {
        let say = |what: String| Err(TrainError::Config(what));
        if self.class {
            let Some(labels) = examples.labels() else {
                return say("condition.class = true (--conditional), but the data have no labels".to_owned());
            };
            let found = labels.iter().max().map_or(0, |&label| label as usize + 1);
            let classes = *self.classes.get_or_insert(found);
            if found > classes || !(1..=MOST).contains(&classes) {
                let range =
                    format!("from {} to {MOST}, for labels run from 0 to {}", found.max(1), found.saturating_sub(1));
                return say(format!("condition.classes = {classes} must be {range}"));
            }
        }
        match examples.vectors() {
            Some(vectors) if self.vector_mean.is_none() => {
                let standard = Standard::of(vectors)?;
                (self.vector_mean, self.vector_deviation) = (Some(standard.mean), Some(standard.deviation));
            }
            Some(vectors) => {
                let (found, told) = (vectors.columns, self.vector_mean.as_ref().map_or(0, Vec::len));
                if found != told {
                    return say(format!(
                        "data.vectors has {found} columns, but the run's network is told {told} numbers"
                    ));
                }
            }
            None if self.vector_mean.is_some() => {
                return say("the run's network is told numbers, but data.vectors names no file of them".to_owned());
            }
            None => {}
        }
        Ok(())
    }
}
