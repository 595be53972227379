use std::error::Error;
use std::fmt;
use std::str::FromStr;

use ito_state::{Batch, Rows, Tile};

use crate::{Order, Recipe, Sampler};

/// A sampler by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Name {
    /// [`Ddim`](crate::Ddim), with an eta [`DdimEta`](crate::DdimEta).
    Ddim,
    /// [`Euler`](crate::Euler).
    Euler,
    /// [`Midpoint`](crate::Midpoint).
    Midpoint,
    /// [`Heun`](crate::Heun).
    Heun,
    /// [`Rk4`](crate::Rk4).
    Rk4,
    /// [`DormandPrince`](crate::DormandPrince).
    DormandPrince,
    /// [`Dpm2`](crate::Dpm2).
    Dpm2,
    /// [`Dpmpp2s`](crate::Dpmpp2s).
    Dpmpp2s,
    /// [`DpmppMultistep`](crate::DpmppMultistep) of two nodes.
    Dpmpp2m,
    /// [`DpmppMultistep`](crate::DpmppMultistep) of three nodes.
    Dpmpp3m,
    /// [`UniPc`](crate::UniPc) of one node.
    UniPc1,
    /// [`UniPc`](crate::UniPc) of two nodes.
    UniPc2,
    /// [`UniPc`](crate::UniPc) of three nodes.
    UniPc3,
    /// [`Deis`](crate::Deis) of three nodes.
    Deis,
    /// [`Ipndm`](crate::Ipndm).
    Ipndm,
    /// [`Pndm`](crate::Pndm).
    Pndm,
    /// [`Lms`](crate::Lms).
    Lms,
    /// [`KarrasStochastic`](crate::KarrasStochastic).
    Edm,
    /// [`Ancestral`](crate::Ancestral).
    Ancestral,
    /// [`LargeVariance`](crate::LargeVariance).
    LargeVariance,
    /// [`EulerMaruyama`](crate::EulerMaruyama).
    EulerMaruyama,
    /// [`ReverseDiffusion`](crate::ReverseDiffusion).
    ReverseDiffusion,
    /// [`PredictorCorrector`](crate::PredictorCorrector): reverse diffusion, then a Langevin step.
    PredictorCorrector,
    /// [`TunableNoise`](crate::TunableNoise).
    TunableNoise,
    /// [`DpmppSde`](crate::DpmppSde).
    DpmppSde,
    /// [`Dpmpp2mSde`](crate::Dpmpp2mSde).
    Dpmpp2mSde,
    /// [`Dpmpp3mSde`](crate::Dpmpp3mSde).
    Dpmpp3mSde,
    /// [`AnnealedLangevin`](crate::AnnealedLangevin).
    AnnealedLangevin,
}

/// Name, the names users know it by (the first is its own), and what it is in few words.
type Row = (Name, &'static [&'static str], &'static str);

const ROWS: [Row; 28] = [
    (Name::Ddim, &["ddim", "euler"], "the flow with the estimate held: Euler in sigma; --eta adds noise"),
    (Name::Euler, &["flow_euler"], "Euler in the path's own time"),
    (Name::Midpoint, &["midpoint", "flow_midpoint"], "midpoint rule in the path's own time"),
    (Name::Heun, &["heun", "flow_heun"], "Heun in the path's own time; in sigma it is edm"),
    (Name::Rk4, &["rk4", "flow_rk4"], "Runge-Kutta 4 in the path's own time"),
    (Name::DormandPrince, &["dopri5", "rk45"], "Dormand-Prince 5(4), chooses its steps by --tolerance"),
    (Name::Dpm2, &["dpm2"], "midpoint in the logarithm of sigma"),
    (Name::Dpmpp2s, &["dpm++2s"], "DPM-Solver++ of two stages"),
    (Name::Dpmpp2m, &["dpm++2m", "dpmsolver++"], "DPM-Solver++ from the last two estimates"),
    (Name::Dpmpp3m, &["dpm++3m"], "DPM-Solver++ from the last three estimates"),
    (Name::UniPc1, &["unipc1"], "UniPC, predicts from one estimate"),
    (Name::UniPc2, &["unipc2", "unipc"], "UniPC, predicts from two estimates"),
    (Name::UniPc3, &["unipc3"], "UniPC, predicts from three estimates"),
    (Name::Deis, &["deis"], "exponential Adams-Bashforth in eps, three estimates"),
    (Name::Ipndm, &["ipndm"], "Adams-Bashforth in eps, four estimates"),
    (Name::Pndm, &["pndm", "plms"], "pseudo linear multistep, four estimates"),
    (Name::Lms, &["lms"], "linear multistep in sigma/alpha, four estimates"),
    (Name::Edm, &["edm", "heun_sigma"], "Heun in sigma, as EDM and k-diffusion have it; --churn adds noise first"),
    (Name::Ancestral, &["ancestral", "ddpm", "euler_a", "euler_ancestral"], "DDPM with the small variance"),
    (Name::LargeVariance, &["ddpm_large"], "DDPM with the large variance"),
    (Name::EulerMaruyama, &["euler_maruyama", "em"], "Euler-Maruyama on the reverse SDE"),
    (Name::ReverseDiffusion, &["reverse_diffusion"], "the discretised forward step, reversed"),
    (Name::PredictorCorrector, &["pc", "predictor_corrector"], "reverse diffusion, then Langevin with --snr"),
    (Name::TunableNoise, &["sde", "tunable"], "the reverse SDE with --noise times its noise"),
    (Name::DpmppSde, &["dpm++sde"], "DPM-Solver++ for the reverse SDE, two stages"),
    (Name::Dpmpp2mSde, &["dpm++2m_sde", "sde-dpmsolver++"], "DPM-Solver++ for the reverse SDE, the last two estimates"),
    (Name::Dpmpp3mSde, &["dpm++3m_sde"], "DPM-Solver++ for the reverse SDE, the last three estimates"),
    (Name::AnnealedLangevin, &["annealed_langevin", "ald"], "Langevin steps at every level"),
];

