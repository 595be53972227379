//! Central differences of order 4, for derivatives that nobody gave.

/// The derivative at 0 of a function of one number, entry by entry: error `step^4 f^(5) / 30`.
pub(crate) fn slope(f: impl Fn(f64) -> Vec<f64>, step: f64) -> Vec<f64> {
    let [a, b, c, d] = [f(-2.0 * step), f(-step), f(step), f(2.0 * step)];
    (0..a.len()).map(|i| (8.0 * (c[i] - b[i]) - (d[i] - a[i])) / (12.0 * step)).collect()
}

/// The second derivative at 0: error `step^4 f^(6) / 90`.
pub(crate) fn curvature(f: impl Fn(f64) -> f64, step: f64) -> f64 {
    let outer = f(-2.0 * step) + f(2.0 * step);
    let inner = f(-step) + f(step);
    (16.0 * inner - outer - 30.0 * f(0.0)) / (12.0 * step * step)
}
