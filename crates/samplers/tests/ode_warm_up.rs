//! Multistep samplers: what their orders are with an ordinary and with an accurate warm-up, their formulas against plain
//! transcriptions, and what they remember.

mod ode;

use ito_noise::{SampleNoise, Stream};
use ito_samplers::{Ddim, Denoiser, DpmppMultistep, Lms, OrderError, Sampler, Step, sample};
use ito_schedules::{Edm, Grid, Level, Path, Straight, VpCosine, VpLinear};
use ito_testkit::{Gaussian, GaussianData, LinearForm, Mixture, Slope};
use ndarray::{Array2, array};
use ode::{Run, data, paths};

/// A method of three nodes or four takes its first step with one: an error of second order, small where the trajectory starts
/// in noise (the estimate hardly changes there) and so hidden at few steps; from a log-SNR of -2 it is plain to see.
#[test]
fn three_and_four_nodes_are_of_second_order_with_their_own_warm_up() {
    for (kind, path) in paths() {
        for (name, build) in with_warm_up() {
            let run = |n| Run::new(&data(), path.as_ref(), &middle(path.as_ref(), n), build().as_mut());
            let fit = |error: &dyn Fn(usize) -> f64| Slope::fit([2048, 2896, 4096].map(|n| (n, error(n))).to_vec());
            fit(&|n| run(n).mean_error()).assert(&format!("mean of {name}, {kind}"), 2.0, 0.1);
            fit(&|n| run(n).covariance_error()).assert(&format!("covariance of {name}, {kind}"), 2.0, 0.1);
            assert!(run(2048).covariance_error() < 3e-7, "{name}, {kind}: {}", run(2048).covariance_error());
        }
    }
}

/// On the grids that start in noise the second-order term is smaller still, and what is measured lies above 2.
#[test]
fn from_noise_three_and_four_nodes_are_of_second_order_at_least() {
    for (kind, path) in paths() {
        let (path, end) = (path.as_ref(), path.end());
        let grids: [&dyn Fn(usize) -> Grid; 2] = [&|n| Grid::uniform_log_snr(path, -8.0, 8.0, n).unwrap(), &|n| {
            Grid::uniform(path, 0.95 * end, 0.05 * end, n).unwrap()
        }];
        for (name, build) in with_warm_up() {
            for grid in grids {
                let error = |n| Run::new(&data(), path, &grid(n), build().as_mut()).error_of_law();
                let slope = Slope::fit([4096, 8192].map(|n| (n, error(n))).to_vec());
                assert!(slope.value > 1.9, "{name}, {kind}: {slope}");
            }
        }
    }
}

#[test]
fn three_and_four_nodes_are_of_third_and_fourth_order_once_warm() {
    warm_order("dpm++3m", || Box::new(DpmppMultistep::third()), 3.0);
    warm_order("lms", || Box::new(Lms::default()), 4.0);
}

/// The published third order has half of the second derivative, which costs the order; diffusers' and k-diffusion's too.
#[test]
fn the_third_order_as_published_is_of_second_order_even_when_warm() {
    warm_order("dpm++3m as published", || Box::new(DpmppMultistep::third_as_published()), 2.0);
}

/// Against the quantile map, which is where the flow takes a point on the line.
#[test]
fn once_warm_the_orders_hold_where_the_score_is_curved() {
    let (law, path) = (Mixture::two_modes(), VpLinear::default());
    let shares = [0.03, 0.2, 0.4, 0.55, 0.65, 0.8, 0.97];
    let exact = |level| Array2::from_shape_fn((shares.len(), 1), |(k, _)| law.marginal(level).quantile(shares[k]));
    let cases: [(&str, OnArrays, f64); 3] = [
        ("dpm++3m", || Box::new(DpmppMultistep::third()), 3.0),
        ("dpm++3m as published", || Box::new(DpmppMultistep::third_as_published()), 2.0),
        ("lms", || Box::new(Lms::default()), 4.0),
    ];
    for (name, build, order) in cases {
        let error = |n| warm_error(&law, &path, build().as_mut(), n, &exact);
        Slope::fit([512, 724, 1024].map(|n| (n, error(n))).to_vec()).assert(&format!("{name}, warm"), order, 0.1);
    }
}

#[test]
fn the_first_order_is_ddim_to_the_bit() {
    for (kind, path) in paths() {
        let grid = ode::full(path.as_ref(), 9);
        let run = |sampler: &mut dyn Sampler<Array2<f64>>| {
            let x = array![[0.3, -1.2], [0.9, 0.1]];
            sample(&data(), path.as_ref(), &grid, sampler, x, &mut noise(), &mut |_, _, _| {}).unwrap()
        };
        assert_eq!(run(&mut Ddim), run(&mut DpmppMultistep::first()), "{kind}");
    }
}

