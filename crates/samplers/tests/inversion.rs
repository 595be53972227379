//! From data to noise: the latent of Gaussian data is known in closed form, the way there and back has an order.

use ito_noise::{SampleNoise, Stream};
use ito_samplers::inversion::{InversionError, interpolate, invert, slerp};
use ito_samplers::{Ancestral, Ddim, DormandPrince, Failure, Heun, Name, Sampler, sample};
use ito_schedules::{Grid, LastStep, Path, Straight, VpCosine, VpLinear};
use ito_testkit::{Fresh, Gaussian, GaussianData, LinearForm, Mixture, Slope, largest};
use ndarray::{Array2, array};

/// From the law of the cleanest level up, moved off its mean (whose flow every sampler follows exactly), against the exact flow of
/// it.
#[test]
fn the_latent_of_gaussian_data_is_that_of_the_exact_flow_at_the_order_of_the_sampler() {
    let data = data();
    for path in paths() {
        for name in flows() {
            let errors_at = |n| {
                let grid = Grid::uniform_log_snr(path.as_ref(), -8.0, 8.0, n).unwrap();
                let (noisy, clean) = (grid.levels()[0], grid.levels()[n]);
                let Gaussian { mean, covariance } = data.marginal(clean);
                let start = Gaussian { mean: mean + array![0.3, -0.2], covariance };
                let (x, mut sampler) = (Fresh::default().draw(&start), linear(name));
                let latent = invert(&data, path.as_ref(), &grid, sampler.as_mut(), x, &mut |_, _, _| {}).unwrap();
                let exact = data.flow(&start, clean, noisy);
                (latent.law().mean_error(&exact), latent.law().covariance_error(&exact))
            };
            let order = f64::from(name.order().order);
            let errors = [512, 724, 1024].map(|n| (n, errors_at(n)));
            for (of, part) in [("mean", (|e| e.0) as fn((f64, f64)) -> f64), ("covariance", |e| e.1)] {
                let slope = Slope::fit(errors.map(|(n, error)| (n, part(error))).to_vec());
                let claim = format!("latent {of} of {name}");
                if matches!(name, Name::Ddim | Name::Heun) {
                    slope.assert(&claim, order, 0.1);
                    continue;
                }
                // Better where first steps of low order hardly err, or a symmetry of path and grid helps.
                let wide = Slope::fit(vec![(64, part(errors_at(64))), (1024, part(errors[2].1))]);
                assert!(wide.value > order - 0.1, "{claim}: {wide}");
            }
        }
    }
}

/// From data itself to pure noise, 256 steps: the latents' law is N(0, I) up to the steps and the noiseless start.
#[test]
fn data_become_standard_normal_latents_at_pure_noise() {
    for path in [&Straight as &dyn Path, &VpCosine::default()] {
        for name in flows() {
            let (data, grid) = (data(), Grid::uniform(path, 1.0, 0.0, 256).unwrap());
            let x = Fresh::default().draw(&data.marginal(path.at(0.0)));
            let latent = invert(&data, path, &grid, linear(name).as_mut(), x, &mut |_, _, _| {}).unwrap().law();
            let normal = Gaussian::isotropic(2, 1.0);
            let error = latent.mean_error(&normal) + latent.covariance_error(&normal);
            println!("{name}: {error:.2e}");
            assert!(error < if name.order().order == 1 { 0.02 } else { 0.005 }, "{name}: {error}");
        }
    }
}

/// On two modes. A step up undoes the step down but for both local errors, and those of a one-step method of even order cancel to
/// leading order (`C h^3 + C (-h)^3`): so DDIM's way there and back is of first order, Heun's of third.
#[test]
fn the_way_there_and_back_is_of_the_order_of_the_sampler_or_better() {
    for path in paths() {
        for (name, order) in [(Name::Ddim, 1.0), (Name::Heun, 3.0)] {
            let error = |n| {
                let grid = Grid::uniform_log_snr(path.as_ref(), -6.0, 6.0, n).unwrap();
                there_and_back(path.as_ref(), &grid, &|| name.build())
            };
            let slope = Slope::measure(error);
            println!("{name}: {slope}");
            slope.assert(&format!("round trip of {name}"), order, 0.15);
        }
    }
}

/// Up and down again in one step each, on two modes: within a hundred tolerances, and closer with a smaller one.
#[test]
fn a_solver_that_chooses_its_steps_comes_back_to_its_tolerance() {
    for path in paths() {
        let grid = Grid::uniform_log_snr(path.as_ref(), -6.0, 6.0, 1).unwrap();
        let [coarse, fine] = [1e-4, 1e-8].map(|tolerance| {
            let build = || Box::new(DormandPrince::new(tolerance, tolerance).unwrap()) as Box<dyn Sampler<_>>;
            there_and_back(path.as_ref(), &grid, &build) / tolerance
        });
        println!("round trip in tolerances: {coarse:.1} at 1e-4, {fine:.1} at 1e-8");
        assert!(coarse < 100.0 && fine < 100.0, "{coarse} {fine}");
    }
}

