//! ODEs and flows: orders, inverse and semigroup, uniqueness, the density that a flow carries.

use ito_noise::Stream;
use ito_sde::Times;
use ito_sde::ode::{
    Adaptive, DormandPrince, Euler, Flow, Heun, LinearFlow, Method, OdeError, Rk4, continuity_residual, solve,
};
use ito_testkit::{Mixture, largest};
use ndarray::{Array2, array};

use crate::{Claim, Context, Curve, Errors, Experiment, Findings, Plot};

pub const EXPERIMENTS: &[Experiment] = &[
    Experiment {
        name: "ode-orders",
        title: "ODE methods on x' = (1 + t) x (1 - x)",
        theory: &[7],
        faults: &[],
        run: orders,
    },
    Experiment {
        name: "adaptive-tolerance",
        title: "Dormand-Prince errs in proportion to its tolerance",
        theory: &[7],
        faults: &[],
        run: tolerance,
    },
    Experiment {
        name: "flow-laws",
        title: "Flows: inverse, semigroup, order, uniqueness",
        theory: &[5, 6],
        faults: &[],
        run: laws,
    },
    Experiment {
        name: "flow-density",
        title: "The density that a flow carries",
        theory: &[9],
        faults: &[],
        run: density,
    },
];

fn orders(_: &Context) -> Findings {
    let mut found = Findings::default();
    let methods = [
        ode_errors("Euler", &Euler, 200),
        ode_errors("Heun", &Heun, 100),
        ode_errors("Runge-Kutta 4", &Rk4, 48),
        ode_errors("Dormand-Prince 5", &DormandPrince, 24),
    ];
    for errors in &methods {
        found.claim(Claim::order(format!("order of {}", errors.label), errors));
    }
    // X(t + h) = X + h u + h R(h).
    let remainder = |steps: usize| {
        let h = 1.0 / steps as f64;
        let euler = Euler.step(&growth, 0.4, 0.4 + h, &array![[0.3]])[[0, 0]];
        (grown(0.4, 0.4 + h, 0.3) - euler).abs() / h
    };
    let points = [32, 128, 512, 2048].map(|n| (1.0 / n as f64, remainder(n)));
    let remainders = Errors::new("Euler's remainder R(h)", points, 1.0);
    found.claim(Claim::order("Euler's remainder R(h) vanishes like h", &remainders));
    found.plot(Plot::orders("Error at t = 2 against the step", methods.to_vec()));
    found.plot(Plot::orders("Euler's remainder", vec![remainders]));
    found
}

fn tolerance(_: &Context) -> Findings {
    // Swings, so that steps grow and shrink.
    let field = |t: f64, x: &Array2<f64>| x.mapv(|x| 3.0 * (3.0 * t).cos() * x * (1.0 - x));
    let exact = {
        let odds = 60.0_f64.sin().exp() / 9.0;
        odds / (1.0 + odds)
    };
    let solve =
        |tolerance: f64| Adaptive::new(tolerance, tolerance).unwrap().solve(&field, 0.0, 20.0, array![[0.1]]).unwrap();
    // The worst of three neighbours, since steps come in whole numbers.
    let error = |tolerance: f64| {
        let errors = [1.0, 1.3, 1.7].map(|factor| (solve(factor * tolerance).state[[0, 0]] - exact).abs());
        largest(errors)
    };
    let errors = Errors::new("error at t = 20", [1e-6, 1e-8, 1e-10, 1e-12].map(|tol| (tol, error(tol))), 1.0);
    let work: Vec<_> = [1e-6, 1e-8, 1e-10, 1e-12].map(|tol| (solve(tol).evaluations as f64, error(tol))).to_vec();
    let mut found = Findings::default();
    found.claim(Claim::order("power of the tolerance in the error", &errors));
    found.claim(Claim::at_most("error over tolerance at 1e-10", error(1e-10) / 1e-10, 10.0));
    found.plot(Plot::orders("Error against tolerance", vec![errors]));
    let plot =
        Plot::curves("Error against evaluations", "evaluations", "error", vec![Curve::new("Dormand-Prince", work)]);
    found.plot(plot.log_x().log_y());
    found
}