/// Line by line as in the paper's code, the third order with its factor `phi_3` and with the right one, `2 phi_3`.
#[test]
fn the_steps_are_those_of_the_papers_formulas_on_an_uneven_grid() {
    let path = VpCosine::default();
    let levels = [0.9, 0.8, 0.55, 0.5].map(|t| path.at(t));
    for (order, mut sampler, curvature) in [
        (2, DpmppMultistep::second(), 0.0),
        (3, DpmppMultistep::third(), 2.0),
        (3, DpmppMultistep::third_as_published(), 1.0),
    ] {
        let mut x = array![[0.3, -1.2], [0.9, 0.1]];
        let mut estimates = Vec::new();
        for pair in levels.windows(2).take(order) {
            let (from, to) = (pair[0], pair[1]);
            estimates.push((from, data().denoise(&x, &[from])));
            let stepped = sampler.step(&Step { model: &data(), path: &path, from, to }, &x, &mut noise()).unwrap();
            if estimates.len() == order {
                let expected = published(curvature, &estimates, to, &x);
                assert!((&stepped - &expected).iter().all(|d| d.abs() < 1e-14), "{order}: {stepped} {expected}");
            }
            x = stepped;
        }
    }
}

fn published(curvature: f64, estimates: &[(Level, Array2<f64>)], to: Level, x: &Array2<f64>) -> Array2<f64> {
    let newest = estimates.len() - 1;
    let lambda = |k: usize| estimates[newest - k].0.log_snr() / 2.0;
    let m = |k: usize| &estimates[newest - k].1;
    let h = to.log_snr() / 2.0 - lambda(0);
    let r0 = (lambda(0) - lambda(1)) / h;
    let d1_0 = (m(0) - m(1)) / r0;
    let shared = x * (to.sigma / estimates[newest].0.sigma) - m(0) * (to.alpha * ((-h).exp() - 1.0));
    if newest == 1 {
        return shared - d1_0 * (0.5 * to.alpha * ((-h).exp() - 1.0));
    }
    let r1 = (lambda(1) - lambda(2)) / h;
    let d1_1 = (m(1) - m(2)) / r1;
    let d1 = &d1_0 + &((&d1_0 - &d1_1) * (r0 / (r0 + r1)));
    let d2 = (&d1_0 - &d1_1) / (r0 + r1);
    let phi_2 = ((-h).exp() - 1.0) / h + 1.0;
    let phi_3 = phi_2 / h - 0.5;
    shared + d1 * (to.alpha * phi_2) - d2 * (to.alpha * curvature * phi_3)
}

/// The coefficients 55/24, -59/24, 37/24, -9/24 (and before them 1; 3/2, -1/2; 23/12, -16/12, 5/12) on even steps of `sigma`.
#[test]
fn on_even_steps_lms_is_adams_and_bashforths_method() {
    let (path, data) = (Edm::default(), GaussianData::new(&[0.7], &[0.8], 0.0));
    let table: [&[f64]; 4] = [&[1.0], &[1.5, -0.5], &[23.0, -16.0, 5.0], &[55.0, -59.0, 37.0, -9.0]];
    let (mut sampler, mut x, mut slopes) = (Lms::default(), array![[3.0]], Vec::new());
    for k in 0..6 {
        let (from, to) = (path.at(4.0 - 0.5 * k as f64), path.at(3.5 - 0.5 * k as f64));
        slopes.insert(0, (&x - &data.denoise(&x, &[from])) / from.sigma);
        let row = table[k.min(3)];
        let whole: f64 = row.iter().sum();
        let add = |x, (c, slope): (&f64, &Array2<f64>)| x - slope * (0.5 * c / whole);
        let expected = row.iter().zip(&slopes).fold(x.clone(), add);
        x = sampler.step(&Step { model: &data, path: &path, from, to }, &x, &mut noise()).unwrap();
        assert!((&x - &expected).iter().all(|d| d.abs() < 1e-13), "step {k}: {x} {expected}");
    }
}

