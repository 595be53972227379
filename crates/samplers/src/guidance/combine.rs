use ito_schedules::Level;
use ito_state::Batch;

/// Pure noise for all that divides by `alpha`: below a millionth of `sigma` the error of an estimate, divided by `alpha`, would outweigh it.
pub(crate) fn drowned(level: Level) -> bool {
    level.alpha < 1e-6 * level.sigma
}

/// `sum c_i(level) x_i`, with one coefficient for all rows or one a row, as the levels are.
pub(crate) fn combine<X: Batch>(at: &[Level], terms: &[(&dyn Fn(Level) -> f64, &X)]) -> X {
    if let [level] = at {
        return X::lincomb(&terms.iter().map(|(c, x)| (c(*level), *x)).collect::<Vec<_>>());
    }
    let rows: Vec<Vec<f64>> = terms.iter().map(|(c, _)| at.iter().map(|level| c(*level)).collect()).collect();
    X::lincomb_rows(&rows.iter().zip(terms).map(|(c, (_, x))| (c.as_slice(), *x)).collect::<Vec<_>>())
}
