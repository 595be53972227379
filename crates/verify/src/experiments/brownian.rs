//! Brownian motion.

use ito_noise::{BrownianBridge, BrownianPath, Stream};
use ito_testkit::{largest, normal_cdf};

use crate::{Claim, Context, Curve, Errors, Experiment, Fault, Findings, Plot};

mod adaptive;
mod areas;

pub const EXPERIMENTS: &[Experiment] = &[
    Experiment {
        name: "brownian-motion",
        title: "Brownian motion: zero at zero, Gaussian increments, independent over disjoint intervals",
        theory: &[11],
        faults: &[Fault::CorrelatedIncrements],
        run: brownian_motion,
    },
    Experiment {
        name: "levy-areas",
        title: "Space-time Levy areas of a Brownian path",
        theory: &[11],
        faults: &[],
        run: areas::levy_areas,
    },
    Experiment {
        name: "quadratic-variation",
        title: "The quadratic variation of Brownian motion is the time passed",
        theory: &[11],
        faults: &[],
        run: quadratic_variation,
    },
    Experiment {
        name: "brownian-bridge",
        title: "The Brownian bridge",
        theory: &[11],
        faults: &[Fault::WrongBridgeVariance],
        run: brownian_bridge,
    },
    Experiment {
        name: "brownian-refinement",
        title: "One path, refined three times",
        theory: &[11],
        faults: &[],
        run: refinement,
    },
    Experiment {
        name: "adaptive-steps",
        title: "Steps chosen on the path leave the law alone",
        theory: &[12],
        faults: &[],
        run: adaptive::adaptive_steps,
    },
];

const SEED: u64 = 11;
const ROWS: usize = 20_000;

fn path(rows: usize) -> BrownianPath {
    BrownianPath::consecutive(Stream::new(SEED, "verify/brownian"), 0, rows, 0.0, 1.0).unwrap()
}

fn increment(path: &mut BrownianPath, from: f64, to: f64) -> Vec<f64> {
    let mut w = vec![0.0; path.rows()];
    path.fill_increment(from, to, &mut w);
    w
}

fn products(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a * b).collect()
}

fn brownian_motion(context: &Context) -> Findings {
    let mut path = path(ROWS);
    let mut at_zero = vec![f64::NAN; ROWS];
    path.fill_value(0.0, &mut at_zero);
    let mut common = vec![0.0; ROWS];
    path.white().normal_f64(&mut common);
    let mut increment = |from: f64, to: f64| {
        let mut w = increment(&mut path, from, to);
        if context.planted(Fault::CorrelatedIncrements) {
            // Each increment alone still has its law.
            w.iter_mut().zip(&common).for_each(|(w, z)| *w = 0.84_f64.sqrt() * *w + 0.4 * (to - from).sqrt() * z);
        }
        w
    };
    let mut found = Findings::default();
    let start = largest(at_zero.iter().map(|w| w.abs()));
    found.claim(Claim::at_most("largest |W(0)|", start, 0.0).seed(SEED));
    let intervals = [[0.0, 0.5], [0.5, 0.625], [0.63, 0.9], [0.9, 1.4]];
    let increments = intervals.map(|[from, to]| increment(from, to));
    for ([from, to], w) in intervals.iter().zip(&increments) {
        let over = format!("over [{from}, {to}]");
        let standard: Vec<f64> = w.iter().map(|w| w / (to - from).sqrt()).collect();
        found.claim(Claim::mean(format!("mean of the increment {over}"), w, 0.0).seed(SEED));
        found.claim(Claim::normal_variance(format!("variance of the increment {over}"), w, to - from).seed(SEED));
        found.claim(Claim::distribution(format!("normal increment {over}"), &standard, normal_cdf).seed(SEED));
    }
    for i in 0..intervals.len() {
        for j in 0..i {
            let name = format!("covariance over {:?} and {:?}", intervals[j], intervals[i]);
            found.claim(Claim::mean(name, &products(&increments[j], &increments[i]), 0.0).seed(SEED));
        }
    }
    let whole = increment(0.0, 0.625);
    let gap = whole.iter().zip(&increments[0]).zip(&increments[1]).map(|((whole, a), b)| (whole - a - b).abs());
    let gap = largest(gap);
    found.claim(Claim::at_most("W(5/8) - W(0) less the sum of its parts", gap, 1e-14).seed(SEED));
    let walk = |row: usize| {
        let mut path =
            BrownianPath::consecutive(Stream::new(SEED, "verify/brownian"), row as u64, 1, 0.0, 1.0).unwrap();
        let mut value = |t: f64| {
            let mut w = [0.0];
            path.fill_value(t, &mut w);
            (t, w[0])
        };
        (0..=512).map(|i| value(f64::from(i) / 512.0)).collect()
    };
    found.plot(Plot::trajectories("Brownian motion", "W", (0..10).map(walk).collect()));
    found
}