/// At five steps of order 3 lowered at the end: the last but one is of order 2, the last of order 1.
#[test]
fn lowering_at_the_end_takes_the_last_steps_with_fewer_nodes() {
    let (model, grid) = (data(), Grid::uniform(&Straight, 0.9, 0.1, 5).unwrap());
    let states = |sampler: &mut dyn Sampler<Array2<f64>>| {
        let mut seen = Vec::new();
        let observe = &mut |_, x: &Array2<f64>, _| seen.push(x.clone());
        sample(&model, &Straight, &grid, sampler, array![[0.3, -1.2]], &mut noise(), observe).unwrap();
        seen
    };
    let full = states(&mut DpmppMultistep::third());
    let lowered = states(&mut DpmppMultistep::third().lowering_at_the_end(5).unwrap());
    assert_eq!(full[..4], lowered[..4]);
    let step = |k: usize| {
        let (from, to) = grid.steps().nth(k).unwrap();
        Step { model: &model, path: &Straight, from, to }
    };
    let mut second = DpmppMultistep::second();
    second.step(&step(2), &full[2], &mut noise()).unwrap();
    assert_eq!(second.step(&step(3), &full[3], &mut noise()).unwrap(), lowered[4]);
    assert_eq!(Ddim.step(&step(4), &lowered[4], &mut noise()).unwrap(), lowered[5]);
}

#[test]
fn more_order_than_steps_is_refused_with_both_numbers() {
    let refused = DpmppMultistep::<Array2<f64>>::third().lowering_at_the_end(2).unwrap_err();
    assert_eq!(refused, OrderError::AboveSteps { order: 3, steps: 2 });
    assert_eq!(refused.to_string(), "a sampler of order 3 needs at least 3 steps, not 2");
    assert!(DpmppMultistep::<Array2<f64>>::third().lowering_at_the_end(3).is_ok());
}

/// A step that starts elsewhere, or turns round, knows nothing of the steps before.
#[test]
fn a_step_that_does_not_go_on_where_the_last_ended_begins_anew() {
    let (data, x) = (data(), array![[0.3, -1.2]]);
    let step =
        |from: f64, to: f64| Step { model: &data, path: &Straight, from: Straight.at(from), to: Straight.at(to) };
    let samplers: [OnArrays; 2] = [|| Box::new(DpmppMultistep::third()), || Box::new(Lms::default())];
    for build in samplers {
        for (from, to) in [(0.5, 0.4), (0.7, 0.6), (0.6, 0.8)] {
            let mut used = build();
            used.step(&step(0.8, 0.7), &x, &mut noise()).unwrap();
            used.step(&step(0.7, 0.6), &x, &mut noise()).unwrap();
            let anew = build().step(&step(from, to), &x, &mut noise()).unwrap();
            assert_eq!(used.step(&step(from, to), &x, &mut noise()).unwrap(), anew, "{from} to {to}");
        }
    }
}

/// Steps from exact states, so that the estimates which fill a sampler's memory are exact: an accurate warm-up.
const WARM: usize = 4;

type OnForms = fn() -> Box<dyn Sampler<LinearForm>>;
type OnArrays = fn() -> Box<dyn Sampler<Array2<f64>>>;

/// The order after an accurate warm-up, on Gaussian data, of points that the exact flow carries.
fn warm_order(name: &str, build: OnArrays, order: f64) {
    for (kind, path) in paths() {
        let path = path.as_ref();
        let start = path.at_log_snr(-2.0);
        let flown = |point: [f64; 2], level| {
            let mean = array![point[0], point[1]] * start.sigma;
            data().flow(&Gaussian { mean, covariance: Array2::zeros((2, 2)) }, start, level).mean
        };
        let exact = |level| {
            let (a, b) = (flown([1.3, -0.6], level), flown([-0.4, 0.9], level));
            array![[a[0], a[1]], [b[0], b[1]]]
        };
        let error = |n| warm_error(&data(), path, build().as_mut(), n, &exact);
        let slope = Slope::fit([512, 724, 1024].map(|n| (n, error(n))).to_vec());
        slope.assert(&format!("{name} on {kind}, warm"), order, 0.1);
    }
}

fn warm_error(
    model: &dyn Denoiser<Array2<f64>>,
    path: &dyn Path,
    sampler: &mut dyn Sampler<Array2<f64>>,
    steps: usize,
    exact: &dyn Fn(Level) -> Array2<f64>,
) -> f64 {
    let grid = middle(path, steps);
    let mut x = exact(grid.levels()[0]);
    for (k, (from, to)) in grid.steps().enumerate() {
        let start = if k < WARM { exact(from) } else { x };
        x = sampler.step(&Step { model, path, from, to }, &start, &mut noise()).unwrap();
    }
    (&x - &exact(grid.levels()[steps])).iter().map(|d| d * d).sum::<f64>().sqrt()
}

fn with_warm_up() -> [(&'static str, OnForms); 2] {
    [("dpm++3m", || Box::new(DpmppMultistep::third())), ("lms", || Box::new(Lms::default()))]
}

fn middle(path: &dyn Path, steps: usize) -> Grid {
    Grid::uniform_log_snr(path, -2.0, 6.0, steps).unwrap()
}

fn noise() -> SampleNoise {
    SampleNoise::consecutive(Stream::new(5, "test"), 0, 2)
}
