use ito_state::{Batch, Rows};

/// A point with the integrals of its divergence, one an estimate: what the flow ODE carries.
///
/// The integrals are kept in nats a dimension and weigh in norms as much as the whole point, so that one tolerance serves both, whatever the
/// dimension.
#[derive(Clone)]
pub(super) struct Tracked<X> {
    pub(super) x: X,
    /// `[estimate][row]`.
    pub(super) integrals: Vec<Vec<f64>>,
}

impl<X: Rows> Tracked<X> {
    pub(super) fn start(x: X, estimates: usize) -> Self {
        let integrals = vec![vec![0.0; x.row_count()]; estimates];
        Tracked { x, integrals }
    }

    /// `f` of the numbers at the same place of all integrals.
    fn integrals(&self, f: impl Fn(usize, usize) -> f64) -> Vec<Vec<f64>> {
        let rows = |k: usize| (0..self.integrals[k].len()).map(|row| f(k, row)).collect();
        (0..self.integrals.len()).map(rows).collect()
    }
}

impl<X: Rows> Batch for Tracked<X> {
    fn lincomb(terms: &[(f64, &Self)]) -> Self {
        let x = X::lincomb(&terms.iter().map(|(c, at)| (*c, &at.x)).collect::<Vec<_>>());
        let sum = |k: usize, row: usize| terms.iter().map(|(c, at)| c * at.integrals[k][row]).sum();
        Tracked { x, integrals: terms[0].1.integrals(sum) }
    }

    fn lincomb_rows(terms: &[(&[f64], &Self)]) -> Self {
        let x = X::lincomb_rows(&terms.iter().map(|(c, at)| (*c, &at.x)).collect::<Vec<_>>());
        let sum = |k: usize, row: usize| terms.iter().map(|(c, at)| c[row] * at.integrals[k][row]).sum();
        Tracked { x, integrals: terms[0].1.integrals(sum) }
    }
}

impl<X: Rows> Rows for Tracked<X> {
    /// `<x, y> + d mean_k I_k J_k` for rows of `d` numbers.
    fn dot_rows(&self, other: &Self) -> Vec<f64> {
        let weight = self.x.row_len() as f64 / self.integrals.len() as f64;
        let mut dots = self.x.dot_rows(&other.x);
        for (a, b) in self.integrals.iter().zip(&other.integrals) {
            dots.iter_mut().zip(a.iter().zip(b)).for_each(|(dot, (a, b))| *dot += weight * a * b);
        }
        dots
    }

    fn select_rows(pick: &[bool], yes: &Self, no: &Self) -> Self {
        let choose = |k: usize, row: usize| if pick[row] { yes.integrals[k][row] } else { no.integrals[k][row] };
        Tracked { x: X::select_rows(pick, &yes.x, &no.x), integrals: yes.integrals(choose) }
    }

    fn mul(&self, other: &Self) -> Self {
        let product = |k: usize, row: usize| self.integrals[k][row] * other.integrals[k][row];
        Tracked { x: self.x.mul(&other.x), integrals: self.integrals(product) }
    }

    fn fill_like(&self, value: f64) -> Self {
        Tracked { x: self.x.fill_like(value), integrals: self.integrals(|_, _| value) }
    }

    fn row_count(&self) -> usize {
        self.x.row_count()
    }

    fn row_len(&self) -> usize {
        self.x.row_len() + self.integrals.len()
    }

    fn unit_like(&self, entry: usize) -> Self {
        let inner = self.x.row_len();
        let x = if entry < inner { self.x.unit_like(entry) } else { self.x.fill_like(0.0) };
        Tracked { x, integrals: self.integrals(|k, _| f64::from(u8::from(inner + k == entry))) }
    }

    fn take_rows(&self, rows: &[usize]) -> Self {
        let take = |integral: &Vec<f64>| rows.iter().map(|row| integral[*row]).collect();
        Tracked { x: self.x.take_rows(rows), integrals: self.integrals.iter().map(take).collect() }
    }
}
