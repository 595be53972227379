//! What the program does and says: results on stdout, everything else on stderr.

use crate::args::{Args, Chosen, chosen, known};
use crate::report::{self, Report};
use crate::run::{Outcome, run};
use crate::{Context, Fault, all};
use clap::Parser;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::fmt::Display;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// A claim failed; with a fault planted, as it must.
const FAILED: u8 = 1;
/// Nothing could be verified, or the report not be written.
const BAD: u8 = 2;
/// A planted fault that no claim saw.
const UNSEEN: u8 = 3;

/// Reads the command line, runs, reports.
pub fn program() -> ExitCode {
    // A panic of an experiment is told as a failed claim too; here where it was.
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        tell(format_args!("panic at {place}: {}", info.payload_as_str().unwrap_or("without words")));
    }));
    let args = Args::parse();
    if args.list {
        return list();
    }
    if args.fault.as_deref() == Some("list") {
        if let Err(sentence) = known(&args) {
            tell(format_args!("error: {sentence}"));
            return ExitCode::from(BAD);
        }
        Fault::all().iter().for_each(say);
        return ExitCode::SUCCESS;
    }
    let code = verify(&args).unwrap_or_else(|sentence| {
        tell(format_args!("error: {sentence}"));
        BAD
    });
    ExitCode::from(code)
}

fn list() -> ExitCode {
    let width = all().map(|e| e.name.len()).max().unwrap_or(0);
    all().for_each(|e| say(format_args!("{:width$}  {} (theory {})", e.name, e.title, report::numbers(e.theory))));
    ExitCode::SUCCESS
}

fn verify(args: &Args) -> Result<u8, String> {
    let Chosen { experiments, fault } = chosen(args)?;
    let folder = args.folder();
    report::prove_writable(&folder)?;
    if let Some(fault) = fault {
        say(format_args!("planted: {fault}, {}", fault.description()));
    }
    let begun = Instant::now();
    let bar = bar(experiments.len() as u64);
    let context = fault.map_or(Context::sound(), Context::with);
    let width = experiments.iter().map(|e| e.name.len()).max().unwrap_or(0);
    let outcomes = run(&experiments, context, &|outcome| {
        bar.suspend(|| say(line(outcome, width)));
        bar.inc(1);
    });
    bar.finish_and_clear();
    let report = Report { outcomes, fault, time: begun.elapsed() };
    let (claims, failed) = (report.claims().count(), report.failed().count());
    let told = if failed == 0 { "all hold".to_owned() } else { format!("{failed} FAILED") };
    say(format_args!("{claims} claims of {} in {}: {told}", report.extent(), seconds(report.time)));
    // After the summary, which must not be lost where the report cannot be written.
    match report::write(&report, &folder) {
        Ok(written) => say(format_args!("see {}", written.display())),
        Err(sentence) if failed == 0 => return Err(sentence),
        Err(sentence) => tell(format_args!("error: {sentence}")),
    }
    Ok(match fault {
        None if failed == 0 => 0,
        None => FAILED,
        Some(fault) if failed == 0 => {
            say(format_args!("fault {fault}: UNSEEN, all {claims} claims that should see it hold"));
            UNSEEN
        }
        Some(fault) => {
            let seen = report.outcomes.iter().filter(|outcome| outcome.failed().next().is_some()).map(|outcome| {
                let names: Vec<&str> = outcome.failed().map(|claim| claim.name.as_str()).collect();
                format!("{} ({})", outcome.experiment.name, names.join("; "))
            });
            let seen: Vec<String> = seen.collect();
            say(format_args!("fault {fault}: seen by {failed} of {claims} claims: {}", seen.join(", ")));
            FAILED
        }
    })
}

/// An experiment in one line, then a line for each claim that failed.
fn line(outcome: &Outcome, width: usize) -> String {
    let (claims, failed) = (outcome.findings.claims.len(), outcome.failed().count());
    let verdict = if failed == 0 { "ok".to_owned() } else { format!("{failed} FAILED") };
    let name = outcome.experiment.name;
    let mut text = format!("{name:width$}  {claims:3} claims  {:>7}  {verdict}", seconds(outcome.time));
    for claim in outcome.failed() {
        let note = claim.note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default();
        text += &format!(
            "\n    {}: measured {}, wanted {}{note}",
            claim.name,
            report::measured(claim),
            report::wanted(claim)
        );
    }
    text
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

fn bar(experiments: u64) -> ProgressBar {
    let terminal = std::io::stderr().is_terminal();
    let target = if terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let style = ProgressStyle::with_template("{pos}/{len} experiments [{bar:28}] {elapsed}");
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> ");
    let bar = ProgressBar::with_draw_target(Some(experiments), target).with_style(style);
    if terminal {
        bar.enable_steady_tick(Duration::from_millis(250));
    }
    bar
}

/// A line on stdout. `println!` would panic where the reader has gone.
fn say(line: impl Display) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// A line on stderr.
fn tell(line: impl Display) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
