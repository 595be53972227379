//! Whether the difference quotients of a field stay bounded near a path.

use ito_state::Rows;

use crate::ode::adaptive::entries_of_a_row;
use crate::ode::{OdeError, VectorField};

/// The smallest distance at which quotients are taken, relative to `1 + |x|`: below it rounding shows.
const FINEST: f64 = 1e-10;

/// From `FINEST` up to this.
const COARSEST: f64 = 1e-2;

/// Scales between the two, each a quarter of the one before.
const SCALES: usize = 14;

/// Quotients that grow like `distance^-POWER` or faster are taken to grow without bound.
const POWER: f64 = 0.1;

/// The quotients from `x` to points that near it, along the velocity and along the diagonal, both ways.
pub(super) fn check_point<X, V>(field: &V, t: f64, x: &X, time_direction: f64) -> Result<(), OdeError>
where
    X: Rows,
    V: VectorField<X> + ?Sized,
{
    let velocity = field.velocity(t, x);
    let size: Vec<f64> = lengths(x).iter().map(|length| 1.0 + length).collect();
    for along in [&velocity, &x.fill_like(1.0)] {
        let length = lengths(along);
        for way in [1.0, -1.0] {
            let mut quotients = vec![Vec::with_capacity(SCALES); size.len()];
            for k in 0..SCALES {
                let scale = COARSEST * (FINEST / COARSEST).powf(k as f64 / (SCALES - 1) as f64);
                // A row without velocity gets no probe along it.
                let factor =
                    |(length, size): (&f64, &f64)| if *length > 0.0 { way * scale * size / length } else { 0.0 };
                let by: Vec<f64> = length.iter().zip(&size).map(factor).collect();
                let shift = X::lincomb_rows(&[(&by, along)]);
                let there = field.velocity(t, &X::lincomb(&[(1.0, x), (1.0, &shift)]));
                let rise = X::lincomb(&[(1.0, &there), (-1.0, &velocity)]).dot_rows(&shift);
                for (row, (rise, run)) in rise.iter().zip(shift.dot_rows(&shift)).enumerate() {
                    quotients[row].push((run.sqrt() / size[row], time_direction * rise / run));
                }
            }
            judge(t, x, &quotients)?;
        }
    }
    Ok(())
}

/// The steepest eighth of the segment, and in it and its neighbours the steepest eighth, down to the finest scale.
pub(super) fn check_segment<X, V>(field: &V, t: f64, from: &X, to: &X, time_direction: f64) -> Result<(), OdeError>
where
    X: Rows,
    V: VectorField<X> + ?Sized,
{
    let way = X::lincomb(&[(1.0, to), (-1.0, from)]);
    let squares = way.dot_rows(&way);
    let size: Vec<f64> = lengths(from).iter().map(|length| 1.0 + length).collect();
    let rows = size.len();
    // Of every row the window, as the fractions of the way where it begins and what it measures.
    let (mut begin, mut width) = (vec![0.0; rows], 1.0);
    let mut quotients = vec![Vec::new(); rows];
    let longest = squares.iter().zip(&size).map(|(s, size)| s.sqrt() / size).fold(0.0, f64::max);
    while width / 8.0 * longest >= FINEST {
        let piece = width / 8.0;
        let mut steepest = vec![(f64::NEG_INFINITY, 0); rows];
        let mut before: Option<Vec<f64>> = None;
        for i in 0..=8 {
            let at: Vec<f64> = begin.iter().map(|begin| begin + piece * f64::from(i)).collect();
            let point = X::lincomb_rows(&[(&vec![1.0; rows], from), (&at, &way)]);
            let along = field.velocity(t, &point).dot_rows(&way);
            if let Some(before) = before.replace(along.clone()) {
                for row in 0..rows {
                    let quotient = time_direction * (along[row] - before[row]) / (piece * squares[row]);
                    if quotient > steepest[row].0 {
                        steepest[row] = (quotient, i - 1);
                    }
                }
            }
        }
        for row in 0..rows {
            let distance = piece * squares[row].sqrt() / size[row];
            if (FINEST..COARSEST).contains(&distance) {
                quotients[row].push((distance, steepest[row].0));
            }
            begin[row] += piece * f64::from(steepest[row].1 - 1);
        }
        width = 3.0 * piece;
    }
    judge(t, to, &quotients)
}

/// Fails if a row's `(distance, quotient)`, from coarse to fine, keep growing in both halves of the finer half of the scales.
fn judge<X: Rows>(t: f64, x: &X, quotients: &[Vec<(f64, f64)>]) -> Result<(), OdeError> {
    for (row, seen) in quotients.iter().enumerate() {
        let last = seen.len().saturating_sub(1);
        // Short steps of the path have too few scales to tell growth from chance.
        if last < 8 {
            continue;
        }
        let [middle, late, end] = [seen[last / 2], seen[last * 3 / 4], seen[last]];
        let grows = |a: (f64, f64), b: (f64, f64)| a.1 > 0.0 && (b.1 / a.1).ln() >= POWER * (a.0 / b.0).ln();
        if grows(middle, late) && grows(late, end) {
            let x = x.dot_rows(&x.fill_like(1.0))[row] / entries_of_a_row(x);
            return Err(OdeError::NotUnique { t, x, lipschitz: end.1, row });
        }
    }
    Ok(())
}

fn lengths<X: Rows>(x: &X) -> Vec<f64> {
    x.dot_rows(x).into_iter().map(f64::sqrt).collect()
}
