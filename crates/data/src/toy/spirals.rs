use std::f64::consts::PI;

use super::Draw;

const NOISE: f64 = 0.05;

pub(super) fn point(draw: Draw) -> [f64; 2] {
    let root = draw.uniform(0).sqrt();
    let (sin, cos) = (3.0 * PI * root).sin_cos();
    let radius = [2.0, -2.0][draw.choice(1, 2)] * root;
    draw.around([-radius * cos, radius * sin], NOISE)
}
