//! Many paths.

use crate::Experiment;

pub const EXPERIMENTS: &[Experiment] = &[];
