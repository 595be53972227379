//! Errors against laws in closed form, as functions of the cell and of the step.

use std::f64::consts::PI;

use ito_sde::fokker_planck::{Density1, Edges, Equation1, Grid1, Scheme, Side};

use super::{curve, exponential, l1, normal, steps};
use crate::{Claim, Context, Curve, Errors, Findings, Plot};

type Law = Box<dyn Fn(f64, f64) -> f64>;
type Cells = fn(usize) -> Grid1;
type Made = fn(&Grid1) -> Equation1<'static>;

pub fn space(_: &Context) -> Findings {
    let mut found = Findings::default();
    let mut plotted = Vec::new();
    for (label, t, theory, grid, equation, law) in cases() {
        let error = |n: usize| (1.0 / n as f64, l1(&exponential(&equation(&grid(n)), &law, t).density, &law, t));
        let errors = Errors::new(label, [128, 181, 256, 362, 512].map(error), theory);
        found.claim(Claim::order(format!("order in space: {label}"), &errors));
        plotted.push(errors);
    }
    found.plot(Plot::orders("L1 error against 1/cells", plotted));
    found
}

fn cases() -> Vec<(&'static str, f64, f64, Cells, Made, Law)> {
    let ou = |t: f64, x: f64| normal(x, (-t).exp(), 0.1 * (-2.0 * t).exp() + 0.5 * (1.0 - (-2.0 * t).exp()));
    let ou_made: Made = |g| Equation1::steady(g, |x| -x, |_| 0.5);
    let log_normal = |t: f64, x: f64| normal(x.ln(), 0.22 * t, 0.01 + 0.16 * t) / x;
    let absorbed = |t: f64, x: f64| (x - (0.3 * PI * PI + 0.3) * t).exp() * (PI * x).sin();
    let wave = |t: f64, x: f64| 1.0 + 0.9 * (PI * x).cos() * (-0.2 * PI * PI * t).exp();
    let around =
        |t: f64, x: f64| (-6..=6).map(|k| normal(x + f64::from(k), 0.5 + 1.3 * t, 0.01 + 0.1 * t)).sum::<f64>();
    let carried = |t: f64, x: f64| 1.0 + 0.5 * (2.0 * PI * (x - 0.3 * t)).sin();
    let unit: Cells = |n| Grid1::uniform(0.0, 1.0, n).unwrap();
    vec![
        ("Ornstein-Uhlenbeck", 1.0, 2.0, |n| Grid1::uniform(-5.0, 5.0, n).unwrap(), ou_made, Box::new(ou)),
        (
            "the same, stretched grid",
            1.0,
            2.0,
            |n| Grid1::clustered(-5.0, 6.0, n, 0.7, 1.0).unwrap(),
            ou_made,
            Box::new(ou),
        ),
        (
            "geometric Brownian motion",
            1.0,
            2.0,
            |n| Grid1::clustered(0.1, 12.0, n, 0.5, 0.5).unwrap(),
            |g| Equation1::steady(g, |x| 0.3 * x, |x| 0.08 * x * x),
            Box::new(log_normal),
        ),
        (
            "absorbing sides",
            0.3,
            2.0,
            unit,
            |g| Equation1::steady(g, |_| 0.6, |_| 0.3).with_edges(Edges::ABSORBING),
            Box::new(absorbed),
        ),
        (
            "reflecting sides",
            0.5,
            2.0,
            |n| Grid1::clustered(0.0, 1.0, n, 0.3, 0.5).unwrap(),
            |g| Equation1::steady(g, |_| 0.0, |_| 0.2),
            Box::new(wave),
        ),
        (
            "a ring",
            1.0,
            2.0,
            unit,
            |g| Equation1::steady(g, |_| 1.3, |_| 0.05).with_edges(Edges::Periodic),
            Box::new(around),
        ),
        (
            "no diffusion (upwind)",
            1.0,
            1.0,
            unit,
            |g| Equation1::steady(g, |_| 0.3, |_| 0.0).with_edges(Edges::Periodic),
            Box::new(carried),
        ),
    ]
}

