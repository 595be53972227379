use std::ops::Range;

use ito_noise::{Stream, Vectors};
use ito_state::{Batch, Noise, Real, Tile, TileNoise};

use super::report::{Report, Snapshot};
use super::tally::Tally;
use super::{EnsembleError, Start};
use crate::{Solver, Times};

/// Paths that are summed in order before sums are merged: part of the bits, unlike the size of a tile, which divides it.
const BLOCK: u64 = 1024;

/// Paths of a tile, chosen by measurement.
const TILE: usize = 128;

/// `N` independent paths of one SDE, with any [`Solver`].
///
/// Every path takes the same steps; path `k` draws from sample `k` of the stream, consecutive normals
/// ([`TileNoise`]). Memory: a few KiB a thread, the statistics of each snapshot, and, only if states or quantiles are asked
/// for, one state a path and snapshot; nothing a step.
#[derive(Clone, Debug)]
pub struct Ensemble<'a, S, M> {
    sde: &'a S,
    method: M,
    times: &'a Times,
    stream: Stream,
    samples: Range<u64>,
    snapshots: Vec<usize>,
    edges: Vec<f64>,
    levels: Vec<f64>,
    keep: bool,
}

impl<'a, S: Sync, M: Sync> Ensemble<'a, S, M> {
    /// No path yet; one snapshot, at the last time.
    pub fn new(sde: &'a S, method: M, times: &'a Times, stream: Stream) -> Self {
        let snapshots = vec![times.steps()];
        let (edges, levels) = (Vec::new(), Vec::new());
        Ensemble { sde, method, times, stream, samples: 0..0, snapshots, edges, levels, keep: false }
    }

    /// The samples `0 .. count` of the stream.
    #[must_use]
    pub fn paths(self, count: u64) -> Self {
        self.samples(0..count)
    }

    /// These samples of the stream.
    #[must_use]
    pub fn samples(self, samples: Range<u64>) -> Self {
        Ensemble { samples, ..self }
    }

    /// Snapshots after these numbers of steps, exactly: indices into the times, 0 the start. In any order.
    #[must_use]
    pub fn snapshots(mut self, steps: &[usize]) -> Self {
        self.snapshots = steps.to_vec();
        self.snapshots.sort_unstable();
        self.snapshots.dedup();
        self
    }

    /// Counts of every coordinate at every snapshot in the bins between these edges.
    #[must_use]
    pub fn histogram(self, edges: &[f64]) -> Self {
        Ensemble { edges: edges.to_vec(), ..self }
    }

    /// Quantiles of every coordinate at every snapshot, exact: the states of the snapshots are held until the end.
    #[must_use]
    pub fn quantiles(self, levels: &[f64]) -> Self {
        Ensemble { levels: levels.to_vec(), ..self }
    }

    /// The states at the snapshots themselves.
    #[must_use]
    pub fn keep_states(self) -> Self {
        Ensemble { keep: true, ..self }
    }

