//! Underdamped Langevin motion: its exact Gaussian laws, and what BAOAB leaves stationary.

use ito_noise::{SampleNoise, Stream};
use ito_sde::langevin::{Baoab, DoubleWell, Harmonic, Quicsort, Underdamped};
use ito_sde::solver::{EulerMaruyama, Exact};
use ito_sde::{SdeError, Solver, Times, solve};
use ito_state::{Batch, Phase};
use ito_testkit::statistics::{assert_mean, assert_variance};
use ito_testkit::{Fresh, Gaussian, LinearForm, Slope};
use ndarray::Array2;

/// A free particle: `<p^2> = T (1 - e^{-2 gamma t})`, `<q^2> = (T/gamma^2)(2 gamma t - 3 + 4 e^{-gamma t} - e^{-2 gamma t})`.
#[test]
fn a_free_particle_has_the_law_of_ornstein_and_uhlenbeck() {
    for (gamma, t) in [(1.3, 2.0), (0.5, 40.0), (3.0, 0.5_f64)] {
        let law = particle(0.0, gamma).transition(t).unwrap();
        let (once, twice) = ((-gamma * t).exp(), (-2.0 * gamma * t).exp());
        let position = TEMPERATURE / gamma.powi(2) * (2.0 * gamma * t - 3.0 + 4.0 * once - twice);
        let cross = TEMPERATURE / gamma * (1.0 - once).powi(2);
        close("matrix", law.matrix, [[1.0, (1.0 - once) / gamma], [0.0, once]]);
        close("covariance", law.covariance, [[position, cross], [cross, TEMPERATURE * (1.0 - twice)]]);
    }
}

/// After a short time `<q^2> = 2 gamma T t^3/3`, which a difference of closed forms loses.
#[test]
fn short_times_keep_their_digits() {
    let (gamma, t) = (1.3, 1e-5);
    let law = particle(2.0, gamma).transition(t).unwrap();
    let rate = 2.0 * gamma * TEMPERATURE;
    assert!((law.covariance[0][0] / (rate * t.powi(3) / 3.0) - 1.0).abs() < 2e-5, "{law:?}");
    assert!((law.covariance[0][1] / (rate * t.powi(2) / 2.0) - 1.0).abs() < 2e-5, "{law:?}");
}

/// Underdamped, overdamped, critical, a hill, without friction.
#[test]
fn the_exact_transition_composes_and_is_the_limit_of_euler_maruyama() {
    for (k, gamma) in [(2.0, 0.5), (2.0, 6.0), (1.0, 2.0), (-0.3, 1.0), (1.5, 0.0)] {
        let sde = particle(k, gamma);
        let [whole, first, second] = [1.5, 0.4, 1.1].map(|t| sde.transition(t).unwrap());
        let (mut noise, mut other) = (Fresh::default(), Fresh::default());
        let once = law(&whole.draw(&start(&mut noise), &mut noise));
        let middle = first.draw(&start(&mut other), &mut other);
        let twice = law(&second.draw(&middle, &mut other));
        assert!(distance(&once, &twice) < 1e-13, "k = {k}, gamma = {gamma}: {once:?} {twice:?}");
        let error = |steps| distance(&walk(&EulerMaruyama, &sde, 1.5, steps), &once);
        Slope::measure(error).assert(&format!("Euler-Maruyama, k = {k}, gamma = {gamma}"), 1.0, 0.1);
    }
}

