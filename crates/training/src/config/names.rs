//! What can be chosen by name.
use serde::{Deserialize, Serialize};

/// The data sets that are known by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dataset {
    /// Handwritten digits, 28 x 28, gray.
    Mnist,
}

/// The names of the predictions in a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PredictionName {
    /// The path's own velocity (flow matching).
    Velocity,
    /// The data.
    X0,
    /// The noise.
    Eps,
    /// Salimans and Ho's v.
    V,
    /// The score, `-eps / sigma`.
    Score,
    /// The network of EDM's preconditioning, on data of the measured deviation; goes with `preconditioning = "none"`.
    F,
}

/// The names of the preconditionings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PreconditioningName {
    /// The network corrects the exact denoiser of Gaussian data with the data's mean and deviation.
    Edm,
    /// The network is the prediction.
    None,
    /// Song et al.'s VP networks: the network is eps, told 999 times the time of the VP path.
    Vp,
    /// Their VE networks: the network is -eps of `x / alpha`, told `ln(sigma / (2 alpha))`.
    Ve,
    /// iDDPM's networks: the network is eps, told the nearest timestep of the cosine schedule.
    Iddpm,
}

/// The times that a network can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClockName {
    /// From 0, data, to 1.
    Unit,
    /// 1000 times that: flow matching in diffusers.
    Thousand,
    /// `1000 t - 1`: the timestep of a discrete schedule, as in DDPM and diffusers.
    Timestep,
    /// `ln(sigma / alpha) / 4`: EDM.
    Edm,
}

/// The law of the training times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Times {
    /// Uniform on [0, t_max], on the network's clock.
    Uniform,
    /// `t_max` times the logistic function of a standard normal: Esser et al. 2024, arXiv:2403.03206, section 3.1.
    LogitNormal,
}

/// The grids by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GridName {
    /// Uniform in the path's own time.
    Uniform,
    /// Karras et al. 2022: rho = 7, sigma / alpha from 80 (or the path's own end) to 0.002, then data.
    Karras,
    /// Uniform in log-SNR between the same ends, then data.
    LogSnr,
    /// Quadratic in the path's own time: fine near data.
    Quadratic,
    /// A half cosine in the path's own time: fine at both ends.
    Cosine,
}

/// What becomes of the noise at the end of a grid; each is one of the steps but for the estimate of `tweedie`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LastName {
    /// The sampler's own step takes it away.
    ToZero,
    /// It stays: the last level is the cleanest one with noise.
    ToSigmaMin,
    /// It stays, and the picture is then replaced by the network's estimate of it.
    Tweedie,
}

/// The names of the loss weights, of the error of the data whatever is predicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WeightName {
    /// None: the mean square of the prediction's own error.
    None,
    /// The data's error as it is.
    X0,
    /// The noise's error as it is: the SNR.
    Eps,
    /// `min(SNR, 5)`: Hang et al. 2023.
    MinSnr,
    /// EDM's, with the data's measured deviation: Karras et al. 2022.
    Edm,
    /// `SNR S(2 - log SNR)`, S the logistic function: Kingma and Gao 2023.
    Sigmoid,
    /// `SNR / (1 + SNR)`: Choi et al. 2022.
    P2,
}
