use clap::ValueEnum;
use std::fmt;

/// A mistake that is easy to make and was made; planted by `--break`, some claim must see it.
///
/// The name on the command line is the variant's in kebab-case, its description the comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Fault {
    /// the cosine table of betas by integer division, so that 999 of 1000 are 0
    CosineIntegerDivision,
    /// UniPC whose predictor takes the log-SNR of its earlier estimates one step late
    UnipcLateLambda,
    /// UniPC whose right-hand sides add the factors of a factorial, where they multiply
    UnipcFactorialsAdded,
    /// trailing timesteps by a whole stride, which are more than were asked for
    TrailingIntegerStride,
    /// DDIM steps by the stride T/N, where the next timestep of the grid is another one
    DdimByStride,
    /// the larger variance of DDPM kept as its logarithm, whose root is then taken
    RootOfLogVariance,
    /// the resolution shift applied to levels that are shifted already
    ShiftedTwice,
    /// a sampler that adds the noise first and then takes a Heun step of the drift, sold as second order
    FirstOrderSoldAsSecond,
    /// a Hutchinson probe drawn anew at every evaluation inside of an adaptive solve
    RedrawnProbe,
    /// DPM-Solver++ with the sign of the data term turned round
    DpmSolverSign,
    /// the target of flow matching with the noise where the state belongs
    CfmTarget,
    /// the model asked at the grid's next level in place of the state's own
    ShiftedGrid,
    /// a corrector that moves before its predictor, at the level before
    SwappedPredictorCorrector,
    /// Ito's correction dropped when a Stratonovich equation is solved in Ito's reading
    DroppedItoCorrection,
    /// noise of deviation h, where the increment over h has deviation sqrt(h)
    SqrtHForH,
    /// the probability-flow ODE with g^2 where half of it belongs before the score
    MissingHalfOnScore,
    /// a finite-volume flux that leaves one cell with another value than it enters the next
    NonConservativeFlux,
    /// increments over disjoint intervals that share noise
    CorrelatedIncrements,
    /// a Brownian bridge with the variance of a free motion
    WrongBridgeVariance,
    /// transport by -b . grad p, where -div(b p) belongs
    AdvectiveTransport,
    /// the kernel of a Langevin step with variance 2 D, where 2 D h belongs
    LangevinVarianceWithoutH,
    /// the score of an energy with the sign of its gradient
    ScoreSign,
    /// the Stratonovich action of a path without its Jacobian, + 1/2 int V''
    MissingPathJacobian,
}

impl Fault {
    /// All faults.
    pub fn all() -> &'static [Fault] {
        Fault::value_variants()
    }

    /// The name on the command line.
    pub fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// What is wrong, in one sentence without its full stop.
    pub fn description(self) -> String {
        self.to_possible_value().and_then(|value| value.get_help().map(ToString::to_string)).unwrap_or_default()
    }

    /// The fault of this name.
    pub fn named(name: &str) -> Option<Fault> {
        Fault::all().iter().copied().find(|fault| fault.name() == name)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(&self.name())
    }
}
