use std::error::Error;
use std::fmt;

/// Particles that cannot be started or carried on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ParticleError {
    /// A target without a model.
    NoModels,
    /// The exponent of a model is not finite.
    Exponent {
        /// Which model, from 0.
        model: usize,
        /// What was given.
        value: f64,
    },
    /// The exponents do not sum to a positive number: at large noise the target has no finite mass.
    TotalExponent {
        /// Their sum.
        total: f64,
    },
    /// The noise of the proposal is not a number in [0, 100] times that of the forward process.
    Noise {
        /// What was given.
        value: f64,
    },
    /// The share of effective particles below which they are resampled is not in [0, 1].
    Threshold {
        /// What was given.
        value: f64,
    },
    /// Less than two groups: their scatter is the error bar.
    TooFewGroups {
        /// What was given.
        groups: usize,
    },
    /// Particles do not split into at least two equal groups of at least two.
    Groups {
        /// How many particles.
        particles: usize,
        /// How many groups.
        groups: usize,
    },
    /// Not one log-weight a particle.
    Weights {
        /// How many log-weights.
        given: usize,
        /// How many particles.
        particles: usize,
    },
    /// A log-weight is not finite.
    NotFinite {
        /// Which particle.
        particle: usize,
        /// Time of the level it is at.
        t: f64,
        /// The log-weight.
        value: f64,
    },
}

impl fmt::Display for ParticleError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        use ParticleError::*;
        match self {
            NoModels => write!(f, "a target is made of at least one model"),
            Exponent { model, value } => write!(f, "the exponent of model {model} must be finite, not {value}"),
            TotalExponent { total } => {
                write!(
                    f,
                    "the exponents must sum to a positive number, not {total}: else the target has no finite mass"
                )
            }
            Noise { value } => write!(f, "the proposal's noise must lie between 0 and 100, not be {value}"),
            Threshold { value } => {
                write!(f, "the share of effective particles must lie between 0 and 1, not be {value}")
            }
            TooFewGroups { groups } => write!(f, "an error bar needs at least 2 groups, not {groups}"),
            Groups { particles, groups } => {
                write!(
                    f,
                    "{particles} particles do not make {groups} groups: at least 2 of equal size, at least 2 in each"
                )
            }
            Weights { given, particles } => {
                write!(f, "{given} log-weights for {particles} particles: one each is needed")
            }
            NotFinite { particle, t, value } => {
                write!(f, "the log-weight of particle {particle} at t = {t} is {value}, not a finite number")
            }
        }
    }
}

impl Error for ParticleError {}
