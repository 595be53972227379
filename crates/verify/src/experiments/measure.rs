//! Path measures: kernels, actions, weights, and what is estimated from them.

mod weights;

use ito_sde::langevin::{Harmonic, Overdamped};
use ito_sde::measure::{
    GridKernel, IsotropicKernel, Kernel, feynman_kac, normal_log_density, onsager_machlup_ito,
    onsager_machlup_stratonovich,
};
use ito_sde::process::OrnsteinUhlenbeck;
use ito_sde::{Isotropic, Times};
use ito_testkit::largest;
use ndarray::{Array2, array};

use crate::{Claim, Context, Curve, Errors, Experiment, Fault, Findings, Plot};

pub const EXPERIMENTS: &[Experiment] = &[
    Experiment {
        name: "transition-kernel",
        title: "The kernel of a step composes to the exact transition",
        theory: &[18, 19],
        faults: &[Fault::LangevinVarianceWithoutH],
        run: kernels,
    },
    Experiment {
        name: "onsager-machlup",
        title: "Two forms of a path's probability, one transition",
        theory: &[23, 24],
        faults: &[Fault::MissingPathJacobian],
        run: onsager_machlup,
    },
    Experiment {
        name: "girsanov",
        title: "Weights between two drifts, and a rare event",
        theory: &[25, 26],
        faults: &[],
        run: weights::girsanov,
    },
    Experiment {
        name: "annealed-importance",
        title: "A normaliser by annealed importance sampling",
        theory: &[26],
        faults: &[],
        run: weights::ladder,
    },
    Experiment {
        name: "chain-bound",
        title: "The bound of an exact chain is the likelihood",
        theory: &[26, 36],
        faults: &[],
        run: weights::bound,
    },
    Experiment {
        name: "feynman-kac",
        title: "Feynman-Kac weights against Cameron and Martin",
        theory: &[26],
        faults: &[],
        run: cameron_martin,
    },
];

/// Kernels of `2^d` steps to time 1 on a grid, against the exact density of Ornstein and Uhlenbeck.
fn kernels(context: &Context) -> Findings {
    let (ou, doublings) = (OrnsteinUhlenbeck::new(1.0, 1.0).unwrap(), [5, 6, 7]);
    let law = ou.transition(1.0).unwrap();
    let composed = |doublings: i32| {
        let h = 0.5_f64.powi(doublings);
        let kernel = IsotropicKernel::new::<Array2<f64>>(&ou, 0.0, h).unwrap();
        let log = |x: f64, y: f64| match context.planted(Fault::LangevinVarianceWithoutH) {
            true => normal_log_density(&array![[y - x + h * x]], Isotropic::<Array2<f64>>::noise_rate(&ou, 0.0))[0],
            false => kernel.log_density(&array![[x]], &array![[y]])[0],
        };
        let one = GridKernel::new(-4.5, 4.5, 301, log).unwrap();
        (0..doublings).fold(one, |kernel, _| kernel.then(&kernel).unwrap())
    };
    let exact = |x: f64, y: f64| normal_log_density(&array![[y - law.decay * x]], law.variance)[0].exp();
    let (mut errors, mut curves) = (Vec::new(), Vec::new());
    for doublings in doublings {
        let kernel = composed(doublings);
        let (points, density) = (kernel.points(), kernel.density(200));
        let off = largest(points.iter().zip(&density).map(|(y, p)| (p - exact(points[200], *y)).abs()));
        errors.push((0.5_f64.powi(doublings), off));
        curves
            .push(Curve::new(format!("{} steps", 1 << doublings), points.into_iter().zip(density).collect::<Vec<_>>()));
    }
    let errors = Errors::new("largest distance of the densities", errors, 1.0);
    curves.push(Curve::function("exact", -4.5, 4.5, |y| exact(1.5, y)));

    let mut found = Findings::default();
    found.claim(Claim::order("order of the composed kernels", &errors));
    found.claim(Claim::at_most("distance at 128 steps", errors.points[2].1, 5e-3));
    found.plot(Plot::orders("Composed Euler kernels against the transition", vec![errors]));
    found.plot(Plot::curves("Densities after time 1 from 1.5", "x", "density", curves));
    found
}

/// Of a path, one number a row.
type LogDensity<'a> = dyn Fn(&Times, &[Array2<f64>]) -> Vec<f64> + 'a;

