//! UniPC, DEIS, iPNDM and PNDM on Gaussian data, whose flow is known: orders, constants, warm-up, ends.

#[path = "ode_multistep/run.rs"]
mod run;

use ito_samplers::UniPcVariant::{Bh1, Bh2};
use ito_samplers::{Counted, Ddim, Deis, DpmppMultistep, Failure, Ipndm, OrderError, Sampler, Step, UniPc, sample};
use ito_schedules::{Edm, Grid, Level, Path, Straight, VpCosine, VpLinear};
use ito_state::Batch;
use ito_testkit::{Fresh, Gaussian, GaussianData, LinearForm, Slope, largest};
use ndarray::array;
use run::{Build, Polynomial, Run, Silent, assert_near, data, denoised, nodes, paths, samplers, slopes, step, warm};

/// In the middle of the path nothing hides an order: log-SNR from -2 to 2.
#[test]
fn each_sampler_is_of_its_declared_order_between_noise_and_data() {
    for (name, build) in samplers() {
        let order = f64::from(build(512).order().order);
        for path in paths() {
            let grid = |n| Grid::uniform_log_snr(path.as_ref(), -2.0, 2.0, n).unwrap();
            let [mean, covariance] = slopes(path.as_ref(), &grid, &build);
            mean.assert(&format!("mean of {name}"), order, 0.1);
            covariance.assert(&format!("covariance of {name}"), order, 0.1);
        }
    }
}

/// From almost pure noise to almost data: no order is lost. It may be exceeded, as the first step's share of the error is
/// small there (so is the last one's where the grid is dense at data): up to 4 for `UniPc::third`.
#[test]
fn no_order_is_lost_over_the_whole_path_and_the_constants_are_as_recorded() {
    for (name, build) in samplers() {
        let order = f64::from(build(512).order().order);
        for path in [&Straight as &dyn Path, &VpLinear::default(), &VpCosine::default()] {
            let in_log_snr = |n| Grid::uniform_log_snr(path, -8.0, 8.0, n).unwrap();
            let in_time = |n| Grid::uniform(path, 0.95, 0.05, n).unwrap();
            let grids: [(&dyn Fn(usize) -> Grid, f64); 2] =
                [(&in_log_snr, bounds(&name)[0]), (&in_time, bounds(&name)[1])];
            for (grid, bound) in grids {
                for slope in slopes(path, grid, &build) {
                    // iPNDM's and some of UniPC-3's coefficients change sign with the path: errors of two orders cross.
                    assert!(
                        slope.value > order - 0.1 || (name == "unipc 3 bh1" && slope.value > 2.6),
                        "{name}: {slope}"
                    );
                }
                let run = Run::new(path, &grid(64), build(64).as_mut());
                let error = run.law.mean_error(&run.exact) + run.law.covariance_error(&run.exact);
                assert!(error < bound && error > bound / 60.0, "{name}: {error:e}");
            }
        }
    }
}

/// The sum of the errors in mean and covariance at 64 steps, at most: uniform in log-SNR, in time.
fn bounds(name: &str) -> [f64; 2] {
    match name {
        "ipndm" => [1.2e-3, 3e-4],
        "pndm" => [1.2e-3, 4e-4],
        "deis 1" => [0.06, 0.04],
        "deis 2" => [4e-3, 1.5e-3],
        "deis 3" => [1.2e-4, 4e-4],
        "unipc 1 bh1" | "unipc 1 bh1 lowered" => [2e-3, 5e-3],
        "unipc 1 bh2" | "unipc 1 bh2 lowered" => [6e-3, 7e-3],
        "unipc 2 bh1" | "unipc 2 bh1 lowered" => [6e-4, 3e-3],
        "unipc 2 bh2" | "unipc 2 bh2 lowered" => [4e-4, 3e-3],
        "unipc 3 bh1" | "unipc 3 bh2" => [1.5e-5, 4e-4],
        _ => [2.5e-5, 3e-3],
    }
}

