use ito_state::Real;

use super::tally::Tally;

/// What an ensemble found, by time.
#[derive(Clone, Debug, PartialEq)]
pub struct Report<A, const DIM: usize> {
    /// In the order of the steps; at least one.
    pub snapshots: Vec<Snapshot<A, DIM>>,
}

impl<A, const DIM: usize> Report<A, DIM> {
    /// The last snapshot.
    pub fn end(&self) -> &Snapshot<A, DIM> {
        self.snapshots.last().expect("an ensemble has at least one snapshot")
    }
}

/// All paths at one time. Statistics are of the finite paths; the others are counted.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot<A, const DIM: usize> {
    /// After this many steps: an index into the times.
    pub step: usize,
    /// The time.
    pub time: f64,
    /// How many paths are finite.
    pub finite: u64,
    /// How many have a coordinate that is NaN or infinite.
    pub non_finite: u64,
    /// The mean of every coordinate; NaN without a finite path.
    pub mean: [f64; DIM],
    /// The unbiased covariance; NaN with fewer than two finite paths.
    pub covariance: [[f64; DIM]; DIM],
    /// Of every coordinate, in the order asked for; empty if none was.
    pub quantiles: [Vec<f64>; DIM],
    /// Of every coordinate; empty if no edges were given.
    pub histograms: Vec<Histogram>,
    /// The states themselves, finite or not, in the order of the samples; empty if not asked for.
    pub states: Vec<[A; DIM]>,
}

/// How many paths lie where; bin `i` is `[edges[i], edges[i + 1])`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Histogram {
    /// Below the first edge.
    pub below: u64,
    /// In the bins.
    pub counts: Vec<u64>,
    /// At the last edge or above it.
    pub above: u64,
}

impl<A: Real, const DIM: usize> Snapshot<A, DIM> {
    pub(super) fn new(step: usize, time: f64, tally: Tally<A, DIM>, levels: &[f64], keep: bool) -> Self {
        let (mean, covariance) = (tally.mean(), tally.covariance());
        let quantiles = std::array::from_fn(|i| quantiles(&tally.values, i, levels));
        let histogram = |mut counts: Vec<u64>| {
            let above = counts.pop().unwrap_or(0);
            Histogram { below: counts.remove(0), counts, above }
        };
        let histograms = tally.counts.into_iter().map(histogram).collect();
        let states = if keep { tally.values } else { Vec::new() };
        let (finite, non_finite) = (tally.finite, tally.non_finite);
        Snapshot { step, time, finite, non_finite, mean, covariance, quantiles, histograms, states }
    }
}

/// Between the order statistics, linear: definition 7 of Hyndman & Fan 1996, "Sample quantiles in statistical packages".
fn quantiles<A: Real, const DIM: usize>(rows: &[[A; DIM]], coordinate: usize, levels: &[f64]) -> Vec<f64> {
    if levels.is_empty() {
        return Vec::new();
    }
    let finite = |row: &&[A; DIM]| row.iter().all(|x| x.wide().is_finite());
    let mut sorted: Vec<f64> = rows.iter().filter(finite).map(|row| row[coordinate].wide()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else { return vec![f64::NAN; levels.len()] };
    let of = |level: &f64| {
        let place = level * last as f64;
        let [below, above] = [sorted[place.floor() as usize], sorted[place.ceil() as usize]];
        below + (above - below) * place.fract()
    };
    levels.iter().map(of).collect()
}
