//! What can be chosen by name.
use ito_data::Toy;
use serde::{Deserialize, Serialize};

/// The data sets that are known by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dataset {
    /// Handwritten digits, 28 x 28, gray.
    Mnist,
    /// Rows of numbers in the file `data.file`.
    Points,
    /// A law in the plane, as all that follow: [`Toy::Moons`].
    Moons,
    /// [`Toy::SwissRoll`].
    SwissRoll,
    /// [`Toy::Checkerboard`].
    Checkerboard,
    /// [`Toy::Spirals`].
    Spirals,
    /// [`Toy::Mixture`].
    Mixture,
}

impl Dataset {
    /// The law in the plane of that name.
    pub fn toy(self) -> Option<Toy> {
        match self {
            Dataset::Mnist | Dataset::Points => None,
            Dataset::Moons => Some(Toy::Moons),
            Dataset::SwissRoll => Some(Toy::SwissRoll),
            Dataset::Checkerboard => Some(Toy::Checkerboard),
            Dataset::Spirals => Some(Toy::Spirals),
            Dataset::Mixture => Some(Toy::Mixture),
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Dataset::Mnist => "mnist",
            Dataset::Points => "points",
            Dataset::Moons | Dataset::SwissRoll | Dataset::Checkerboard | Dataset::Spirals | Dataset::Mixture => {
                self.toy().map_or("", Toy::name)
            }
        }
    }

    /// Whether its rows are points, not pictures.
    pub fn is_points(self) -> bool {
        self == Dataset::Points || self.toy().is_some()
    }

    /// How many classes its labels tell apart; 0 where there are none.
    pub fn classes(self) -> usize {
        if self == Dataset::Mnist { 10 } else { 0 }
    }
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
    /// Timesteps of a table as DDIM takes them, `i floor(T/N)`: never the noisiest.
    Leading,
    /// Timesteps of a table from the noisiest to the cleanest, evenly.
    Linspace,
    /// Timesteps of a table counted down from the noisiest: never the cleanest.
    Trailing,
}

/// What a network computes in while it draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DtypeName {
    /// The dtype of its weights.
    Own,
    /// bfloat16: about half the time where the processor has it, with a relative error of about 1e-2.
    Bf16,
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

/// What training makes small.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ObjectiveName {
    /// The regression on what was put into the noisy data: denoising score matching, flow matching, L_simple.
    Dsm,
    /// Sliced score matching of the noisy data, which is not told the noise.
    Ssm,
    /// Persistent contrastive divergence: an energy of clean data.
    Pcd,
}