/// DEIS with three predictions is of order 3, iPNDM of order 4 on equal steps in `sigma/alpha`. UniPC needs no help: its first
/// step is corrected.
#[test]
fn with_an_exact_warm_up_the_full_order_is_reached() {
    for path in paths() {
        let grid = |n| Grid::uniform_log_snr(path.as_ref(), -2.0, 2.0, n).unwrap();
        warm(path.as_ref(), &grid, &|| Box::new(Deis::third()), 2, 3.0);
    }
    let edm = Edm::default();
    warm(&edm, &|n| Grid::uniform(&edm, 5.0, 1.0, n).unwrap(), &|| Box::new(Ipndm::new()), 3, 4.0);
}

/// The coefficients for equal steps are of order 1 where every other step is twice as long, however many there are.
#[test]
fn deis_keeps_its_order_on_uneven_steps_and_ipndm_does_not() {
    let orders: [(Build, f64); 3] = [
        (Box::new(|_| Box::new(Ipndm::new())), 1.0),
        (Box::new(|_| Box::new(Deis::second())), 2.0),
        (Box::new(|_| Box::new(UniPc::second(Bh2))), 3.0),
    ];
    for (build, order) in orders {
        let errors = [512, 609, 724, 861, 1024].map(|n| {
            let levels: Vec<Level> = (0..=n)
                .map(|k| {
                    let uneven = k as f64 - if k % 2 == 1 { 1.0 / 3.0 } else { 0.0 };
                    Straight.at_log_snr(-2.0 + 4.0 * uneven / n as f64)
                })
                .collect();
            let start = Gaussian::isotropic(2, levels[0].sigma);
            let (mut x, mut sampler) = (Fresh::default().draw(&start), build(n));
            for pair in levels.windows(2) {
                x = step(sampler.as_mut(), &data(), pair[0], pair[1], &x);
            }
            let exact = data().flow(&start, levels[0], levels[n]);
            (n, x.law().covariance_error(&exact))
        });
        Slope::fit(errors.to_vec()).assert("uneven steps", order, 0.1);
    }
}

/// What diffusers' formulas (bh2, `lower_order_final`, so a last step of order 1) measure: variance exploding, `sigma` from
/// 10 to 0.1, data `N(0.7, 0.5^2)`, an exact start.
#[test]
fn unipc_has_the_error_and_order_of_the_reference_implementation() {
    let (data, edm) = (GaussianData::new(&[0.7], &[0.25], 0.0), Edm::default());
    let error = |n: usize, build: &dyn Fn(usize) -> UniPc<LinearForm>| {
        let grid = Grid::uniform_log_snr(&edm, -2.0 * 10.0_f64.ln(), 2.0 * 10.0_f64.ln(), n).unwrap();
        let (from, to) = (grid.levels()[0], grid.levels()[n]);
        let mut noise = Fresh::default();
        let start = noise.draw(&data.marginal(from));
        let end = sample(&data, &edm, &grid, &mut build(n), start, &mut noise, &mut |_, _, _| {}).unwrap();
        let axis = array![1.0];
        (end.law().deviation_along(&axis) - data.marginal(to).deviation_along(&axis)).abs()
    };
    let second = |n| UniPc::second(Bh2).lowering_at_the_end(n).unwrap();
    let third = |n| UniPc::third(Bh2).lowering_at_the_end(n).unwrap();
    for (build, at_64, order) in [(&second as &dyn Fn(usize) -> _, 4.0e-5, 1.96), (&third, 5.1e-5, 2.01)] {
        assert!((error(64, build) / at_64 - 1.0).abs() < 0.015, "{:e}", error(64, build));
        let errors = vec![(256, error(256, build)), (512, error(512, build))];
        Slope::fit(errors).assert("order", order, 0.01);
    }
}

#[test]
fn few_steps_from_pure_noise_to_data_are_finite_and_within_the_scale_of_the_data() {
    for (name, build) in samplers() {
        for path in [&Straight as &dyn Path, &VpLinear::default(), &VpCosine::default()] {
            for steps in 1..=3 {
                if name.ends_with("lowered") && nodes(&name) > steps {
                    continue;
                }
                let run = Run::new(path, &Grid::uniform(path, 1.0, 0.0, steps).unwrap(), build(steps).as_mut());
                let error = run.law.mean_error(&run.exact);
                let spread = largest(data().axes().map(|(axis, s)| run.law.deviation_along(&axis) / s));
                assert!(error < 0.005 && spread < 1.01, "{name}, {steps} steps: {error} {spread}");
            }
        }
    }
}

