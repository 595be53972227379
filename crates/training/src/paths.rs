//! The path of a run, by name.
use crate::TrainError;
use ito_networks::{at_clock, clock};
use ito_schedules::{
    Edm, Level, Path, Polynomial, Rate, ScheduleError, ShiftedStraight, Straight, SubVp, Trigonometric, Ve, VpCosine,
    VpLinear, VpLogLinear, VpScaledLinear, VpSigmoid, VpSigmoidBeta, prior_mismatch,
};
use serde::{Deserialize, Serialize};

mod name;
mod table;

pub use name::PathName;
pub use table::{BetaName, Betas};

/// How data becomes noise. A parameter that is not given has the default of the path that takes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PathConfig {
    /// The path.
    pub name: PathName,
    /// The noisiest time trained and sampled from, as a share of the whole on the network's [`clock`], in (0, 1]. Below 1 where a
    /// prediction is singular at pure noise.
    pub t_max: f64,
    /// First beta of `vp-linear`, `vp-scaled-linear`, `vp-sigmoid-beta` and `sub-vp`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beta_min: Option<f64>,
    /// Their last beta.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beta_max: Option<f64>,
    /// Offset s of `vp-cosine`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<f64>,
    /// Smallest noise of `ve`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sigma_min: Option<f64>,
    /// Largest noise of `ve` and `edm`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sigma_max: Option<f64>,
    /// Power n of `polynomial`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub power: Option<f64>,
    /// Times sigma / alpha of `straight` and `trigonometric`: more than 1 for pictures of more pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shift: Option<f64>,
    /// Where the sigmoid of `vp-sigmoid` begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<f64>,
    /// Where it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<f64>,
    /// Its width.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tau: Option<f64>,
    /// Log-SNR at the noisy end of `vp-log-linear`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_snr_min: Option<f64>,
    /// Its log-SNR at the clean end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_snr_max: Option<f64>,
    /// The betas of `table`: `linear`, `scaled-linear`, `cosine`, `sigmoid`, or a list of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub betas: Option<Betas>,
    /// First beta of `table`, but for `cosine` and a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beta_start: Option<f64>,
    /// Its last beta.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beta_end: Option<f64>,
    /// How many betas `table` has; a list says it itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<usize>,
    /// Whether `table` is rescaled to end in pure noise: Lin et al. 2024.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zero_terminal_snr: Option<bool>,
}

/// What every `config.toml` once held, whatever its path.
const ONCE_WRITTEN: [(&str, f64); 3] = [("beta_min", 0.1), ("beta_max", 20.0), ("offset", 0.008)];

impl Default for PathConfig {
    fn default() -> Self {
        PathConfig {
            name: PathName::Straight,
            t_max: 1.0,
            beta_min: None,
            beta_max: None,
            offset: None,
            sigma_min: None,
            sigma_max: None,
            power: None,
            shift: None,
            start: None,
            end: None,
            tau: None,
            log_snr_min: None,
            log_snr_max: None,
            betas: None,
            beta_start: None,
            beta_end: None,
            steps: None,
            zero_terminal_snr: None,
        }
    }
}

impl PathConfig {
    /// The path itself.
    ///
    /// # Errors
    /// [`TrainError::Config`] for parameters that make no path or belong to another.
    pub fn build(&self) -> Result<Box<dyn Path>, TrainError> {
        if !(self.t_max > 0.0 && self.t_max <= 1.0) {
            return Err(TrainError::Config(format!("path.t_max = {} must lie in (0, 1]", self.t_max)));
        }
        self.refuse_foreign()?;
        self.built().map_err(refused)
    }

