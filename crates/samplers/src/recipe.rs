use std::error::Error;
use std::fmt;

use ito_state::{Batch, Rows};

use crate::{
    Ancestral, AnnealedLangevin, Churn, Ddim, DdimEta, Deis, DormandPrince, Dpm2, Dpmpp2mSde, Dpmpp2s, Dpmpp3mSde,
    DpmppMultistep, DpmppSde, Euler, EulerMaruyama, Heun, Ipndm, KarrasStochastic, LargeVariance, Lms, Midpoint, Name,
    NoiseForm, Order, Pndm, PredictorCorrector, ReverseDiffusion, Rk4, Sampler, SecondOrder, SnrLangevin, TunableNoise,
    UniPc, UniPcVariant,
};

/// What a sampler can be told beside its name. What is not given takes the sampler's default; what a sampler does not know, it
/// refuses.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Options {
    /// `ddim`: eta, in [0, 1]; else 0.
    pub eta: Option<f64>,
    /// `edm`: S_churn over all steps, in [0, 1e6]; else 0.
    pub churn: Option<f64>,
    /// `sde`: times the noise of the forward process, in [0, 100]; else 1.
    pub noise: Option<f64>,
    /// `dopri5`: relative and absolute tolerance, in [1e-12, 0.1]; else 1e-4.
    pub tolerance: Option<f64>,
    /// `pc`: the corrector's signal-to-noise ratio, in [0, 1]; else 0.16.
    pub snr: Option<f64>,
}

/// A sampler with its options, proven: what builds a new one for every trajectory.
#[derive(Clone, Copy, Debug)]
pub struct Recipe(Kind);

/// The samplers whose parameters were proven by their own constructors, and those that have none.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Plain(Name),
    DdimEta(DdimEta),
    Karras(KarrasStochastic),
    Tunable(TunableNoise),
    DormandPrince(DormandPrince),
    PredictorCorrector(SnrLangevin),
    AnnealedLangevin(AnnealedLangevin),
}

impl Recipe {
    /// A sampler for grids of `steps` steps.
    ///
    /// # Errors
    /// [`RecipeError`] for an option that the sampler does not know or refuses, and for fewer steps than the estimates that it works
    /// from: it would run as another, of lower order.
    pub fn new(name: Name, steps: usize, options: &Options) -> Result<Recipe, RecipeError> {
        let foreign = |(option, of, given): (&'static str, Name, Option<f64>)| {
            given.filter(|_| of != name).map(|_| RecipeError::Foreign { option, of, name })
        };
        let Options { eta, churn, noise, tolerance, snr } = *options;
        let known = [
            ("eta", Name::Ddim, eta),
            ("churn", Name::Edm, churn),
            ("noise", Name::TunableNoise, noise),
            ("tolerance", Name::DormandPrince, tolerance),
            ("snr", Name::PredictorCorrector, snr),
        ];
        if let Some(error) = known.into_iter().find_map(foreign) {
            return Err(error);
        }
        let ranges = [
            ("eta", eta, 0.0, 1.0),
            ("churn", churn, 0.0, 1e6),
            ("noise", noise, 0.0, 100.0),
            ("tolerance", tolerance, 1e-12, 0.1),
            ("snr", snr, 0.0, 1.0),
        ];
        for (option, given, low, high) in ranges {
            if let Some(value) = given.filter(|value| !(low..=high).contains(value)) {
                return Err(RecipeError::OutOfRange { option, value, low, high });
            }
        }
        let estimates = name.estimates();
        if steps < estimates {
            return Err(RecipeError::TooFewSteps { name, estimates, steps });
        }
        Ok(Recipe::made(name, steps, options).expect("every option is in its range"))
    }

    /// With the default of every option.
    pub(crate) fn default_of(name: Name) -> Recipe {
        Recipe::made(name, 1, &Options::default()).expect("the defaults are in range")
    }

    fn made(name: Name, steps: usize, options: &Options) -> Result<Recipe, Box<dyn Error>> {
        let churn = |total| Churn { total, ..Churn::default() };
        Ok(Recipe(match name {
            Name::Ddim if options.eta.is_some_and(|eta| eta != 0.0) => {
                Kind::DdimEta(DdimEta::new(options.eta.unwrap_or_default())?)
            }
            Name::Edm => Kind::Karras(KarrasStochastic::new(churn(options.churn.unwrap_or(0.0)), steps)?),
            Name::TunableNoise => Kind::Tunable(TunableNoise::new(NoiseForm::Relative(options.noise.unwrap_or(1.0)))?),
            Name::DormandPrince => {
                let tolerance = options.tolerance.unwrap_or(1e-4);
                // Where a tolerance cannot be met, the error shall come while somebody still waits for it.
                Kind::DormandPrince(DormandPrince::new(tolerance, tolerance)?.max_steps(2000))
            }
            Name::PredictorCorrector => Kind::PredictorCorrector(SnrLangevin::new(options.snr.unwrap_or(0.16), 1)?),
            // Song & Ermon's ratio of step and noise, 2e-5 to 0.01^2, with fewer steps at more levels.
            Name::AnnealedLangevin => Kind::AnnealedLangevin(AnnealedLangevin::new(0.2, 1.0, 5)?),
            plain => Kind::Plain(plain),
        }))
    }

