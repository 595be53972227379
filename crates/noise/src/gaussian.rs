//! Box-Muller without a libm: two words to two independent normals, the same bits on every machine.
//!
//! `r = sqrt(-2 ln u)`, `theta = 2 pi v`; the normals are `r cos theta` and `r sin theta`. Written for packs of numbers, choices by
//! selection: whatever vectors it is compiled for, every number goes through the same operations in the same order.

use std::f32::consts::FRAC_PI_4 as FRAC_PI_4_F32;
use std::f64::consts::{FRAC_PI_4, LN_2};

use crate::simd_pack::Pack;

/// `c0 + x (c1 + x (c2 + ...))`, each operation rounded.
macro_rules! polynomial {
    ($x:ident; $c:expr) => { Pack::from_fn(#[inline(always)] |_| $c) };
    ($x:ident; $c:expr, $($higher:expr),+) => { $x * (polynomial!($x; $($higher),+)) + $c };
}

/// Two normals from two words: `u = (w + 1/2) / 2^32` of the first, `v` of the second.
#[inline(always)]
pub(crate) fn pair_f32<const K: usize>(u: Pack<u32, K>, v: Pack<u32, K>) -> [Pack<f32, K>; 2] {
    let r = minus_two_ln_f32(u).map(f32::sqrt);
    let [cos, sin] = cos_sin_f32(v);
    [r * cos, r * sin]
}

/// Two normals from two 64-bit numbers given as `[high, low]`: `u = (w + 1/2) / 2^64` of the first, `v` of the second. A half
/// is the lower 32 bits of its word; the upper ones do not matter.
#[inline(always)]
pub(crate) fn pair_f64<const K: usize>(u: [Pack<u64, K>; 2], v: [Pack<u64, K>; 2]) -> [Pack<f64, K>; 2] {
    let r = minus_two_ln_f64(u).map(f64::sqrt);
    let [cos, sin] = cos_sin_f64(v);
    [r * cos, r * sin]
}

/// `ln u` by `u = m 2^e`, `m` in [sqrt 1/2, sqrt 2), and `ln m = 2 atanh((m - 1) / (m + 1))`. Negative for every word; the factor
/// -2 rounds nothing.
#[inline(always)]
fn minus_two_ln_f32<const K: usize>(word: Pack<u32, K>) -> Pack<f32, K> {
    const SQRT_HALF: u32 = 0x3F35_04F3;
    // 9 bits, so that its product with e is exact.
    const LN_2_HIGH: f32 = 355.0 / 512.0;
    const LN_2_LOW: f32 = (LN_2 - 355.0 / 512.0) as f32;
    const TWO_32: f32 = (1_u64 << 32) as f32;

    let [high, low] = [high_f32(word), low_f32(word)];
    let u_2_32 = high + low;
    // u - 1, without the digits that u near 1 has lost.
    let below_one = ((high - (TWO_32 - 65536.0)) + (low - 65536.0)) * (1.0 / TWO_32);
    let shifted = u_2_32.map(
        #[inline(always)]
        |u| u.to_bits().wrapping_add(1.0_f32.to_bits() - SQRT_HALF),
    );
    // Of u 2^32, with the bias of the format.
    let exponent = shifted.map(
        #[inline(always)]
        |bits| bits >> 23,
    );
    let m = shifted.map(
        #[inline(always)]
        |bits| f32::from_bits((bits & 0x007F_FFFF) + SQRT_HALF),
    );
    let near_one = exponent.map(
        #[inline(always)]
        |e| e == 127 + 32,
    );
    let s = near_one.select(below_one, m - 1.0) / (m + 1.0);
    let z = s * s;
    let tail = z * (polynomial!(z; 1.0 / 3.0, 1.0 / 5.0, 1.0 / 7.0, 1.0 / 9.0));
    let ln_m = s * -4.0 + s * -4.0 * tail;
    let e = exponent.map(
        #[inline(always)]
        |e| f32::from_bits(TWO_23.to_bits() | e),
    ) - (TWO_23 + 127.0 + 32.0);
    e * (-2.0 * LN_2_HIGH) + (e * (-2.0 * LN_2_LOW) + ln_m)
}

/// [`minus_two_ln_f32`] with more terms.
#[inline(always)]
fn minus_two_ln_f64<const K: usize>([high, low]: [Pack<u64, K>; 2]) -> Pack<f64, K> {
    const SQRT_HALF: u64 = 0x3FE6_A09E_667F_3BCD;
    // 32 bits, so that its product with e is exact.
    const LN_2_HIGH: f64 = f64::from_bits(0x3FE6_2E42_FEE0_0000);
    const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    const TWO_64: f64 = (1_u128 << 64) as f64;

    let [high, low] = [high_f64(high), low_f64(low)];
    let u_2_64 = high + low;
    let below_one = ((high - (TWO_64 - TWO_32)) + (low - TWO_32)) * (1.0 / TWO_64);
    let shifted = u_2_64.map(
        #[inline(always)]
        |u| u.to_bits().wrapping_add(1.0_f64.to_bits() - SQRT_HALF),
    );
    let exponent = shifted.map(
        #[inline(always)]
        |bits| bits >> 52,
    );
    let m = shifted.map(
        #[inline(always)]
        |bits| f64::from_bits((bits & 0x000F_FFFF_FFFF_FFFF) + SQRT_HALF),
    );
    let near_one = exponent.map(
        #[inline(always)]
        |e| e == 1023 + 64,
    );
    let s = near_one.select(below_one, m - 1.0) / (m + 1.0);
    let z = s * s;
    let tail = z
        * (polynomial!(z; 1.0 / 3.0, 1.0 / 5.0, 1.0 / 7.0, 1.0 / 9.0, 1.0 / 11.0, 1.0 / 13.0, 1.0 / 15.0, 1.0 / 17.0,
            1.0 / 19.0, 1.0 / 21.0));
    let ln_m = s * -4.0 + s * -4.0 * tail;
    let e = exponent.map(
        #[inline(always)]
        |e| f64::from_bits(TWO_52.to_bits() | e),
    ) - (TWO_52 + 1023.0 + 64.0);
    e * (-2.0 * LN_2_HIGH) + (e * (-2.0 * LN_2_LOW) + ln_m)
}

/// `cos` and `sin` of `2 pi v`: the quadrant whose middle axis is nearest and the rest of the angle, in units of 2^-32 turns in
/// [-2^29, 2^29), by integers; then Taylor on [-pi/4, pi/4].
#[inline(always)]
fn cos_sin_f32<const K: usize>(word: Pack<u32, K>) -> [Pack<f32, K>; 2] {
    let turned = word.map(
        #[inline(always)]
        |w| w.wrapping_add(1 << 29),
    );
    let rest_high = turned.map(
        #[inline(always)]
        |t| f32::from_bits(TWO_39.to_bits() | (t >> 16 & 0x3FFF)),
    ) - (TWO_39 + (1 << 29) as f32);
    // The rest + 1/2, rounded once.
    let steps = rest_high + low_f32(word);
    let x = steps * (FRAC_PI_4_F32 / (1_u32 << 29) as f32);
    let z = x * x;
    let sin_tail = polynomial!(z; -1.0 / 6.0, 1.0 / 120.0, -1.0 / 5040.0, 1.0 / 362_880.0);
    let sin = x + x * (z * sin_tail);
    let cos = polynomial!(z; 1.0, -1.0 / 2.0, 1.0 / 24.0, -1.0 / 720.0, 1.0 / 40_320.0, -1.0 / 3_628_800.0);
    // The quadrant is the upper two bits: odd ones swap, the sine is negative in 2 and 3, the cosine in 1 and 2.
    let odd = turned.map(
        #[inline(always)]
        |t| t & 1 << 30 != 0,
    );
    [
        odd.select(sin, cos).zip(
            turned,
            #[inline(always)]
            |c, t| signed_f32(c, t.wrapping_add(1 << 30)),
        ),
        odd.select(cos, sin).zip(turned, signed_f32),
    ]
}

/// The sign of the quadrant's upper bit.
#[inline(always)]
fn signed_f32(x: f32, quadrant: u32) -> f32 {
    f32::from_bits(x.to_bits() ^ (quadrant & 1 << 31))
}

/// [`cos_sin_f32`] with more terms.
#[inline(always)]
fn cos_sin_f64<const K: usize>([high, low]: [Pack<u64, K>; 2]) -> [Pack<f64, K>; 2] {
    let turned = high.map(
        #[inline(always)]
        |w| w.wrapping_add(1 << 29),
    );
    let rest_high = turned.map(
        #[inline(always)]
        |t| f64::from_bits(TWO_84.to_bits() | (t & 0x3FFF_FFFF)),
    ) - (TWO_84 + (1_u64 << 61) as f64);
    let steps = rest_high + low_f64(low);
    let x = steps * (FRAC_PI_4 / (1_u64 << 61) as f64);
    let z = x * x;
    let sin_tail = polynomial!(z; -1.0 / 6.0, 1.0 / 120.0, -1.0 / 5040.0, 1.0 / 362_880.0, -1.0 / 39_916_800.0,
        1.0 / 6_227_020_800.0, -1.0 / 1_307_674_368_000.0, 1.0 / 355_687_428_096_000.0);
    let sin = x + x * (z * sin_tail);
    let cos = polynomial!(z; 1.0, -1.0 / 2.0, 1.0 / 24.0, -1.0 / 720.0, 1.0 / 40_320.0, -1.0 / 3_628_800.0,
        1.0 / 479_001_600.0, -1.0 / 87_178_291_200.0, 1.0 / 20_922_789_888_000.0);
    let odd = turned.map(
        #[inline(always)]
        |t| t & 1 << 30 != 0,
    );
    [
        odd.select(sin, cos).zip(
            turned,
            #[inline(always)]
            |c, t| signed_f64(c, t.wrapping_add(1 << 30)),
        ),
        odd.select(cos, sin).zip(turned, signed_f64),
    ]
}

#[inline(always)]
fn signed_f64(x: f64, quadrant: u64) -> f64 {
    f64::from_bits(x.to_bits() ^ (quadrant << 32 & 1 << 63))
}

// Integers become floating-point numbers without an instruction for it, which not all vectors have: as the last digits of a
// power of two, which is then taken away. Nothing is rounded.
const TWO_23: f32 = (1_u64 << 23) as f32;
const TWO_39: f32 = (1_u64 << 39) as f32;
const TWO_32: f64 = (1_u64 << 32) as f64;
const TWO_52: f64 = (1_u64 << 52) as f64;
const TWO_84: f64 = (1_u128 << 84) as f64;

/// The lower 16 bits, plus 1/2.
#[inline(always)]
fn low_f32<const K: usize>(word: Pack<u32, K>) -> Pack<f32, K> {
    word.map(
        #[inline(always)]
        |w| f32::from_bits(TWO_23.to_bits() | (w & 0xFFFF)),
    ) - (TWO_23 - 0.5)
}

/// The upper 16 bits, where they stand.
#[inline(always)]
fn high_f32<const K: usize>(word: Pack<u32, K>) -> Pack<f32, K> {
    word.map(
        #[inline(always)]
        |w| f32::from_bits(TWO_39.to_bits() | w >> 16),
    ) - TWO_39
}

/// The lower 32 bits, plus 1/2.
#[inline(always)]
fn low_f64<const K: usize>(word: Pack<u64, K>) -> Pack<f64, K> {
    word.map(
        #[inline(always)]
        |w| f64::from_bits(TWO_52.to_bits() | (w & 0xFFFF_FFFF)),
    ) - (TWO_52 - 0.5)
}

/// The lower 32 bits, times 2^32.
#[inline(always)]
fn high_f64<const K: usize>(word: Pack<u64, K>) -> Pack<f64, K> {
    word.map(
        #[inline(always)]
        |w| f64::from_bits(TWO_84.to_bits() | (w & 0xFFFF_FFFF)),
    ) - TWO_84
}

#[cfg(test)]
mod tests {
    use super::{Pack, pair_f32, pair_f64};

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
                    pair_f32(Pack([u]), Pack([v])).map(|x| f64::from(x.0[0])),
                    exact_radius(u, 0x8000_0000),
                    1e-6,
                    &format!("f32 of {u:#x}, {v:#x}"),
                );
                for low in EXTREME {
                    let what = format!("f64 of {u:#x}, {v:#x} with low halves {low:#x}");
                    let wide = |x: u32| Pack([u64::from(x)]);
                    let normals = pair_f64([wide(u), wide(low)], [wide(v), wide(low)]).map(|x| x.0[0]);
                    check(normals, exact_radius(u, low), 1e-14, &what);
                }
            }
        }
    }

    #[test]
    fn extreme_words_give_the_same_bits_at_every_level() {
        for level in crate::Vectors::available() {
            for v in EXTREME {
                for low in EXTREME {
                    let u = Pack(EXTREME);
                    let single = |u| pair_f32(u, Pack([v; 12])).map(|x| x.0.map(f32::to_bits));
                    assert_eq!(
                        level.run(
                            #[inline(always)]
                            || single(u)
                        ),
                        single(u),
                        "{level}"
                    );
                    let wide = |x: Pack<u32, 12>| x.map(u64::from);
                    let double = |u| {
                        let low = Pack([u64::from(low); 12]);
                        pair_f64([wide(u), low], [wide(Pack([v; 12])), low]).map(|x| x.0.map(f64::to_bits))
                    };
                    assert_eq!(
                        level.run(
                            #[inline(always)]
                            || double(u)
                        ),
                        double(u),
                        "{level}"
                    );
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
