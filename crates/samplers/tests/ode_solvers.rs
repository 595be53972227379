//! The deterministic samplers on Gaussian data, where the law of what they make is known exactly: declared orders, the size of the
//! errors, and where the exact flow takes the same start.

mod ode;

use ito_samplers::{Sampler, Step};
use ito_schedules::{Grid, Path};
use ito_state::Batch;
use ito_testkit::{Fresh, Gaussian, GaussianData, LinearForm, Slope};
use ode::{NAMES, Run, build, data, full, paths};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

#[test]
fn euler_is_of_first_order_on_every_path_and_grid() {
    orders("euler", 0.07);
}

/// On Gaussian data and levels that are straight lines of the time, the step's error of third order is zero for any mean and
/// variance, so 3 is measured there; on curved scores it is 2 (see the mixtures).
#[test]
fn the_midpoint_rule_is_of_second_order_and_third_for_gaussians_where_levels_are_straight_lines() {
    orders("midpoint", 4e-4);
}

#[test]
fn heun_is_of_second_order_on_every_path_and_grid() {
    orders("heun", 3e-4);
}

#[test]
fn rk4_is_of_fourth_order_on_every_path_and_grid() {
    orders("rk4", 6e-10);
}

#[test]
fn dpm2_is_of_second_order_on_every_path_and_grid() {
    orders("dpm2", 8e-5);
}

#[test]
fn dpm_solver_2s_is_of_second_order_on_every_path_and_grid() {
    orders("dpm++2s", 8e-5);
}

#[test]
fn dpm_solver_1m_is_of_first_order_on_every_path_and_grid() {
    orders("dpm++1m", 0.012);
}

#[test]
fn dpm_solver_2m_is_of_second_order_on_every_path_and_grid() {
    orders("dpm++2m", 3e-4);
}

/// In each principal direction, mean and deviation together as a part of the data's deviation, after 256 steps, over random laws and
/// grids with a random end: a bound for each sampler, a fifth above the worst that was seen.
#[test]
fn errors_stay_bounded_over_random_laws_and_grids() {
    let config = Config { cases: 8, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..Config::default() };
    let law = (-1.0..1.0, -1.0..1.0, 0.2..1.5, 0.2..1.5, 0.0..3.0);
    proptest!(config, |((m0, m1, s0, s1, angle) in law, from in -7.0..-4.0, to in 3.0..7.0, even in any::<bool>())| {
        let data = GaussianData::new(&[m0, m1], &[s0 * s0, s1 * s1], angle);
        for (kind, path) in paths() {
            let path = path.as_ref();
            let ends = (path.at_log_snr(from).t, path.at_log_snr(to).t);
            let grid = match even && path.end() == 1.0 {
                true => Grid::uniform(path, ends.0, ends.1, 256).unwrap(),
                false => Grid::uniform_log_snr(path, from, to, 256).unwrap(),
            };
            for (name, bound) in BOUNDS {
                let error = Run::new(&data, path, &grid, build(name).as_mut()).error();
                prop_assert!(error < bound, "{name}, {kind}: {error}");
            }
        }
    });
}

const BOUNDS: [(&str, f64); 10] = [
    ("euler", 0.065),
    ("midpoint", 5e-4),
    ("heun", 4e-4),
    ("rk4", 1e-8),
    ("dpm2", 2e-4),
    ("dpm++2s", 2e-4),
    ("dpm++1m", 0.012),
    ("dpm++2m", 9e-4),
    ("dpm++3m", 1.7e-4),
    ("lms", 4e-5),
];

