//! The generator on one line of cells, as a birth-and-death chain of mass.

use super::FokkerPlanckError;

/// Mass in cell `i` hops right at rate `right[i]` and left at rate `left[i]`; none of them is negative.
///
/// On a ring the last cell's right neighbour is the first; else `left[0]` and the last of `right` lead outside.
/// `A` is the matrix of `dm/dt = A m`: every column sums to minus the rate of leaving.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Chain {
    pub right: Vec<f64>,
    pub left: Vec<f64>,
    pub periodic: bool,
}

impl Chain {
    pub fn cells(&self) -> usize {
        self.right.len()
    }

    /// The rate at which mass leaves cell `i`.
    pub fn rate(&self, i: usize) -> f64 {
        self.right[i] + self.left[i]
    }

    /// Mass a unit of time that leaves at the left and at the right.
    pub fn exits(&self) -> [f64; 2] {
        if self.periodic { [0.0; 2] } else { [self.left[0], self.right[self.cells() - 1]] }
    }

    /// The net hop rate over the face to the right of cell `i`, for masses `here` in it and `next` behind it.
    fn over(&self, i: usize, mass: impl Fn(usize) -> f64) -> f64 {
        let next = (i + 1) % self.cells();
        self.right[i] * mass(i) - self.left[next] * mass(next)
    }

    /// Adds `A m` to `out`, face by face: what leaves a cell enters the next.
    pub fn add_forward(&self, mass: impl Fn(usize) -> f64, mut out: impl FnMut(usize, f64)) {
        let last = self.cells() - 1;
        for i in 0..last {
            let hop = self.over(i, &mass);
            out(i, -hop);
            out(i + 1, hop);
        }
        if self.periodic {
            let hop = self.over(last, &mass);
            out(last, -hop);
            out(0, hop);
        } else {
            out(0, -self.left[0] * mass(0));
            out(last, -self.right[last] * mass(last));
        }
    }

    /// `(I + step A) m`, by terms that are not negative as long as `step` is at most 1 over the fastest rate.
    pub fn explicit(&self, step: f64, m: &[f64]) -> Vec<f64> {
        let last = self.cells() - 1;
        let stays = |i: usize| match 1.0 - step * self.rate(i) {
            // The longest step, rounded.
            stay if stay.abs() < 1e-15 => 0.0,
            stay => stay,
        };
        let comes = |i: usize| {
            let seam = |rate: f64, m: f64| if self.periodic { rate * m } else { 0.0 };
            let before = if i > 0 { self.right[i - 1] * m[i - 1] } else { seam(self.right[last], m[last]) };
            let after = if i < last { self.left[i + 1] * m[i + 1] } else { seam(self.left[0], m[0]) };
            before + after
        };
        (0..=last).map(|i| stays(i) * m[i] + step * comes(i)).collect()
    }

    /// Adds the transpose, `A^T f`, to `out`; outside, `f` is zero.
    pub fn add_backward(&self, f: impl Fn(usize) -> f64, mut out: impl FnMut(usize, f64)) {
        let last = self.cells() - 1;
        let outside = |i: usize| if self.periodic { f(i) } else { 0.0 };
        for i in 0..=last {
            let (before, after) = match i {
                0 => (outside(last), f(1)),
                i if i == last => (f(i - 1), outside(0)),
                i => (f(i - 1), f(i + 1)),
            };
            out(i, self.right[i] * (after - f(i)) + self.left[i] * (before - f(i)));
        }
    }

    /// Replaces `m` by the solution of `(keep - step A) x = m`.
    ///
    /// Gaussian elimination as censoring of a Markov chain: no number is ever subtracted, so a positive right side has a
    /// positive solution in floating point too, each entry with a small relative error. Grassmann, Taksar & Heyman 1985.
    /// `keep` is 1 for a step in time and 0 for a balance. The error is the cell whose mass has nowhere to go.
    pub fn solve(&self, keep: f64, step: f64, m: &mut [f64]) -> Result<(), FokkerPlanckError> {
        self.solve_scaled(keep, step, m, f64::INFINITY).map(|_| ())
    }

    /// [`solve`](Chain::solve) times the factor that is returned: scaled down whenever an entry passes `largest`.
    pub fn solve_scaled(&self, keep: f64, step: f64, m: &mut [f64], largest: f64) -> Result<f64, FokkerPlanckError> {
        let last = self.cells() - 1;
        let [exit_left, exit_right] = self.exits();
        // Of the cell next to be eliminated: what is kept or leaves, and what goes to the last cell of a ring.
        let (mut lost, mut round) = (keep + step * exit_left, 0.0);
        // What comes from the last cell of a ring, and what that cell keeps.
        let (mut comes, mut kept) = (0.0, keep + step * exit_right);
        if self.periodic {
            (round, comes) = (step * self.left[0], step * self.right[last]);
        }
        let (mut pivots, mut from_last) = (vec![0.0; last], vec![0.0; last]);
        for i in 0..last {
            let ahead = step * self.right[i];
            let pivot = lost + round + ahead;
            if pivot <= 0.0 {
                return Err(FokkerPlanckError::NotConnected { cell: i });
            }
            (pivots[i], from_last[i]) = (pivot, comes);
            let back = step * self.left[i + 1];
            m[i + 1] += ahead / pivot * m[i];
            m[last] += round / pivot * m[i];
            kept += comes / pivot * lost;
            if i + 1 == last {
                kept += back / pivot * lost;
            }
            comes *= ahead / pivot;
            (lost, round) = (keep + back / pivot * lost, back / pivot * round);
        }
        if kept <= 0.0 {
            return Err(FokkerPlanckError::MassGrows);
        }
        m[last] /= kept;
        let mut scale = 1.0;
        for i in (0..last).rev() {
            m[i] = (m[i] + step * self.left[i + 1] * m[i + 1] + from_last[i] * m[last]) / pivots[i];
            if m[i] > largest {
                scale /= largest;
                m.iter_mut().for_each(|m| *m /= largest);
            }
        }
        Ok(scale)
    }
}
