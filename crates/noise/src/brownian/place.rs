//! Where a time lies in the tree: integers, so that no two times are ever compared as floats.

/// Levels of a tree below its root.
pub(crate) const LEVELS: u32 = 112;

/// Significant bits of a distance from the start of the clock.
const DIGITS: u32 = 48;

/// A distance from the start of the clock: `index / 2^112` of the way through a root interval.
///
/// With `2^r` the smallest power of two that covers the clock, root 0 is `[0, 2^r)` and root `n` is
/// `[2^(r + n - 1), 2^(r + n))`. In the order of distances.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) root: u32,
    pub(crate) index: u128,
}

/// The smallest `r` with `width <= 2^r`, for `width > 0`.
pub(crate) fn covering_exponent(width: f64) -> i32 {
    let (digits, exponent) = decode(width);
    let top = digits.ilog2() as i32 + exponent;
    if digits.is_power_of_two() { top } else { top + 1 }
}

impl Place {
    /// The place of a distance `>= 0`, rounded to 48 significant bits.
    pub(crate) fn of(distance: f64, covering_exponent: i32) -> Place {
        let (digits, exponent) = rounded(decode(distance));
        if digits == 0 {
            return Place { root: 0, index: 0 };
        }
        let top = digits.ilog2();
        let octave = top as i32 + exponent;
        if octave < covering_exponent {
            let shift = exponent - covering_exponent + LEVELS as i32;
            return Place { root: 0, index: shifted(digits, shift) };
        }
        let within = u128::from(digits - (1 << top));
        Place { root: (octave - covering_exponent) as u32 + 1, index: within << (LEVELS - top) }
    }
}

/// The exponent of the width of a root.
pub(crate) fn root_exponent(root: u32, covering_exponent: i32) -> i32 {
    if root == 0 { covering_exponent } else { covering_exponent + root as i32 - 1 }
}

/// `2^exponent`, rounded to zero or infinity where f64 ends.
pub(crate) fn power_of_two(exponent: i32) -> f64 {
    match exponent {
        ..=-1075 => 0.0,
        -1074..=-1023 => f64::from_bits(1 << (exponent + 1074)),
        -1022..=1023 => f64::from_bits(((exponent + 1023) as u64) << 52),
        1024.. => f64::INFINITY,
    }
}

/// `value = digits 2^exponent` of a finite `value >= 0`.
fn decode(value: f64) -> (u64, i32) {
    let bits = value.to_bits();
    let (digits, exponent) = (bits & ((1 << 52) - 1), (bits >> 52 & 0x7FF) as i32);
    if exponent == 0 { (digits, -1074) } else { (digits | 1 << 52, exponent - 1075) }
}

fn rounded((digits, exponent): (u64, i32)) -> (u64, i32) {
    let surplus = (u64::BITS - digits.leading_zeros()).saturating_sub(DIGITS);
    if surplus == 0 {
        return (digits, exponent);
    }
    ((digits + (1 << (surplus - 1))) >> surplus, exponent + surplus as i32)
}

/// `digits 2^shift`, rounded.
fn shifted(digits: u64, shift: i32) -> u128 {
    let digits = u128::from(digits);
    match shift {
        0.. => digits << shift,
        -64..=-1 => (digits + (1 << (-shift - 1))) >> -shift,
        ..=-65 => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::{LEVELS, Place, covering_exponent, power_of_two};

    #[test]
    fn the_clock_is_covered_by_the_smallest_power_of_two() {
        for (width, exponent) in
            [(1.0, 0), (1.5, 1), (2.0, 1), (6400.0, 13), (4e-6, -17), (5e-324, -1074), (3e-320, -1061)]
        {
            assert_eq!(covering_exponent(width), exponent, "{width}");
            assert!(power_of_two(exponent) >= width && power_of_two(exponent - 1) < width, "{width}");
        }
    }

    #[test]
    fn a_place_is_its_distance_to_48_bits_everywhere() {
        for covering in [-20, 0, 13] {
            for distance in [4e-6, 0.1, 1.0, 1.0 - 1e-16, 3.7, 6399.999, 6400.0, 1e9, 1e300] {
                let found = value(Place::of(distance, covering), covering);
                assert!((found / distance - 1.0).abs() <= 0.5_f64.powi(48), "{distance}: {found} on 2^{covering}");
            }
        }
        // Rounded up to where f64 ends.
        assert_eq!(Place::of(f64::MAX, 0), Place { root: 1025, index: 0 });
        // Deep in the clock the bits of the index end before those of the distance.
        assert_eq!(Place::of(power_of_two(-112), 0), Place { root: 0, index: 1 });
        assert_eq!(Place::of(power_of_two(-113), 0), Place { root: 0, index: 1 });
        assert_eq!(Place::of(power_of_two(-114), 0), Place { root: 0, index: 0 });
        assert_eq!(Place::of(0.0, 0), Place { root: 0, index: 0 });
        assert_eq!(Place::of(5e-324, 1000), Place { root: 0, index: 0 });
    }

    fn value(place: Place, covering: i32) -> f64 {
        let exponent = super::root_exponent(place.root, covering);
        let start = if place.root == 0 { 0.0 } else { power_of_two(exponent) };
        start + place.index as f64 / power_of_two(LEVELS as i32) * power_of_two(exponent)
    }
}