#[test]
fn the_error_over_the_full_range_falls_with_the_number_of_steps() {
    for (kind, path) in paths().into_iter().filter(|(_, path)| path.at(1.0).alpha < 1.0) {
        for name in NAMES {
            let error =
                |steps| Run::new(&data(), path.as_ref(), &full(path.as_ref(), steps), build(name).as_mut()).error();
            let errors: Vec<f64> = [1, 2, 3, 4, 8, 16, 32, 64, 128].into_iter().map(error).collect();
            assert!(errors.windows(2).all(|pair| pair[1] < pair[0]), "{name}, {kind}: {errors:?}");
            let bound = if ["euler", "dpm++1m"].contains(&name) { 0.025 } else { 0.005 };
            assert!(errors[8] < bound, "{name}, {kind}: {errors:?}");
        }
    }
}

/// The error at 64 steps is of the sampler up to `dpm++3m`; of the others it is the last step's, `sigma^2 / (2 s^2)`.
#[test]
fn on_the_grid_of_karras_64_steps_are_accurate_from_the_noise_level_80() {
    for (kind, path) in paths().into_iter().filter(|(_, path)| path.at(1.0).alpha == 1.0) {
        for name in NAMES {
            let error = Run::new(&data(), path.as_ref(), &full(path.as_ref(), 64), build(name).as_mut()).error();
            let bound = match name {
                "euler" if kind == "VE" => 0.35,
                "euler" | "dpm++1m" => 0.05,
                _ => 0.015,
            };
            assert!(error < bound, "{name}, {kind}: {error}");
        }
    }
}

/// The mean within a tenth of a deviation of the exact one (a quarter for methods in the path's own time, which curves), and never
/// more spread than the data, in each direction. On VE and EDM
/// only for samplers whose step is an exact flow of a held estimate: with a step of a thousandfold fall in `sigma`, the others
/// take the slope at its end for the whole step.
#[test]
fn one_two_and_three_steps_stay_within_the_scale_of_the_data() {
    let config = Config { cases: 24, rng_seed: RngSeed::Fixed(2), failure_persistence: None, ..Config::default() };
    let case = (-1.0..1.0, -1.0..1.0, 0.2..1.5, 0.2..1.5, 0.0..3.0, 1usize..=3);
    proptest!(config, |((m0, m1, s0, s1, angle, steps) in case)| {
        let data = GaussianData::new(&[m0, m1], &[s0 * s0, s1 * s1], angle);
        for (kind, path) in paths() {
            for name in NAMES {
                let run = Run::new(&data, path.as_ref(), &full(path.as_ref(), steps), build(name).as_mut());
                prop_assert!(run.error().is_finite(), "{name}, {kind}, N = {steps}");
                let own_time = ["euler", "midpoint", "heun", "rk4"].contains(&name);
                if path.at(1.0).alpha == 1.0 && (own_time || name == "dpm2") {
                    continue;
                }
                let most = if own_time { 0.25 } else { 0.1 };
                for (axis, s) in data.axes() {
                    let mean = (&run.law.mean - &run.exact.mean).dot(&axis).abs() / s;
                    let spread = run.law.deviation_along(&axis) / s;
                    prop_assert!(mean < most && spread < 1.0 + 1e-9, "{name}, {kind}, N = {steps}: {mean} {spread}");
                }
            }
        }
    });
}

/// On data of no width the estimate is the datum itself: samplers built on a held or extrapolated estimate (or noise) are exact at
/// every level they stop at, and every sampler ends at the datum, however coarse the grid.
#[test]
fn on_a_single_datum_every_sampler_ends_at_it() {
    let datum = GaussianData::new(&[0.7, -0.4], &[1e-30, 1e-30], 0.0);
    for (kind, path) in paths().into_iter().filter(|(_, path)| path.at(1.0).alpha < 1.0) {
        for name in NAMES {
            for (to_t, steps) in [(0.0, 1), (0.0, 2), (0.0, 10), (0.3, 1), (0.3, 3), (0.3, 10)] {
                let grid = Grid::uniform(path.as_ref(), 1.0, to_t, steps).unwrap();
                let run = Run::new(&datum, path.as_ref(), &grid, build(name).as_mut());
                let own_time = ["euler", "midpoint", "heun", "rk4"].contains(&name);
                assert!(
                    run.error_of_law() < 1e-13 || (own_time && to_t > 0.0),
                    "{name}, {kind}, {steps}: {}",
                    run.error_of_law()
                );
            }
        }
    }
}

