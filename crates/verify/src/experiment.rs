//! How an experiment is added.
//!
//! An experiment measures and claims; it asserts nothing and prints nothing. It lives in the file of its room,
//! `experiments/<room>.rs`, and has one line in that file's `EXPERIMENTS`:
//!
//! ```
//! use ito_verify::{Claim, Context, Curve, Errors, Experiment, Fault, Findings, Plot};
//!
//! pub const EXPERIMENTS: &[Experiment] = &[Experiment {
//!     name: "euler-of-decay",                     // kebab-case and unique: what `--only` takes
//!     title: "Euler's method on x' = -x",         // a heading of the report
//!     theory: &[7],                               // numbers of docs/theory.md
//!     faults: &[Fault::SqrtHForH],                // each of them must turn a claim of this experiment red
//!     run: euler_of_decay,
//! }];
//!
//! fn euler_of_decay(context: &Context) -> Findings {
//!     // Production code has no switch: under a fault a wrong wrapper, written here, takes its place.
//!     let step: fn(f64) -> f64 = if context.planted(Fault::SqrtHForH) { |h| 1.0 - h.sqrt() } else { |h| 1.0 - h };
//!     let error = |n: i32| (step(1.0 / f64::from(n)).powi(n) - (-1.0_f64).exp()).abs();
//!     let errors = Errors::new("Euler", [32, 64, 128, 256].map(|n| (1.0 / f64::from(n), error(n))), 1.0);
//!     let mut found = Findings::default();
//!     found.claim(Claim::order("Euler's order", &errors)); // |slope - 1| <= 0.1
//!     found.claim(Claim::at_most("error at 256 steps", error(256), 1e-3));
//!     found.plot(Plot::orders("Euler's error on x' = -x", vec![errors]));
//!     found
//! }
//! # assert!((EXPERIMENTS[0].run)(&Context::sound()).claims.iter().all(|claim| claim.pass()));
//! # assert!((EXPERIMENTS[0].run)(&Context::with(Fault::SqrtHForH)).claims.iter().any(|claim| !claim.pass()));
//! ```
//!
//! **Claims** ([`Claim`]): `within(name, measured, expected, tolerance)`, `at_most(name, measured, bound)`,
//! `at_least(name, measured, bound)`; `order(name, &errors)`; statistical ones, each with false-alarm rate 1e-6:
//! `mean(name, values, expected)`, `estimate(name, measured, expected, standard_error)`, `normal_variance(name, values, expected)`, `counts(name, counts,
//! probabilities)` (chi-square), `distribution(name, values, cdf)` (Kolmogorov). Whatever is random ends in
//! `.seed(seed)`. A NaN fails every claim. Names say what is claimed, and are unique within an experiment.
//!
//! **Plots** ([`Plot`]): `orders(title, vec![Errors])` error against step with fitted and theory's slope;
//! `density(title, Histogram, vec![Curve])`; `trajectories(title, y_label, paths)`; `curves(title, x_label, y_label,
//! vec![Curve])` (`.log_x()`, `.log_y()`). `Errors::of(label, &testkit::Slope, order)` takes a slope as it is.
//!
//! **Faults** ([`Fault`]): a new one is one variant with a one-sentence comment in `fault.rs`, its name
//! follows from the variant's. `ito-verify --break NAME` runs the experiments whose `faults` name it.
//!
//! A panic (an `unwrap` on a constructor's error) is caught and becomes a failed claim, so unwrapping is fine here.
//! Experiments run at the same time, one a thread; inside, rayon may be used. All experiments of a room together take
//! at most 15 s of one core in release. Try with `cargo xtask verify --only NAME` and `cargo xtask verify --break NAME`.

use crate::{Claim, Context, Fault, Plot};

/// One experiment: what it is called, what it stands for, how it runs.
#[derive(Clone, Copy, Debug)]
pub struct Experiment {
    /// Kebab-case, unique: what `--only` takes.
    pub name: &'static str,
    /// The heading in the report.
    pub title: &'static str,
    /// Numbers of docs/theory.md.
    pub theory: &'static [u8],
    /// Each of them turns at least one claim of this experiment red.
    pub faults: &'static [Fault],
    /// Measures.
    pub run: fn(&Context) -> Findings,
}

/// What an experiment found.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// In the order of the report.
    pub claims: Vec<Claim>,
    /// Below the claims.
    pub plots: Vec<Plot>,
}

impl Findings {
    /// Adds a claim.
    pub fn claim(&mut self, claim: Claim) {
        self.claims.push(claim);
    }

    /// Adds a plot.
    pub fn plot(&mut self, plot: Plot) {
        self.plots.push(plot);
    }
}