impl Name {
    /// All samplers.
    pub const ALL: [Name; ROWS.len()] = {
        let mut all = [Name::Ddim; ROWS.len()];
        let mut i = 0;
        while i < ROWS.len() {
            all[i] = ROWS[i].0;
            i += 1;
        }
        all
    };

    /// The names users know it by, its own first. Case, `_`, `-` and spaces do not count, and `pp` is `++`: `DPM++ 2M` and
    /// `dpmpp_2m` are `dpm++2m`.
    pub fn names(self) -> &'static [&'static str] {
        self.row().1
    }

    /// What it is, in few words.
    pub fn about(self) -> &'static str {
        self.row().2
    }

    /// What it promises.
    pub fn order(self) -> Order {
        self.build::<Tile<f64, 1, 1>>().order()
    }

    /// A new sampler with its defaults, for one trajectory.
    pub fn build<X: Rows + 'static>(self) -> Box<dyn Sampler<X>> {
        Recipe::default_of(self).build()
    }

    /// The same for states that are only linear; none for samplers that need norms.
    pub fn build_linear<X: Batch + 'static>(self) -> Option<Box<dyn Sampler<X>>> {
        Recipe::default_of(self).build_linear()
    }

    fn row(self) -> &'static Row {
        ROWS.iter().find(|row| row.0 == self).expect("every sampler has its row")
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(self.names()[0])
    }
}

impl FromStr for Name {
    type Err = UnknownSampler;

    fn from_str(given: &str) -> Result<Name, UnknownSampler> {
        let all = || ROWS.iter().flat_map(|(name, names, _)| names.iter().map(move |alias| (*name, *alias)));
        let plain = plain(given);
        if let Some((name, _)) = all().find(|(_, alias)| self::plain(alias) == plain) {
            return Ok(name);
        }
        // Among equals the one that begins alike: for "dpm++ 2m karras" it is dpm++2m.
        let near = |alias: &str| {
            let alias = self::plain(alias);
            let alike = alias.chars().zip(plain.chars()).take_while(|(a, b)| a == b).count();
            let extra = plain.chars().count().saturating_sub(alias.chars().count());
            (
                strsim::damerau_levenshtein(&plain, &alias).saturating_sub(if alike == alias.len() {
                    extra
                } else {
                    0
                }),
                usize::MAX - alike,
            )
        };
        let nearest = all().min_by_key(|(_, alias)| near(alias));
        let (_, nearest) = nearest.expect("there are samplers");
        Err(UnknownSampler { given: given.to_owned(), nearest })
    }
}

/// Without what does not count in a name.
fn plain(name: &str) -> String {
    name.to_lowercase().replace("++", "pp").replace(['_', '-', ' '], "")
}

/// A name that no sampler has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownSampler {
    /// The name given.
    pub given: String,
    /// The known name (or alias) with the fewest letters to change.
    pub nearest: &'static str,
}

impl fmt::Display for UnknownSampler {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "unknown sampler {:?}: did you mean {:?}? Known are ", self.given, self.nearest)?;
        let known: Vec<_> = ROWS.iter().map(|row| row.1[0]).collect();
        f.write_str(&known.join(", "))
    }
}

impl Error for UnknownSampler {}
