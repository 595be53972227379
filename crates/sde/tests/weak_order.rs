//! Weak orders without Monte Carlo: one step's expectation by Gauss-Hermite nodes, many steps by interpolation on the circle or
//! by the matrices of moments. What a test expects is what the method declares.

mod support;

use ito_sde::process::{LinearPull, OrnsteinUhlenbeck};
use ito_sde::solver::{
    DriftImplicitEuler, EulerMaruyama, ExponentialEuler, Milstein, NinomiyaNinomiya, PlatenWeak2, Sra1, Sriw1,
    StochasticHeun, Stratonovich,
};
use ito_sde::{NoiseKind, Solver, Times, solve};
use ito_state::Batch;
use ito_testkit::{Circle, Fresh, Gaussian, LinearForm, Nodes, Slope};
use ndarray::Array2;
use support::circle::{self, TimedNoise};
use support::linear_system::{self, moments_of};

#[test]
fn weak_orders_of_diagonal_noise_are_as_declared() {
    let sde = circle::multiplicative();
    diagonal("Euler-Maruyama", &[12], &EulerMaruyama, &sde);
    diagonal("Milstein", &[12], &Milstein, &sde);
    diagonal("Platen", &[12], &PlatenWeak2, &sde);
    let read = Stratonovich::of_ito(sde);
    diagonal("stochastic Heun", &[12], &StochasticHeun, &read);
    diagonal("Ninomiya and Ninomiya", &[9, 9], &NinomiyaNinomiya, &read);
}

#[test]
fn a_drift_that_couples_the_entries_of_diagonal_noise_costs_no_order() {
    let sde = linear_system::diagonal();
    let (exact, diagonal) = (sde.0.moments(1.0), NoiseKind::Diagonal);
    moments("Euler-Maruyama", diagonal, &[6; 2], &EulerMaruyama, &sde, &exact);
    moments("Milstein", diagonal, &[6; 2], &Milstein, &sde, &exact);
    moments("Platen", diagonal, &[6; 2], &PlatenWeak2, &sde, &exact);
    let read = Stratonovich::of_ito(sde);
    moments("stochastic Heun", diagonal, &[6; 2], &StochasticHeun, &read, &exact);
    moments("Ninomiya and Ninomiya", diagonal, &[5; 4], &NinomiyaNinomiya, &read, &exact);
}

/// Its stages at `+ sqrt h` alone leave a term of weak order 3/2 with the third derivative of `g`, which is small: a problem of
/// noise alone shows it. One coordinate with one noise is diagonal and scalar at once.
#[test]
fn sriw1_has_weak_order_one_and_a_half_where_the_diffusion_is_curved() {
    let exact = |circle: &Circle| circle.exact(0.0, 1.0, |_, _| 0.0, circle::driftless_diffusion, circle::test);
    let steps = [128, 192, 256, 384];
    for kind in [NoiseKind::Diagonal, NoiseKind::Scalar] {
        on_the_circle("SRIW1", kind, &steps, &[7, 5], &Sriw1, &circle::driftless(), exact);
    }
}

#[test]
fn weak_orders_of_additive_noise_are_as_declared() {
    additive("Euler-Maruyama", &[12], &EulerMaruyama, &TimedNoise);
    additive("stochastic Heun", &[12], &StochasticHeun, &Stratonovich(TimedNoise));
    additive("SRA1", &[10, 8], &Sra1, &TimedNoise);
    additive("Ninomiya and Ninomiya", &[9, 9], &NinomiyaNinomiya, &Stratonovich(TimedNoise));
}

#[test]
fn weak_orders_of_scalar_noise_are_as_declared() {
    let sde = linear_system::scalar();
    let exact = sde.0.moments(1.0);
    let scalar = NoiseKind::Scalar;
    moments("Euler-Maruyama", scalar, &[6], &EulerMaruyama, &sde, &exact);
    moments("Milstein", scalar, &[6], &Milstein, &sde, &exact);
    moments("Platen", scalar, &[8], &PlatenWeak2, &sde, &exact);
    let read = Stratonovich::of_ito(sde);
    moments("stochastic Heun", scalar, &[8], &StochasticHeun, &read, &exact);
    moments("Ninomiya and Ninomiya", scalar, &[8, 8], &NinomiyaNinomiya, &read, &exact);
}

#[test]
fn weak_orders_of_general_noise_are_as_declared() {
    let sde = linear_system::general();
    let (exact, read) = (sde.moments(1.0), Stratonovich(sde.stratonovich()));
    let general = NoiseKind::General;
    moments("Euler-Maruyama", general, &[4; 3], &EulerMaruyama, &sde, &exact);
    moments("stochastic Heun", general, &[4; 3], &StochasticHeun, &read, &exact);
    moments("Ninomiya and Ninomiya", general, &[4; 6], &NinomiyaNinomiya, &read, &exact);
}

