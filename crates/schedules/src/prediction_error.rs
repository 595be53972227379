use std::error::Error;
use std::fmt;
use std::str::FromStr;

use crate::Prediction;
use crate::error::Shown;

impl FromStr for Prediction {
    type Err = UnknownPrediction;

    /// The prediction of a name; `f` is that of [`Prediction::ALL`].
    fn from_str(given: &str) -> Result<Self, UnknownPrediction> {
        let found = Prediction::ALL.into_iter().find(|p| p.name() == given);
        found.ok_or_else(|| UnknownPrediction { given: given.to_owned() })
    }
}

/// A prediction that says nothing about the data, or is infinite, at this level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Singular {
    /// What was to be predicted.
    pub prediction: Prediction,
    /// The level's time.
    pub t: f64,
    /// The level's data factor.
    pub alpha: f64,
    /// The level's noise factor.
    pub sigma: f64,
}

impl fmt::Display for Singular {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        if let Prediction::F { data_deviation: d } = self.prediction {
            return write!(f, "a prediction of f needs a positive, finite data deviation, not {}", Shown(d));
        }
        let (prediction, t, alpha, sigma) = (self.prediction, Shown(self.t), Shown(self.alpha), Shown(self.sigma));
        write!(f, "a prediction of {prediction} is singular at t = {t} (alpha = {alpha}, sigma = {sigma})")
    }
}

impl Error for Singular {}

/// A name that is none of x0, eps, v, velocity, score, f.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownPrediction {
    /// The name given.
    pub given: String,
}

impl fmt::Display for UnknownPrediction {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "unknown prediction {:?}: it is one of x0, eps, v, velocity, score, f", self.given)
    }
}

impl Error for UnknownPrediction {}
