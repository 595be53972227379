//! Feynman-Kac corrected sampling reaches tempered, multiplied and tilted laws, where adding scores does not.

mod backward;

use backward::{Weighted, backward};
use ito_samplers::particles::{FeynmanKac, Resample};
use ito_schedules::{Grid, Level, Path, Straight, VpLinear};
use ito_testkit::{Mixture, Slope, integrate};

type Terms<'a> = Vec<(f64, &'a Mixture)>;

/// For p_c = N(1, 0.5^2), p_u = N(0, 1), w = 2: from pure noise to data. Adding scores gives (1.250, 0.331) here.
#[test]
fn guided_particles_reach_the_tilted_law() {
    let [conditional, unconditional] = [Mixture::new(&[(1.0, 1.0, 0.5)]), Mixture::new(&[(1.0, 0.0, 1.0)])];
    let terms = || vec![(2.0, &conditional), (-1.0, &unconditional)];
    for noise in [0.0, 1.0, 1.5] {
        let run = |n| {
            let mut levels = vec![Straight.at(1.0)];
            levels.extend(Grid::uniform_log_snr(&Straight, -8.0, 10.0, n).unwrap().levels());
            levels.push(Level::DATA);
            run(terms(), noise, &levels)
        };
        let (coarse, fine) = (run(64), run(128));
        println!("noise {noise}: {coarse:?} {fine:?}");
        let close = |what: &str, pick: fn(&Weighted) -> f64, exact: f64, constant: f64| {
            let (a, b) = (pick(&coarse) - exact, pick(&fine) - exact);
            println!("  {what}: {a:.2e} {b:.2e} {:.2e}", 2.0 * b - a);
            assert!(
                b.abs() < constant / 128.0 && (2.0 * b - a).abs() < 0.3 * constant / 128.0,
                "{noise}, {what}: {a} {b}"
            );
        };
        close("mean", |w| w.mean, 8.0 / 7.0, 1.0);
        close("variance", |w| w.variance, 1.0 / 7.0, 1.0);
        close("normaliser", |w| w.log_ratio, exact_ratio(&terms(), &[Straight.at(1.0), Level::DATA]), 1.0);
    }
}

#[test]
fn weighted_means_and_normalisers_are_of_order_one() {
    let (two, one) = (Mixture::two_modes(), Mixture::new(&[(0.5, -1.0, 0.7), (0.5, 1.2, 0.5)]));
    let cases: [(&str, Terms); 4] = [
        ("tempered", vec![(2.0, &two)]),
        ("flattened", vec![(0.5, &two)]),
        ("product", vec![(1.0, &two), (1.0, &one)]),
        ("guided", vec![(1.5, &two), (-0.5, &one)]),
    ];
    for (name, terms) in cases {
        for noise in [0.0, 1.0] {
            check_order(name, &Straight, terms.clone(), noise);
        }
        check_order(name, &VpLinear::new(0.1, 20.0).unwrap(), terms, 0.7);
    }
}

fn check_order(name: &str, path: &dyn Path, terms: Terms, noise: f64) {
    let errors = [64, 90, 128].map(|n| {
        let grid = Grid::uniform_log_snr(path, -3.0, 4.0, n).unwrap();
        let ends = [grid.levels()[0], grid.levels()[n]];
        let (mean, variance) = exact_moments(&terms, ends[1]);
        let got = run(terms.clone(), noise, grid.levels());
        (n, [got.mean - mean, got.variance - variance, got.log_ratio - exact_ratio(&terms, &ends)])
    });
    for (i, what) in ["mean", "variance", "normaliser"].iter().enumerate() {
        let slope = Slope::fit(errors.iter().map(|(n, e)| (*n, e[i].abs())).collect());
        println!("{name}, noise {noise}, {what}: {slope}");
    }
    let norm = |e: &[f64; 3]| e.iter().map(|e| e * e).sum::<f64>().sqrt();
    let slope = Slope::fit(errors.iter().map(|(n, e)| (*n, norm(e))).collect());
    slope.assert(&format!("{name}, noise {noise}"), 1.0, 0.1);
}

fn run(terms: Terms, noise: f64, levels: &[Level]) -> Weighted {
    let first = log_target(&terms, levels[0]);
    let sampler = FeynmanKac::new(terms.clone(), noise, Resample::Never, 2).unwrap();
    backward(&sampler, levels, first)
}

fn log_target(terms: &Terms, level: Level) -> impl Fn(f64) -> f64 + use<> {
    let laws: Vec<(f64, Mixture)> = terms.iter().map(|(w, law)| (*w, law.marginal(level))).collect();
    move |x| laws.iter().map(|(w, law)| w * law.log_density(x)).sum()
}

fn exact_ratio(terms: &Terms, ends: &[Level; 2]) -> f64 {
    let [start, end] = ends.map(|level| moment(terms, level, |_| 1.0).ln());
    end - start
}

fn exact_moments(terms: &Terms, level: Level) -> (f64, f64) {
    let mass = moment(terms, level, |_| 1.0);
    let mean = moment(terms, level, |x| x) / mass;
    (mean, moment(terms, level, |x| (x - mean).powi(2)) / mass)
}

fn moment(terms: &Terms, level: Level, f: impl Fn(f64) -> f64) -> f64 {
    let log = log_target(terms, level);
    integrate(|x| log(x).exp() * f(x), -8.0, 8.0, 400)
}
