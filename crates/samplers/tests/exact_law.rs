//! The core property: on Gaussian data every sampler's output has an exact law, found without Monte Carlo, and it is
//! compared with where the exact flow (or the exact reverse SDE) takes the same start.

use ito_samplers::{Name, Sampler, sample};
use ito_schedules::{Grid, Path, Straight, VpCosine, VpLinear};
use ito_testkit::{Fresh, Gaussian, GaussianData, LinearForm, Slope, largest};
use ndarray::Array1;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

#[test]
fn ddim_is_of_first_order_in_mean_and_covariance_on_every_path_and_grid() {
    orders(Name::Ddim, true);
}

#[test]
fn heun_is_of_second_order_in_mean_and_covariance_on_every_path_and_grid() {
    orders(Name::Heun, true);
}

/// A step's mean is exact for any data: the mean of `x'` given `x` and `x0` is linear in `x0`.
#[test]
fn ancestral_is_of_first_order_in_covariance_and_exact_in_the_mean_on_every_path_and_grid() {
    orders(Name::Ancestral, false);
}

#[test]
fn the_error_over_the_full_range_falls_with_the_number_of_steps() {
    for (path, name) in cases() {
        let error = |steps| Run::new(&data(), path.as_ref(), &full(path.as_ref(), steps), name).error();
        let errors: Vec<f64> = [1, 2, 3, 4, 8, 16, 32, 64, 128, 256, 512].into_iter().map(error).collect();
        assert!(errors.windows(2).all(|pair| pair[1] < pair[0]), "{name}: {errors:?}");
        assert!(errors[10] < 0.02, "{name}: {errors:?}");
    }
}

/// In each principal direction, for data of deviation 0.5 and above. On the VP paths the last step alone errs by
/// `sigma^2 / (2 s^2)` of a deviation `s`, with `sigma^2 = 0.004` at `t = 1/64`: thinner data need a grid denser at data.
#[test]
fn heun_is_within_one_percent_of_the_data_deviation_at_64_steps_over_the_full_range() {
    for path in paths() {
        let run = Run::new(&data(), path.as_ref(), &full(path.as_ref(), 64), Name::Heun);
        assert!(run.error() < 0.01, "{}", run.error());
    }
}

#[test]
fn on_the_grid_of_karras_heun_is_within_one_percent_for_thin_data_too() {
    for path in paths() {
        for deviation in [0.1, 0.2, 0.5, 1.0] {
            let data = GaussianData::new(&[0.3], &[deviation * deviation], 0.0);
            let grid = Grid::karras(path.as_ref(), 0.002, 80.0, 7.0, 64).unwrap();
            let error = Run::new(&data, path.as_ref(), &grid, Name::Heun).error();
            assert!(error < 0.01, "deviation {deviation}: {error}");
        }
    }
}

/// The mean within 0.05 of a deviation of the exact one, and never more spread than the data, in each direction.
#[test]
fn one_two_and_three_steps_stay_within_the_scale_of_the_data() {
    let config = Config { cases: 64, rng_seed: RngSeed::Fixed(2), failure_persistence: None, ..Config::default() };
    let case = (-1.0..1.0, -1.0..1.0, 0.2..1.5, 0.2..1.5, 0.0..3.0, 1usize..=3);
    proptest!(config, |((m0, m1, s0, s1, angle, steps) in case)| {
        let data = GaussianData::new(&[m0, m1], &[s0 * s0, s1 * s1], angle);
        for (path, name) in cases() {
            let run = Run::new(&data, path.as_ref(), &full(path.as_ref(), steps), name);
            for (axis, s) in data.axes() {
                let mean = (&run.law.mean - &run.exact.mean).dot(&axis).abs() / s;
                let spread = run.law.deviation_along(&axis) / s;
                prop_assert!(mean < 0.05 && spread < 1.0 + 1e-9, "{name}, N = {steps}: {mean} {spread}");
            }
        }
    });
}

