//! What is learned.
use crate::config::Dataset;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What is learned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DataConfig {
    /// Name of the data set: `mnist`; `moons`, `swiss-roll`, `checkerboard`, `spirals` or `mixture`, a million points of that law;
    /// `points`, those of `file`.
    pub dataset: Dataset,
    /// Folder with the official training files; the bundled 10,000 test digits where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    /// File of the points, float32 or float64 `[n, d]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// Mean of each column of the points: the network learns `(x - mean) / deviation`. Measured when the run starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column_means: Option<Vec<f64>>,
    /// Deviation of each column; measured when the run starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column_deviations: Option<Vec<f64>>,
    /// File of numbers that belong to each example, float32 or float64 `[n, m]`, in its order; the network is told them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vectors: Option<PathBuf>,
    /// Shape of a row, `[channels, height, width]` of pictures, `[columns]` of points; found when the run starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shape: Option<Vec<usize>>,
    /// Mean of all numbers of the training data, of pictures in [-1, 1]; measured when the run starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean: Option<f64>,
    /// Their standard deviation; measured when the run starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deviation: Option<f64>,
    /// Share of the data never trained on, in [0, 0.5]: its loss shows overfitting.
    pub held_out: f64,
}

impl Default for DataConfig {
    fn default() -> Self {
        DataConfig {
            dataset: Dataset::Mnist,
            folder: None,
            file: None,
            column_means: None,
            column_deviations: None,
            vectors: None,
            shape: None,
            mean: None,
            deviation: None,
            held_out: 0.05,
        }
    }
}
