//! The worked case with a Gaussian law: drift `k (x - c)` with `k = e^sqrt(alpha)`, `c = e^sqrt(1 - alpha)`, which drives
//! mass apart and, in the end, out of any interval.

mod fokker_planck_support;

use fokker_planck_support::{Linear, evolved, exponential, l1, normal, steps};
use ito_sde::fokker_planck::{Edges, Equation1, Grid1, Scheme};
use ito_testkit::Slope;

fn law(alpha: f64) -> Linear {
    let center = (1.0 - alpha).sqrt().exp();
    Linear { pull: alpha.sqrt().exp(), center, diffusion: 0.3, mean: center - 0.4, variance: 0.05 }
}

fn grid(center: f64, cells: usize) -> Grid1 {
    Grid1::clustered(center - 11.0, center + 9.0, cells, center - 0.4, 2.0).unwrap()
}

/// `m' = k (m - c)`, `v' = 2 k v + 2 D`: mean `c + (m_0 - c) e^{kt}`, variance `v_0 e^{2kt} + D/k (e^{2kt} - 1)`.
#[test]
fn the_law_is_met_with_order_two_for_every_alpha() {
    for alpha in [0.0, 0.25, 0.6, 1.0] {
        let law = law(alpha);
        let error = |n| {
            let grid = grid(law.center, n);
            let run = exponential(&law.equation(&grid).with_edges(Edges::OPEN), |t, x| law.density(t, x), 0.5);
            l1(&run, |t, x| law.density(t, x), 0.5)
        };
        let slope = Slope::fit([256, 304, 362, 431, 512].map(|n| (n, error(n))).to_vec());
        slope.assert(&format!("alpha {alpha}"), 2.0, 0.1);
        assert!(slope.errors[4].1 < 3e-3, "alpha {alpha}: {slope}");
    }
}

/// With `alpha = t` the coefficients move; mean and variance from their own equations.
#[test]
fn the_law_is_met_when_alpha_is_time_itself() {
    let (pull, center) = (|t: f64| t.sqrt().exp(), |t: f64| (1.0 - t).sqrt().exp());
    let (diffusion, from, to) = (|t: f64| 0.2 + 0.1 * t, 0.05, 0.85);
    let (mut mean, mut variance) = (2.2_f64, 0.02_f64);
    let count = 4000;
    for k in 0..count {
        let h = (to - from) / f64::from(count);
        let t = from + h * f64::from(k);
        let slope = |t: f64, m: f64, v: f64| (pull(t) * (m - center(t)), 2.0 * (pull(t) * v + diffusion(t)));
        let (m1, v1) = slope(t, mean, variance);
        let (m2, v2) = slope(t + 0.5 * h, mean + 0.5 * h * m1, variance + 0.5 * h * v1);
        (mean, variance) = (mean + h * m2, variance + h * v2);
    }
    let grid = Grid1::clustered(-9.0, 12.0, 600, 2.0, 2.0).unwrap();
    let equation = Equation1::new(&grid, |t, x| pull(t) * (x - center(t)), |t, _| diffusion(t)).with_edges(Edges::OPEN);
    let times = ito_sde::Times::uniform(from, to, 200).unwrap();
    let run = evolved(&equation, |_, x| normal(x, 2.2, 0.02), &times, Scheme::Exponential);
    let error = l1(&run, |_, x| normal(x, mean, variance), to);
    assert!(error < 1e-3, "{error}");
}

/// Where the flow comes in, nothing leaves through an open side, and nothing enters.
#[test]
fn open_sides_let_nothing_out_against_the_flow() {
    let ou = Linear { pull: -1.0, center: 0.0, diffusion: 0.5, mean: 0.7, variance: 0.1 };
    let grid = Grid1::uniform(-1.5, 1.5, 60).unwrap();
    let run = |edges| exponential(&ou.equation(&grid).with_edges(edges), |t, x| ou.density(t, x), 1.0);
    let (open, closed) = (run(Edges::OPEN), run(Edges::REFLECTING));
    assert_eq!(open.balance.outflow, [0.0; 4]);
    assert_eq!(open.density, closed.density);
}

/// Mass that leaves through open sides is accounted for, and what stays is as if the sides were not there.
#[test]
fn through_open_sides_the_expanding_mass_leaves() {
    let law = law(0.5);
    let (wide, near) = (grid(law.center, 800), Grid1::uniform(law.center - 1.5, law.center + 1.5, 600).unwrap());
    let whole = exponential(&law.equation(&wide).with_edges(Edges::OPEN), |t, x| law.density(t, x), 0.5);
    let part = exponential(&law.equation(&near).with_edges(Edges::OPEN), |t, x| law.density(t, x), 0.5);
    assert!(whole.balance.total_outflow() < 1e-6 && part.balance.total_outflow() > 0.2);
    let inside = whole.density.probability(near.from(), near.to());
    assert!((part.density.mass() - inside).abs() < 0.02, "{} and {inside}", part.density.mass());
    let closed = evolved(&law.equation(&near), |t, x| law.density(t, x), &steps(0.5, 1), Scheme::Exponential);
    assert!((closed.density.mass() - closed.balance.before).abs() < 1e-13);
}
