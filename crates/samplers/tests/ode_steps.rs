//! Single steps of the deterministic samplers: signs, ends, evaluations, and steps that are known by another name.

mod ode;

use ito_noise::{SampleNoise, Stream};
use ito_samplers::{Counted, Ddim, Denoiser, Dpm2, Dpmpp2s, Euler, Failure, Heun, Sampler, Step};
use ito_schedules::{Edm, Grid, Level, Path, Straight, VpCosine, VpLinear};
use ito_testkit::{Gaussian, GaussianData, largest};
use ndarray::{Array2, array};
use ode::{NAMES, build, data};

/// With `x0 = 1` and no noise, (alpha, sigma) from (0.6, 0.8) to (0.8, 0.6) gives 0.8; a wrong sign of the data term 0.1. Samplers
/// that hold or extrapolate the estimate (or the noise) give it exactly, those in the path's own time to their order.
#[test]
fn a_step_to_a_cleaner_level_scales_the_datum_with_alpha() {
    let path = VpCosine::default();
    let (from, to) = (path.at_log_snr(2.0 * 0.75_f64.ln()), path.at_log_snr(-2.0 * 0.75_f64.ln()));
    assert!((from.alpha - 0.6).abs() < 1e-15 && (to.alpha - 0.8).abs() < 1e-15);
    for name in NAMES {
        let step = Step { model: &One, path: &path, from, to };
        let x = build(name).step(&step, &array![[from.alpha]], &mut noise()).unwrap();
        let bound = match name {
            "euler" => 0.05,
            "midpoint" | "heun" => 0.01,
            "rk4" => 1e-4,
            _ => 1e-14,
        };
        let error: f64 = (x[[0, 0]] - 0.8_f64).abs();
        assert!(error < bound, "{name}: {error}");
    }
}

#[test]
fn euler_is_ddim_where_levels_are_straight_lines_of_the_time() {
    for (path, from, to) in [(&Straight as &dyn Path, 0.8, 0.7), (&Straight, 1.0, 0.5), (&Edm::default(), 7.0, 3.0)] {
        let (data, x) = (data(), array![[0.3, -1.2], [0.9, 0.1]]);
        let step = Step { model: &data, path, from: path.at(from), to: path.at(to) };
        let (euler, ddim) = (Euler.step(&step, &x, &mut noise()).unwrap(), Ddim.step(&step, &x, &mut noise()).unwrap());
        assert!((&euler - &ddim).iter().all(|d| d.abs() < 1e-14), "{euler} {ddim}");
    }
}

/// Algorithm 1 of Karras et al. for `sigma(t) = t`, `s(t) = 1`: `d = (x - D)/t`, Euler, and the mean of both slopes unless `t' = 0`.
#[test]
fn on_sigma_equal_to_time_heun_is_the_sampler_of_edm() {
    let (data, path) = (data(), Edm::default());
    let grid = Grid::karras(&path, 0.002, 80.0, 7.0, 6).unwrap();
    let mut x = array![[60.0, -100.0], [90.0, 10.0]];
    for (from, to) in grid.steps() {
        let (t, next) = (from.sigma, to.sigma);
        let d = (&x - &data.denoise(&x, &[from])) / t;
        let mut expected = &x + &d * (next - t);
        if next > 0.0 {
            let d2 = (&expected - &data.denoise(&expected, &[to])) / next;
            expected = &x + &(&d + &d2) * (0.5 * (next - t));
        }
        x = Heun.step(&Step { model: &data, path: &path, from, to }, &x, &mut noise()).unwrap();
        assert!((&x - &expected).iter().all(|d| d.abs() < 1e-11), "{x} {expected}");
    }
}

/// k-diffusion's lines in `sigma`, on a path where `alpha` is not 1.
#[test]
fn dpm2_and_dpm_solver_2s_are_the_midpoint_rules_of_k_diffusion() {
    let (data, path, x) = (data(), VpLinear::default(), array![[0.3, -1.2], [0.9, 0.1]]);
    let (from, to) = (path.at(0.6), path.at(0.4));
    let middle = path.at_log_snr(0.5 * (from.log_snr() + to.log_snr()));
    let [s, s_middle, s_to] = [from, middle, to].map(Level::noise_to_signal);
    assert!((s_middle - (s * s_to).sqrt()).abs() < 1e-14);
    let y = &x / from.alpha;
    let denoised = data.denoise(&x, &[from]);

    let half = &y + &((&y - &denoised) * ((s_middle - s) / s));
    let slope = (&half - &data.denoise(&(&half * middle.alpha), &[middle])) / s_middle;
    let dpm2 = (&y + &(slope * (s_to - s))) * to.alpha;
    let step = Step { model: &data, path: &path, from, to };
    let stepped = Dpm2.step(&step, &x, &mut noise()).unwrap();
    assert!((&stepped - &dpm2).iter().all(|d| d.abs() < 1e-14), "{stepped} {dpm2}");

    let half = &y * (s_middle / s) + &denoised * (1.0 - s_middle / s);
    let ahead = data.denoise(&(&half * middle.alpha), &[middle]);
    let two_s = (&y * (s_to / s) + ahead * (1.0 - s_to / s)) * to.alpha;
    let stepped = Dpmpp2s.step(&step, &x, &mut noise()).unwrap();
    assert!((&stepped - &two_s).iter().all(|d| d.abs() < 1e-14), "{stepped} {two_s}");
}

