//! Eight normals of equal weight and covariance `DEVIATION^2 I` around points on a ring.
//!
//! Mean 0, variance `RADIUS^2 / 2 + DEVIATION^2 = 1.011` a coordinate. The `8gaussians` of Grathwohl et al. 2019 (FFJORD),
//! arXiv:1810.01367, in other units. With noise on it the law stays a mixture: `alpha x + sigma z` has the means `alpha m_k` and the
//! variance `alpha^2 DEVIATION^2 + sigma^2`, so score and denoiser are known at every level.

use std::f64::consts::{PI, TAU};

use super::Draw;

/// Distance of the means from 0.
pub const RADIUS: f64 = 1.4;
/// Standard deviation of each part, in each coordinate.
pub const DEVIATION: f64 = RADIUS / 8.0;
/// Weight of each part.
pub const WEIGHT: f64 = 1.0 / 8.0;

/// `RADIUS (cos(2 pi k / 8), sin(2 pi k / 8))`.
pub fn means() -> [[f64; 2]; 8] {
    std::array::from_fn(|k| {
        let (sin, cos) = (TAU * k as f64 / 8.0).sin_cos();
        [RADIUS * cos, RADIUS * sin]
    })
}

pub(super) fn point(draw: Draw) -> [f64; 2] {
    draw.around(means()[draw.choice(0, 8)], DEVIATION)
}

/// `ln sum_k WEIGHT N(x; m_k, DEVIATION^2 I)`.
pub fn log_density(x: [f64; 2]) -> f64 {
    let exponents = means().map(|m| -((x[0] - m[0]).powi(2) + (x[1] - m[1]).powi(2)) / (2.0 * DEVIATION * DEVIATION));
    let largest = exponents.into_iter().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = exponents.iter().map(|e| (e - largest).exp()).sum();
    largest + (WEIGHT * sum).ln() - (2.0 * PI * DEVIATION * DEVIATION).ln()
}
