use std::collections::VecDeque;

use ito_schedules::Level;

/// What a multistep sampler remembers of its trajectory: the newest values first, each with the coordinate it belongs to.
///
/// A step that does not begin where the last one ended, or turns round in noise, belongs to another trajectory: nothing is
/// remembered then.
#[derive(Clone, Debug)]
pub(crate) struct History<X> {
    most: usize,
    past: VecDeque<(f64, X)>,
    last: Option<(Level, Level)>,
}

impl<X> History<X> {
    /// Holds at most so many.
    pub(crate) fn holding(most: usize) -> Self {
        History { most, past: VecDeque::with_capacity(most + 1), last: None }
    }

    /// Begins a step; whether it goes on from the last one.
    pub(crate) fn follow(&mut self, from: Level, to: Level) -> bool {
        let falls = |from: Level, to: Level| to.snr() > from.snr();
        let goes_on =
            self.last.is_some_and(|(before, reached)| reached == from && falls(before, reached) == falls(from, to));
        if !goes_on {
            self.past.clear();
        }
        self.last = Some((from, to));
        goes_on
    }

    /// Remembers a value; one at an infinite coordinate is no node of a polynomial and is not kept.
    pub(crate) fn push(&mut self, coordinate: f64, value: X) {
        if coordinate.is_finite() {
            self.past.push_front((coordinate, value));
            self.past.truncate(self.most);
        }
    }

    /// The newest `(coordinate, value)` first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (f64, &X)> {
        self.past.iter().map(|(coordinate, value)| (*coordinate, value))
    }
}

/// A line is extrapolated over at most so many times the distance of its nodes.
const LINE: f64 = 3.0;

/// A polynomial of higher degree, over at most so many times the distance of any two neighbouring nodes.
const CURVE: f64 = 2.0;

/// Nodes nearer together than this share of the step are one node.
const SAME: f64 = 0.02;

/// Which of the earlier nodes, at most `most` of them, a polynomial extrapolated over a step may go through: their places, newest
/// first. `nodes` are `r_k` in lengths of the step, which begins at `r = 0`, itself a node, and ends at 1.
///
/// Nodes closer than 1/50 to the one kept before are passed over: two levels that all but coincide would multiply every error by one
/// over their distance. Of the others as many are kept as lie 1/2 apart, neighbour from neighbour, or a single one that lies
/// 1/3 from the newest: so in a step much longer than the last ones (the last noisy step of everyday grids is 3 to 8
/// times as long in log-SNR) the parabola gives way to the line, and the line to the held value.
pub(crate) fn reaching(nodes: &[f64], most: usize) -> Vec<usize> {
    let (mut kept, mut gaps, mut last) = (Vec::new(), Vec::new(), 0.0_f64);
    for (k, node) in nodes.iter().enumerate() {
        let gap = (node - last).abs();
        if gap.is_finite() && gap >= SAME && kept.len() < most {
            kept.push(k);
            gaps.push(gap);
            last = *node;
        }
    }
    let near = |count: usize, gap: &f64| gap * if count == 1 { LINE } else { CURVE } < 1.0 - 1e-9;
    while gaps.iter().any(|gap| near(gaps.len(), gap)) {
        gaps.pop();
    }
    kept.truncate(gaps.len());
    kept
}
