//! Grids as people use them end in one step much longer in log-SNR than the ones before: no history is extrapolated over it
//! without bound. Data `N(0.7, 0.5^2)`, a start from `N(0, sigma^2)`, against the exact law.

use ito_samplers::{
    AnnealedLangevin, Churn, Corrector, Dpmpp2mSde, Dpmpp3mSde, EulerMaruyama, KarrasStochastic, NoiseForm, Sampler,
    SecondOrder, SnrLangevin, Step, TunableNoise,
};
use ito_schedules::{Edm, Grid, Level, Path, Spacing, Straight, VpCosine, VpLinear};
use ito_state::Noise;
use ito_testkit::{Fresh, Gaussian, GaussianData, LinearForm};
use ndarray::{Array2, array};

use crate::common::law;

type Build = fn() -> Box<dyn Sampler<LinearForm>>;

const ALL: [(&str, Build); 3] = [
    ("2m midpoint", || Box::new(Dpmpp2mSde::new(SecondOrder::Midpoint))),
    ("2m heun", || Box::new(Dpmpp2mSde::new(SecondOrder::Heun))),
    ("3m", || Box::new(Dpmpp3mSde::new())),
];

fn data() -> GaussianData {
    GaussianData::new(&[0.7], &[0.25], 0.0)
}

/// Made over exact deviation.
fn spread(path: &dyn Path, grid: &Grid, build: Build) -> f64 {
    let (from, to) = (grid.levels()[0], *grid.levels().last().unwrap());
    let start = Gaussian::isotropic(1, from.sigma);
    let made = law(&data(), path, grid, build().as_mut(), &start);
    let axis = array![1.0];
    made.deviation_along(&axis) / data().reverse(&start, from, to).deviation_along(&axis)
}

#[test]
fn the_last_noisy_step_of_everyday_grids_leaves_the_spread() {
    let paths: [(&str, Box<dyn Path>); 3] = [
        ("straight", Box::new(Straight)),
        ("VP", Box::new(VpLinear::default())),
        ("cosine", Box::new(VpCosine::default())),
    ];
    for (steps, [least, most]) in [(10, [0.7, 1.3]), (20, [0.8, 1.2]), (50, [0.8, 1.2])] {
        for (name, build) in ALL {
            for (path_name, path) in &paths {
                for end in [1e-3, 1e-5] {
                    let grid = Grid::uniform(path.as_ref(), path.end(), end, steps).unwrap();
                    let spread = spread(path.as_ref(), &grid, build);
                    assert!(spread > least && spread < most, "{name} {path_name} to {end:e}, {steps}: {spread}");
                }
            }
            let table = VpLinear::default().table(1000).unwrap();
            for spacing in [Spacing::Leading, Spacing::Linspace] {
                let grid = Grid::on_table(&table, spacing, steps).unwrap();
                let spread = spread(&table, &grid, build);
                assert!(spread > least && spread < most, "{name} table {spacing:?}, {steps}: {spread}");
            }
        }
    }
}

#[test]
fn a_start_almost_at_pure_noise_is_as_good_as_one_at_it() {
    let samplers: [(&str, Build); 2] = [
        ("euler-maruyama", || Box::new(EulerMaruyama)),
        ("annealed", || Box::new(AnnealedLangevin::new(2e-5, 0.01, 5).unwrap())),
    ];
    for (name, build) in samplers {
        let from = |signal: f64| {
            let mut levels: Vec<Level> = (1..=16).rev().map(|k| Straight.at(f64::from(k) / 16.0)).collect();
            levels[0].alpha = signal;
            levels.push(Straight.at(1e-2));
            levels
        };
        let made = |signal: f64| {
            let mut noise = Fresh::default();
            let (data, mut sampler) = (data(), build());
            let mut x = noise.draw(&Gaussian::isotropic(1, 1.0));
            for pair in from(signal).windows(2) {
                let at = Step { model: &data, path: &Straight, from: pair[0], to: pair[1] };
                x = sampler.step(&at, &x, &mut noise).unwrap();
            }
            x.law().deviation_along(&array![1.0])
        };
        for signal in [1e-12, 1e-6, 1e-4] {
            assert!((made(signal) - made(0.0)).abs() < 1e-6, "{name} from {signal:e}: {} {}", made(signal), made(0.0));
        }
    }
    let table = VpCosine::default().table(1000).unwrap();
    for steps in [2, 3, 5] {
        let grid = Grid::on_table(&table, Spacing::Trailing, steps).unwrap();
        let spread = spread(&table, &grid, || Box::new(EulerMaruyama));
        assert!(spread > 0.3 && spread < 1.4, "trailing {steps}: {spread}");
    }
}

#[test]
fn one_step_of_the_edm_sampler_out_of_much_noise_is_ddim() {
    for high in [25.0, 100.0, 500.0] {
        let edm = Edm::new(high).unwrap();
        let grid = Grid::uniform(&edm, high, 1.0, 1).unwrap();
        let spread = spread(&edm, &grid, || Box::new(KarrasStochastic::new(Churn::default(), 1).unwrap()));
        assert!(spread > 0.8 && spread < 1.1, "from {high}: {spread}");
    }
}

