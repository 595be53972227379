use ito_state::Rows;

/// Between two states along the great circle, row by row: the direction `(sin((1 - f) w) a/|a| + sin(f w) b/|b|) / sin w`, `w` the
/// angle between the rows, with the length `(1 - f) |a| + f |b|`.
///
/// 0 is `a` and 1 is `b`, exactly. Between normals of many dimensions every point has the length of a normal, which the straight
/// line does not give (`1/sqrt 2` of it in the middle). Rows that are parallel or opposite (`sin w < 1e-8`), or zero, have no
/// one great circle: for them the straight line `(1 - f) a + f b`. Shoemake 1985, for rows of one length; Song, Meng & Ermon 2021,
/// arXiv:2010.02502, equation 67, on the rows themselves, which between nearly opposite rows of different lengths gives any length.
///
/// # Panics
/// If the shapes differ: an error of the program, not of its input.
pub fn slerp<X: Rows>(a: &X, b: &X, fraction: f64) -> X {
    let lengths = |x: &X| -> Vec<f64> { x.dot_rows(x).into_iter().map(f64::sqrt).collect() };
    let (long_a, long_b) = (lengths(a), lengths(b));
    let inverse = |lengths: &[f64], sign: f64| lengths.iter().map(|length| sign / length).collect::<Vec<_>>();
    // |a/|a| -+ b/|b|| are 2 sin(w/2) and 2 cos(w/2), which keep the angle's digits at both ends.
    let along = |sign: f64| lengths(&X::lincomb_rows(&[(&inverse(&long_a, 1.0), a), (&inverse(&long_b, sign), b)]));
    let (apart, together) = (along(-1.0), along(1.0));
    let shares = (0..long_a.len()).map(|row| {
        let angle = 2.0 * apart[row].atan2(together[row]);
        let length = (1.0 - fraction) * long_a[row] + fraction * long_b[row];
        match angle.sin() {
            // Not a number where a row is zero.
            sine if sine >= 1e-8 => {
                let (of_a, of_b) = (((1.0 - fraction) * angle).sin() / sine, (fraction * angle).sin() / sine);
                (of_a * (length / long_a[row]), of_b * (length / long_b[row]))
            }
            _ => (1.0 - fraction, fraction),
        }
    });
    let (of_a, of_b): (Vec<f64>, Vec<f64>) = shares.unzip();
    X::lincomb_rows(&[(&of_a, a), (&of_b, b)])
}
