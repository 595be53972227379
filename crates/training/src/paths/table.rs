//! The path through a table of betas, and its keys.
use super::{PathConfig, PathName, refused};
use crate::TrainError;
use ito_schedules::{BetaTable, ScheduleError, VpCosine};
use serde::{Deserialize, Serialize};

/// Timesteps of the published tables.
const STEPS: usize = 1000;

/// The betas of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "path.betas must be linear, scaled-linear, cosine, sigmoid or a list of numbers")]
pub enum Betas {
    /// By a formula.
    Named(BetaName),
    /// One by one.
    Listed(Vec<f64>),
}

/// The formulas, with `u = 0, 1/(T-1), .., 1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BetaName {
    /// `start + u (end - start)`: Ho et al. 2020.
    Linear,
    /// `(sqrt start + u (sqrt end - sqrt start))^2`: Rombach et al. 2022.
    ScaledLinear,
    /// `1 - f(t + 1/T) / f(t)`, at most 0.999, `f` the squared cosine of [`VpCosine`]: Nichol and Dhariwal 2021.
    Cosine,
    /// `start + S(12 u - 6) (end - start)`, S the logistic function: GeoDiff, Xu et al. 2022.
    Sigmoid,
}

impl PathConfig {
    /// The table, where the path is one.
    ///
    /// # Errors
    /// [`TrainError::Config`] for betas that make none.
    pub fn table(&self) -> Result<Option<BetaTable>, TrainError> {
        if self.name != PathName::Table {
            return Ok(None);
        }
        self.made_table().map(Some).map_err(refused)
    }

    /// How many timesteps the table has, where the path is one.
    pub fn timesteps(&self) -> Option<usize> {
        let listed = match &self.betas {
            Some(Betas::Listed(betas)) => Some(betas.len()),
            _ => None,
        };
        (self.name == PathName::Table).then_some(listed.or(self.steps).unwrap_or(STEPS))
    }

    pub(super) fn made_table(&self) -> Result<BetaTable, ScheduleError> {
        let steps = self.timesteps().unwrap_or(STEPS);
        let ends = || (self.value("beta_start"), self.value("beta_end"));
        // No memory for a number of steps that no table has: the cosine's own gate refuses it.
        let even = |beta: &dyn Fn(f64) -> f64| match steps {
            2..=1_000_000 => BetaTable::new((0..steps).map(|i| beta(i as f64 / (steps - 1) as f64)).collect()),
            _ => VpCosine::default().table(steps),
        };
        let table = match &self.betas {
            Some(Betas::Listed(betas)) => BetaTable::new(betas.clone()),
            Some(Betas::Named(BetaName::Cosine)) => VpCosine::default().table(steps),
            Some(Betas::Named(BetaName::ScaledLinear)) => {
                let (a, b) = (ends().0.sqrt(), ends().1.sqrt());
                even(&|u| (a + u * (b - a)).powi(2))
            }
            Some(Betas::Named(BetaName::Sigmoid)) => {
                let (a, b) = ends();
                even(&|u| a + (b - a) / (1.0 + (6.0 - 12.0 * u).exp()))
            }
            Some(Betas::Named(BetaName::Linear)) | None => {
                let (a, b) = ends();
                even(&|u| a + u * (b - a))
            }
        }?;
        if self.zero_terminal_snr == Some(true) { table.zero_terminal_snr() } else { Ok(table) }
    }

    /// The numbers that this path takes, and their defaults.
    pub(super) fn parameters(&self) -> &'static [(&'static str, f64)] {
        let no_ends = matches!(self.betas, Some(Betas::Named(BetaName::Cosine) | Betas::Listed(_)));
        if self.name == PathName::Table && no_ends { &[] } else { self.name.parameters() }
    }

    /// Writes down what was not given of a table.
    pub(super) fn settle_table(&mut self) {
        if self.name == PathName::Table {
            self.steps = self.steps.or(self.timesteps()).filter(|_| !matches!(self.betas, Some(Betas::Listed(_))));
            self.betas.get_or_insert(Betas::Named(BetaName::Linear));
        }
    }

    pub(super) fn refuse_foreign_of_table(&self) -> Result<(), TrainError> {
        let listed = matches!(self.betas, Some(Betas::Listed(_)));
        let given = [
            ("betas", self.betas.is_some()),
            ("steps", self.steps.is_some()),
            ("zero_terminal_snr", self.zero_terminal_snr.is_some()),
        ];
        let foreign = given.into_iter().find(|(_, given)| *given && self.name != PathName::Table);
        let what = match foreign {
            Some((key, _)) => format!("path.{key} means nothing but to path.name = \"table\""),
            None if listed && self.steps.is_some() => "path.steps means nothing beside a list of path.betas".to_owned(),
            None => return Ok(()),
        };
        Err(TrainError::Config(what))
    }
}
