use ito_state::Rows;

/// The solution of `M z = b` for a symmetric positive `M`, row by row, and the largest `|b - M z| / |b|` left.
///
/// Each row goes on until its residual is below `tolerance |b|`, or it meets a direction in which `M` is not positive; at most `most`
/// products with `M`. Hestenes & Stiefel 1952.
pub(super) fn conjugate_gradients<X: Rows>(product: impl Fn(&X) -> X, b: &X, tolerance: f64, most: usize) -> (X, f64) {
    let squares = b.dot_rows(b);
    let goals: Vec<f64> = squares.iter().map(|bb| bb * tolerance * tolerance).collect();
    let (mut solution, mut residual, mut direction) = (b.fill_like(0.0), b.clone(), b.clone());
    let mut left = squares.clone();
    let mut stuck = vec![false; left.len()];
    let ones = vec![1.0; left.len()];
    for _ in 0..most {
        let goes_on: Vec<bool> = (0..left.len()).map(|row| left[row] > goals[row] && !stuck[row]).collect();
        if !goes_on.contains(&true) {
            break;
        }
        let image = product(&direction);
        let bends = direction.dot_rows(&image);
        let length = |row: usize| if goes_on[row] && bends[row] > 0.0 { left[row] / bends[row] } else { 0.0 };
        let lengths: Vec<f64> = (0..left.len()).map(length).collect();
        stuck = (0..left.len()).map(|row| lengths[row] == 0.0).collect();
        solution = X::lincomb_rows(&[(&ones, &solution), (&lengths, &direction)]);
        let minus: Vec<f64> = lengths.iter().map(|length| -length).collect();
        residual = X::lincomb_rows(&[(&ones, &residual), (&minus, &image)]);
        let now = residual.dot_rows(&residual);
        let turn = |row: usize| if stuck[row] { 0.0 } else { now[row] / left[row] };
        let turns: Vec<f64> = (0..left.len()).map(turn).collect();
        direction = X::lincomb_rows(&[(&ones, &residual), (&turns, &direction)]);
        left = now;
    }
    let relative = |(left, whole): (&f64, &f64)| if *whole == 0.0 { 0.0 } else { (left / whole).sqrt() };
    (solution, left.iter().zip(&squares).map(relative).fold(0.0, f64::max))
}
