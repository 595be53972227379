use ito_schedules::Level;
use ito_state::Batch;

use crate::ode::history::{History, reaching};

/// The last estimates of a stochastic multistep sampler, at `lambda = ln(alpha/sigma)`; none of another trajectory.
#[derive(Clone, Debug)]
pub(super) struct Estimates<X> {
    most: usize,
    past: History<X>,
}

impl<X: Batch> Estimates<X> {
    /// For a polynomial through the newest estimate and `most` before it. One more is remembered, for one that is passed over.
    pub fn before_the_newest(most: usize) -> Self {
        Estimates { most, past: History::holding(most + 1) }
    }

    /// Begins a step, and gives the earlier estimates it may use with their `r = (lambda_k - lambda)/h`, newest first: none if a
    /// step ends at data or starts at pure noise, where `h` is infinite.
    pub fn follow(&mut self, from: Level, to: Level) -> (Vec<f64>, Vec<&X>) {
        self.past.follow(from, to);
        let h = span(from, to);
        let past: Vec<(f64, &X)> = self.past.iter().map(|(at, d)| ((at - lambda(from)) / h, d)).collect();
        let nodes: Vec<f64> = past.iter().map(|(node, _)| *node).collect();
        let kept = reaching(&nodes, if h.is_finite() { self.most } else { 0 });
        kept.into_iter().map(|k| past[k]).unzip()
    }

    /// Remembers an estimate.
    pub fn push(&mut self, at: Level, denoised: X) {
        self.past.push(lambda(at), denoised);
    }
}

/// `h = ln(s/s')`.
pub(super) fn span(from: Level, to: Level) -> f64 {
    lambda(to) - lambda(from)
}

fn lambda(level: Level) -> f64 {
    0.5 * level.log_snr()
}