/// From pure noise to data: the latent of a Gaussian point is `(x - mean)/s`, by a solver of its own steps to its tolerance.
#[test]
fn the_latent_of_a_point_at_pure_noise_is_its_distance_from_the_mean_in_deviations() {
    let (data, x) = (GaussianData::new(&[0.7, -0.4], &[0.64, 0.25], 0.0), array![[1.5, 0.1], [-0.2, -0.9]]);
    let expected = array![[1.0, 1.0], [-1.125, -1.0]];
    for path in [&Straight as &dyn Path, &VpCosine::default()] {
        let clean = path.at_log_snr(16.0);
        let grid = Grid::uniform(path, 1.0, clean.t, 1).unwrap().ending(LastStep::Tweedie).unwrap();
        let mut solver = DormandPrince::new(1e-8, 1e-8).unwrap();
        let latent = invert(&data, path, &grid, &mut solver, x.clone(), &mut |_, _, _| {}).unwrap();
        // The noiseless start at sigma^2 = 1.1e-7.
        assert!((&latent - &expected).iter().all(|d| d.abs() < 1e-6), "{latent}");
    }
}

/// The clean end is a start from `alpha x0`, and the last step gives `D(alpha x0)`: together the error said in the docs,
/// `sigma^2 / s^2` of the distance to the mean, twice because both ends err by half of it.
#[test]
fn starting_at_data_errs_by_the_noise_of_the_cleanest_level() {
    let (deviation, x0) = (0.5, array![[1.3]]);
    let data = GaussianData::new(&[0.3], &[deviation * deviation], 0.0);
    for sigma_min in [0.02, 0.002] {
        let grid = Grid::karras(&Straight, sigma_min, 80.0, 7.0, 400).unwrap();
        let latent = invert(&data, &Straight, &grid, &mut Heun, x0.clone(), &mut |_, _, _| {}).unwrap();
        let back = sample(&data, &Straight, &grid, &mut Heun, latent, &mut noise(1), &mut |_, _, _| {}).unwrap();
        let error = (back[[0, 0]] - x0[[0, 0]]).abs();
        let expected = (sigma_min / deviation).powi(2);
        println!("{sigma_min}: {error:.3e}, sigma^2/s^2 {expected:.3e}");
        assert!((error / expected - 1.0).abs() < 0.1, "{sigma_min}: {error} {expected}");
    }
}

#[test]
fn where_the_walk_starts_is_told_by_the_last_step_of_the_grid() {
    let (data, x0) = (data(), array![[0.4, -1.0]]);
    let to_zero = Grid::uniform(&Straight, 1.0, 0.0, 4).unwrap();
    let kept = to_zero.clone().ending(LastStep::ToSigmaMin).unwrap();
    let tweedie = to_zero.clone().ending(LastStep::Tweedie).unwrap();
    for (grid, start) in [(&to_zero, &x0 * 0.75), (&kept, x0.clone()), (&tweedie, &x0 * 0.75)] {
        let mut seen = Vec::new();
        let mut observe = |step, x: &Array2<f64>, level| seen.push((step, x.clone(), level));
        let latent = invert(&data, &Straight, grid, &mut Ddim, x0.clone(), &mut observe).unwrap();
        assert_eq!(seen[0], (0, start, Straight.at(0.25)));
        assert_eq!(seen[3], (3, latent, Straight.at(1.0)));
        assert_eq!(seen.len(), 4);
    }
    let one = Grid::uniform(&Straight, 1.0, 0.0, 1).unwrap();
    let latent = invert(&data, &Straight, &one, &mut Ddim, x0.clone(), &mut |_, _, _| {}).unwrap();
    assert_eq!(latent, x0 * 0.0, "one step: the noiseless sample of pure noise");
}

#[test]
fn a_sampler_that_draws_noise_has_no_way_back() {
    let grid = Grid::uniform(&Straight, 1.0, 0.0, 4).unwrap();
    let refused = invert(&data(), &Straight, &grid, &mut Ancestral, array![[0.4, -1.0]], &mut |_, _, _| {});
    assert_eq!(refused, Err(InversionError::DrawsNoise));
    let told = "data are taken back to noise by samplers that draw none (such as ddim and heun): this one draws noise";
    assert_eq!(InversionError::DrawsNoise.to_string(), told);
}

#[test]
fn a_grid_of_another_path_is_refused() {
    let grid = Grid::uniform(&Straight, 1.0, 0.0, 4).unwrap();
    for name in [Name::Ddim, Name::Heun] {
        let (mut sampler, path) = (name.build(), VpLinear::default());
        let refused = invert(&data(), &path, &grid, sampler.as_mut(), array![[0.4, -1.0]], &mut |_, _, _| {});
        assert!(matches!(refused, Err(InversionError::Step(Failure::AnotherPath { t: 1.0, .. }))), "{refused:?}");
    }
}

