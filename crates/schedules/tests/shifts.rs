//! Shifts of the log-SNR by resolution.

use ito_schedules::{Grid, Path, ShiftedStraight, Straight, Trigonometric};

/// Stable Diffusion 3's shift of 3 and FLUX's 1.15, at a time of 1/1000: once, as published; twice would be 8.93e-3.
#[test]
fn the_resolution_shift_is_applied_exactly_once() {
    for (shift, once) in [(3.0, 2.994_011_976e-3), (1.15, 1.149_827_7e-3)] {
        let path = ShiftedStraight::new(shift).unwrap();
        let grid = Grid::uniform(&path, 1.0, 1e-3, 9).unwrap();
        let last = grid.levels()[9];
        assert!((last.sigma / once - 1.0).abs() < 1e-6, "{}", last.sigma);
        assert!((last.sigma + last.alpha - 1.0).abs() < 1e-15);
        let again = shift * last.sigma / (1.0 + (shift - 1.0) * last.sigma);
        assert!((last.sigma - again).abs() > 1e-4);
    }
    let (mu, t) = (1.15f64, 0.3);
    let dynamic = ShiftedStraight::for_tokens(4096).unwrap();
    assert!((dynamic.at(t).sigma - mu.exp() / (mu.exp() + 1.0 / t - 1.0)).abs() < 1e-15);
    assert_eq!(ShiftedStraight::for_tokens(256), ShiftedStraight::exponential(0.5));
    assert_eq!(ShiftedStraight::new(1.0).unwrap().at(0.3), Straight.at(0.3));
}

/// Simple diffusion's log-SNR, `-2 ln tan(pi t/2) + 2 ln(64/d)`.
#[test]
fn the_shifted_cosine_is_that_of_simple_diffusion() {
    for (size, t) in [(64, 0.3), (256, 0.3), (512, 0.9)] {
        let found = Trigonometric::for_size(size).unwrap().at(t).log_snr();
        let plain = -2.0 * (std::f64::consts::FRAC_PI_2 * t).tan().ln();
        let expected = plain + 2.0 * (64.0 / f64::from(size)).ln();
        assert!((found - expected).abs() < 1e-13, "{found}, not {expected}");
    }
    assert!(Trigonometric::for_size(0).is_err() && ShiftedStraight::new(0.0).is_err());
}