/// A rule in `sigma/alpha` would divide by the little signal there is. UniPC's `B = h`, 36 in the first step from `alpha = 6e-17`, costs
/// up to 0.13; nothing else costs anything.
#[test]
fn a_start_almost_at_pure_noise_is_as_good_as_one_at_it() {
    for (name, build) in samplers() {
        let error = |signal: f64| {
            let mut levels: Vec<Level> = (0..=16).rev().map(|k| Straight.at(f64::from(k) / 16.0)).collect();
            levels[0].alpha = signal;
            let (mut x, mut sampler) = (Fresh::default().draw(&Gaussian::isotropic(2, 1.0)), build(16));
            for pair in levels.windows(2) {
                x = step(sampler.as_mut(), &data(), pair[0], pair[1], &x);
            }
            let exact = data().flow(&Gaussian::isotropic(2, 1.0), levels[0], levels[16]);
            x.law().mean_error(&exact) + x.law().covariance_error(&exact)
        };
        let at_it = error(0.0);
        for signal in [6e-17, 1e-12, 1e-6, 1e-4, 1e-3] {
            let most = if name.contains("bh1") { 0.2 } else { 1.2 * at_it + 1e-3 };
            assert!(error(signal) < most, "{name} from {signal:e}: {} {at_it}", error(signal));
        }
    }
}

#[test]
fn over_the_full_range_the_error_falls_with_the_steps() {
    for (name, build) in samplers() {
        for path in [&Straight as &dyn Path, &VpLinear::default(), &VpCosine::default()] {
            let error = |n| {
                let run = Run::new(path, &Grid::uniform(path, 1.0, 0.0, n).unwrap(), build(n).as_mut());
                run.law.mean_error(&run.exact) + run.law.covariance_error(&run.exact)
            };
            let errors: Vec<f64> = [4, 16, 64, 256].map(error).to_vec();
            assert!(errors.windows(2).all(|pair| pair[1] < pair[0]), "{name}: {errors:?}");
            assert!(errors[3] < 0.02, "{name}: {errors:?}");
        }
    }
}

/// On a single datum the noise prediction and the estimate do not change, so every step is exact.
#[test]
fn on_a_single_datum_every_step_is_exact() {
    let datum = GaussianData::new(&[0.7, -0.4], &[1e-30, 1e-30], 0.0);
    for (name, build) in samplers() {
        for path in [&Straight as &dyn Path, &VpLinear::default(), &VpCosine::default()] {
            for (end, steps) in [(0.0, 5), (0.3, 5)] {
                let grid = Grid::uniform(path, 1.0, end, steps).unwrap();
                let run = Run::on(&datum, path, &grid, build(steps).as_mut());
                let error = run.law.mean_error(&run.exact) + run.law.covariance_error(&run.exact);
                assert!(error < 1e-13, "{name}: {error:e}");
            }
        }
    }
}

/// The predictor of order 2 with `B = 1 - exp(-h)` is DPM-Solver++ 2M, and a first step is DDIM.
#[test]
fn the_second_step_of_unipc_is_that_of_dpm_solver_after_the_correction() {
    let (path, data) = (Straight, data());
    let levels = [0.9, 0.7, 0.4].map(|t| path.at(t));
    let x = Fresh::default().draw(&Gaussian::isotropic(2, 0.9));
    let mut unipc = UniPc::second(Bh2);
    let predicted = step(&mut unipc, &data, levels[0], levels[1], &x);
    assert_near(&predicted, &step(&mut Ddim, &data, levels[0], levels[1], &x));
    // The corrector of order 1 by hand: half of the change of the estimate, B = 1 - s'/s.
    let [d0, d1] = [(&x, levels[0]), (&predicted, levels[1])].map(|(x, at)| denoised(&data, x, at));
    let b = 1.0 - levels[1].noise_to_signal() / levels[0].noise_to_signal();
    let c = 0.5 * levels[1].alpha * b;
    let corrected = LinearForm::lincomb(&[(1.0, &predicted), (c, &d1), (-c, &d0)]);
    // DPM-Solver++ at the corrected state, with the estimate made at the predicted one.
    let ratio = |k: usize| (levels[k - 1].noise_to_signal() / levels[k].noise_to_signal()).ln();
    let slope = 0.5 * ratio(2) / ratio(1);
    let keep = levels[2].sigma / levels[1].sigma;
    let pull = levels[2].alpha - levels[1].alpha * keep;
    let by_hand = LinearForm::lincomb(&[(keep, &corrected), (pull * (1.0 + slope), &d1), (-pull * slope, &d0)]);
    assert_near(&step(&mut unipc, &data, levels[1], levels[2], &predicted), &by_hand);
}

