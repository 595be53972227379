//! The tree of intervals: each node draws its own normals, so every value is a function of its address alone.

use super::motion::{Halves, Motion, NORMALS, Union};
use super::place::{LEVELS, Place, power_of_two, root_exponent};

/// Where the normals of a node come from.
pub(crate) trait NodeNormals {
    /// Four normals an entry, entry after entry, for the node of this address.
    fn fill(&self, address: u128, normals: &mut [f64]);
}

/// Half of the time line, from the start of the clock on: after it, or before it with time reversed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    After,
    Before,
}

/// The motions of all intervals, with the last descent at hand.
#[derive(Clone, Debug)]
pub(crate) struct Tree<N> {
    normals: N,
    covering_exponent: i32,
    /// Numbers that the last descent may keep. What is below is computed again; no value depends on it.
    room: usize,
    entries: usize,
    buffer: Vec<f64>,
    descent: Descent,
}

/// The nodes from a root down towards an index.
#[derive(Clone, Debug, Default)]
struct Descent {
    root: Option<(Side, u32)>,
    whole: Motion,
    index: u128,
    /// The halves of the nodes of level 0, 1, ... towards `index`. The first `known` hold what they should.
    halves: Vec<Halves>,
    known: u32,
    /// Below what is kept: one pair of halves for even levels and one for odd levels.
    passing: Vec<Halves>,
}

impl<N: NodeNormals> Tree<N> {
    /// On a clock that `2^covering_exponent` covers.
    pub(crate) fn new(normals: N, covering_exponent: i32, room: usize) -> Tree<N> {
        Tree { normals, covering_exponent, room, entries: 0, buffer: Vec::new(), descent: Descent::default() }
    }

    /// The motion of `entries` entries between two places of one side; `from <= to`.
    pub(crate) fn between(&mut self, side: Side, from: Place, to: Place, entries: usize) -> Union {
        if self.entries != entries {
            (self.entries, self.descent) = (entries, Descent::default());
            self.buffer = vec![0.0; NORMALS * entries];
        }
        let mut union = Union::empty(entries);
        for root in from.root..=to.root {
            let begin = if root == from.root { from.index } else { 0 };
            let end = if root == to.root { to.index } else { 1 << LEVELS };
            if begin < end {
                let piece = self.within(side, root, begin, end);
                union.append(&piece.motion, piece.width);
            }
        }
        union
    }

    /// The same within one root; `from < to`, up to the end of the root, `2^LEVELS`.
    ///
    /// With `low` the last index before the interval and `high` the first one behind it, and below the node where their
    /// paths part: the interval is all the right halves that the path to `low` leaves aside, then all the left ones that
    /// the path to `high` does.
    fn within(&mut self, side: Side, root: u32, from: u128, to: u128) -> Union {
        self.enter(side, root);
        let exponent = root_exponent(root, self.covering_exponent);
        let width_of_half = |level: u32| power_of_two(exponent - level as i32 - 1);
        let (mut before, mut after) = (Union::empty(self.entries), Union::empty(self.entries));
        let (low, high) = (from.checked_sub(1), Some(to).filter(|to| *to < 1 << LEVELS));
        let parting = match (low, high) {
            (None, None) => {
                after.append(&self.descent.whole, power_of_two(exponent));
                return after;
            }
            (Some(low), Some(high)) => shared_levels(low, high) + 1,
            _ => 0,
        };
        let to_low = |tree: &mut Self, low: u128, before: &mut Union| {
            tree.walk(low, LEVELS - low.trailing_ones(), |level, halves| {
                if level >= parting && !turns_right(low, level) {
                    before.prepend(&halves.right, width_of_half(level));
                }
            });
        };
        let low_is_near = match (low, high) {
            (Some(low), Some(high)) => {
                shared_levels(low, self.descent.index) >= shared_levels(high, self.descent.index)
            }
            _ => true,
        };
        // The nearer end first: the descent to it is at hand, and the next call finds the descent to the other.
        if let Some(low) = low.filter(|_| low_is_near) {
            to_low(self, low, &mut before);
        }
        if let Some(high) = high {
            self.walk(high, LEVELS - high.trailing_zeros(), |level, halves| {
                if level >= parting && turns_right(high, level) {
                    after.append(&halves.left, width_of_half(level));
                }
            });
        }
        if let Some(low) = low.filter(|_| !low_is_near) {
            to_low(self, low, &mut before);
        }
        before.append(&after.motion, after.width);
        before
    }

    /// Makes the root of the descent this one.
    fn enter(&mut self, side: Side, root: u32) {
        if self.descent.root == Some((side, root)) {
            return;
        }
        self.normals.fill(address(side, root, None), &mut self.buffer);
        let mut whole = Motion::zero(self.entries);
        whole.draw(power_of_two(root_exponent(root, self.covering_exponent)), &self.buffer);
        let (halves, passing) = (std::mem::take(&mut self.descent.halves), std::mem::take(&mut self.descent.passing));
        self.descent = Descent { root: Some((side, root)), whole, index: 0, halves, known: 0, passing };
    }

    /// Shows the halves of each node on the way to `index`, from the root's down to those of level `depth - 1`.
    fn walk(&mut self, index: u128, depth: u32, mut show: impl FnMut(u32, &Halves)) {
        let Tree { normals, covering_exponent, room, entries, buffer, descent } = self;
        let Some((side, root)) = descent.root else { return };
        let exponent = root_exponent(root, *covering_exponent);
        let keep = (*room / (6 * *entries).max(1)).min(LEVELS as usize) as u32;
        descent.known = descent.known.min(shared_levels(index, descent.index) + 1);
        descent.index = index;
        descent.passing.resize_with(2, || Halves::zero(*entries));
        for level in 0..depth {
            if level < descent.known {
                show(level, &descent.halves[level as usize]);
                continue;
            }
            normals.fill(address(side, root, Some((level, index))), buffer);
            let width = power_of_two(exponent - level as i32);
            let right = level > 0 && turns_right(index, level - 1);
            let [even, odd] = &mut descent.passing[..] else { return };
            let (own, other) = if level % 2 == 0 { (even, odd) } else { (odd, even) };
            if level as usize == descent.halves.len() && level < keep {
                descent.halves.push(Halves::zero(*entries));
            }
            let kept = descent.halves.len().min(level as usize);
            let (above, below) = descent.halves.split_at_mut(kept);
            let parent = match level {
                0 => &descent.whole,
                _ if level > keep => other.side(right),
                _ => above[level as usize - 1].side(right),
            };
            let halves = if level < keep { &mut below[0] } else { own };
            halves.split(parent, width, buffer);
            if level < keep {
                descent.known = level + 1;
            }
            show(level, halves);
        }
    }
}

/// The address of a node, or of the root's own numbers.
///
/// Bits 0 to 112: a leading one and the turns taken from the root (0 left, 1 right), or 0; from bit 113 the number of the
/// root; bit 125 is set before the start of the clock.
fn address(side: Side, root: u32, node: Option<(u32, u128)>) -> u128 {
    let turns = node.map_or(0, |(level, index)| 1 << level | index >> (LEVELS - level));
    turns | u128::from(root) << 113 | u128::from(side == Side::Before) << 125
}

/// Whether the path to `index` takes the right half of its node of this level.
fn turns_right(index: u128, level: u32) -> bool {
    index >> (LEVELS - 1 - level) & 1 == 1
}

/// How many turns from the root two paths have in common.
fn shared_levels(a: u128, b: u128) -> u32 {
    (a ^ b).leading_zeros() - (u128::BITS - LEVELS)
}
