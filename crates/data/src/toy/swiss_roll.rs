use std::f64::consts::PI;

use super::Draw;

const NOISE: f64 = 0.08;

pub(super) fn point(draw: Draw) -> [f64; 2] {
    let a = 1.5 * PI * (1.0 + 2.0 * draw.uniform(0));
    let (sin, cos) = a.sin_cos();
    draw.around([(a * cos - 2.0) / 7.0, (a * sin - 2.0 / (3.0 * PI)) / 7.0], NOISE)
}