#[test]
fn weak_orders_of_the_methods_for_a_linear_pull_are_as_declared() {
    let sde = linear_system::general();
    let (pulled, mut whole) = (LinearPull::new(2.0, sde.clone()).unwrap(), sde);
    whole.a = whole.a - Array2::<f64>::eye(2) * 2.0;
    let exact = whole.moments(1.0);
    moments("exponential Euler", NoiseKind::General, &[4; 3], &ExponentialEuler, &pulled, &exact);
    moments("implicit Euler", NoiseKind::General, &[4; 3], &DriftImplicitEuler, &pulled, &exact);

    // An Ornstein-Uhlenbeck process whose pull is split unequally: additive noise, exact laws.
    let split = LinearPull::new(1.1, OrnsteinUhlenbeck::new(0.6, 0.8).unwrap()).unwrap();
    split_ornstein_uhlenbeck("exponential Euler", &ExponentialEuler, &split);
    split_ornstein_uhlenbeck("implicit Euler", &DriftImplicitEuler, &split);
}

fn split_ornstein_uhlenbeck<S, M: Solver<S, LinearForm>>(name: &str, method: &M, sde: &S) {
    let exact = OrnsteinUhlenbeck::new(1.7, 0.8).unwrap().transition(1.0).unwrap();
    let slope = Slope::measure(|steps| {
        let mut noise = Fresh::default();
        let start = noise.draw(&Gaussian::isotropic(1, 1.5));
        let law = solve(method, sde, &Times::uniform(0.0, 1.0, steps).unwrap(), start, &mut noise).law();
        (law.covariance[[0, 0]] - exact.decay * exact.decay * 2.25 - exact.variance).abs()
    });
    slope.assert(name, declared(method, NoiseKind::Additive), 0.1);
}

fn diagonal<S, M: Solver<S, Array2<f64>>>(name: &str, counts: &[usize], method: &M, sde: &S) {
    let exact = |circle: &Circle| circle.exact(0.0, 1.0, circle::drift, circle::diffusion, circle::test);
    on_the_circle(name, NoiseKind::Diagonal, &[24, 32, 48, 64], counts, method, sde, exact);
}

fn additive<S, M: Solver<S, Array2<f64>>>(name: &str, counts: &[usize], method: &M, sde: &S) {
    let exact = |circle: &Circle| circle.exact(0.0, 1.0, circle::drift, circle::timed, circle::test);
    on_the_circle(name, NoiseKind::Additive, &[12, 16, 24, 32], counts, method, sde, exact);
}

/// The largest error of `E[test(X(1)) | X(0) = x]` over all `x`.
fn on_the_circle<S, M: Solver<S, Array2<f64>>>(
    name: &str,
    kind: NoiseKind,
    steps: &[usize],
    counts: &[usize],
    method: &M,
    sde: &S,
    exact: impl Fn(&Circle) -> ndarray::Array1<f64>,
) {
    let (circle, mut nodes) = (Circle::new(33), Nodes::product(counts));
    let exact = exact(&circle);
    let mut error = |steps: usize| {
        let times = Times::uniform(0.0, 1.0, steps).unwrap();
        let step = |from, to, x: &_, noise: &mut Nodes| method.step(sde, from, to, x, noise);
        let found = circle.expect(times.as_slice(), &mut nodes, step, circle::test);
        (&found - &exact).iter().fold(0.0, |largest: f64, e| largest.max(e.abs()))
    };
    let slope = Slope::fit(steps.iter().map(|&n| (n, error(n))).collect());
    println!("{name}, {kind:?}: {slope}");
    slope.assert(name, declared(method, kind), 0.1);
}

/// The error of first and second moments of a linear system.
fn moments<S, M: Solver<S, Array2<f64>>>(
    name: &str,
    kind: NoiseKind,
    counts: &[usize],
    method: &M,
    sde: &S,
    exact: &[Array2<f64>; 2],
) {
    let mut nodes = Nodes::product(counts);
    let mut error = |steps| {
        let found = moments_of(method, sde, 2, &Times::uniform(0.0, 1.0, steps).unwrap(), &mut nodes);
        found.iter().zip(exact).map(|(found, exact)| (found - exact).mapv(f64::abs).sum()).sum()
    };
    let slope = Slope::fit([32, 48, 64, 96].map(|n| (n, error(n))).to_vec());
    println!("{name}, {kind:?}: {slope}");
    slope.assert(name, declared(method, kind), 0.1);
}

/// The weak order that a method declares for this kind of noise, or for any.
fn declared<S, X: Batch, M: Solver<S, X>>(method: &M, kind: NoiseKind) -> f64 {
    let of = |kind| method.orders().iter().find(|(k, _)| *k == kind).map(|(_, order)| order.weak);
    of(kind).or(of(NoiseKind::General)).expect("an order for this kind of noise")
}
