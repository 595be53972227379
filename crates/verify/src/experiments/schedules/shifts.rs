//! Timesteps of a discrete table, the resolution shift, and the end of a path.

use ito_schedules::{Grid, Level, Path, ShiftedStraight, Spacing, Straight, VpCosine, VpLinear};
use ito_testkit::{integrate, largest, normal_density};

use crate::{Claim, Context, Fault, Findings};

/// `round(T - i T/N) - 1` for `i` in `0..N`. One port walks down by the whole number `T/N` and takes 31, 77, 167 steps for 30, 75, 150.
pub fn trailing_timesteps(context: &Context) -> Findings {
    const T: usize = 1000;
    let mut found = Findings::default();
    for asked in [30, 75, 150] {
        let timesteps: Vec<usize> = match context.planted(Fault::TrailingIntegerStride) {
            true => (0..T).step_by(T / asked).map(|down| T - down - 1).collect(),
            false => Spacing::Trailing.timesteps(asked, T).unwrap(),
        };
        found.claim(Claim::within(format!("steps when asked for {asked}"), timesteps.len() as f64, asked as f64, 0.0));
        let right = (0..asked).map(|i| (T as f64 - (i * T) as f64 / asked as f64).round() - 1.0);
        let off = timesteps.iter().zip(right).filter(|(t, right)| **t as f64 != *right).count() as f64;
        found.claim(Claim::within(format!("timesteps that are others, of {asked}"), off, 0.0, 0.0));
    }
    found
}

/// `sigma' = s sigma / (1 + (s - 1) sigma)`, pinned to seven digits.
pub fn resolution_shift(context: &Context) -> Findings {
    let mut found = Findings::default();
    for (shift, pinned) in [(3.0, 2.994012e-3), (1.15, 1.149828e-3)] {
        let path = ShiftedStraight::new(shift).unwrap();
        let at = |t: f64| match context.planted(Fault::ShiftedTwice) {
            true => path.at(path.at(t).sigma),
            false => path.at(t),
        };
        found.claim(Claim::within(format!("shift {shift}: sigma at t = 0.001"), at(1e-3).sigma, pinned, 5e-10));
        let ratio = |t: f64| at(t).noise_to_signal() / Straight.at(t).noise_to_signal();
        let worst = largest((1..100).map(|i| (ratio(f64::from(i) / 100.0) / shift - 1.0).abs()));
        found.claim(Claim::at_most(
            format!("shift {shift}: sigma/alpha over the straight path's, off it"),
            worst,
            1e-13,
        ));
        // A grid in the path's own time is shifted by the path, and by nothing else.
        let levels: Vec<Level> = match context.planted(Fault::ShiftedTwice) {
            true => (0..=10).map(|i| at(1.0 - f64::from(i) / 10.0)).collect(),
            false => Grid::uniform(&path, 1.0, 0.0, 10).unwrap().levels().to_vec(),
        };
        let middle = shift / (1.0 + shift);
        found.claim(Claim::within(
            format!("shift {shift}: sigma in the middle of a grid"),
            levels[5].sigma,
            middle,
            1e-15,
        ));
    }
    found
}

/// `KL(N(a m, a^2 s^2 + b^2) || N(0, p^2))` against its integral.
pub fn prior_mismatch(_: &Context) -> Findings {
    let mut found = Findings::default();
    let paths: [(&str, &dyn Path); 3] =
        [("straight", &Straight), ("VP linear", &VpLinear::default()), ("VP cosine", &VpCosine::default())];
    for (name, path) in paths {
        let exact = path.at(path.end()).alpha == 0.0;
        let measured = ito_schedules::prior_mismatch(path, 0.7, 0.5, 1.0);
        let bound = if exact { 0.0 } else { 1e-4 };
        found.claim(Claim::at_most(format!("{name}: nats an entry from its prior"), measured, bound));
    }
    for (mean, deviation, prior) in [(0.7, 0.5, 1.0), (-2.0, 3.0, 0.9)] {
        // A path that ends early, so that there is something to see.
        let path = VpLinear::new(0.1, 2.0).unwrap();
        let end = path.at(path.end());
        let (m, s) = (end.alpha * mean, (end.alpha * deviation).hypot(end.sigma));
        let log_ratio = |x: f64| (prior / s).ln() - 0.5 * ((x - m) / s).powi(2) + 0.5 * (x / prior).powi(2);
        let integral = integrate(|x| normal_density((x - m) / s) / s * log_ratio(x), m - 12.0 * s, m + 12.0 * s, 200);
        let measured = ito_schedules::prior_mismatch(&path, mean, deviation, prior);
        let name = format!("data N({mean}, {deviation}^2), prior deviation {prior}: nats");
        found.claim(Claim::within(name, measured, integral, 1e-12));
    }
    found
}