#[test]
fn the_first_order_members_are_ddim() {
    let (path, data) = (VpLinear::default(), data());
    for grid in [Grid::uniform(&path, 1.0, 0.0, 7).unwrap(), Grid::karras(&path, 0.01, 50.0, 7.0, 7).unwrap()] {
        let run = |sampler: &mut dyn Sampler<LinearForm>| {
            let mut noise = Fresh::default();
            let start = noise.draw(&Gaussian::isotropic(2, 1.0));
            sample(&data, &path, &grid, sampler, start, &mut noise, &mut |_, _, _| {}).unwrap()
        };
        assert_near(&run(&mut Deis::first()), &run(&mut Ddim));
        assert_near(&run(&mut DpmppMultistep::first()), &run(&mut Ddim));
    }
}

/// A polynomial noise prediction is integrated exactly by DEIS, on uneven steps, none twice as long as the one before: `eps` a parabola in `u`.
#[test]
fn deis_is_exact_where_the_noise_prediction_is_its_polynomial() {
    let levels = [0.9, 0.7, 0.5, 0.2, 0.05, 0.0].map(|t| Straight.at(t));
    // y = int eps ds with ds = du / (1 - u)^2 for eps = 1 + 3 u - 5 u^2 = -1 + 7 (1 - u) - 5 (1 - u)^2.
    let exact = |u: f64| -1.0 / (1.0 - u) - 7.0 * (1.0 - u).ln() - 5.0 * u;
    let model = Polynomial;
    let mut deis = Deis::third();
    for (k, pair) in levels.windows(2).enumerate() {
        let y = |level: Level| array![[level.alpha * (4.0 + exact(level.t))]];
        let at = Step { model: &model, path: &Straight, from: pair[0], to: pair[1] };
        let stepped = deis.step(&at, &y(pair[0]), &mut Silent).unwrap();
        let error = largest((&stepped - &y(pair[1])).iter().map(|d| d.abs()));
        assert!((error < 1e-13) == (k >= 2), "step {k}: {error:e}");
    }
}

#[test]
fn one_evaluation_a_step_and_two_in_the_first_of_pndm() {
    let grid = Grid::uniform(&VpLinear::default(), 0.9, 0.0, 10).unwrap();
    for (name, build) in samplers() {
        let data = data();
        let counted = Counted::new(&data);
        let mut noise = Fresh::default();
        let start = noise.draw(&Gaussian::isotropic(2, 1.0));
        let path = VpLinear::default();
        sample(&counted, &path, &grid, build(10).as_mut(), start, &mut noise, &mut |_, _, _| {}).unwrap();
        assert_eq!(counted.evaluations(), if name == "pndm" { 11 } else { 10 }, "{name}");
        assert!(!build(10).order().noise && build(10).order().evaluations == 1);
    }
}

#[test]
fn a_step_cannot_start_at_data_and_the_order_cannot_exceed_the_steps() {
    let data = data();
    let x = Fresh::default().draw(&Gaussian::isotropic(2, 1.0));
    for (name, build) in samplers() {
        let at = Step { model: &data, path: &Straight, from: Level::DATA, to: Level::DATA };
        assert_eq!(build(5).step(&at, &x, &mut Fresh::default()), Err(Failure::FromData { t: 0.0 }), "{name}");
    }
    let refused = UniPc::<LinearForm>::third(Bh1).lowering_at_the_end(2).unwrap_err();
    assert_eq!(refused, OrderError::AboveSteps { order: 3, steps: 2 });
    assert_eq!(refused.to_string(), "a sampler of order 3 needs at least 3 steps, not 2");
}
