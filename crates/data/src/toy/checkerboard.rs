//! Uniform on eight of the sixteen unit cells of [-2, 2)^2, those whose lower left corner (i, j) has i + j even: density 1/8
//! there, 0 elsewhere.
//!
//! Mean 0, variance 4/3 a coordinate, covariance 1/4. The `checkerboard` of Grathwohl et al. 2019 (FFJORD), arXiv:1810.01367, at half its size.

use super::Draw;

/// Places within a cell, so coarse that a point stays in its cell as an f32 too.
const PLACES: f64 = (1_u32 << 22) as f64;

pub(super) fn point(draw: Draw) -> [f64; 2] {
    let within = |number| ((draw.uniform(number) * PLACES).floor() + 0.5) / PLACES;
    let cell = draw.choice(2, 8);
    let (i, j) = (cell / 2, 2 * (cell % 2) + cell / 2 % 2);
    [i as f64 - 2.0 + within(0), j as f64 - 2.0 + within(1)]
}

/// `-ln 8` in a cell, minus infinity elsewhere; a cell has its lower and left edge, not the others.
pub fn log_density(x: [f64; 2]) -> f64 {
    let cell = x.map(f64::floor);
    let on = cell.iter().all(|c| (-2.0..2.0).contains(c)) && (cell[0] + cell[1]).rem_euclid(2.0) == 0.0;
    if on { -(8_f64.ln()) } else { f64::NEG_INFINITY }
}