fn laws(_: &Context) -> Findings {
    let (seed, tight) = (3, Adaptive::new(1e-13, 1e-13).unwrap());
    let (mut inverse, mut semigroup, mut crossings) = (0.0_f64, 0.0_f64, 0);
    let apart = |a: &Array2<f64>, b: &Array2<f64>| largest((a - b).iter().map(|d| d.abs()));
    let start = Array2::from_shape_fn((24, 1), |(k, _)| -3.0 + 0.25 * k as f64);
    for case in 0..40 {
        let field = waves(seed, case);
        let flow = Flow::new(&field, tight);
        let there = flow.map(0.0, 1.0, &start).unwrap();
        inverse = largest([inverse, apart(&flow.map(1.0, 0.0, &there).unwrap(), &start)]);
        let stopped = flow.map(0.3, 1.0, &flow.map(0.0, 0.3, &start).unwrap()).unwrap();
        semigroup = largest([semigroup, apart(&stopped, &there)]);
        let seen = |_: f64, x: &Array2<f64>| {
            crossings += x.as_slice().unwrap().windows(2).filter(|pair| pair[1] <= pair[0]).count();
            Ok(())
        };
        tight.watch(&field, 0.0, 2.0, start.clone(), seen).unwrap();
    }
    let linear = LinearFlow::new(1.3).unwrap();
    let exact = start.mapv(|x| x * (-1.3_f64 * 1.7).exp());
    let mut found = Findings::default();
    found.claim(Claim::at_most("inverse of 40 random smooth flows, largest error", inverse, 1e-10).seed(seed));
    found.claim(Claim::at_most("semigroup of 40 random smooth flows, largest error", semigroup, 1e-10).seed(seed));
    found.claim(Claim::at_most("crossings of 24 paths on the line in 40 flows", crossings as f64, 0.0).seed(seed));
    found.claim(Claim::at_most(
        "linear flow against exp(-theta t) x",
        apart(&linear.map(0.2, 1.9, &start), &exact),
        1e-15,
    ));
    let solved = Flow::new(&linear, tight).map(0.2, 1.9, &start).unwrap();
    found.claim(Claim::at_most("solved linear flow against exp(-theta t) x", apart(&solved, &exact), 1e-10));
    let root = |_t: f64, x: &Array2<f64>| x.mapv(|x| x.abs().sqrt());
    let quotient = match Flow::new(&root, tight).map_unique(0.0, 1.0, &array![[0.0]]) {
        Err(OdeError::NotUnique { lipschitz, .. }) => lipschitz,
        _ => f64::NAN,
    };
    let refused = Claim::at_least("sqrt|x| from 0 is refused as not unique; its Lipschitz quotient", quotient, 1e4);
    found.claim(refused.note("x = 0 and x = t^2 / 4 both solve it"));
    let away = Flow::new(&root, tight).map_unique(0.0, 1.0, &array![[0.25]]).map_or(f64::NAN, |x| x[[0, 0]]);
    found.claim(Claim::within("sqrt|x| from 1/4 is (1/2 + t/2)^2", away, 1.0, 1e-10));
    found.plot(Plot::trajectories("Paths of one flow never cross", "x", paths(&waves(seed, 0), &start)));
    found
}

