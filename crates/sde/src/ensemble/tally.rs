use ito_state::Real;

/// What is known of a run of paths at one snapshot.
///
/// Paths are added in their order, and runs of a fixed size are merged in a fixed order: so neither threads nor tiles show in
/// a sum. Counts are integers.
pub(super) struct Tally<A, const DIM: usize> {
    pub(super) finite: u64,
    pub(super) non_finite: u64,
    /// The first finite state: sums are of what differs from it, so that a mean far from zero costs no digits.
    origin: [f64; DIM],
    sum: [f64; DIM],
    products: [[f64; DIM]; DIM],
    /// For each coordinate: below all edges, in the bins, above; empty if there are no edges.
    pub(super) counts: Vec<Vec<u64>>,
    pub(super) values: Vec<[A; DIM]>,
}

impl<A: Real, const DIM: usize> Tally<A, DIM> {
    pub(super) fn new(edges: &[f64]) -> Self {
        let counts = if edges.is_empty() { Vec::new() } else { vec![vec![0; edges.len() + 1]; DIM] };
        let (sum, products) = ([0.0; DIM], [[0.0; DIM]; DIM]);
        Tally { finite: 0, non_finite: 0, origin: [0.0; DIM], sum, products, counts, values: Vec::new() }
    }

    #[inline]
    pub(super) fn add(&mut self, row: [A; DIM], edges: &[f64], keep: bool) {
        if keep {
            self.values.push(row);
        }
        let row = row.map(A::wide);
        if !row.iter().all(|x| x.is_finite()) {
            self.non_finite += 1;
            return;
        }
        if self.finite == 0 {
            self.origin = row;
        }
        self.finite += 1;
        for i in 0..DIM {
            let x = row[i] - self.origin[i];
            self.sum[i] += x;
            for (product, (y, origin)) in self.products[i].iter_mut().zip(row.iter().zip(&self.origin)).take(i + 1) {
                *product += x * (y - origin);
            }
        }
        for (counts, x) in self.counts.iter_mut().zip(row) {
            counts[edges.partition_point(|edge| *edge <= x)] += 1;
        }
    }

    /// Of the paths of `self`, followed by those of `other`. Chan, Golub & LeVeque 1983, "Algorithms for computing the sample
    /// variance".
    pub(super) fn merge(mut self, other: Self) -> Self {
        let [mean, more] = [self.mean(), other.mean()];
        let [mut about, about_more] = [self.about_mean(), other.about_mean()];
        let [n, m] = [self.finite as f64, other.finite as f64];
        if other.finite > 0 && self.finite > 0 {
            let difference: [f64; DIM] = std::array::from_fn(|i| more[i] - mean[i]);
            for i in 0..DIM {
                for j in 0..=i {
                    about[i][j] += about_more[i][j] + difference[i] * difference[j] * (n * m / (n + m));
                }
            }
            // About the mean the sum is zero.
            self.origin = std::array::from_fn(|i| mean[i] + difference[i] * (m / (n + m)));
            (self.sum, self.products) = ([0.0; DIM], about);
        } else if other.finite > 0 {
            (self.origin, self.sum, self.products) = (other.origin, other.sum, other.products);
        }
        self.finite += other.finite;
        self.non_finite += other.non_finite;
        for (counts, more) in self.counts.iter_mut().zip(other.counts) {
            counts.iter_mut().zip(more).for_each(|(count, more)| *count += more);
        }
        self.values.extend(other.values);
        self
    }

    /// NaN if there are no finite paths.
    pub(super) fn mean(&self) -> [f64; DIM] {
        std::array::from_fn(|i| self.origin[i] + self.sum[i] / self.finite as f64)
    }

    /// Unbiased; NaN with fewer than two finite paths.
    pub(super) fn covariance(&self) -> [[f64; DIM]; DIM] {
        let about = self.about_mean();
        let freedom = if self.finite > 1 { (self.finite - 1) as f64 } else { f64::NAN };
        std::array::from_fn(|i| std::array::from_fn(|j| about[i.max(j)][i.min(j)] / freedom))
    }

    /// Sums of products about the mean, the lower triangle.
    fn about_mean(&self) -> [[f64; DIM]; DIM] {
        let n = self.finite as f64;
        std::array::from_fn(|i| std::array::from_fn(|j| self.products[i][j] - self.sum[i] * self.sum[j] / n))
    }
}