    /// Runs all paths on the current rayon pool.
    ///
    /// # Errors
    /// [`EnsembleError`] if there are no paths or snapshots, a snapshot is not a step, the start is not finite, edges do not rise,
    /// or a quantile is not in [0, 1].
    pub fn run<A, const DIM: usize, W>(self, start: Start<'_, A, DIM>) -> Result<Report<A, DIM>, EnsembleError>
    where
        A: Real + Send + Sync,
        W: Batch,
        M: Solver<S, Tile<A, DIM, TILE>, W>,
        TileNoise<A, TILE>: Noise<W>,
    {
        self.run_tiled::<TILE, A, DIM, W>(Vectors::widest(), start)
    }

    /// With a size of tiles, a divisor of 1024, and a level of vectors: for tests and benches, nothing depends on them.
    #[doc(hidden)]
    pub fn run_tiled<const LANES: usize, A, const DIM: usize, W>(
        self,
        level: Vectors,
        start: Start<'_, A, DIM>,
    ) -> Result<Report<A, DIM>, EnsembleError>
    where
        A: Real + Send + Sync,
        W: Batch,
        M: Solver<S, Tile<A, DIM, LANES>, W>,
        TileNoise<A, LANES>: Noise<W>,
    {
        const { assert!(BLOCK.is_multiple_of(LANES as u64)) };
        self.check()?;
        start.check()?;
        let blocks = (self.samples.end - self.samples.start).div_ceil(BLOCK);
        let tallies = in_order(0..blocks, &|block| self.block::<LANES, A, DIM, W>(level, &start, block));
        let times = self.times.as_slice();
        let snapshot = |(step, tally): (&usize, _)| Snapshot::new(*step, times[*step], tally, &self.levels, self.keep);
        Ok(Report { snapshots: self.snapshots.iter().zip(tallies).map(snapshot).collect() })
    }

    /// One block of paths, tile after tile.
    fn block<const LANES: usize, A, const DIM: usize, W>(
        &self,
        level: Vectors,
        start: &Start<'_, A, DIM>,
        block: u64,
    ) -> Vec<Tally<A, DIM>>
    where
        A: Real + Send + Sync,
        W: Batch,
        M: Solver<S, Tile<A, DIM, LANES>, W>,
        TileNoise<A, LANES>: Noise<W>,
    {
        let mut tallies: Vec<_> = self.snapshots.iter().map(|_| Tally::new(&self.edges)).collect();
        let from = self.samples.start + block * BLOCK;
        let to = self.samples.end.min(from.saturating_add(BLOCK));
        let keep = self.keep || !self.levels.is_empty();
        for first in (from..to).step_by(LANES) {
            // Lanes beyond the last path run too and are not looked at.
            let paths = (to - first).min(LANES as u64) as usize;
            let mut x = start.tile::<LANES>(level, self.stream, first);
            let mut noise = TileNoise::at(level, self.stream, first);
            let mut done = 0;
            for (step, tally) in self.snapshots.iter().zip(&mut tallies) {
                x = walk(level, &self.method, self.sde, &self.times.as_slice()[done..=*step], x, &mut noise);
                done = *step;
                (0..paths).for_each(|lane| tally.add(x.row(lane), &self.edges, keep));
            }
        }
        tallies
    }

    fn check(&self) -> Result<(), EnsembleError> {
        if self.samples.is_empty() {
            return Err(EnsembleError::NoPaths);
        }
        if self.snapshots.is_empty() {
            return Err(EnsembleError::NoSnapshots);
        }
        let last = self.times.steps();
        if let Some(step) = self.snapshots.iter().find(|step| **step > last) {
            return Err(EnsembleError::SnapshotOutOfRange { step: *step, last });
        }
        if let Some(value) = self.levels.iter().find(|level| !(0.0..=1.0).contains(*level)) {
            return Err(EnsembleError::Quantile { value: *value });
        }
        let count = self.edges.len();
        if count == 1 {
            return Err(EnsembleError::Edges { count, index: 0, value: self.edges[0] });
        }
        let wrong = |i: &usize| !self.edges[*i].is_finite() || (*i > 0 && self.edges[*i] <= self.edges[*i - 1]);
        match (0..count).find(wrong) {
            Some(index) => Err(EnsembleError::Edges { count, index, value: self.edges[index] }),
            None => Ok(()),
        }
    }
}

/// All the steps of one tile between two snapshots, compiled for the level.
#[inline]
fn walk<X, W, S, M, N>(level: Vectors, method: &M, sde: &S, times: &[f64], start: X, noise: &mut N) -> X
where
    X: Batch,
    W: Batch,
    M: Solver<S, X, W>,
    N: Noise<W>,
{
    level.run(
        #[inline(always)]
        || {
            let mut x = start;
            for step in times.windows(2) {
                x = method.step(sde, step[0], step[1], &x, noise);
            }
            x
        },
    )
}

/// Merges the blocks along a tree that depends on their number alone.
fn in_order<A: Real + Send, const DIM: usize>(
    blocks: Range<u64>,
    run: &(impl Fn(u64) -> Vec<Tally<A, DIM>> + Sync),
) -> Vec<Tally<A, DIM>> {
    let count = blocks.end - blocks.start;
    if count == 1 {
        return run(blocks.start);
    }
    let middle = blocks.start + count / 2;
    let (left, right) = rayon::join(|| in_order(blocks.start..middle, run), || in_order(middle..blocks.end, run));
    left.into_iter().zip(right).map(|(left, right)| left.merge(right)).collect()
}