/// The log-density of a mixture along `x' = sin x`, whose flow takes `tan(x/2)` to `e^t tan(x/2)`.
fn density(_: &Context) -> Findings {
    let (law, end) = (Mixture::two_modes(), 1.2);
    let before = |t: f64, y: f64| 2.0 * ((-t).exp() * (0.5 * y).tan()).atan();
    let pushed = |t: f64, y: f64| {
        let x = before(t, y);
        law.density(x) * (-t).exp() * (0.5 * x).cos().powi(2) / (0.5 * y).cos().powi(2)
    };
    let field = |_t: f64, x: &Array2<f64>| x.mapv(f64::sin);
    let divergence = |_t: f64, x: &Array2<f64>| x.iter().map(|x| x.cos()).collect::<Vec<f64>>();
    let x = Array2::from_shape_fn((61, 1), |(k, _)| -2.4 + 0.08 * k as f64);
    let start: Vec<f64> = x.iter().map(|x| law.log_density(*x)).collect();
    let flow = Flow::new(&field, Adaptive::new(1e-12, 1e-12).unwrap());
    let (y, log_p) = flow.map_log_density(0.0, end, &x, &start, &divergence).unwrap();
    let errors = y.iter().zip(&log_p).map(|(y, log_p)| (log_p - pushed(end, *y).ln()).abs());
    let residual = |y: f64| {
        let velocity = |_t: f64, x: &[f64]| vec![x[0].sin()];
        continuity_residual(&|t, x: &[f64]| pushed(t, x[0]), &velocity, 0.6, &[y], 2e-3).unwrap().abs()
    };
    let mut found = Findings::default();
    found.claim(Claim::at_most("log-density along the flow, largest error", largest(errors), 1e-10));
    let worst = largest((0..41).map(|k| residual(-2.0 + 0.1 * f64::from(k))));
    found.claim(Claim::at_most("residual of the continuity equation, largest", worst, 1e-8));
    let carried: Vec<_> = y.iter().zip(&log_p).map(|(y, log_p)| (*y, log_p.exp())).collect();
    let curves = vec![
        Curve::new("carried along the flow", carried),
        Curve::function("change of variables", -3.0, 3.0, |y| pushed(end, y)),
        Curve::function("at the start", -3.0, 3.0, |x| law.density(x)),
    ];
    found.plot(Plot::curves("A mixture under x' = sin x", "x", "density", curves));
    found
}

fn growth(t: f64, x: &Array2<f64>) -> Array2<f64> {
    x.mapv(|x| (1.0 + t) * x * (1.0 - x))
}

fn grown(from: f64, to: f64, x: f64) -> f64 {
    let odds = x / (1.0 - x) * (to - from + 0.5 * (to * to - from * from)).exp();
    odds / (1.0 + odds)
}

fn ode_errors<M: Method<Array2<f64>>>(label: &str, method: &M, first: usize) -> Errors {
    let error = |steps: usize| {
        let end = solve(method, &growth, &Times::uniform(0.0, 2.0, steps).unwrap(), array![[0.3]])[[0, 0]];
        (2.0 / steps as f64, (end - grown(0.0, 2.0, 0.3)).abs())
    };
    Errors::new(label, [first, first * 3 / 2, first * 2].map(error), f64::from(method.order()))
}

/// `sum a_k sin(k x + b_k t + c_k)` with random coefficients.
fn waves(seed: u64, case: u64) -> impl Fn(f64, &Array2<f64>) -> Array2<f64> {
    let stream = Stream::new(seed, "verify/waves");
    let numbers: Vec<[f64; 3]> = (0..4).map(|k| [0, 1, 2].map(|j| stream.uniform(case, 3 * k + j))).collect();
    move |t: f64, x: &Array2<f64>| {
        let wave = |x: f64, (k, [a, b, c]): (usize, &[f64; 3])| {
            (2.0 * a - 1.0) * ((k + 1) as f64 * x + (4.0 * b - 2.0) * t + 6.0 * c).sin()
        };
        x.mapv(|x| numbers.iter().enumerate().map(|part| wave(x, part)).sum())
    }
}

fn paths(field: &impl Fn(f64, &Array2<f64>) -> Array2<f64>, start: &Array2<f64>) -> Vec<Vec<(f64, f64)>> {
    let mut paths: Vec<Vec<(f64, f64)>> = start.iter().map(|x| vec![(0.0, *x)]).collect();
    let mut x = start.clone();
    for (from, to) in Times::uniform(0.0, 4.0, 200).unwrap().pairs() {
        x = Rk4.step(field, from, to, &x);
        paths.iter_mut().zip(&x).for_each(|(path, x)| path.push((to, *x)));
    }
    paths.into_iter().step_by(2).collect()
}
