use ndarray::{Array, RemoveAxis};

use crate::{Real, Rows};

/// States whose entries can be cut off: for estimates that are known to lie in a range.
pub trait Clamp: Rows {
    /// Every entry of row `k` moved to the nearest number of `[-most[k], most[k]]`. NaN stays.
    ///
    /// # Panics
    /// If there is not one bound a row, or one is negative or NaN.
    fn clamp_rows(&self, most: &[f64]) -> Self;

    /// The size |x| that a share of each row's entries do not exceed: the quantile, linear between two of them.
    ///
    /// # Panics
    /// If `share` is not in [0, 1], or a row has no entry.
    fn sizes_at(&self, share: f64) -> Vec<f64>;
}

/// Where the quantile of `count` sorted numbers lies: between the one at `.0` and the next one, `.1` of the way.
///
/// # Panics
/// If `share` is not in [0, 1], or there are none.
pub fn quantile_at(share: f64, count: usize) -> (usize, f64) {
    assert!((0.0..=1.0).contains(&share) && count > 0, "the share {share} of {count} numbers");
    let place = share * (count - 1) as f64;
    (place as usize, place.fract())
}

impl<A: Real, D: RemoveAxis> Clamp for Array<A, D> {
    fn clamp_rows(&self, most: &[f64]) -> Self {
        assert_eq!(most.len(), self.row_count(), "one bound a row");
        let mut cut = self.clone();
        for (&most, mut row) in most.iter().zip(cut.outer_iter_mut()) {
            row.map_inplace(|v| *v = A::of(v.wide().clamp(-most, most)));
        }
        cut
    }

    fn sizes_at(&self, share: f64) -> Vec<f64> {
        let (low, rest) = quantile_at(share, self.row_len());
        let quantile = |row: ndarray::ArrayView<A, D::Smaller>| {
            let mut sizes: Vec<f64> = row.iter().map(|v| v.wide().abs()).collect();
            sizes.sort_unstable_by(f64::total_cmp);
            let high = sizes[(low + 1).min(sizes.len() - 1)];
            sizes[low] + rest * (high - sizes[low])
        };
        self.outer_iter().map(quantile).collect()
    }
}
