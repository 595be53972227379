//! The mass of a normal law in the bins of a picture's levels.

use std::f64::consts::PI;

use ito_state::Pointwise;

use super::Pixels;

/// `sum log P(level)` a row: the mass of `N(mean, deviation^2)` in the bin of every entry of `x`, the outermost bins open.
///
/// States show their entries to functions of one number only, so all three cases are worked out everywhere, finite, and chosen by masks.
pub(super) fn log_probability<X: Pointwise>(x: &X, mean: &X, deviation: f64, pixels: Pixels) -> Vec<f64> {
    let half = 0.5 * pixels.width();
    let off = X::lincomb(&[(1.0, x), (-1.0, mean)]);
    let (below, above) = (move |v: f64| (v - half) / deviation, move |v: f64| (v + half) / deviation);
    let inner = off.map_entries(|v| log_interval(below(v), above(v)));
    let lowest = off.map_entries(|v| log_interval(f64::NEG_INFINITY, above(v)));
    let highest = off.map_entries(|v| log_interval(below(v), f64::INFINITY));
    let at_bottom = x.map_entries(|v| f64::from(u8::from(v < pixels.low() + half)));
    let at_top = x.map_entries(|v| f64::from(u8::from(v > pixels.high() - half)));
    let ones = x.fill_like(1.0);
    let between = X::lincomb(&[(1.0, &ones), (-1.0, &at_bottom), (-1.0, &at_top)]);
    let parts = [(inner, between), (lowest, at_bottom), (highest, at_top)];
    let dots = parts.map(|(log, mask)| log.dot_rows(&mask));
    (0..x.row_count()).map(|row| dots.iter().map(|dot| dot[row]).sum()).collect()
}

/// `log(Phi(b) - Phi(a))` for `a < b`, one of which may be infinite; keeps its relative precision in both tails and for narrow intervals.
fn log_interval(a: f64, b: f64) -> f64 {
    let (near, far) = match () {
        () if a >= 0.0 => (a, b),
        () if b <= 0.0 => (-b, -a),
        () => return (central(b) + central(-a)).ln(),
    };
    let width = far - near;
    if width * (1.0 + near) < 1e-4 {
        return log_density(0.5 * (near + far)) + width.ln(); // relative error width^2 near^2 / 24
    }
    // Q(near) - Q(far), with the density at the near end taken out.
    let beyond = if far.is_finite() { mills(far) * (-0.5 * width * (near + far)).exp() } else { 0.0 };
    log_density(near) + (mills(near) - beyond).ln()
}

fn log_density(z: f64) -> f64 {
    -0.5 * z * z - 0.5 * (2.0 * PI).ln()
}

/// `Phi(z) - 1/2` for `z >= 0`.
fn central(z: f64) -> f64 {
    if z > 3.0 { 0.5 - mills(z) * log_density(z).exp() } else { series(z) * log_density(z).exp() }
}

/// `(1 - Phi(z)) / phi(z)` for `z >= 0`.
fn mills(z: f64) -> f64 {
    if z > 3.0 {
        // Abramowitz & Stegun 1964, 26.2.14.
        return (1..=200).rev().fold(z, |below, k| z + f64::from(k) / below).recip();
    }
    0.5 * (2.0 * PI).sqrt() * (z * z / 2.0).exp() - series(z)
}

/// `(Phi(z) - 1/2) / phi(z) = z + z^3/3 + z^5/(3 5) + ...`, Abramowitz & Stegun 1964, 26.2.11.
fn series(z: f64) -> f64 {
    let (mut term, mut sum, mut odd) = (z, z, 1.0);
    while term > 1e-17 * sum {
        odd += 2.0;
        term *= z * z / odd;
        sum += term;
    }
    sum
}
