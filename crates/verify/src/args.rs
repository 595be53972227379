use crate::{Experiment, Fault, all};
use clap::Parser;
use std::path::PathBuf;

/// Checks every claim as an experiment, at full size, and writes a report.
///
/// Exit code 0: all claims hold. 1: a claim failed, as it must with --break. 2: bad arguments, or the report cannot be
/// written. 3: a planted fault that no claim saw.
#[derive(Debug, Parser)]
#[command(name = "ito-verify", version, verbatim_doc_comment)]
pub struct Args {
    /// Only this experiment; may be given many times
    #[arg(long, value_name = "NAME", conflicts_with = "list")]
    pub only: Vec<String>,
    /// Folder of index.html and verify.json; the last one given counts. Without it: verify-report for all, below it
    /// `only` with --only and `break-NAME` with --break, so that a part does not replace the whole
    #[arg(long, value_name = "DIR", overrides_with = "out")]
    out: Option<PathBuf>,
    /// What stands for verify-report
    #[arg(long, value_name = "DIR", hide = true, default_value = "verify-report")]
    base: PathBuf,
    /// Plant this fault and run the experiments that it concerns, which must turn red; `list` prints the names
    #[arg(long = "break", value_name = "NAME", conflicts_with = "list")]
    pub fault: Option<String>,
    /// Print the experiments, one a line, and run nothing
    #[arg(long)]
    pub list: bool,
}

impl Args {
    /// The folder of the report.
    pub fn folder(&self) -> PathBuf {
        let part = match &self.fault {
            Some(fault) => self.base.join(format!("break-{fault}")),
            None if self.only.is_empty() => self.base.clone(),
            None => self.base.join("only"),
        };
        self.out.clone().unwrap_or(part)
    }
}

/// What is to be run.
#[derive(Debug)]
pub struct Chosen {
    /// In the order of the report.
    pub experiments: Vec<Experiment>,
    /// To be planted.
    pub fault: Option<Fault>,
}

/// The experiments that the arguments name.
///
/// # Errors
/// One sentence that says what is unknown, and what is near.
pub fn chosen(args: &Args) -> Result<Chosen, String> {
    let fault = args.fault.as_deref().map(fault).transpose()?;
    known(args)?;
    let concerned = |e: &Experiment| fault.is_none_or(|fault| e.faults.contains(&fault));
    let picked = |e: &Experiment| args.only.is_empty() || args.only.iter().any(|name| name == e.name);
    let experiments: Vec<Experiment> = all().filter(|e| concerned(e) && picked(e)).copied().collect();
    match fault {
        Some(fault) if experiments.is_empty() => {
            let names: Vec<&str> = all().filter(|e| concerned(e)).map(|e| e.name).collect();
            let whom = if names.is_empty() { "no experiment".to_owned() } else { names.join(", ") };
            Err(format!("--break {fault} concerns {whom}, and so nothing that --only names"))
        }
        _ => Ok(Chosen { experiments, fault }),
    }
}

/// Whether the program would take these arguments: what the documentation's command lines are tested with.
///
/// # Errors
/// What the program would say.
pub fn accepts(args: &[&str]) -> Result<(), String> {
    let parsed = Args::try_parse_from(std::iter::once(&"ito-verify").chain(args)).map_err(|error| error.to_string())?;
    let prints = parsed.list || parsed.fault.as_deref() == Some("list");
    if prints { known(&parsed) } else { chosen(&parsed).map(drop) }
}

fn fault(name: &str) -> Result<Fault, String> {
    let names = Fault::all().iter().map(|fault| fault.name());
    Fault::named(name).ok_or_else(|| unknown("--break", "fault", name, names, "`--break list` names all"))
}

/// Whether every experiment that `--only` names exists.
pub fn known(args: &Args) -> Result<(), String> {
    let names = || all().map(|e| e.name.to_owned());
    let missing = args.only.iter().find(|name| all().all(|e| e.name != **name));
    missing.map_or(Ok(()), |name| Err(unknown("--only", "experiment", name, names(), "`--list` names all")))
}

fn unknown(flag: &str, kind: &str, name: &str, names: impl Iterator<Item = String>, all: &str) -> String {
    // A part of a name is nearer than any name that merely has its length.
    let distance = |known: &String| (!known.contains(name), strsim::damerau_levenshtein(name, known));
    let near = |known: &String| known.contains(name) || strsim::damerau_levenshtein(name, known) <= 3;
    let meant =
        names.filter(near).min_by_key(distance).map(|near| format!(" (did you mean `{near}`?)")).unwrap_or_default();
    format!("{flag}: there is no {kind} `{name}`{meant}; {all}")
}