/// Between rows of any lengths and angles: the length goes evenly from one to the other, also where they are nearly opposite, and the
/// direction is in their plane, at its share of the angle.
#[test]
fn lengths_and_angles_on_the_great_circle_go_evenly() {
    let turned = |angle: f64, length: f64| array![[length * angle.cos(), length * angle.sin(), 0.0]];
    for angle in [1e-4, 0.3, 1.5, 3.0, std::f64::consts::PI - 1e-4, std::f64::consts::PI - 3e-7] {
        for long in [1.0, 1.5, 40.0] {
            for fraction in [0.25, 0.5, 0.9] {
                let found: Array2<f64> = slerp(&turned(0.0, 1.0), &turned(angle, long), fraction);
                let expected = turned(fraction * angle, 1.0 + fraction * (long - 1.0));
                assert!(
                    (&found - &expected).iter().all(|d| d.abs() < 1e-7 * long),
                    "{angle} {long}: {found} {expected}"
                );
            }
        }
    }
}

#[test]
fn the_great_circle_keeps_lengths_and_meets_its_ends_exactly() {
    let (a, b) = (array![[3.0, 0.0], [1.0, 2.0]], array![[0.0, 3.0], [-0.5, 0.7]]);
    assert_eq!(slerp(&a, &b, 0.0), a);
    assert_eq!(slerp(&a, &b, 1.0), b);
    let third = slerp(&a, &b, 1.0 / 3.0);
    let angle = std::f64::consts::FRAC_PI_6;
    assert!((third[[0, 0]] - 3.0 * angle.cos()).abs() < 1e-14 && (third[[0, 1]] - 3.0 * angle.sin()).abs() < 1e-14);
}

#[test]
fn rows_without_a_great_circle_are_joined_by_a_straight_line() {
    let a = array![[1.0, 2.0], [1.0, 2.0], [0.0, 0.0], [1.0, 1e-9]];
    let b = array![[2.0, 4.0], [-1.0, -2.0], [3.0, 1.0], [1.0, 0.0]];
    let quarter: Array2<f64> = slerp(&a, &b, 0.25);
    assert!((quarter - (&a * 0.75 + &b * 0.25)).iter().all(|d| d.abs() < 1e-15));
}

/// On data N(0, s^2 I) the latents are the data times one number, so a frame is the great circle between the data themselves.
#[test]
fn frames_between_two_data_lie_on_their_great_circle_for_round_data_and_end_at_the_data() {
    let data = GaussianData::new(&[0.0, 0.0], &[0.36, 0.36], 0.0);
    let (a, b) = (array![[0.5, 0.1], [-0.2, 0.9]], array![[-0.3, 0.6], [0.8, 0.4]]);
    for path in paths() {
        let grid = Grid::karras(path.as_ref(), 0.002, 80.0, 7.0, 128).unwrap();
        let mut heun = || Name::Heun.build();
        let frames = interpolate(&data, path.as_ref(), &grid, &mut heun, a.clone(), b.clone(), 5).unwrap();
        assert_eq!(frames.len(), 5);
        for (k, frame) in frames.iter().enumerate() {
            let exact = slerp(&a, &b, k as f64 / 4.0);
            assert!((frame - &exact).iter().all(|d| d.abs() < 1e-4), "{k}: {frame} {exact}");
        }
    }
}

#[test]
fn an_interpolation_has_two_ends() {
    let grid = Grid::uniform(&Straight, 1.0, 0.0, 4).unwrap();
    for given in [0, 1] {
        let x = array![[0.4, -1.0]];
        let refused = interpolate(&data(), &Straight, &grid, &mut || Name::Ddim.build(), x.clone(), x, given);
        assert_eq!(refused, Err(InversionError::Frames { given }));
    }
    let told = "an interpolation has at least 2 frames, its ends, not 1";
    assert_eq!(InversionError::Frames { given: 1 }.to_string(), told);
}

/// The largest error of points that go up the grid and come down again, on the two modes.
fn there_and_back(path: &dyn Path, grid: &Grid, build: &dyn Fn() -> Box<dyn Sampler<Array2<f64>>>) -> f64 {
    let (model, x) = (Mixture::two_modes(), array![[-1.8, -1.0], [0.2, 1.4]]);
    let latent = invert(&model, path, grid, build().as_mut(), x.clone(), &mut |_, _, _| {}).unwrap();
    let back = sample(&model, path, grid, build().as_mut(), latent, &mut noise(2), &mut |_, _, _| {}).unwrap();
    largest((back - x).iter().map(|d| d.abs()))
}

/// The linear samplers that follow the flow.
fn flows() -> impl Iterator<Item = Name> {
    Name::ALL.into_iter().filter(|name| !name.order().noise && name.build_linear::<LinearForm>().is_some())
}

fn linear(name: Name) -> Box<dyn Sampler<LinearForm>> {
    name.build_linear().expect("a linear sampler")
}

fn data() -> GaussianData {
    GaussianData::new(&[0.7, -0.4], &[0.8, 0.25], 0.6)
}

fn paths() -> [Box<dyn Path>; 3] {
    [Box::new(Straight), Box::new(VpLinear::default()), Box::new(VpCosine::default())]
}

fn noise(rows: usize) -> SampleNoise {
    SampleNoise::consecutive(Stream::new(5, "test/inversion"), 0, rows)
}
