//! The exact joint law of whatever a path answers: it is linear in the normals of the nodes, so unit vectors in their place
//! give every coefficient, and the covariances follow without any sampling.

use std::cell::RefCell;
use std::collections::HashMap;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::motion::{Motion, NORMALS};
use super::path::motion;
use super::place::covering_exponent;
use super::tree::{NodeNormals, Tree};

/// Entry `n` is the coefficient of the `n`-th normal that was asked for.
struct Units {
    entries: usize,
    seen: RefCell<HashMap<(u128, usize), usize>>,
}

impl NodeNormals for Units {
    fn fill(&self, address: u128, normals: &mut [f64]) {
        normals.fill(0.0);
        let mut seen = self.seen.borrow_mut();
        for which in 0..3 {
            let next = seen.len();
            let unit = *seen.entry((address, which)).or_insert(next);
            assert!(unit < self.entries, "more normals than the test has room for");
            normals[NORMALS * unit + which] = 1.0;
        }
    }
}

/// The coefficients of `(W, H, K)` over each interval, the clock being `[0, 1]`.
fn coefficients(intervals: &[[f64; 2]], levels_kept: usize) -> Vec<[Vec<f64>; 3]> {
    const ENTRIES: usize = 3000;
    let units = Units { entries: ENTRIES, seen: RefCell::default() };
    let mut tree = Tree::new(units, covering_exponent(1.0), 6 * ENTRIES * levels_kept);
    let answer = |interval: &[f64; 2]| {
        let Motion { w, h, k } = motion(&mut tree, *interval, 0, ENTRIES);
        [w, h, k]
    };
    intervals.iter().map(answer).collect()
}

/// What the definitions say: with `x` the fraction of the interval passed, in the direction of the interval,
/// `W = int 1 dB`, `H = int (1/2 - x) dB`, `K = 1/2 int (x^2 - x + 1/6) dB`.
fn kernel(which: usize, [from, to]: [f64; 2], v: f64) -> f64 {
    let x = (v - from) / (to - from);
    (to - from).signum() * [1.0, 0.5 - x, 0.5 * (x * x - x + 1.0 / 6.0)][which]
}

/// The covariance of two such integrals: their product's integral over the overlap, by Gauss's rule of degree 5.
fn covariance(a: (usize, [f64; 2]), b: (usize, [f64; 2])) -> f64 {
    let low = f64::max(a.1[0].min(a.1[1]), b.1[0].min(b.1[1]));
    let high = f64::min(a.1[0].max(a.1[1]), b.1[0].max(b.1[1]));
    let (middle, half) = (0.5 * (low + high), 0.5 * (high - low).max(0.0));
    let nodes = [(-0.6_f64.sqrt(), 5.0 / 9.0), (0.0, 8.0 / 9.0), (0.6_f64.sqrt(), 5.0 / 9.0)];
    let product = |v: f64| kernel(a.0, a.1, v) * kernel(b.0, b.1, v);
    nodes.iter().map(|(x, weight)| half * weight * product(middle + half * x)).sum()
}

/// Every covariance of everything the path says about the intervals, relative to the deviations.
fn check(intervals: &[[f64; 2]], tolerance: f64) {
    let found = coefficients(intervals, 200);
    let all: Vec<(usize, usize)> = (0..intervals.len()).flat_map(|i| (0..3).map(move |which| (i, which))).collect();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    for &(i, which) in &all {
        for &(j, other) in &all {
            let [a, b] = [(which, intervals[i]), (other, intervals[j])];
            let scale = (covariance(a, a) * covariance(b, b)).sqrt();
            let error = (dot(&found[i][which], &found[j][other]) - covariance(a, b)) / scale;
            assert!(
                error.abs() <= tolerance,
                "covariance of {} over {:?} with {} over {:?} is off by {error:e}",
                ["W", "H", "K"][which],
                intervals[i],
                ["W", "H", "K"][other],
                intervals[j]
            );
        }
    }
}

#[test]
fn halves_and_wholes_have_the_law_of_brownian_motion() {
    check(&[[0.0, 1.0], [0.0, 0.5], [0.5, 1.0], [0.25, 0.75], [0.5, 0.625], [0.25, 0.125]], 1e-14);
}

#[test]
fn arbitrary_intervals_have_the_law_of_brownian_motion() {
    check(&[[0.1, 0.7], [0.7, 0.93], [0.3, 0.2], [0.0, 1.0], [1.0 / 3.0, 0.9], [0.123, 0.124]], 1e-10);
}

#[test]
fn the_motion_goes_on_beyond_both_ends_of_the_clock() {
    check(&[[-0.3, 0.4], [0.9, 1.7], [3.0, 11.0], [-7.0, -0.01], [2.5, -1.0], [-2.0, -1.0]], 1e-10);
}

#[test]
fn tiny_intervals_keep_their_law_near_the_start_and_far_from_it() {
    check(&[[0.0, 1e-18], [1e-18, 3e-18], [2e-18, 1.9e-17], [4e-18, 0.5]], 1e-10);
    check(&[[0.7, 0.7 + 1e-6], [0.7 + 2e-6, 0.7 + 1e-6], [0.6, 0.7]], 1e-7);
}

#[test]
fn no_value_depends_on_how_much_is_kept() {
    let intervals =
        [[0.1, 0.7], [0.7, 0.93], [0.93, 0.7], [0.25, 0.5], [0.1, 0.3], [1e-9, 2e-9], [0.6, 1.7], [0.1, 0.7]];
    for levels_kept in [0, 1, 2, 3, 10, 47] {
        assert_eq!(coefficients(&intervals, levels_kept), coefficients(&intervals, 200), "{levels_kept} levels kept");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]
    #[test]
    fn any_intervals_have_the_law_of_brownian_motion(ends in prop::array::uniform4(prop::array::uniform2(-0.5..1.5_f64))) {
        check(&ends, 1e-8);
    }
}
