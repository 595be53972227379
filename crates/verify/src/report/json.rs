use super::Report;
use crate::Claim;
use serde_json::{Value, json};

/// verify.json. A number that is not finite is null, since JSON has none.
pub(crate) fn json(report: &Report, id: &str) -> String {
    let claims: Vec<Value> = report.claims().map(|(experiment, claim)| entry(experiment.name, claim)).collect();
    let experiment = |o: &crate::run::Outcome| {
        let e = &o.experiment;
        json!({ "name": e.name, "title": e.title, "theory": e.theory, "seconds": o.time.as_secs_f64() })
    };
    let whole = json!({
        "program": "ito-verify",
        "version": env!("CARGO_PKG_VERSION"),
        "run": id,
        "ran": report.outcomes.len(),
        "of": crate::all().count(),
        "fault": report.fault.map(|fault| fault.name()),
        "seconds": report.time.as_secs_f64(),
        "pass": report.failed().next().is_none(),
        "experiments": report.outcomes.iter().map(experiment).collect::<Vec<_>>(),
        "claims": claims,
    });
    format!("{whole:#}\n")
}

fn entry(experiment: &str, claim: &Claim) -> Value {
    json!({
        "experiment": experiment,
        "name": claim.name,
        "relation": claim.relation.name(),
        "expected": claim.expected,
        "measured": claim.measured,
        "tolerance": claim.tolerance,
        "pass": claim.pass(),
        "seed": claim.seed,
        "note": claim.note,
    })
}