/// Down and, by the same steps reversed, up again: the way of inversion. Where a step's error is even in its size, as of one-step
/// methods of even order, the leading terms of both ways cancel and the round trip is one order better.
#[test]
fn down_and_up_again_returns_to_the_start_at_the_order() {
    for (kind, path) in paths() {
        for name in NAMES {
            let sampler: Box<dyn Sampler<LinearForm>> = build(name);
            let order = f64::from(sampler.order().order);
            let one_step = ["midpoint", "heun", "rk4", "dpm2", "dpm++2s"].contains(&name);
            let slope = Slope::fit([128, 181, 256].map(|n| (n, round_trip(name, path.as_ref(), n))).to_vec());
            slope.assert(
                &format!("there and back with {name} on {kind}"),
                if one_step { order + 1.0 } else { order },
                0.1,
            );
        }
    }
}

fn round_trip(name: &str, path: &dyn Path, steps: usize) -> f64 {
    let grid = Grid::uniform_log_snr(path, -2.0, 6.0, steps).unwrap();
    let (mut noise, mut sampler, model) = (Fresh::default(), build(name), data());
    let start = noise.draw(&Gaussian::isotropic(2, grid.levels()[0].sigma));
    let down: Vec<_> = grid.steps().collect();
    let up = down.iter().rev().map(|(from, to)| (*to, *from));
    let back = down.iter().copied().chain(up).fold(start.clone(), |x, (from, to)| {
        sampler.step(&Step { model: &model, path, from, to }, &x, &mut noise).unwrap()
    });
    let moved = LinearForm::lincomb(&[(1.0, &back), (-1.0, &start)]).law();
    moved.mean_error(&Gaussian::isotropic(2, 0.0)) + moved.covariance.diag().sum().sqrt()
}

/// The slopes within 0.1, two-sided; and the error of the covariance at 512 steps below `bound` on all grids of time and log-SNR.
fn orders(name: &str, bound: f64) {
    let declared: Box<dyn Sampler<LinearForm>> = build(name);
    let order = f64::from(declared.order().order);
    // Errors of Kutta's method on wide laws are all rounding at 512 steps.
    let data = if name == "rk4" { GaussianData::new(&[0.7, -0.4], &[0.01, 0.0025], 0.6) } else { data() };
    for (kind, path) in paths() {
        let (path, end) = (path.as_ref(), path.end());
        let expected = if name == "midpoint" && ["straight", "EDM"].contains(&kind) { 3.0 } else { order };
        let grids: [(&str, &dyn Fn(usize) -> Grid); 2] = [
            ("uniform in log-SNR", &|n| Grid::uniform_log_snr(path, -8.0, 8.0, n).unwrap()),
            ("uniform in t", &|n| Grid::uniform(path, 0.95 * end, 0.05 * end, n).unwrap()),
        ];
        for (grid_kind, grid) in grids {
            let run = |n| Run::new(&data, path, &grid(n), build(name).as_mut());
            let claim = |what| format!("{what} of {name}, {kind}, {grid_kind}");
            Slope::measure(|n| run(n).mean_error()).assert(&claim("mean"), expected, 0.1);
            let covariance = |n| run(n).covariance_error();
            // Here Euler's leading term almost cancels over the grid, and shows only at many steps.
            let slope = match (name, kind, grid_kind) {
                ("euler", "VP cosine", "uniform in log-SNR") => {
                    Slope::fit([8192, 16384].map(|n| (n, covariance(n))).to_vec())
                }
                _ => Slope::measure(covariance),
            };
            slope.assert(&claim("covariance"), expected, 0.1);
            assert!(slope.errors[0].1 < bound, "{}: {slope}", claim("covariance"));
        }
    }
}
