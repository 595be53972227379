//! The remainder of the definition, `X(t + h) = X + h f + g (W(t + h) - W(t)) + h R`: `sqrt(E|R|^2)` falls like `h^(1/2)` for
//! additive noise and does not fall for multiplicative noise; Milstein's term is what it lacks. By quadrature, no Monte Carlo.

use ito_sde::Solver;
use ito_sde::process::{GeometricBrownianMotion, OrnsteinUhlenbeck, SinhDiffusion};
use ito_sde::solver::{EulerMaruyama, Exact, Milstein};
use ito_testkit::{Nodes, Slope};
use ndarray::Array2;

const STEPS: [usize; 5] = [10, 30, 100, 300, 1000];

#[test]
fn the_remainder_of_a_geometric_brownian_motion_does_not_fall() {
    let gbm = GeometricBrownianMotion::new(0.3, 0.8).unwrap();
    // The variance of sigma^2 (dW^2 - h) / 2 is sigma^4 h^2 / 2.
    let limit = 0.8 * 0.8 / 2.0_f64.sqrt();
    for steps in STEPS {
        let found = remainder(&EulerMaruyama, &gbm, 1.0 / steps as f64);
        assert!((found - limit).abs() < 0.4 / steps as f64 && (found - 0.45).abs() < 0.05, "{steps}: {found} {limit}");
    }
    falls("geometric Brownian motion, Euler-Maruyama", 0.0, |h| remainder(&EulerMaruyama, &gbm, h));
}

#[test]
fn the_remainder_of_a_geometric_brownian_motion_is_that_of_its_closed_form() {
    let (mu, sigma, h) = (0.3, 0.8, 0.25_f64);
    let gbm = GeometricBrownianMotion::new(mu, sigma).unwrap();
    let (square, cross) =
        (gbm.moment(2.0, h).unwrap(), gbm.moment(1.0, h).unwrap() * (1.0 + mu * h + sigma * sigma * h));
    let step = (1.0 + mu * h).powi(2) + sigma * sigma * h;
    let expected = (square - 2.0 * cross + step).sqrt() / h;
    let found = remainder(&EulerMaruyama, &gbm, h);
    assert!((found / expected - 1.0).abs() < 1e-11, "{found} {expected}");
}

#[test]
fn milsteins_term_makes_the_remainder_of_multiplicative_noise_fall_like_the_root_of_the_step() {
    let gbm = GeometricBrownianMotion::new(0.3, 0.8).unwrap();
    falls("geometric Brownian motion, Milstein", 0.5, |h| remainder(&Milstein, &gbm, h));
    let sinh = SinhDiffusion::new(0.3, 0.8).unwrap();
    falls("sinh, Euler-Maruyama", 0.0, |h| remainder(&EulerMaruyama, &sinh, h));
    falls("sinh, Milstein", 0.5, |h| remainder(&Milstein, &sinh, h));
}

/// `h R = x (exp(-theta h) - 1 + theta h) + sigma int (exp(-theta (h - s)) - 1) dW`: the variance of the integral follows from the
/// transition's variance and the decay, and `E (hR)^2 = sigma^2 theta^2 h^3 / 3` to first order.
#[test]
fn the_remainder_of_additive_noise_falls_like_the_root_of_the_step() {
    let (theta, sigma, x) = (1.3, 0.8, 1.0);
    let ou = OrnsteinUhlenbeck::new(theta, sigma).unwrap();
    let remainder = |h: f64| {
        let exact = ou.transition(h).unwrap();
        let shared = sigma * sigma * (1.0 - exact.decay) / theta;
        let variance = exact.variance - 2.0 * shared + sigma * sigma * h;
        ((x * (exact.decay - 1.0 + theta * h)).powi(2) + variance).sqrt() / h
    };
    falls("Ornstein-Uhlenbeck", 0.5, remainder);
    let h = 1e-3_f64;
    assert!((remainder(h) / (sigma * theta * (h / 3.0).sqrt()) - 1.0).abs() < 1e-2);
}

/// `sqrt(E|X' - X(h)|^2) / h` of one step from 1.
fn remainder<S, M>(method: &M, sde: &S, h: f64) -> f64
where
    M: Solver<S, Array2<f64>>,
    Exact: Solver<S, Array2<f64>>,
{
    let mut nodes = Nodes::product(&[24]);
    let start = Array2::from_elem((1, 1), 1.0);
    let starts = nodes.repeat(&start);
    let approximate = method.step(sde, 0.0, h, &starts, &mut nodes);
    let starts = nodes.repeat(&start);
    let exact = Exact.step(sde, 0.0, h, &starts, &mut nodes);
    nodes.mean(&(approximate - exact).mapv(|e| e * e))[[0, 0]].sqrt() / h
}

fn falls(claim: &str, order: f64, remainder: impl Fn(f64) -> f64) {
    let slope = Slope::fit([100, 200, 400, 800].map(|n| (n, remainder(1.0 / n as f64))).to_vec());
    println!("{claim}: {slope}");
    slope.assert(claim, order, 0.02);
}