/// The points between are integrated out exactly; what is left is `mass N(y; decay x, variance)`.
fn onsager_machlup(context: &Context) -> Findings {
    let (stiffness, diffusion, time) = (1.3, 0.6, 1.5);
    let sde = Overdamped::new(Harmonic::new(stiffness).unwrap(), diffusion).unwrap();
    let law = OrnsteinUhlenbeck::new(stiffness, (2.0 * diffusion).sqrt()).unwrap().transition(time).unwrap();
    let ito = |times: &Times, path: &[Array2<f64>]| onsager_machlup_ito(&sde, times, path).unwrap();
    let stratonovich = |times: &Times, path: &[Array2<f64>]| {
        let mut logs = onsager_machlup_stratonovich(&sde, times, path).unwrap();
        if context.planted(Fault::MissingPathJacobian) {
            let span = times.as_slice()[times.steps()] - times.as_slice()[0];
            logs.iter_mut().for_each(|log| *log -= span / 2.0 * stiffness);
        }
        logs
    };
    let far = |[decay, variance, mass]: [f64; 3]| {
        (decay - law.decay).abs() + (variance - law.variance).abs() + (mass - 1.0).abs()
    };
    let counts = [64, 128, 256, 512];
    let of = |label: &str, log: &LogDensity| {
        Errors::new(label, counts.map(|n| (time / n as f64, far(end_law(time, n, log)))), 1.0)
    };
    let (first, second) = (of("Ito", &ito), of("Stratonovich", &stratonovich));

    let mut found = Findings::default();
    found.claim(Claim::order("order of Ito's form", &first));
    found.claim(Claim::order("order of Stratonovich's form, with + 1/2 int V''", &second));
    found.claim(Claim::within("mass of Ito's form at 64 steps", end_law(time, 64, &ito)[2], 1.0, 1e-11));
    found.claim(Claim::within(
        "mass of Stratonovich's form at 512 steps",
        end_law(time, 512, &stratonovich)[2],
        1.0,
        1e-3,
    ));
    found.plot(Plot::orders("Distance from the transition of Ornstein and Uhlenbeck", vec![first, second]));
    found
}

/// From the start 1: the factors of a step, read from the function at four paths, compose as Gaussians.
fn end_law(time: f64, steps: usize, log_density: &LogDensity) -> [f64; 3] {
    let times = Times::uniform(0.0, time / steps as f64, 1).unwrap();
    let ends = [array![[0.0], [1.0], [0.0], [1.0]], array![[0.0], [0.0], [1.0], [1.0]]];
    let logs = log_density(&times, &ends);
    // exp(-(a x^2 + 2 b x y + c y^2)/2 + logs[0])
    let (a, c) = (2.0 * (logs[0] - logs[1]), 2.0 * (logs[0] - logs[2]));
    let b = logs[1] + logs[2] - logs[0] - logs[3];
    let width = |s: f64| (2.0 * std::f64::consts::PI / s).ln() / 2.0;
    let (mut p, mut q, mut r) = (c, -b, logs[0] - a / 2.0);
    for _ in 1..steps {
        let s = p + a;
        r += logs[0] + width(s) + q * q / (2.0 * s);
        (p, q) = (c - b * b / s, -q * b / s);
    }
    [q / p, 1.0 / p, (r + width(p) + q * q / (2.0 * p)).exp()]
}

fn cameron_martin(_: &Context) -> Findings {
    let theta = 1.5_f64;
    let brownian = OrnsteinUhlenbeck::new(0.0, 1.0).unwrap();
    let potential =
        |_: f64, x: &Array2<f64>| x.column(0).iter().map(|v| theta * theta * v * v / 2.0).collect::<Vec<_>>();
    let error = |doublings: i32| {
        let h = 0.5_f64.powi(doublings);
        let times = Times::uniform(0.0, h, 1).unwrap();
        let kernel = IsotropicKernel::new::<Array2<f64>>(&brownian, 0.0, h).unwrap();
        let log = |x: f64, y: f64| {
            let path = [array![[x]], array![[y]]];
            kernel.log_density(&path[0], &path[1])[0] + feynman_kac(potential, &times, &path).unwrap()[0]
        };
        let one = GridKernel::new(-6.0, 6.0, 241, log).unwrap();
        let all = (0..doublings).fold(one, |kernel, _| kernel.then(&kernel).unwrap());
        (h, (all.density(120).iter().sum::<f64>() * 0.05 - theta.cosh().powf(-0.5)).abs())
    };
    let errors = Errors::new("E exp(-int V)", [3, 4, 5, 6].map(error), 2.0);
    let mut found = Findings::default();
    found.claim(Claim::order("order of the weights, quadratic potential", &errors));
    found.plot(Plot::orders("E exp(-theta^2/2 int W^2) against cosh(theta)^(-1/2)", vec![errors]));
    found
}