fn quadratic_variation(_: &Context) -> Findings {
    const PATHS: usize = 4000;
    let mut found = Findings::default();
    let mut errors = Vec::new();
    for steps in [16, 64, 256, 1024] {
        let times: Vec<f64> = (0..=steps).map(|i| f64::from(i) / f64::from(steps)).collect();
        let mut sum = vec![0.0; PATHS];
        path(PATHS).fill_quadratic_variation(&times, &mut sum);
        let square: Vec<f64> = sum.iter().map(|sum| (sum - 1.0) * (sum - 1.0)).collect();
        let n = f64::from(steps);
        found.claim(Claim::mean(format!("mean of [W]_1 in {steps} steps"), &sum, 1.0).seed(SEED));
        found.claim(Claim::mean(format!("variance of [W]_1 in {steps} steps, 2/n"), &square, 2.0 / n).seed(SEED));
        errors.push((1.0 / n, (square.iter().sum::<f64>() / PATHS as f64).sqrt()));
    }
    let errors = Errors::new("rms of the sum of squares less 1", errors, 0.5);
    found.claim(Claim::order("order of the quadratic variation", &errors).seed(SEED));
    found.plot(Plot::orders("Quadratic variation over [0, 1] less 1", vec![errors]));
    found
}

fn brownian_bridge(context: &Context) -> Findings {
    let bridge = BrownianBridge::new(0.0, 1.0, -0.5, 1.0).unwrap();
    let mut path = path(ROWS);
    let mut at = |t: f64| {
        let mut x = vec![0.0; ROWS];
        bridge.fill(&mut path, t, &mut x);
        if context.planted(Fault::WrongBridgeVariance) {
            x = increment(&mut path, 0.0, t).into_iter().map(|w| bridge.mean(t) + w).collect();
        }
        x
    };
    let mut found = Findings::default();
    let times = [0.1, 0.3, 0.5, 0.75, 0.95];
    let values = times.map(&mut at);
    let centred = |t: f64, x: &[f64]| x.iter().map(|x| x - bridge.mean(t)).collect::<Vec<f64>>();
    let mut measured = Vec::new();
    for (t, x) in times.into_iter().zip(&values) {
        let around = centred(t, x);
        let square = products(&around, &around);
        found.claim(Claim::mean(format!("mean at {t}"), x, bridge.mean(t)).seed(SEED));
        found.claim(
            Claim::normal_variance(format!("variance at {t}, t (1 - t)"), &around, bridge.variance(t)).seed(SEED),
        );
        measured.push((t, square.iter().sum::<f64>() / ROWS as f64));
    }
    let both = products(&centred(0.3, &values[1]), &centred(0.75, &values[3]));
    found.claim(Claim::mean("covariance at 0.3 and 0.75", &both, bridge.covariance(0.3, 0.75)).seed(SEED));
    let end = largest(at(1.0).iter().map(|x| (x - 1.0).abs()));
    found.claim(Claim::at_most("distance from its end at 1", end, 0.0).seed(SEED));
    let exact = Curve::function("t (1 - t)", 0.0, 1.0, |t| bridge.variance(t));
    found.plot(Plot::curves("Variance of the bridge", "t", "variance", vec![exact, Curve::new("measured", measured)]));
    let rows: Vec<(f64, Vec<f64>)> = (0..=256).map(|i| f64::from(i) / 256.0).map(|t| (t, at(t))).collect();
    let walk = |row: usize| rows.iter().map(|(t, x)| (*t, x[row])).collect();
    found.plot(Plot::trajectories("Brownian bridges from -1/2 to 1", "X", (0..8).map(walk).collect()));
    found
}

fn refinement(_: &Context) -> Findings {
    let mut path = path(1);
    let mut seen: Vec<Vec<(f64, f64)>> = Vec::new();
    for steps in [8, 64, 512] {
        let mut value = |t: f64| {
            let mut w = [0.0];
            path.fill_value(t, &mut w);
            (t, w[0])
        };
        seen.push((0..=steps).map(|i| value(f64::from(i) / f64::from(steps))).collect());
    }
    let mut found = Findings::default();
    for (coarse, fine) in seen.iter().zip(&seen[1..]) {
        let moved = coarse.iter().zip(fine.iter().step_by(8)).filter(|(coarse, fine)| coarse != fine).count();
        let name = format!("values of {} that refinement to {} changed", coarse.len(), fine.len());
        found.claim(Claim::at_most(name, moved as f64, 0.0).seed(SEED));
    }
    // Other times, in falling order, and a batch in which the path is the third row.
    let mut batch = BrownianPath::new(Stream::new(SEED, "verify/brownian"), vec![5, 9, 0], 0.0, 1.0).unwrap();
    let differs = |(t, w): &&(f64, f64)| {
        let mut values = [0.0; 3];
        batch.fill_value(t - 0.37, &mut values);
        batch.fill_value(*t, &mut values);
        values[2] != *w
    };
    let moved = seen[2].iter().rev().filter(differs).count();
    found.claim(Claim::at_most("values that order and batch changed", moved as f64, 0.0).seed(SEED));
    let label = |path: &Vec<(f64, f64)>| format!("{} steps", path.len() - 1);
    let curves = seen.iter().rev().map(|path| Curve::new(label(path), path.clone())).collect();
    found.plot(Plot::curves("One Brownian path, refined", "t", "W", curves));
    found
}
