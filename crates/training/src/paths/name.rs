//! The paths by name.
use serde::{Deserialize, Serialize};

/// The paths by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PathName {
    /// `x = (1 - t) x0 + t eps`, or shifted: [`ShiftedStraight`](ito_schedules::ShiftedStraight).
    Straight,
    /// [`VpLinear`](ito_schedules::VpLinear).
    VpLinear,
    /// [`VpScaledLinear`](ito_schedules::VpScaledLinear).
    VpScaledLinear,
    /// [`VpCosine`](ito_schedules::VpCosine).
    VpCosine,
    /// [`VpSigmoid`](ito_schedules::VpSigmoid).
    VpSigmoid,
    /// [`VpSigmoidBeta`](ito_schedules::VpSigmoidBeta).
    VpSigmoidBeta,
    /// [`VpLogLinear`](ito_schedules::VpLogLinear).
    VpLogLinear,
    /// [`SubVp`](ito_schedules::SubVp).
    SubVp,
    /// [`Ve`](ito_schedules::Ve).
    Ve,
    /// [`Edm`](ito_schedules::Edm).
    Edm,
    /// [`Polynomial`](ito_schedules::Polynomial).
    Polynomial,
    /// [`Trigonometric`](ito_schedules::Trigonometric).
    Trigonometric,
    /// The path through a table of betas, [`BetaTable`](ito_schedules::BetaTable): DDPM's and diffusers' own.
    Table,
}

impl PathName {
    /// What the path takes, and the defaults.
    pub(super) fn parameters(self) -> &'static [(&'static str, f64)] {
        match self {
            PathName::Straight | PathName::Trigonometric => &[("shift", 1.0)],
            PathName::VpLinear | PathName::VpSigmoidBeta | PathName::SubVp => &[("beta_min", 0.1), ("beta_max", 20.0)],
            PathName::VpScaledLinear => &[("beta_min", 0.85), ("beta_max", 12.0)],
            PathName::VpCosine => &[("offset", 0.008)],
            PathName::VpSigmoid => &[("start", -3.0), ("end", 3.0), ("tau", 1.0)],
            PathName::VpLogLinear => &[("log_snr_min", -5.0), ("log_snr_max", 13.3)],
            PathName::Ve => &[("sigma_min", 0.01), ("sigma_max", 50.0)],
            PathName::Edm => &[("sigma_max", 80.0)],
            PathName::Polynomial => &[("power", 2.0)],
            PathName::Table => &[("beta_start", 1e-4), ("beta_end", 0.02)],
        }
    }
}
