use ito_state::Rows;

/// Between two states along the great circle, row by row: `(sin((1 - f) w) a + sin(f w) b) / sin w`, `w` the angle between the rows.
///
/// 0 is `a` and 1 is `b`, exactly. Between normals of many dimensions every point has the length of a normal, which the straight
/// line does not give (`1/sqrt 2` of it in the middle). Rows that are nearly parallel or opposite (`sin w < 1e-6`), or zero, have no
/// one great circle: for them the straight line `(1 - f) a + f b`. Shoemake 1985; Song, Meng & Ermon 2021, arXiv:2010.02502,
/// equation 67.
///
/// # Panics
/// If the shapes differ: an error of the program, not of its input.
pub fn slerp<X: Rows>(a: &X, b: &X, fraction: f64) -> X {
    let products = a.dot_rows(b).into_iter().zip(a.dot_rows(a)).zip(b.dot_rows(b));
    let shares = products.map(|((ab, aa), bb)| {
        let angle = (ab / (aa.sqrt() * bb.sqrt())).clamp(-1.0, 1.0).acos();
        match angle.sin() {
            // Not a number where a row is zero.
            sine if sine >= 1e-6 => (((1.0 - fraction) * angle).sin() / sine, (fraction * angle).sin() / sine),
            _ => (1.0 - fraction, fraction),
        }
    });
    let (of_a, of_b): (Vec<f64>, Vec<f64>) = shares.unzip();
    X::lincomb_rows(&[(&of_a, a), (&of_b, b)])
}
