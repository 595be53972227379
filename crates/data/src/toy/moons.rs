use std::f64::consts::{PI, SQRT_2};

use super::Draw;

const NOISE: f64 = 0.08;

pub(super) fn point(draw: Draw) -> [f64; 2] {
    let (sin, cos) = (PI * draw.uniform(0)).sin_cos();
    let m = [[cos, sin], [1.0 - cos, 0.5 - sin]][draw.choice(1, 2)];
    draw.around([SQRT_2 * (m[0] - 0.5), SQRT_2 * (m[1] - 0.25)], NOISE)
}