pub fn time(_: &Context) -> Findings {
    let grid = Grid1::uniform(-3.0, 2.0, 40).unwrap();
    let equation = Equation1::new(
        &grid,
        |t, x| -(1.0 + 0.8 * (3.0 * t).sin()) * (x - (2.0 * t).cos()),
        |t, x| 0.3 * (1.0 + 0.5 * (4.0 * t).cos()) * (1.0 + 0.3 * x.sin()),
    )
    .with_edges(Edges::Sides { left: Side::Reflecting, right: Side::Absorbing })
    .with_source(|t, x| (1.0 + (5.0 * t).sin()) * (-x * x).exp());
    let start = Density1::from_function(&grid, |x| normal(x, 0.5, 0.2)).unwrap();
    let after = |n, scheme| equation.evolve(&start, &steps(1.0, n), scheme).unwrap().density;
    let fine = after(8192, Scheme::Exponential);
    let mut found = Findings::default();
    let mut plotted = Vec::new();
    for (label, scheme, theory, first) in [
        ("exponential, midpoint coefficients", Scheme::Exponential, 2.0, 32),
        ("implicit Euler", Scheme::ImplicitEuler, 1.0, 256),
        ("Crank-Nicolson", Scheme::CrankNicolson, 2.0, 64),
    ] {
        let error = |n: usize| (1.0 / n as f64, after(n, scheme).l1_distance(&fine).unwrap());
        let errors = Errors::new(label, [first, 2 * first, 4 * first, 8 * first].map(error), theory);
        found.claim(Claim::order(format!("order in time: {label}"), &errors));
        plotted.push(errors);
    }
    found.plot(Plot::orders("L1 error against the step", plotted));
    found
}

/// Drift `k (x - c)`: mean `c + (m - c) e^{kt}`, variance `v e^{2kt} + D/k (e^{2kt} - 1)`.
pub fn worked(_: &Context) -> Findings {
    let mut found = Findings::default();
    let (mut plotted, mut curves) = (Vec::new(), Vec::new());
    for alpha in [0.0, 0.25, 0.6, 1.0_f64] {
        let (pull, center, diffusion) = (alpha.sqrt().exp(), (1.0 - alpha).sqrt().exp(), 0.3);
        let mean = move |t: f64| center - 0.4 * (pull * t).exp();
        let variance = move |t: f64| 0.05 * (2.0 * pull * t).exp() + diffusion / pull * ((2.0 * pull * t).exp() - 1.0);
        let law = move |t: f64, x: f64| normal(x, mean(t), variance(t));
        let run = |cells| {
            let grid = Grid1::clustered(center - 11.0, center + 9.0, cells, center - 0.4, 2.0).unwrap();
            let equation = Equation1::steady(&grid, |x| pull * (x - center), |_| diffusion).with_edges(Edges::OPEN);
            exponential(&equation, &law, 0.5).density
        };
        let error = |n: usize| (1.0 / n as f64, l1(&run(n), &law, 0.5));
        let errors = Errors::new(format!("alpha = {alpha}"), [256, 362, 512, 724].map(error), 2.0);
        found.claim(Claim::order(format!("order in space, alpha = {alpha}"), &errors));
        let fine = run(800);
        found.claim(Claim::within(format!("mean, alpha = {alpha}"), fine.mean(), mean(0.5), 2e-3));
        found.claim(Claim::within(
            format!("variance, alpha = {alpha}"),
            fine.variance(),
            variance(0.5),
            5e-3 * variance(0.5),
        ));
        plotted.push(errors);
        if alpha == 0.25 {
            curves.push(Curve::function("exact", -5.0, 8.0, |x| law(0.5, x)));
            curves.push(Curve::function("at the start", -5.0, 8.0, |x| law(0.0, x)));
            curves.push(curve("finite volumes, 800 cells", &fine));
        }
    }
    found.plot(Plot::orders("L1 error against 1/cells", plotted));
    found.plot(Plot::curves("The law at 0.5, alpha = 0.25", "x", "density", curves));
    found
}
