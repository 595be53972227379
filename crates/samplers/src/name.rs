use std::error::Error;
use std::fmt;
use std::str::FromStr;

use ito_state::Batch;

use crate::{Ancestral, Ddim, Heun, Sampler};

/// A sampler by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Name {
    /// [`Ddim`], also `euler`.
    Ddim,
    /// [`Heun`].
    Heun,
    /// [`Ancestral`], also `ddpm` and `euler_a`.
    Ancestral,
}

impl Name {
    /// All samplers.
    pub const ALL: [Name; 3] = [Name::Ddim, Name::Heun, Name::Ancestral];

    /// The names users know it by, the canonical one first.
    pub fn names(self) -> &'static [&'static str] {
        match self {
            Name::Ddim => &["ddim", "euler"],
            Name::Heun => &["heun"],
            Name::Ancestral => &["ancestral", "ddpm", "euler_a"],
        }
    }

    /// A new sampler, for one trajectory.
    pub fn build<X: Batch + 'static>(self) -> Box<dyn Sampler<X>> {
        match self {
            Name::Ddim => Box::new(Ddim),
            Name::Heun => Box::new(Heun),
            Name::Ancestral => Box::new(Ancestral),
        }
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
        let all = || Name::ALL.into_iter().flat_map(|name| name.names().iter().map(move |alias| (name, *alias)));
        match all().find(|(_, alias)| *alias == given) {
            Some((name, _)) => Ok(name),
            None => {
                let nearest = all().min_by_key(|(_, alias)| strsim::levenshtein(given, alias));
                let (_, nearest) = nearest.expect("there are samplers");
                Err(UnknownSampler { given: given.to_owned(), nearest })
            }
        }
    }
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
        let known: Vec<_> = Name::ALL.iter().flat_map(|name| name.names()).copied().collect();
        f.write_str(&known.join(", "))
    }
}

impl Error for UnknownSampler {}