/// By the solver that knows it, forth and, in falling time, back to where Euler-Maruyama goes.
#[test]
fn the_exact_step_is_the_transition() {
    let sde = particle(2.0, 0.5);
    let mut noise = Fresh::default();
    let once = law(&sde.transition(1.5).unwrap().draw(&start(&mut noise), &mut noise));
    let steps = walk(&Exact, &sde, 1.5, 7);
    assert!(distance(&once, &steps) < 1e-13, "{once:?} {steps:?}");
    let back = walk(&Exact, &sde, -1.2, 1);
    let error = |steps| distance(&walk(&EulerMaruyama, &sde, -1.2, steps), &back);
    Slope::measure(error).assert("Euler-Maruyama in falling time", 1.0, 0.1);
    let error = |steps| distance(&walk(&Quicsort, &sde, -1.2, steps), &back);
    Slope::fit([32, 64, 128].map(|n| (n, error(n))).to_vec()).assert("QUICSORT in falling time", 3.0, 0.1);
    let error = |steps| distance(&walk(&Baoab, &sde, -1.2, steps), &back);
    Slope::fit([64, 128, 256].map(|n| (n, error(n))).to_vec()).assert("BAOAB in falling time", 2.0, 0.1);
}

#[test]
fn the_exact_transition_rests_at_equal_shares_of_energy() {
    for (k, gamma) in [(2.0, 0.5), (2.0, 6.0), (1.0, 2.0)] {
        let law = particle(k, gamma).transition(200.0).unwrap();
        close("stationary", law.covariance, [[TEMPERATURE / k, 0.0], [0.0, TEMPERATURE]]);
        close("forgotten", law.matrix, [[0.0; 2]; 2]);
    }
}

/// Positions `T/k` whatever the step; velocities `T (1 - h^2 k/4)`.
#[test]
fn baoab_samples_the_positions_of_a_harmonic_well_without_bias() {
    for (k, gamma, h) in [(1.0, 1.0, 0.1), (1.0, 0.3, 1.2), (2.5, 4.0, 0.9)] {
        let steps = 600;
        let rest = walk(&Baoab, &particle(k, gamma), h * steps as f64, steps);
        let expected = [[TEMPERATURE / k, 0.0], [0.0, TEMPERATURE * (1.0 - h * h * k / 4.0)]];
        close(&format!("k = {k}, gamma = {gamma}, h = {h}"), rest.1, expected);
    }
}

/// Only the third order: its bias is small, but it is there.
#[test]
fn the_stationary_bias_of_quicsort_falls_with_the_third_power() {
    let bias = |steps: usize| {
        let h = 4.0 / steps as f64;
        let rest = walk(&Quicsort, &particle(1.0, 1.5), h * 600.0, 600).1;
        (rest[0][0] - TEMPERATURE).abs() + (rest[1][1] - TEMPERATURE).abs()
    };
    let errors = [16, 20, 24, 28].map(|n| (n, bias(n)));
    Slope::fit(errors.to_vec()).assert("stationary law of QUICSORT", 3.0, 0.1);
}

/// Equipartition in the double well, by draws: `<p^2> = T`, and the positions' mean is 0; false alarm 1e-6 each.
#[test]
fn the_velocities_in_a_double_well_are_thermal() {
    let count = 20_000;
    let sde = Underdamped::new(DoubleWell::new(1.0, 1.0).unwrap(), 1.0, TEMPERATURE).unwrap();
    let times = Times::uniform(0.0, 12.0, 120).unwrap();
    for name in ["baoab", "quicsort"] {
        let mut noise = SampleNoise::consecutive(Stream::new(17, name), 0, count);
        let rest = Phase { position: Array2::<f64>::zeros((count, 1)), velocity: Array2::zeros((count, 1)) };
        let end = match name {
            "baoab" => solve(&Baoab, &sde, &times, rest, &mut noise),
            _ => solve(&Quicsort, &sde, &times, rest, &mut noise),
        };
        assert_mean(name, &end.position.into_raw_vec_and_offset().0, 0.0);
        assert_variance(name, &end.velocity.into_raw_vec_and_offset().0, 0.0, TEMPERATURE);
    }
}

