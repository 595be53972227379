//! Order in space, against laws in closed form. Coefficients are steady and the exponential step exact in time, so all
//! that is measured is space.

mod fokker_planck_support;

use fokker_planck_support::{Linear, exponential, l1, normal};
use ito_sde::fokker_planck::{Edges, Equation1, Grid1, Side};
use ito_testkit::Slope;
use std::f64::consts::PI;

const OU: Linear = Linear { pull: -1.0, center: 0.0, diffusion: 0.5, mean: 1.0, variance: 0.1 };

#[test]
fn ornstein_uhlenbeck_is_of_order_two_on_a_uniform_grid() {
    check("uniform", 1.0, 2.0, |n| Grid1::uniform(-5.0, 5.0, n).unwrap(), |g| OU.equation(g), |t, x| OU.density(t, x));
}

#[test]
fn ornstein_uhlenbeck_is_of_order_two_on_a_stretched_grid() {
    let grid = |n| Grid1::clustered(-5.0, 6.0, n, 0.7, 1.0).unwrap();
    check("clustered", 1.0, 2.0, grid, |g| OU.equation(g), |t, x| OU.density(t, x));
}

/// `dX = 0.3 X dt + 0.4 X dW` is log-normal; the flow holds `-dD/dx`, and Ito's reading is seen in the mean.
#[test]
fn multiplicative_noise_is_of_order_two_where_it_does_not_vanish() {
    let (growth, sigma) = (0.3, 0.4);
    let law = move |t: f64, x: f64| {
        let log_mean = (growth - 0.5 * sigma * sigma) * t;
        normal(x.ln(), log_mean, 0.01 + sigma * sigma * t) / x
    };
    let grid = |n| Grid1::clustered(0.1, 12.0, n, 0.5, 0.5).unwrap();
    let equation = |g: &Grid1| Equation1::steady(g, move |x| growth * x, move |x| 0.5 * (sigma * x).powi(2));
    check("log-normal", 1.0, 2.0, grid, equation, law);
}

/// `e^{b x / 2D} sin(pi x)` keeps its shape between two absorbing sides.
#[test]
fn absorption_is_of_order_two_and_its_survival_probability_too() {
    let (drift, diffusion) = (0.6, 0.3);
    let rate = diffusion * PI * PI + drift * drift / (4.0 * diffusion);
    let law = move |t: f64, x: f64| (drift * x / (2.0 * diffusion) - rate * t).exp() * (PI * x).sin();
    let equation = |g: &Grid1| Equation1::steady(g, move |_| drift, move |_| diffusion).with_edges(Edges::ABSORBING);
    for stretch in [0.3, 100.0] {
        let grid = |n| Grid1::clustered(0.0, 1.0, n, 0.4, stretch).unwrap();
        check("absorbed", 0.3, 2.0, grid, equation, law);
        let survival = Slope::fit(sizes(|n| {
            let run = exponential(&equation(&grid(n)), law, 0.3);
            ((run.density.mass() / run.balance.before).ln() + rate * 0.3).abs()
        }));
        survival.assert("survival", 2.0, 0.1);
    }
}

/// Brownian motion from `x` has not met 0 by `t` with probability `erf(x / sqrt(4 D t))`.
#[test]
fn survival_above_an_absorbing_point_is_an_error_function() {
    let (diffusion, from, t) = (0.5, 1.0, 0.7);
    let image = |t: f64, x: f64| {
        let variance = 0.01 + 2.0 * diffusion * t;
        normal(x, from, variance) - normal(x, -from, variance)
    };
    let grid = Grid1::uniform(0.0, 9.0, 900).unwrap();
    let edges = Edges::Sides { left: Side::Absorbing, right: Side::Reflecting };
    let equation = Equation1::steady(&grid, |_| 0.0, |_| diffusion).with_edges(edges);
    let run = exponential(&equation, |t, x| image(t, x).max(0.0), t);
    assert!(l1(&run, image, t) < 2e-5, "{}", l1(&run, image, t));
    // erf(1 / sqrt(2 x 0.71)).
    assert!((run.density.mass() - 0.764_686_245).abs() < 2e-5, "{}", run.density.mass());
    assert!((run.balance.outflow[0] - 0.235_313_755).abs() < 2e-5 && run.balance.outflow[1] == 0.0);
}

#[test]
fn reflection_is_of_order_two() {
    let law = |t: f64, x: f64| 1.0 + 0.9 * (PI * x).cos() * (-0.2 * PI * PI * t).exp();
    let equation = |g: &Grid1| Equation1::steady(g, |_| 0.0, |_| 0.2);
    check("reflected", 0.5, 2.0, |n| Grid1::clustered(0.0, 1.0, n, 0.3, 0.5).unwrap(), equation, law);
}

/// The wrapped normal law, drifting around the ring more than once.
#[test]
fn a_ring_is_of_order_two() {
    let law = |t: f64, x: f64| (-6..=6).map(|k| normal(x + f64::from(k), 0.5 + 1.3 * t, 0.01 + 0.1 * t)).sum::<f64>();
    let equation = |g: &Grid1| Equation1::steady(g, |_| 1.3, |_| 0.05).with_edges(Edges::Periodic);
    check("wrapped normal", 1.0, 2.0, |n| Grid1::uniform(0.0, 1.0, n).unwrap(), equation, law);
    let stretched = |n: usize| {
        let face = |i: usize| i as f64 / n as f64 + 0.1 / PI * (2.0 * PI * i as f64 / n as f64).sin();
        Grid1::new((0..=n).map(|i| if i == n { 1.0 } else { face(i) }).collect()).unwrap()
    };
    check("wrapped normal, stretched", 1.0, 2.0, stretched, equation, law);
}

/// Without diffusion the flux is the upwind one, and of order 1; positive all the same.
#[test]
fn without_diffusion_the_order_is_one() {
    let law = |t: f64, x: f64| 1.0 + 0.5 * (2.0 * PI * (x - 0.3 * t)).sin();
    let equation = |g: &Grid1| Equation1::steady(g, |_| 0.3, |_| 0.0).with_edges(Edges::Periodic);
    check("upwind", 1.0, 1.0, |n| Grid1::uniform(0.0, 1.0, n).unwrap(), equation, law);
}

fn check<'a>(
    claim: &str,
    t: f64,
    order: f64,
    grid: impl Fn(usize) -> Grid1,
    equation: impl Fn(&Grid1) -> Equation1<'a>,
    law: impl Fn(f64, f64) -> f64 + Copy,
) {
    let error = |n| l1(&exponential(&equation(&grid(n)), law, t), law, t);
    Slope::fit(sizes(error)).assert(claim, order, 0.1);
}

fn sizes(error: impl Fn(usize) -> f64) -> Vec<(usize, f64)> {
    [128, 152, 181, 215, 256].map(|n| (n, error(n))).to_vec()
}