/// On data of no width the estimate is the datum itself, so DDIM and ancestral steps are exact at every level they stop at, and
/// every sampler ends at the datum, however coarse the grid.
#[test]
fn on_a_single_datum_ddim_and_ancestral_are_exact_and_every_sampler_ends_at_it() {
    let datum = GaussianData::new(&[0.7, -0.4], &[1e-30, 1e-30], 0.0);
    for (path, name) in cases() {
        for (to_t, steps) in [(0.0, 1), (0.0, 2), (0.0, 10), (0.3, 1), (0.3, 3)] {
            let grid = Grid::uniform(path.as_ref(), 1.0, to_t, steps).unwrap();
            let run = Run::new(&datum, path.as_ref(), &grid, name);
            let error = run.law.mean_error(&run.exact) + run.law.covariance_error(&run.exact);
            assert!(error < 1e-14 || (name == Name::Heun && to_t > 0.0), "{name} to {to_t} in {steps}: {error}");
        }
    }
}

fn orders(name: Name, mean_errs: bool) {
    let declared: Box<dyn Sampler<LinearForm>> = name.build_linear().unwrap();
    let order = f64::from(declared.order().order);
    for path in paths() {
        let path = path.as_ref();
        let grids: [(&str, &dyn Fn(usize) -> Grid); 2] = [
            ("uniform in log-SNR", &|n| Grid::uniform_log_snr(path, -8.0, 8.0, n).unwrap()),
            ("uniform in t", &|n| Grid::uniform(path, 0.95, 0.05, n).unwrap()),
        ];
        for (kind, grid) in grids {
            let run = |n| Run::new(&data(), path, &grid(n), name);
            let mean_error = |n| run(n).law.mean_error(&run(n).exact);
            if mean_errs {
                Slope::measure(mean_error).assert(&format!("mean of {name}, {kind}"), order, 0.05);
            } else {
                assert!(mean_error(512) < 1e-13, "mean of {name}, {kind}");
            }
            let covariance_error = |n| run(n).law.covariance_error(&run(n).exact);
            Slope::measure(covariance_error).assert(&format!("covariance of {name}, {kind}"), order, 0.05);
        }
    }
}

/// What a sampler made of `N(0, sigma^2 I)` at the grid's first level, and what the exact process makes of it.
struct Run {
    data: GaussianData,
    law: Gaussian,
    exact: Gaussian,
}

impl Run {
    fn new(data: &GaussianData, path: &dyn Path, grid: &Grid, name: Name) -> Run {
        let (from, to) = (grid.levels()[0], grid.levels()[grid.len()]);
        let start = Gaussian::isotropic(data.mean().len(), from.sigma);
        let mut noise = Fresh::default();
        let x = noise.draw(&start);
        let end =
            sample(data, path, grid, name.build_linear().unwrap().as_mut(), x, &mut noise, &mut |_, _, _| {}).unwrap();
        let exact = match name {
            Name::Ancestral => data.reverse(&start, from, to),
            _ => data.flow(&start, from, to),
        };
        Run { data: data.clone(), law: end.law(), exact }
    }

    /// `(|mean error| + |deviation error|) / s` in the worst principal direction, `s` the data's deviation there.
    fn error(&self) -> f64 {
        let along = |(axis, s): (Array1<f64>, f64)| {
            let mean = (&self.law.mean - &self.exact.mean).dot(&axis).abs();
            (mean + (self.law.deviation_along(&axis) - self.exact.deviation_along(&axis)).abs()) / s
        };
        largest(self.data.axes().map(along))
    }
}

fn data() -> GaussianData {
    GaussianData::new(&[0.7, -0.4], &[0.8, 0.25], 0.6)
}

fn full(path: &dyn Path, steps: usize) -> Grid {
    Grid::uniform(path, 1.0, 0.0, steps).unwrap()
}

fn paths() -> [Box<dyn Path>; 3] {
    [Box::new(Straight), Box::new(VpLinear::default()), Box::new(VpCosine::default())]
}

fn cases() -> impl Iterator<Item = (Box<dyn Path>, Name)> {
    [Name::Ddim, Name::Heun, Name::Ancestral]
        .into_iter()
        .flat_map(|name| paths().into_iter().map(move |path| (path, name)))
}