/// The same path in f32 and in f64, to rounding, over 400 steps.
#[test]
fn integrators_run_in_f32() {
    let sde = Underdamped::new(DoubleWell::new(0.5, 1.0).unwrap(), 1.0, TEMPERATURE).unwrap();
    let times = Times::uniform(0.0, 4.0, 400).unwrap();
    let noise = || SampleNoise::consecutive(Stream::new(4, "underdamped/f32"), 0, 8);
    let wide = Phase { position: Array2::<f64>::ones((8, 2)), velocity: Array2::zeros((8, 2)) };
    let narrow = Phase { position: Array2::<f32>::ones((8, 2)), velocity: Array2::zeros((8, 2)) };
    let exact = solve(&Quicsort, &sde, &times, wide.clone(), &mut noise());
    let rounded = solve(&Quicsort, &sde, &times, narrow.clone(), &mut noise());
    assert!((rounded.position.mapv(f64::from) - exact.position).iter().all(|d| d.abs() < 1e-4));
    let exact = solve(&Baoab, &sde, &times, wide, &mut noise());
    let rounded = solve(&Baoab, &sde, &times, narrow, &mut noise());
    assert!((rounded.velocity.mapv(f64::from) - exact.velocity).iter().all(|d| d.abs() < 1e-4));
}

#[test]
fn impossible_particles_are_refused() {
    let well = Harmonic::new(1.0).unwrap();
    assert_eq!(Underdamped::new(well, -1.0, 1.0), Err(SdeError::Negative { name: "the friction", value: -1.0 }));
    assert_eq!(Underdamped::new(well, 1.0, -2.0), Err(SdeError::Negative { name: "the temperature", value: -2.0 }));
    assert!(matches!(Underdamped::new(well, f64::NAN, 1.0), Err(SdeError::NotFinite { .. })));
    assert!(matches!(particle(1.0, 1.0).transition(-1.0), Err(SdeError::Negative { name: "time", value: -1.0 })));
}

const TEMPERATURE: f64 = 0.7;

fn particle(stiffness: f64, friction: f64) -> Underdamped<Harmonic> {
    Underdamped::new(Harmonic::new(stiffness).unwrap(), friction, TEMPERATURE).unwrap()
}

/// Mean and covariance of position and velocity.
type Law = ([f64; 2], [[f64; 2]; 2]);

fn start(noise: &mut Fresh) -> Phase<LinearForm> {
    let one = |mean: f64, deviation: f64| {
        let mut law = Gaussian::isotropic(1, deviation);
        law.mean[0] = mean;
        law
    };
    let (position, own) = (noise.draw(&one(0.6, 0.5)), noise.draw(&one(-0.8, 0.9)));
    let velocity = LinearForm::lincomb(&[(1.0, &own), (0.3, &position)]);
    Phase { position, velocity }
}

fn walk<M>(method: &M, sde: &Underdamped<Harmonic>, end: f64, steps: usize) -> Law
where
    M: Solver<Underdamped<Harmonic>, Phase<LinearForm>, LinearForm>,
{
    let mut noise = Fresh::default();
    let start = start(&mut noise);
    law(&solve(method, sde, &Times::uniform(0.0, end, steps).unwrap(), start, &mut noise))
}

fn law(x: &Phase<LinearForm>) -> Law {
    let both = LinearForm::lincomb(&[(1.0, &x.position), (1.0, &x.velocity)]);
    let [q, p, sum] = [&x.position, &x.velocity, &both].map(|x| x.law());
    let [vq, vp, vs] = [&q, &p, &sum].map(|law| law.covariance[[0, 0]]);
    let cross = (vs - vq - vp) / 2.0;
    ([q.mean[0], p.mean[0]], [[vq, cross], [cross, vp]])
}

fn distance(a: &Law, b: &Law) -> f64 {
    let means = a.0.iter().zip(&b.0).map(|(a, b)| (a - b).abs());
    let spreads = a.1.iter().flatten().zip(b.1.iter().flatten()).map(|(a, b)| (a - b).abs());
    means.chain(spreads).sum()
}

fn close(claim: &str, found: [[f64; 2]; 2], expected: [[f64; 2]; 2]) {
    for (found_one, expected_one) in found.iter().flatten().zip(expected.iter().flatten()) {
        let off = (found_one - expected_one).abs();
        assert!(off < 1e-12 * (1.0 + expected_one.abs()), "{claim}: {found:?}, expected {expected:?}");
    }
}
