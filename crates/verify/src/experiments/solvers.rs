//! SDE solvers and ready-made processes.

use ito_sde::Times;

use crate::{Claim, Errors, Experiment, Fault, Findings, Plot};

mod equations;
mod laws;
mod planted;
mod strong;
mod weak;

pub const EXPERIMENTS: &[Experiment] = &[
    Experiment {
        name: "strong-orders",
        title: "Strong orders of the SDE solvers",
        theory: &[12, 16],
        faults: &[Fault::DroppedItoCorrection, Fault::SqrtHForH],
        run: strong::orders,
    },
    Experiment {
        name: "weak-orders",
        title: "Weak orders of the SDE solvers, without Monte Carlo",
        theory: &[14, 16],
        faults: &[Fault::DroppedItoCorrection, Fault::SqrtHForH],
        run: weak::orders,
    },
    Experiment {
        name: "remainder",
        title: "The remainder of X + h f + g dW",
        theory: &[12],
        faults: &[Fault::SqrtHForH],
        run: laws::remainder,
    },
    Experiment {
        name: "process-laws",
        title: "Exact laws of ready-made processes",
        theory: &[13, 19],
        faults: &[],
        run: laws::processes,
    },
];

const SEED: u64 = 31;

/// A claim for each method, and all of them in one picture.
fn claims(kind: &str, all: Vec<Errors>, seed: Option<u64>) -> Findings {
    let mut found = Findings::default();
    for errors in &all {
        let claim = Claim::order(format!("{kind} order of {}", errors.label), errors);
        found.claim(if let Some(seed) = seed { claim.seed(seed) } else { claim });
    }
    found.plot(Plot::orders(format!("{kind} error at t = 1"), all));
    found
}

fn steps(count: usize) -> Times {
    Times::uniform(0.0, 1.0, count).unwrap()
}
