use std::collections::VecDeque;

use ito_schedules::Level;

/// What a multistep sampler remembers of its trajectory: the newest values first, each with the coordinate it belongs to.
///
/// A step that does not begin where the last one ended, or turns round in noise, belongs to another trajectory: nothing is
/// remembered then.
#[derive(Clone, Debug)]
pub(super) struct History<X> {
    most: usize,
    past: VecDeque<(f64, X)>,
    last: Option<(Level, Level)>,
}

impl<X> History<X> {
    /// Holds at most so many.
    pub(super) fn holding(most: usize) -> Self {
        History { most, past: VecDeque::with_capacity(most + 1), last: None }
    }

    /// Begins a step.
    pub(super) fn follow(&mut self, from: Level, to: Level) {
        let falls = |from: Level, to: Level| to.snr() > from.snr();
        let goes_on =
            self.last.is_some_and(|(before, reached)| reached == from && falls(before, reached) == falls(from, to));
        if !goes_on {
            self.past.clear();
        }
        self.last = Some((from, to));
    }

    /// Remembers a value; one at an infinite coordinate is no node of a polynomial and is not kept.
    pub(super) fn push(&mut self, coordinate: f64, value: X) {
        if coordinate.is_finite() {
            self.past.push_front((coordinate, value));
            self.past.truncate(self.most);
        }
    }

    /// The newest `(coordinate, value)` first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (f64, &X)> {
        self.past.iter().map(|(coordinate, value)| (*coordinate, value))
    }
}