    fn built(&self) -> Result<Box<dyn Path>, ScheduleError> {
        let of = |name| self.value(name);
        let betas = || (of("beta_min"), of("beta_max"));
        Ok(match self.name {
            // The same path, and to the last bit the plain formula.
            PathName::Straight if of("shift") == 1.0 => Box::new(Straight),
            PathName::Straight => Box::new(ShiftedStraight::new(of("shift"))?),
            PathName::VpLinear => Box::new(VpLinear::new(betas().0, betas().1)?),
            PathName::VpScaledLinear => Box::new(VpScaledLinear::new(betas().0, betas().1)?),
            PathName::VpSigmoidBeta => Box::new(VpSigmoidBeta::new(betas().0, betas().1)?),
            PathName::SubVp => Box::new(SubVp::new(betas().0, betas().1)?),
            PathName::VpCosine => Box::new(VpCosine::new(of("offset"))?),
            PathName::VpSigmoid => Box::new(VpSigmoid::new(of("start"), of("end"), of("tau"))?),
            PathName::VpLogLinear => Box::new(VpLogLinear::new(of("log_snr_min"), of("log_snr_max"))?),
            PathName::Ve => Box::new(Ve::new(of("sigma_min"), of("sigma_max"))?),
            PathName::Edm => Box::new(Edm::new(of("sigma_max"))?),
            PathName::Polynomial => Box::new(Polynomial::new(of("power"))?),
            PathName::Trigonometric => Box::new(Trigonometric::shifted(of("shift"))?),
            PathName::Table => Box::new(self.made_table()?),
        })
    }

    /// Writes down the defaults of the path that were not given.
    pub(crate) fn settle(&mut self) {
        self.settle_table();
        for (name, default) in self.parameters() {
            let field = self.fields().into_iter().find(|(own, _)| own == name);
            field.into_iter().for_each(|(_, value)| *value = value.or(Some(*default)));
        }
    }

    /// Every parameter there is.
    fn fields(&mut self) -> [(&'static str, &mut Option<f64>); 14] {
        [
            ("beta_min", &mut self.beta_min),
            ("beta_max", &mut self.beta_max),
            ("offset", &mut self.offset),
            ("sigma_min", &mut self.sigma_min),
            ("sigma_max", &mut self.sigma_max),
            ("power", &mut self.power),
            ("shift", &mut self.shift),
            ("start", &mut self.start),
            ("end", &mut self.end),
            ("tau", &mut self.tau),
            ("log_snr_min", &mut self.log_snr_min),
            ("log_snr_max", &mut self.log_snr_max),
            ("beta_start", &mut self.beta_start),
            ("beta_end", &mut self.beta_end),
        ]
    }

    fn value(&self, name: &str) -> f64 {
        let mut settled = self.clone();
        settled.settle();
        let found = settled.fields().into_iter().find(|(own, _)| *own == name);
        found.and_then(|(_, value)| *value).expect("a parameter of the path")
    }

    fn refuse_foreign(&self) -> Result<(), TrainError> {
        self.refuse_foreign_of_table()?;
        let own = self.parameters();
        for (name, value) in self.clone().fields() {
            let Some(value) = *value else { continue };
            if !own.iter().any(|(taken, _)| *taken == name) && !ONCE_WRITTEN.contains(&(name, value)) {
                let path = toml::Value::try_from(self.name).map_or(String::new(), |name| name.to_string());
                let takes = own.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
                let what = match (self.name, own.is_empty()) {
                    (PathName::Table, true) => format!("path.{name} = {value} means nothing to these path.betas"),
                    _ => format!("path.{name} = {value} means nothing to path.name = {path}, which takes {takes}"),
                };
                return Err(TrainError::Config(what));
            }
        }
        Ok(())
    }

    /// The noisiest time of the run on the network's [`clock`]: `t_max` of the path's whole.
    pub fn noisiest(&self, path: &dyn Path) -> f64 {
        self.t_max * clock(path, path.at(path.end()))
    }

    /// How far data of this mean and deviation are, at the noisiest time, from the noise `N(0, sigma^2)` there: nats a number,
    /// exact for normal data ([`prior_mismatch`]).
    pub fn prior_mismatch(&self, path: &dyn Path, mean: f64, deviation: f64) -> f64 {
        let end = at_clock(path, self.noisiest(path));
        prior_mismatch(&Upto { path, end: end.t }, mean, deviation, end.sigma)
    }
}

fn refused(error: ScheduleError) -> TrainError {
    TrainError::Config(format!("path: {error}"))
}

/// A path up to an earlier end.
struct Upto<'a> {
    path: &'a dyn Path,
    end: f64,
}

impl Path for Upto<'_> {
    fn end(&self) -> f64 {
        self.end
    }

    fn at(&self, t: f64) -> Level {
        self.path.at(t.min(self.end))
    }

    fn derivative(&self, t: f64) -> Rate {
        self.path.derivative(t.min(self.end))
    }

    fn at_log_snr(&self, lambda: f64) -> Level {
        self.path.at_log_snr(lambda.max(self.path.at(self.end).log_snr()))
    }
}
