//! The path of a batch: rows are samples of a stream.

use super::error::{BrownianError, clock};
use super::motion::{Motion, Union};
use super::place::{Place, covering_exponent};
use super::tree::{NodeNormals, Side, Tree};
use crate::batch::SampleNoise;
use crate::fill::fill_f64;
use crate::philox::philox4x32_10;
use crate::stream::Stream;

/// Numbers that the last descent may keep: 64 MiB.
const ROOM: usize = 1 << 23;

/// The address of what is drawn beside the motion.
const WHITE: u128 = 1 << 127;

/// A Brownian motion `W` for every entry of every row, to be asked at any times in any order.
///
/// Row `k` is sample `ids[k]` of a stream. `W` is zero at the start of the clock; every value is a pure function of (seed,
/// stream, sample, entry, times), so refining the times changes nothing that was seen, and sample 7 moves the same alone or
/// in any batch.
///
/// It is a tree of halved intervals. Each node holds increment, space-time Levy area and space-time-time area of its
/// interval, and those of its halves follow by exact conditioning with three fresh normals that belong to the node; an
/// arbitrary interval is a union of nodes. A question costs `O(log)` nodes; the last descent is kept, so that neighbouring
/// questions share it, in at most 64 MiB and a few vectors of the size of a state.
/// Foster, Lyons & Oberhauser 2020, arXiv:1904.06998; Jelincic, Foster & Kidger 2024, arXiv:2405.06464 (a tree of W and H,
/// to a tolerance; here all times are nodes).
///
/// **Times.** A time is its distance from the start of the clock, rounded to 48 significant bits (and to `2^-112` of the
/// clock): so the length of a step of a millionth of the time passed is right to 4e-9, near the start of the clock too.
/// Times that round to one have the increment zero; the same time computed in two ways can be two times, with a tiny
/// increment between them.
///
/// **Beyond the clock** the motion goes on: it lives on the whole line, the times before the start included. The clock says
/// where the tree is, and so belongs to the motion as the seed does. A time that is NaN or infinite gives NaN.
///
/// **Directions.** Over falling times the increment is `W(to) - W(from)`, the areas are those of the motion run backwards:
/// `H` is the same, the increment and `K` change sign.
///
/// ```
/// use ito_noise::{BrownianPath, Stream};
///
/// let mut path = BrownianPath::consecutive(Stream::new(5, "doc"), 0, 3, 0.0, 1.0)?;
/// let (mut whole, mut half, mut rest) = ([0.0; 3], [0.0; 3], [0.0; 3]);
/// path.fill_increment(0.0, 0.8, &mut whole);
/// path.fill_increment(0.4, 0.8, &mut rest);
/// path.fill_value(0.4, &mut half);
/// assert!((0..3).all(|k| (whole[k] - half[k] - rest[k]).abs() < 1e-15));
/// # Ok::<(), ito_noise::BrownianError>(())
/// ```
#[derive(Clone, Debug)]
pub struct BrownianPath {
    start: f64,
    covering_exponent: i32,
    rows: usize,
    tree: Tree<NodeStreams>,
    white: SampleNoise,
}

impl BrownianPath {
    /// Rows of these samples on a clock.
    ///
    /// # Errors
    /// [`BrownianError::Clock`] if its ends are not finite, do not rise, or are further apart than f64 goes.
    pub fn new(stream: Stream, ids: Vec<u64>, from: f64, to: f64) -> Result<BrownianPath, BrownianError> {
        let covering_exponent = covering_exponent(clock(from, to)?);
        let white = SampleNoise::new(substream(stream, WHITE), ids.clone());
        let rows = ids.len();
        let tree = Tree::new(NodeStreams { stream, ids }, covering_exponent, ROOM);
        Ok(BrownianPath { start: from, covering_exponent, rows, tree, white })
    }