/// Of order `h^2` at most, as for a DDIM step of one part in 256; a step in a variable that is infinite there was seen to be wrong by 3e7.
/// `alpha` may also be as small as rounding leaves it.
#[test]
fn a_first_step_from_pure_noise_is_accurate() {
    let data = data();
    for path in [&Straight as &dyn Path, &VpCosine::default()] {
        for from in [path.at(1.0), path.at(1.0 - f64::EPSILON), path.at(1.0 - 1e-9)] {
            let (to, x) = (path.at(1.0 - 1.0 / 256.0), array![[1.3, -0.6]]);
            let point = Gaussian { mean: x.row(0).to_owned(), covariance: Array2::zeros((2, 2)) };
            let exact = data.flow(&point, from, to).mean;
            for name in NAMES {
                let stepped = build(name).step(&Step { model: &data, path, from, to }, &x, &mut noise()).unwrap();
                let error = largest((&stepped.row(0) - &exact).iter().map(|d| d.abs()));
                assert!(error < 3e-5, "{name} from {}: {error}", from.t);
            }
        }
    }
}

/// Also to [`Level::DATA`] at the end of a path that ends above data: at the same time as the level before.
#[test]
fn a_step_to_data_is_the_estimate() {
    let data = data();
    for name in NAMES {
        for from in [Straight.at(0.1), Level { t: 0.0, alpha: 1.0, sigma: 0.05 }] {
            let x = array![[0.3, -1.2]];
            let step = Step { model: &data, path: &Straight, from, to: Level::DATA };
            let end = build(name).step(&step, &x, &mut noise()).unwrap();
            let estimate = data.denoise(&x, &[from]);
            assert!((&end - &estimate).iter().all(|d| d.abs() < 1e-15), "{name}: {end} {estimate}");
        }
    }
}

#[test]
fn a_step_up_to_pure_noise_is_finite_and_accurate() {
    let data = data();
    for path in [&Straight as &dyn Path, &VpCosine::default()] {
        let (from, to, x) = (path.at(1.0 - 1.0 / 256.0), path.at(1.0), array![[1.3, -0.6]]);
        let point = Gaussian { mean: x.row(0).to_owned(), covariance: Array2::zeros((2, 2)) };
        let exact = data.flow(&point, from, to).mean;
        for name in NAMES {
            let mut sampler = build(name);
            // With history, too.
            let before = Step { model: &data, path, from: path.at(0.99), to: from };
            sampler.step(&before, &x, &mut noise()).unwrap();
            let stepped = sampler.step(&Step { model: &data, path, from, to }, &x, &mut noise()).unwrap();
            let error = largest((&stepped.row(0) - &exact).iter().map(|d| d.abs()));
            assert!(error < 3e-5, "{name}: {error}");
        }
    }
}

#[test]
fn evaluations_are_as_declared_and_one_at_data() {
    let data = data();
    for name in NAMES {
        let counted = Counted::new(&data);
        let mut sampler: Box<dyn Sampler<Array2<f64>>> = build(name);
        let declared = sampler.order();
        assert!(!declared.noise, "{name}");
        for (from, to, expected) in [(0.9, 0.8, declared.evaluations), (0.8, 0.7, declared.evaluations), (0.7, 0.0, 1)]
        {
            let before = counted.evaluations();
            let step = Step { model: &counted, path: &Straight, from: Straight.at(from), to: Straight.at(to) };
            sampler.step(&step, &array![[0.3, -1.2]], &mut noise()).unwrap();
            assert_eq!(counted.evaluations() - before, u64::from(expected), "{name}, {from} to {to}");
        }
    }
}

#[test]
fn no_step_starts_at_data() {
    let data = GaussianData::new(&[0.7], &[0.8], 0.0);
    for name in NAMES {
        let step = Step { model: &data, path: &Straight, from: Level::DATA, to: Straight.at(0.5) };
        let failed = build(name).step(&step, &array![[0.3]], &mut noise());
        assert_eq!(failed, Err(Failure::FromData { t: 0.0 }), "{name}");
    }
}

/// A model that knows the one datum 1.
struct One;

impl Denoiser<Array2<f64>> for One {
    fn denoise(&self, x: &Array2<f64>, _at: &[Level]) -> Array2<f64> {
        Array2::ones(x.raw_dim())
    }
}

fn noise() -> SampleNoise {
    SampleNoise::consecutive(Stream::new(5, "test"), 0, 2)
}
