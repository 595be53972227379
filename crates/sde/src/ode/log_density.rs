use ito_state::{Batch, Rows};

use crate::SdeError;
use crate::calculus::differences::slope;
use crate::error::positive;
use crate::ode::{Flow, OdeError, VectorField};

impl<V: ?Sized> Flow<'_, V> {
    /// Carries points and their log-densities: `d log p / dt = -div u` along every solution, the continuity equation as the
    /// point sees it. Chen et al. 2018, arXiv:1806.07366, theorem 1.
    ///
    /// `log_p` has one entry a row, the log-density of the row as a whole; `divergence(t, x)` likewise, in 1/time: in closed form, or by
    /// [`divergence_by_differences`]. The tolerance is that of the flow, on points and log-densities together.
    ///
    /// # Errors
    /// [`OdeError`] if `log_p` or the divergence has not one entry a row, and as [`Flow::map`].
    pub fn map_log_density<X: Rows>(
        &self,
        from: f64,
        to: f64,
        x: &X,
        log_p: &[f64],
        divergence: &(impl Fn(f64, &X) -> Vec<f64> + ?Sized),
    ) -> Result<(X, Vec<f64>), OdeError>
    where
        V: VectorField<X>,
    {
        let rows = x.dot_rows(x).len();
        one_a_row("the log-densities", rows, log_p.len())?;
        one_a_row("the divergence", rows, divergence(from, x).len())?;
        let field = |t: f64, at: &Weighted<X>| Weighted {
            x: self.field().velocity(t, &at.x),
            log_p: divergence(t, &at.x).into_iter().map(|div| -div).collect(),
        };
        let start = Weighted { x: x.clone(), log_p: log_p.to_vec() };
        let end = self.solver().solve(&field, from, to, start)?.state;
        Ok((end.x, end.log_p))
    }
}

/// `div u = sum_k d u_k / d x_k` of every row, by central differences of order 4: `sum_k <e_k, d/ds u(t, x + s e_k)>` over the given
/// directions, each in the shape of `x`.
///
/// In one dimension, and for a field that acts on each entry alone, one direction of ones is enough; in general the directions are
/// the unit vectors, the same in all rows. Error `step^4 |u^(5)| / 30` and rounding `1e-16 |u| / step` a direction; 1e-3 is a good
/// step for a field that varies over a length of 1.
///
/// # Errors
/// [`SdeError`] unless the step is above zero and there is a direction.
pub fn divergence_by_differences<'a, X: Rows, V: VectorField<X> + ?Sized>(
    field: &'a V,
    directions: &'a [X],
    step: f64,
) -> Result<impl Fn(f64, &X) -> Vec<f64> + 'a, SdeError> {
    positive("the step of the differences", step)?;
    if directions.is_empty() {
        return Err(SdeError::Empty { name: "the list of directions" });
    }
    Ok(move |t: f64, x: &X| {
        let mut sum = vec![0.0; x.dot_rows(x).len()];
        for e in directions {
            let at = |s: f64| field.velocity(t, &X::lincomb(&[(1.0, x), (s, e)])).dot_rows(e);
            slope(at, step).into_iter().zip(&mut sum).for_each(|(part, sum)| *sum += part);
        }
        sum
    })
}

fn one_a_row(name: &'static str, expected: usize, found: usize) -> Result<(), SdeError> {
    if expected == found { Ok(()) } else { Err(SdeError::Dimension { name, expected, found }) }
}

/// A point with its log-density as one more coordinate.
#[derive(Clone)]
struct Weighted<X> {
    x: X,
    log_p: Vec<f64>,
}

impl<X: Batch> Batch for Weighted<X> {
    fn lincomb(terms: &[(f64, &Self)]) -> Self {
        let x = X::lincomb(&terms.iter().map(|(c, at)| (*c, &at.x)).collect::<Vec<_>>());
        let log_p = |row: usize| terms.iter().map(|(c, at)| c * at.log_p[row]).sum();
        Weighted { x, log_p: (0..terms[0].1.log_p.len()).map(log_p).collect() }
    }

    fn lincomb_rows(terms: &[(&[f64], &Self)]) -> Self {
        let x = X::lincomb_rows(&terms.iter().map(|(c, at)| (*c, &at.x)).collect::<Vec<_>>());
        let log_p = |row: usize| terms.iter().map(|(c, at)| c[row] * at.log_p[row]).sum();
        Weighted { x, log_p: (0..terms[0].1.log_p.len()).map(log_p).collect() }
    }
}

impl<X: Rows> Rows for Weighted<X> {
    fn dot_rows(&self, other: &Self) -> Vec<f64> {
        let logs = self.log_p.iter().zip(&other.log_p);
        self.x.dot_rows(&other.x).iter().zip(logs).map(|(x, (a, b))| x + a * b).collect()
    }

    fn select_rows(pick: &[bool], yes: &Self, no: &Self) -> Self {
        let logs = yes.log_p.iter().zip(&no.log_p).zip(pick);
        let log_p = logs.map(|((yes, no), pick)| if *pick { *yes } else { *no }).collect();
        Weighted { x: X::select_rows(pick, &yes.x, &no.x), log_p }
    }

    fn mul(&self, other: &Self) -> Self {
        let log_p = self.log_p.iter().zip(&other.log_p).map(|(a, b)| a * b).collect();
        Weighted { x: self.x.mul(&other.x), log_p }
    }

    fn fill_like(&self, value: f64) -> Self {
        Weighted { x: self.x.fill_like(value), log_p: vec![value; self.log_p.len()] }
    }

    fn row_count(&self) -> usize {
        self.log_p.len()
    }

    fn row_len(&self) -> usize {
        self.x.row_len() + 1
    }

    fn unit_like(&self, entry: usize) -> Self {
        let last = entry == self.x.row_len();
        let x = if last { self.x.fill_like(0.0) } else { self.x.unit_like(entry) };
        Weighted { x, log_p: vec![f64::from(u8::from(last)); self.log_p.len()] }
    }

    fn take_rows(&self, rows: &[usize]) -> Self {
        Weighted { x: self.x.take_rows(rows), log_p: rows.iter().map(|row| self.log_p[*row]).collect() }
    }
}
