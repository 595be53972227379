//! Box-Muller without a libm: two words to two independent normals, the same bits on every machine.
//!
//! `r = sqrt(-2 ln u)`, `theta = 2 pi v`; the normals are `r cos theta` and `r sin theta`. Written straight down, one lane a call,
//! choices by selection: a vector version that does the same operations in the same order gives the same bits.

use std::f32::consts::FRAC_PI_4 as FRAC_PI_4_F32;
use std::f64::consts::{FRAC_PI_4, LN_2};

/// `c0 + x (c1 + x (c2 + ...))`, each operation rounded.
macro_rules! polynomial {
    ($x:ident; $c:expr) => { $c };
    ($x:ident; $c:expr, $($higher:expr),+) => { $c + $x * (polynomial!($x; $($higher),+)) };
}

/// Two normals from two words: `u = (w + 1/2) / 2^32` of the first, `v` of the second.
#[inline(always)]
pub(crate) fn pair_f32(u: u32, v: u32) -> [f32; 2] {
    let r = (-2.0 * ln_f32(u)).sqrt();
    let [cos, sin] = cos_sin_f32(v);
    [r * cos, r * sin]
}

/// Two normals from two 64-bit numbers given as `[high, low]`: `u = (w + 1/2) / 2^64` of the first, `v` of the second.
#[inline(always)]
pub(crate) fn pair_f64(u: [u32; 2], v: [u32; 2]) -> [f64; 2] {
    let r = (-2.0 * ln_f64(u)).sqrt();
    let [cos, sin] = cos_sin_f64(v);
    [r * cos, r * sin]
}

/// `ln u` by `u = m 2^e`, `m` in [sqrt 1/2, sqrt 2), and `ln m = 2 atanh((m - 1) / (m + 1))`. Negative for every word.
#[inline(always)]
fn ln_f32(word: u32) -> f32 {
    const SQRT_HALF: u32 = 0x3F35_04F3;
    // 9 bits, so that its product with e is exact.
    const LN_2_HIGH: f32 = 355.0 / 512.0;
    const LN_2_LOW: f32 = (LN_2 - 355.0 / 512.0) as f32;

    let u = unit_f32(word);
    // 1 - u, without the digits that u near 1 has lost.
    let below_one = unit_f32(!word);
    let shifted = u.to_bits() + (1.0_f32.to_bits() - SQRT_HALF);
    let e = (shifted >> 23) as i32 - 127;
    let m = f32::from_bits((shifted & 0x007F_FFFF) + SQRT_HALF);
    let s = if e == 0 { -below_one } else { m - 1.0 } / (m + 1.0);
    let z = s * s;
    let tail = z * (polynomial!(z; 1.0 / 3.0, 1.0 / 5.0, 1.0 / 7.0, 1.0 / 9.0));
    let ln_m = 2.0 * s + 2.0 * s * tail;
    let e = e as f32;
    e * LN_2_HIGH + (e * LN_2_LOW + ln_m)
}

/// [`ln_f32`] with more terms.
#[inline(always)]
fn ln_f64([high, low]: [u32; 2]) -> f64 {
    const SQRT_HALF: u64 = 0x3FE6_A09E_667F_3BCD;
    // 32 bits, so that its product with e is exact.
    const LN_2_HIGH: f64 = f64::from_bits(0x3FE6_2E42_FEE0_0000);
    const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;

    let u = unit_f64(high, low);
    let below_one = unit_f64(!high, !low);
    let shifted = u.to_bits() + (1.0_f64.to_bits() - SQRT_HALF);
    let e = (shifted >> 52) as i32 - 1023;
    let m = f64::from_bits((shifted & 0x000F_FFFF_FFFF_FFFF) + SQRT_HALF);
    let s = if e == 0 { -below_one } else { m - 1.0 } / (m + 1.0);
    let z = s * s;
    let tail = z
        * (polynomial!(z; 1.0 / 3.0, 1.0 / 5.0, 1.0 / 7.0, 1.0 / 9.0, 1.0 / 11.0, 1.0 / 13.0, 1.0 / 15.0, 1.0 / 17.0,
            1.0 / 19.0, 1.0 / 21.0));
    let ln_m = 2.0 * s + 2.0 * s * tail;
    let e = f64::from(e);
    e * LN_2_HIGH + (e * LN_2_LOW + ln_m)
}

