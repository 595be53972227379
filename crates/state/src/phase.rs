use crate::{Batch, Rows};

/// A point of phase space: positions and velocities of one shape, row by row. The linear structure is that of pairs.
#[derive(Clone, Debug, PartialEq)]
pub struct Phase<X> {
    /// Where.
    pub position: X,
    /// How fast.
    pub velocity: X,
}

impl<X> Phase<X> {
    fn both(position: X, velocity: X) -> Self {
        Phase { position, velocity }
    }
}

impl<X: Batch> Batch for Phase<X> {
    fn lincomb(terms: &[(f64, &Self)]) -> Self {
        let part = |of: fn(&Self) -> &X| X::lincomb(&terms.iter().map(|(c, x)| (*c, of(x))).collect::<Vec<_>>());
        Phase::both(part(|x| &x.position), part(|x| &x.velocity))
    }

    fn lincomb_rows(terms: &[(&[f64], &Self)]) -> Self {
        let part = |of: fn(&Self) -> &X| X::lincomb_rows(&terms.iter().map(|(c, x)| (*c, of(x))).collect::<Vec<_>>());
        Phase::both(part(|x| &x.position), part(|x| &x.velocity))
    }
}

impl<X: Rows> Rows for Phase<X> {
    fn dot_rows(&self, other: &Self) -> Vec<f64> {
        let [q, p] = [self.position.dot_rows(&other.position), self.velocity.dot_rows(&other.velocity)];
        q.iter().zip(&p).map(|(q, p)| q + p).collect()
    }

    fn select_rows(pick: &[bool], yes: &Self, no: &Self) -> Self {
        Phase::both(
            X::select_rows(pick, &yes.position, &no.position),
            X::select_rows(pick, &yes.velocity, &no.velocity),
        )
    }

    fn mul(&self, other: &Self) -> Self {
        Phase::both(self.position.mul(&other.position), self.velocity.mul(&other.velocity))
    }

    fn fill_like(&self, value: f64) -> Self {
        Phase::both(self.position.fill_like(value), self.velocity.fill_like(value))
    }

    fn row_count(&self) -> usize {
        self.position.row_count()
    }

    fn row_len(&self) -> usize {
        self.position.row_len() + self.velocity.row_len()
    }

    fn unit_like(&self, entry: usize) -> Self {
        match entry.checked_sub(self.position.row_len()) {
            None => Phase::both(self.position.unit_like(entry), self.velocity.fill_like(0.0)),
            Some(entry) => Phase::both(self.position.fill_like(0.0), self.velocity.unit_like(entry)),
        }
    }

    fn take_rows(&self, rows: &[usize]) -> Self {
        Phase::both(self.position.take_rows(rows), self.velocity.take_rows(rows))
    }
}