    /// A new sampler, for one trajectory.
    pub fn build<X: Rows + 'static>(&self) -> Box<dyn Sampler<X>> {
        match self.0 {
            Kind::DormandPrince(sampler) => Box::new(sampler),
            Kind::PredictorCorrector(corrector) => Box::new(PredictorCorrector::new(ReverseDiffusion, corrector)),
            _ => self.build_linear().expect("every other sampler is linear"),
        }
    }

    /// The same for states that are only linear; none for the samplers that need norms, `dopri5` and `pc`.
    pub fn build_linear<X: Batch + 'static>(&self) -> Option<Box<dyn Sampler<X>>> {
        let name = match self.0 {
            Kind::Plain(name) => name,
            Kind::DdimEta(sampler) => return Some(Box::new(sampler)),
            Kind::Karras(sampler) => return Some(Box::new(sampler)),
            Kind::Tunable(sampler) => return Some(Box::new(sampler)),
            Kind::AnnealedLangevin(sampler) => return Some(Box::new(sampler)),
            Kind::DormandPrince(_) | Kind::PredictorCorrector(_) => return None,
        };
        Some(match name {
            Name::Euler => Box::new(Euler),
            Name::Midpoint => Box::new(Midpoint),
            Name::Heun => Box::new(Heun),
            Name::Rk4 => Box::new(Rk4),
            Name::Dpm2 => Box::new(Dpm2),
            Name::Dpmpp2s => Box::new(Dpmpp2s),
            Name::Dpmpp2m => Box::new(DpmppMultistep::second()),
            Name::Dpmpp3m => Box::new(DpmppMultistep::third()),
            Name::UniPc1 => Box::new(UniPc::first(UniPcVariant::Bh2)),
            Name::UniPc2 => Box::new(UniPc::second(UniPcVariant::Bh2)),
            Name::UniPc3 => Box::new(UniPc::third(UniPcVariant::Bh2)),
            Name::Deis => Box::new(Deis::third()),
            Name::Ipndm => Box::new(Ipndm::new()),
            Name::Pndm => Box::new(Pndm::new()),
            Name::Lms => Box::new(Lms::default()),
            Name::Ancestral => Box::new(Ancestral),
            Name::LargeVariance => Box::new(LargeVariance),
            Name::EulerMaruyama => Box::new(EulerMaruyama),
            Name::ReverseDiffusion => Box::new(ReverseDiffusion),
            Name::DpmppSde => Box::new(DpmppSde),
            Name::Dpmpp2mSde => Box::new(Dpmpp2mSde::new(SecondOrder::Midpoint)),
            Name::Dpmpp3mSde => Box::new(Dpmpp3mSde::new()),
            // The rest have a kind of their own.
            Name::Ddim
            | Name::Edm
            | Name::TunableNoise
            | Name::DormandPrince
            | Name::PredictorCorrector
            | Name::AnnealedLangevin => Box::new(Ddim),
        })
    }

    /// What the sampler promises.
    pub fn order(&self) -> Order {
        self.build::<ito_state::Tile<f64, 1, 1>>().order()
    }
}

impl Name {
    /// How many estimates, of the last steps, a step works from.
    fn estimates(self) -> usize {
        match self {
            Name::Dpmpp2m | Name::UniPc2 | Name::Dpmpp2mSde => 2,
            Name::Dpmpp3m | Name::UniPc3 | Name::Deis | Name::Dpmpp3mSde => 3,
            Name::Ipndm | Name::Pndm | Name::Lms => 4,
            _ => 1,
        }
    }
}

/// A sampler that cannot be made.
#[derive(Clone, Debug, PartialEq)]
pub enum RecipeError {
    /// An option of another sampler.
    Foreign {
        /// The option.
        option: &'static str,
        /// The sampler it belongs to.
        of: Name,
        /// The sampler that was asked for.
        name: Name,
    },
    /// The grid has fewer steps than the method uses estimates.
    TooFewSteps {
        /// The sampler.
        name: Name,
        /// Estimates it works from.
        estimates: usize,
        /// Steps of the grid.
        steps: usize,
    },
    /// An option's value that is not a number or out of range.
    OutOfRange {
        /// The option.
        option: &'static str,
        /// What was given.
        value: f64,
        /// The smallest value allowed.
        low: f64,
        /// The largest value allowed.
        high: f64,
    },
}

impl fmt::Display for RecipeError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            RecipeError::Foreign { option, of, name } => write!(f, "{option} is an option of {of}, not of {name}"),
            RecipeError::TooFewSteps { name, estimates, steps } => {
                write!(
                    f,
                    "{name} works from {estimates} estimates, so it needs at least {estimates} steps, not {steps}"
                )
            }
            RecipeError::OutOfRange { option, value, low, high } => {
                write!(f, "{option} must lie between {low:?} and {high:?}, not be {value:?}")
            }
        }
    }
}

impl Error for RecipeError {}