/// `cos` and `sin` of `2 pi v`: the quadrant and the angle from its middle axis by integers, then Taylor on [-pi/4, pi/4].
#[inline(always)]
fn cos_sin_f32(word: u32) -> [f32; 2] {
    let (quadrant, rest) = quadrant_and_rest(word);
    // rest + 1/2, rounded once.
    let steps = (rest >> 16) as f32 * 65536.0 + ((rest & 0xFFFF) as f32 + 0.5);
    let x = steps * (FRAC_PI_4_F32 / (1_u32 << 29) as f32);
    let z = x * x;
    let sin_tail = polynomial!(z; -1.0 / 6.0, 1.0 / 120.0, -1.0 / 5040.0, 1.0 / 362_880.0);
    let sin = x + x * (z * sin_tail);
    let cos = polynomial!(z; 1.0, -1.0 / 2.0, 1.0 / 24.0, -1.0 / 720.0, 1.0 / 40_320.0, -1.0 / 3_628_800.0);
    let (c, s) = if quadrant & 1 == 0 { (cos, sin) } else { (sin, cos) };
    let (c_sign, s_sign) = (((quadrant + 1) & 2) << 30, (quadrant & 2) << 30);
    [f32::from_bits(c.to_bits() ^ c_sign), f32::from_bits(s.to_bits() ^ s_sign)]
}

/// [`cos_sin_f32`] with more terms.
#[inline(always)]
fn cos_sin_f64([high, low]: [u32; 2]) -> [f64; 2] {
    let (quadrant, rest) = quadrant_and_rest(high);
    let steps = f64::from(rest) * 4_294_967_296.0 + (f64::from(low) + 0.5);
    let x = steps * (FRAC_PI_4 / (1_u64 << 61) as f64);
    let z = x * x;
    let sin_tail = polynomial!(z; -1.0 / 6.0, 1.0 / 120.0, -1.0 / 5040.0, 1.0 / 362_880.0, -1.0 / 39_916_800.0,
        1.0 / 6_227_020_800.0, -1.0 / 1_307_674_368_000.0, 1.0 / 355_687_428_096_000.0);
    let sin = x + x * (z * sin_tail);
    let cos = polynomial!(z; 1.0, -1.0 / 2.0, 1.0 / 24.0, -1.0 / 720.0, 1.0 / 40_320.0, -1.0 / 3_628_800.0,
        1.0 / 479_001_600.0, -1.0 / 87_178_291_200.0, 1.0 / 20_922_789_888_000.0);
    let (c, s) = if quadrant & 1 == 0 { (cos, sin) } else { (sin, cos) };
    let (c_sign, s_sign) = (u64::from((quadrant + 1) & 2) << 62, u64::from(quadrant & 2) << 62);
    [f64::from_bits(c.to_bits() ^ c_sign), f64::from_bits(s.to_bits() ^ s_sign)]
}

/// The quadrant whose middle axis is nearest to the angle `word / 2^32` turns, and what is left, in [-2^29, 2^29).
#[inline(always)]
fn quadrant_and_rest(word: u32) -> (u32, i32) {
    let turned = word.wrapping_add(1 << 29);
    (turned >> 30, (turned & 0x3FFF_FFFF) as i32 - (1 << 29))
}

/// `(word + 1/2) / 2^32`, rounded once: both summands are exact.
#[inline(always)]
fn unit_f32(word: u32) -> f32 {
    ((word >> 16) as f32 * 65536.0 + ((word & 0xFFFF) as f32 + 0.5)) / 4_294_967_296.0
}

/// `(high 2^32 + low + 1/2) / 2^64`, rounded once.
#[inline(always)]
fn unit_f64(high: u32, low: u32) -> f64 {
    (f64::from(high) * 4_294_967_296.0 + (f64::from(low) + 0.5)) / 18_446_744_073_709_551_616.0
}

#[cfg(test)]
mod tests {
    use super::{pair_f32, pair_f64};

    const EXTREME: [u32; 12] = [
        0,
        1,
        2,
        0x1FFF_FFFF,
        0x2000_0000,
        0x3FFF_FFFF,
        0x4000_0000,
        0x7FFF_FFFF,
        0x8000_0000,
        0xB504_F333,
        u32::MAX - 1,
        u32::MAX,
    ];

    #[test]
    fn extreme_words_give_finite_normals_of_the_right_radius() {
        for u in EXTREME {
            for v in EXTREME {
                check(
                    pair_f32(u, v).map(f64::from),
                    exact_radius(u, 0x8000_0000),
                    1e-6,
                    &format!("f32 of {u:#x}, {v:#x}"),
                );
                for low in EXTREME {
                    let what = format!("f64 of {u:#x}, {v:#x} with low halves {low:#x}");
                    check(pair_f64([u, low], [v, low]), exact_radius(u, low), 1e-14, &what);
                }
            }
        }
    }

    fn check([x, y]: [f64; 2], radius: f64, tolerance: f64, what: &str) {
        let error = x.hypot(y) - radius;
        assert!(error.abs() < tolerance, "{what}: the radius of ({x}, {y}) is off by {error:e}");
    }

    fn exact_radius(high: u32, low: u32) -> f64 {
        let from = |high: u32, low: u32| (f64::from(high) * 4_294_967_296.0 + f64::from(low) + 0.5) / 2.0_f64.powi(64);
        let ln = if high < 1 << 31 { from(high, low).ln() } else { (-from(!high, !low)).ln_1p() };
        (-2.0 * ln).sqrt()
    }
}
