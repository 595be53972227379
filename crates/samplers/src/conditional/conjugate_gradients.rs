use ito_state::Rows;

/// A direction bends `M` by less than this share of the most that any has: no curvature but rounding.
const FLAT: f64 = 1e-14;

/// The solution of `M z = b` for a symmetric positive `M`, row by row, and the largest `|b - M z| / |b|` left.
///
/// Each row goes on until its residual is below `tolerance |b|`, or it meets a direction in which `M` is not positive, but for rounding;
/// at most `most` products with `M`. Of all it passed, a row keeps the point of least residual, which is that of 0 at worst; what is
/// left of a row that is not finite is infinite. Hestenes & Stiefel 1952.
pub(super) fn conjugate_gradients<X: Rows>(product: impl Fn(&X) -> X, b: &X, tolerance: f64, most: usize) -> (X, f64) {
    let squares = b.dot_rows(b);
    let goals: Vec<f64> = squares.iter().map(|bb| bb * tolerance * tolerance).collect();
    let (mut solution, mut residual, mut direction) = (b.fill_like(0.0), b.clone(), b.clone());
    let mut left = squares.clone();
    let (mut best, mut least) = (solution.clone(), squares.clone());
    let mut stuck = vec![false; left.len()];
    let mut steepest = vec![0.0_f64; left.len()];
    let ones = vec![1.0; left.len()];
    for _ in 0..most {
        let goes_on: Vec<bool> = (0..left.len()).map(|row| left[row] > goals[row] && !stuck[row]).collect();
        if !goes_on.contains(&true) {
            break;
        }
        let image = product(&direction);
        let (bends, reach) = (direction.dot_rows(&image), direction.dot_rows(&direction));
        let bent = bends.iter().zip(&reach).map(|(bends, reach)| bends / reach);
        steepest.iter_mut().zip(bent).for_each(|(steepest, bent)| *steepest = steepest.max(bent));
        let curved = |row: usize| bends[row] > FLAT * steepest[row] * reach[row];
        let length = |row: usize| if goes_on[row] && curved(row) { left[row] / bends[row] } else { 0.0 };
        let lengths: Vec<f64> = (0..left.len()).map(length).collect();
        stuck = (0..left.len()).map(|row| lengths[row] == 0.0).collect();
        solution = X::lincomb_rows(&[(&ones, &solution), (&lengths, &direction)]);
        let minus: Vec<f64> = lengths.iter().map(|length| -length).collect();
        residual = X::lincomb_rows(&[(&ones, &residual), (&minus, &image)]);
        let now = residual.dot_rows(&residual);
        let better: Vec<bool> = now.iter().zip(&least).map(|(now, least)| now < least).collect();
        best = X::select_rows(&better, &solution, &best);
        (0..now.len()).filter(|row| better[*row]).for_each(|row| least[row] = now[row]);
        let turn = |row: usize| if stuck[row] { 0.0 } else { now[row] / left[row] };
        let turns: Vec<f64> = (0..left.len()).map(turn).collect();
        direction = X::lincomb_rows(&[(&ones, &residual), (&turns, &direction)]);
        left = now;
    }
    let relative = |row: usize| match (least[row] / squares[row]).sqrt() {
        _ if squares[row] == 0.0 => 0.0,
        share if share.is_finite() && !left[row].is_nan() => share,
        _ => f64::INFINITY,
    };
    (best, (0..left.len()).map(relative).fold(0.0, f64::max))
}
