//! The action of Onsager and Machlup in both its forms, against the exact transition of Ornstein and Uhlenbeck.

use ito_sde::langevin::{Curvature, DoubleWell, Harmonic, Overdamped};
use ito_sde::measure::{GridKernel, onsager_machlup_ito, onsager_machlup_stratonovich};
use ito_sde::process::OrnsteinUhlenbeck;
use ito_sde::{SdeError, Times};
use ito_testkit::Slope;
use ndarray::{Array2, array};

/// All middle points are integrated out exactly: each step's factor is `exp(-(a x^2 + 2 b x y + c y^2)/2 + log n)`, read from the
/// function itself at three paths, and Gaussian factors compose.
#[test]
fn both_forms_of_the_action_reach_the_transition_of_ornstein_and_uhlenbeck() {
    let form =
        |stratonovich: bool| move |steps: usize| far(end_law(steps, |times, path| density(stratonovich, times, path)));
    Slope::measure(form(false)).assert("Ito", 1.0, 0.1);
    Slope::measure(form(true)).assert("Stratonovich", 1.0, 0.1);
    // Each quantity alone: `n` is the mass, for Ito exactly 1 at every step.
    let ito = end_law(64, |times, path| density(false, times, path));
    assert!((ito.mass - 1.0).abs() < 1e-11, "the Jacobian of the Ito form is 1: {}", ito.mass);
    let mean_error = |steps| {
        let law = end_law(steps, |times, path| density(true, times, path));
        (law.decay - exact().decay).abs() + (law.variance - exact().variance).abs()
    };
    Slope::measure(mean_error).assert("means and variances, Stratonovich", 2.0, 0.1);
}

/// The middle-point action without `+ 1/2 int V''` keeps a mass of `e^{-k t/2}`, whatever the step.
#[test]
fn the_middle_point_form_needs_its_jacobian() {
    let without = |times: &Times, path: &[Array2<f64>]| {
        let mut logs = density(true, times, path);
        for (from, to) in times.pairs() {
            let bent = well().potential().laplacian(&path[0]);
            logs.iter_mut().zip(bent).for_each(|(log, bent)| *log -= (to - from) / 2.0 * bent);
        }
        logs
    };
    for steps in [64, 512] {
        let law = end_law(steps, without);
        assert!((law.mass - (-STIFFNESS * TIME / 2.0).exp()).abs() < 0.01, "{}", law.mass);
        assert!(far(law) > 0.3, "it is not the transition");
    }
}

type Form = fn(&Overdamped<DoubleWell>, &Times, &[Array2<f64>]) -> Result<Vec<f64>, SdeError>;

/// In a double well no transition is known, but there is one: the two forms, composed on a grid, meet at order 1.
#[test]
fn both_forms_of_the_action_meet_in_a_double_well() {
    let sde = Overdamped::new(DoubleWell::new(0.5, 1.0).unwrap(), 0.5).unwrap();
    let distance = |doublings: i32| {
        let times = Times::uniform(0.0, 0.5_f64.powi(doublings), 1).unwrap();
        let compose = |form: Form| {
            let log = |x: f64, y: f64| form(&sde, &times, &[array![[x]], array![[y]]]).unwrap()[0];
            let one = GridKernel::new(-2.6, 2.6, 201, log).unwrap();
            (0..doublings).fold(one, |kernel, _| kernel.then(&kernel).unwrap()).density(120)
        };
        let (ito, stratonovich) = (compose(onsager_machlup_ito), compose(onsager_machlup_stratonovich));
        let off = ito.iter().zip(&stratonovich).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        (1 << doublings, off)
    };
    Slope::fit([6, 7, 8].map(distance).to_vec()).assert("Ito and Stratonovich", 1.0, 0.1);
}

const STIFFNESS: f64 = 1.3;
const DIFFUSION: f64 = 0.6;
const TIME: f64 = 1.5;

fn well() -> Overdamped<Harmonic> {
    Overdamped::new(Harmonic::new(STIFFNESS).unwrap(), DIFFUSION).unwrap()
}

fn density(stratonovich: bool, times: &Times, path: &[Array2<f64>]) -> Vec<f64> {
    match stratonovich {
        true => onsager_machlup_stratonovich(&well(), times, path).unwrap(),
        false => onsager_machlup_ito(&well(), times, path).unwrap(),
    }
}

/// Given the start `x`: `mass N(y; decay x, variance)`.
#[derive(Debug)]
struct EndLaw {
    decay: f64,
    variance: f64,
    mass: f64,
}

fn exact() -> EndLaw {
    let law = OrnsteinUhlenbeck::new(STIFFNESS, (2.0 * DIFFUSION).sqrt()).unwrap().transition(TIME).unwrap();
    EndLaw { decay: law.decay, variance: law.variance, mass: 1.0 }
}

fn far(law: EndLaw) -> f64 {
    (law.decay - exact().decay).abs() + (law.variance - exact().variance).abs() + (law.mass - 1.0).abs()
}

/// What is left of a path's density when the points between are integrated out, given the start 1.
fn end_law(steps: usize, log_density: impl Fn(&Times, &[Array2<f64>]) -> Vec<f64>) -> EndLaw {
    // All the steps at once, as rows of one path of two points: (0, 0), (1, 0), (0, 1), (1, 1).
    let times = Times::uniform(0.0, TIME / steps as f64, 1).unwrap();
    let rows = [array![[0.0], [1.0], [0.0], [1.0]], array![[0.0], [0.0], [1.0], [1.0]]];
    let logs = log_density(&times, &rows);
    let (a, c) = (-2.0 * (logs[1] - logs[0]), -2.0 * (logs[2] - logs[0]));
    let b = logs[1] + logs[2] - logs[0] - logs[3];
    // The law so far as `exp(-(p y^2)/2 + q y + r)`, from the start 1.
    let (mut p, mut q, mut r) = (c, -b, logs[0] - a / 2.0);
    for _ in 1..steps {
        // int exp(-(p + a) y^2/2 + (q - b z) y) dy = sqrt(2 pi/(p + a)) exp((q - b z)^2 / (2 (p + a)))
        let s = p + a;
        r += logs[0] + (2.0 * std::f64::consts::PI / s).ln() / 2.0 + q * q / (2.0 * s);
        (p, q) = (c - b * b / s, -q * b / s);
    }
    let mass = (r + q * q / (2.0 * p) + (2.0 * std::f64::consts::PI / p).ln() / 2.0).exp();
    EndLaw { decay: q / p, variance: 1.0 / p, mass }
}