#[test]
fn levels_that_all_but_coincide_multiply_nothing() {
    let tunable: Build = || Box::new(TunableNoise::new(NoiseForm::Relative(1.0)).unwrap());
    for (name, build) in ALL.into_iter().chain([("tunable", tunable)]) {
        for apart in [1e-4, 1e-8, 1e-11] {
            let plain = Grid::uniform(&Straight, 1.0, 1e-2, 12).unwrap();
            for twice in [3, 6, 9] {
                let mut levels = plain.levels().to_vec();
                levels.insert(twice + 1, Straight.at(levels[twice].t * (1.0 - apart)));
                let grid = Grid::new(levels).unwrap();
                let [with, without] = [&grid, &plain].map(|grid| spread(&Straight, grid, build));
                assert!((with - without).abs() < 0.06, "{name} {apart:e} at {twice}: {with} {without}");
            }
        }
    }
}

/// The last estimate of another trajectory would be extrapolated from.
#[test]
fn a_step_that_does_not_go_on_from_the_last_begins_anew() {
    let data = data();
    for (name, build) in ALL {
        let [mut used, mut new] = [build(), build()];
        let step = |sampler: &mut dyn Sampler<LinearForm>, from: f64, to: f64| {
            let mut noise = Fresh::default();
            let x = noise.draw(&Gaussian::isotropic(1, from));
            let [from, to] = [from, to].map(|t| Straight.at(t));
            sampler.step(&Step { model: &data, path: &Straight, from, to }, &x, &mut noise).unwrap().law()
        };
        step(used.as_mut(), 0.9, 0.8);
        assert_eq!(step(used.as_mut(), 0.7, 0.6), step(new.as_mut(), 0.7, 0.6), "{name}");
    }
}

#[test]
fn without_noise_nothing_is_declared_or_drawn() {
    let forms = [
        NoiseForm::Relative,
        NoiseForm::Constant,
        NoiseForm::Sigma,
        NoiseForm::Linear,
        NoiseForm::IncreasingDecreasing,
    ];
    for form in forms {
        let quiet = TunableNoise::new(form(0.0)).unwrap();
        assert!(
            !Sampler::<LinearForm>::order(&quiet).noise
                && Sampler::<LinearForm>::order(&TunableNoise::new(form(0.1)).unwrap()).noise
        );
    }
    assert!(Sampler::<LinearForm>::order(&TunableNoise::new(NoiseForm::Decreasing(0.0)).unwrap()).noise);
    let mut quiet = TunableNoise::new(NoiseForm::Sigma(0.0)).unwrap();
    let (data, x) = (data(), Fresh::default().draw(&Gaussian::isotropic(1, 0.9)));
    let at = Step { model: &data, path: &Straight, from: Straight.at(0.9), to: Straight.at(0.5) };
    quiet.step(&at, &x, &mut Silent).unwrap();
}

/// No noise is to be had.
struct Silent;

impl Noise<LinearForm> for Silent {
    fn normal_like(&mut self, _: &LinearForm) -> LinearForm {
        panic!("drawn")
    }

    fn increment(&mut self, _: f64, _: f64, _: &LinearForm) -> LinearForm {
        panic!("drawn")
    }

    fn uniform_rows(&mut self, _: &LinearForm) -> Vec<f64> {
        panic!("drawn")
    }
}

#[test]
fn the_langevin_steps_after_a_step_from_pure_noise_move_the_state() {
    let x = array![[0.3], [-1.2]];
    for from in [Straight.at(1.0), Straight.at(1.0 - 1e-9)] {
        let at = Step { model: &data(), path: &Straight, from, to: Straight.at(0.5) };
        let moved = SnrLangevin::new(0.16, 1).unwrap().correct(&at, &x, &mut Ones);
        assert!((&moved - &x).iter().all(|d| d.abs() > 1e-2), "{moved}");
    }
}

struct Ones;

impl Noise<Array2<f64>> for Ones {
    fn normal_like(&mut self, like: &Array2<f64>) -> Array2<f64> {
        Array2::ones(like.dim())
    }

    fn uniform_rows(&mut self, like: &Array2<f64>) -> Vec<f64> {
        vec![0.5; like.nrows()]
    }
}

/// Grids refuse levels an ulp apart; whoever steps by hand need not.
#[test]
fn a_step_of_one_ulp_is_finite() {
    let data = data();
    let [from, to] = [0.5, 0.5_f64.next_down()].map(|t| Straight.at(t));
    for form in [NoiseForm::Relative(1.0), NoiseForm::Sigma(1.0)] {
        let mut noise = Fresh::default();
        let x = noise.draw(&Gaussian::isotropic(1, 0.5));
        let at = Step { model: &data, path: &Straight, from, to };
        let made = TunableNoise::new(form).unwrap().step(&at, &x, &mut noise).unwrap().law();
        assert!((made.deviation_along(&array![1.0]) - 0.5).abs() < 1e-6, "{form:?}");
    }
}