    /// Rows of the samples `first_sample, first_sample + 1, ...`, `rows` of them.
    ///
    /// # Errors
    /// As [`BrownianPath::new`].
    pub fn consecutive(
        stream: Stream,
        first_sample: u64,
        rows: usize,
        from: f64,
        to: f64,
    ) -> Result<BrownianPath, BrownianError> {
        BrownianPath::new(stream, (0..rows as u64).map(|row| first_sample.wrapping_add(row)).collect(), from, to)
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Independent noise of the same samples, which has nothing to do with the motion.
    pub fn white(&mut self) -> &mut SampleNoise {
        &mut self.white
    }

    /// `W(t)`, row after row; zero at the start of the clock.
    ///
    /// # Panics
    /// If `w.len()` is not a multiple of the number of rows.
    pub fn fill_value(&mut self, t: f64, w: &mut [f64]) {
        self.fill_increment(self.start, t, w);
    }

    /// `W(to) - W(from)`, row after row: normal with variance `|to - from|`.
    ///
    /// # Panics
    /// If `w.len()` is not a multiple of the number of rows.
    pub fn fill_increment(&mut self, from: f64, to: f64, w: &mut [f64]) {
        w.copy_from_slice(&self.motion(from, to, w.len()).w);
    }

    /// Increment, space-time Levy area and space-time-time area, row after row. With `B(u)` the motion since `from` and `h = |to - from|`,
    /// `H = 1/h int_0^h (B(u) - u/h B(h)) du` has variance `h/12` and `K = 1/h^2 int_0^h (B(u) - u/h B(h)) (h/2 - u) du`
    /// has variance `h/720`; all three are independent.
    ///
    /// # Panics
    /// If the slices differ in length, or it is not a multiple of the number of rows.
    pub fn fill_increment_with_areas(&mut self, from: f64, to: f64, w: &mut [f64], h: &mut [f64], k: &mut [f64]) {
        let motion = self.motion(from, to, w.len());
        w.copy_from_slice(&motion.w);
        h.copy_from_slice(&motion.h);
        k.copy_from_slice(&motion.k);
    }

    /// `sum (W(t_{i+1}) - W(t_i))^2` over neighbouring times, row after row. Over equal steps that end `t` after they begin
    /// its mean is `t` and its variance `2 t^2 / n`: it becomes `t` itself as the steps are refined.
    ///
    /// # Panics
    /// If `sum.len()` is not a multiple of the number of rows.
    pub fn fill_quadratic_variation(&mut self, times: &[f64], sum: &mut [f64]) {
        sum.fill(0.0);
        for step in times.windows(2) {
            let motion = self.motion(step[0], step[1], sum.len());
            sum.iter_mut().zip(&motion.w).for_each(|(sum, w)| *sum += w * w);
        }
    }

    fn motion(&mut self, from: f64, to: f64, entries: usize) -> Motion {
        assert!(entries.is_multiple_of(self.rows), "{entries} numbers do not fill {} rows of equal length", self.rows);
        motion(&mut self.tree, [from, to].map(|t| t - self.start), self.covering_exponent, entries)
    }
}

/// The motion between two distances from the start of the clock, negative ones lie before it.
pub(super) fn motion<N: NodeNormals>(
    tree: &mut Tree<N>,
    [from, to]: [f64; 2],
    covering_exponent: i32,
    entries: usize,
) -> Motion {
    if !(from.is_finite() && to.is_finite()) {
        let nan = vec![f64::NAN; entries];
        return Motion { w: nan.clone(), h: nan.clone(), k: nan };
    }
    if to < from {
        return motion(tree, [to, from], covering_exponent, entries).reversed();
    }
    let place = |distance: f64| Place::of(distance.max(0.0), covering_exponent);
    let before = tree.between(Side::Before, place(-to), place(-from), entries);
    let after = tree.between(Side::After, place(from), place(to), entries);
    let mut union = Union { width: before.width, motion: before.motion.reversed() };
    union.append(&after.motion, after.width);
    union.motion
}

/// A node's normals: a stream of its own, whose sample `ids[k]` gives row `k`, a block of four an entry.
#[derive(Clone, Debug)]
struct NodeStreams {
    stream: Stream,
    ids: Vec<u64>,
}

impl NodeNormals for NodeStreams {
    fn fill(&self, address: u128, normals: &mut [f64]) {
        fill_f64(substream(self.stream, address), &self.ids, 0, normals);
    }
}

/// The stream whose key is words 0 and 1 of the block with the address as counter.
fn substream(stream: Stream, address: u128) -> Stream {
    let counter = [0, 32, 64, 96].map(|shift| (address >> shift) as u32);
    let [k0, k1, _, _] = philox4x32_10(counter, stream.key);
    Stream { key: [k0, k1] }
}
