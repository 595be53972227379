use crate::{Claim, Context, Experiment, Findings};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// One experiment that has run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Which.
    pub experiment: Experiment,
    /// What it found.
    pub findings: Findings,
    /// How long it took, other experiments beside it.
    pub time: Duration,
}

impl Outcome {
    /// Its claims that do not hold.
    pub fn failed(&self) -> impl Iterator<Item = &Claim> {
        self.findings.claims.iter().filter(|claim| !claim.pass())
    }
}

/// Runs experiments, some at the same time, and returns them in their order. A panic becomes a failed claim.
///
/// Threads of our own and not rayon's: a rayon thread that waits inside one experiment would take up another, and no time
/// would mean anything.
pub fn run(experiments: &[Experiment], context: Context, done: &(dyn Fn(&Outcome) + Sync)) -> Vec<Outcome> {
    let next = AtomicUsize::new(0);
    let outcomes = Mutex::new(Vec::new());
    let work = || {
        while let Some(experiment) = experiments.get(next.fetch_add(1, Ordering::Relaxed)) {
            let outcome = run_one(experiment, context);
            done(&outcome);
            outcomes.lock().unwrap_or_else(|e| e.into_inner()).push(outcome);
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from).min(experiments.len());
    thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    let mut outcomes = outcomes.into_inner().unwrap_or_else(|e| e.into_inner());
    outcomes
        .sort_by_key(|outcome: &Outcome| experiments.iter().position(|known| known.name == outcome.experiment.name));
    outcomes
}

fn run_one(experiment: &Experiment, context: Context) -> Outcome {
    let begun = Instant::now();
    let findings = catch_unwind(AssertUnwindSafe(|| (experiment.run)(&context)));
    let mut findings = findings.unwrap_or_else(|panic| {
        let mut found = Findings::default();
        found.claim(Claim::within(ENDS, f64::NAN, 0.0, 0.0).note(words(panic.as_ref())));
        found
    });
    if findings.claims.is_empty() {
        findings.claim(Claim::at_least("claims made", 0.0, 1.0));
    }
    Outcome { experiment: *experiment, findings, time: begun.elapsed() }
}

/// The claim that a panic breaks.
const ENDS: &str = "runs to its end";

fn words(panic: &(dyn Any + Send)) -> String {
    let said = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    let said = said.unwrap_or("a panic without words").split_whitespace().collect::<Vec<_>>().join(" ");
    format!("panic: {}", said.chars().take(500).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn experiment(name: &'static str, run: fn(&Context) -> Findings) -> Experiment {
        Experiment { name, title: "", theory: &[], faults: &[], run }
    }

    #[test]
    fn a_panic_becomes_a_failed_claim_and_the_rest_runs_on() {
        let fine = |_: &Context| Findings { claims: vec![Claim::at_most("one", 1.0, 1.0)], plots: vec![] };
        let all = [experiment("a", fine), experiment("b", |_| panic!("no {}", "way")), experiment("c", fine)];
        let outcomes = run(&all, Context::sound(), &|_| {});
        assert_eq!(outcomes.iter().map(|o| o.experiment.name).collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(outcomes.iter().map(|o| o.failed().count()).collect::<Vec<_>>(), [0, 1, 0]);
        assert_eq!(outcomes[1].findings.claims[0].note.as_deref(), Some("panic: no way"));
    }

    #[test]
    fn an_experiment_without_a_claim_fails() {
        let outcomes = run(&[experiment("a", |_| Findings::default())], Context::sound(), &|_| {});
        assert_eq!(outcomes[0].failed().count(), 1);
    }
}
