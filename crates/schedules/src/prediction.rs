use std::error::Error;
use std::fmt;
use std::str::FromStr;

use crate::{Level, Rate};

/// What a network predicts from `x = alpha x0 + sigma eps`: always a combination `p = a x0 + b eps`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Prediction {
    /// The data, `p = x0`.
    X0,
    /// The noise, `p = eps` (Ho et al. 2020, arXiv:2006.11239). Does not determine the data at `alpha = 0`.
    Eps,
    /// `p = alpha eps - sigma x0` (Salimans & Ho 2022, arXiv:2202.00512, section 4).
    V,
    /// The path's own velocity, `p = alpha' x0 + sigma' eps` (Lipman et al. 2023, arXiv:2210.02747, equation 13, for a
    /// path that runs towards noise). Infinite where a rate is, so at `t = 0` of the VP paths.
    Velocity,
}

impl Prediction {
    /// All of them, in the order of their names here.
    pub const ALL: [Prediction; 4] = [Prediction::X0, Prediction::Eps, Prediction::V, Prediction::Velocity];

    /// The name used in configuration files.
    pub fn name(self) -> &'static str {
        match self {
            Prediction::X0 => "x0",
            Prediction::Eps => "eps",
            Prediction::V => "v",
            Prediction::Velocity => "velocity",
        }
    }

    /// The target as `(a, b)` with `p = a x0 + b eps`.
    pub fn target(self, level: Level, rate: Rate) -> (f64, f64) {
        match self {
            Prediction::X0 => (1.0, 0.0),
            Prediction::Eps => (0.0, 1.0),
            Prediction::V => (-level.sigma, level.alpha),
            Prediction::Velocity => (rate.alpha, rate.sigma),
        }
    }

    /// The data as `(c_x, c_p)` with `x0 = c_x x + c_p p`: Cramer's rule on `x = alpha x0 + sigma eps`,
    /// `p = a x0 + b eps`. Not finite exactly where [`Prediction::check`] says so.
    pub fn data(self, level: Level, rate: Rate) -> (f64, f64) {
        if self == Prediction::X0 {
            return (0.0, 1.0); // the rule would divide by sigma
        }
        let (a, b) = self.target(level, rate);
        let determinant = level.alpha * b - level.sigma * a;
        (b / determinant, -level.sigma / determinant)
    }

    /// Whether this prediction can be used at a level.
    ///
    /// # Errors
    /// [`Singular`] where the prediction does not determine the data (eps at `alpha = 0`) or is infinite (velocity where
    /// a rate is).
    pub fn check(self, level: Level, rate: Rate) -> Result<(), Singular> {
        let ((a, b), (x, p)) = (self.target(level, rate), self.data(level, rate));
        if [a, b, x, p].iter().all(|c| c.is_finite()) {
            return Ok(());
        }
        Err(Singular { prediction: self, t: level.t, alpha: level.alpha, sigma: level.sigma })
    }
}

impl fmt::Display for Prediction {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Prediction {
    type Err = UnknownPrediction;

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
        let Singular { prediction, t, alpha, sigma } = self;
        write!(f, "a prediction of {prediction} is singular at t = {t} (alpha = {alpha}, sigma = {sigma})")
    }
}

impl Error for Singular {}

/// A name that is none of x0, eps, v, velocity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownPrediction {
    /// The name given.
    pub given: String,
}

impl fmt::Display for UnknownPrediction {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "unknown prediction {:?}: it is one of x0, eps, v, velocity", self.given)
    }
}

impl Error for UnknownPrediction {}
