//! The report: index.html for people, verify.json for programs.

mod draw;
mod files;
mod html;
mod json;

use crate::run::Outcome;
use crate::{Claim, Experiment, Fault, Relation};
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(crate) use files::prove_writable;

/// Everything that was found.
pub(crate) struct Report {
    pub outcomes: Vec<Outcome>,
    pub fault: Option<Fault>,
    pub time: Duration,
}

impl Report {
    /// How many of the experiments that there are, in words.
    pub fn extent(&self) -> String {
        let (here, all) = (self.outcomes.len(), crate::all().count());
        let noun = if all == 1 { "experiment" } else { "experiments" };
        if here == all { format!("all {all} {noun}") } else { format!("{here} of {all} {noun}") }
    }

    pub fn claims(&self) -> impl Iterator<Item = (&Experiment, &Claim)> {
        self.outcomes.iter().flat_map(|o| o.findings.claims.iter().map(|claim| (&o.experiment, claim)))
    }

    pub fn failed(&self) -> impl Iterator<Item = (&Experiment, &Claim)> {
        self.claims().filter(|(_, claim)| !claim.pass())
    }
}

/// Names a run on both of its files: where two runs wrote into one folder at once, the names differ.
pub(crate) fn run_id() -> String {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    format!("{:x}-{:x}", since.as_millis(), std::process::id())
}

/// Writes both files and returns the path of index.html.
pub(crate) fn write(report: &Report, dir: &Path) -> Result<PathBuf, String> {
    let index = dir.join("index.html");
    let id = run_id();
    files::write(&dir.join("verify.json"), json::json(report, &id).as_bytes())?;
    files::write(&index, html::html(report, &id).as_bytes())?;
    Ok(index)
}

/// A number as people read it: five digits, powers of ten where there would be many zeros.
pub(crate) fn number(x: f64) -> String {
    let size = x.abs();
    match size {
        _ if x == 0.0 || (x.fract() == 0.0 && size < 1e6) => format!("{x}"),
        _ if !x.is_finite() => format!("{x}"),
        1e-3..1e5 => {
            let digits = format!("{x:.*}", (4.0 - size.log10().floor()).clamp(0.0, 7.0) as usize);
            if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.').to_owned() } else { digits }
        }
        _ => format!("{x:.3e}"),
    }
}

/// What was measured; where it fails, also by how much, since both numbers may look alike.
pub(crate) fn measured(claim: &Claim) -> String {
    let measured = number(claim.measured);
    if claim.pass() { measured } else { format!("{measured} (off by {})", number(claim.measured - claim.expected)) }
}

/// What a claim wants of the number measured.
pub(crate) fn wanted(claim: &Claim) -> String {
    let expected = number(claim.expected);
    match claim.relation {
        Relation::Within => format!("{expected} ± {}", number(claim.tolerance)),
        Relation::AtMost => format!("at most {expected}"),
        Relation::AtLeast => format!("at least {expected}"),
    }
}

/// Numbers of the theory page in one line.
pub(crate) fn numbers(theory: &[u8]) -> String {
    theory.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
