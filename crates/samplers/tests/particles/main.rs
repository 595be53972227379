//! Feynman-Kac corrected sampling reaches tempered, multiplied and tilted laws, where adding scores does not.

mod backward;
mod draws;
mod refused;
mod resampling;
mod total;

use backward::{Weighted, backward};
use ito_samplers::particles::{FeynmanKac, Resample};
use ito_schedules::{Grid, Level, Path, Straight, VpLinear};
use ito_testkit::{Mixture, Slope, integrate};

type Terms<'a> = Vec<(f64, &'a Mixture)>;

/// For p_c = N(1, 0.5^2), p_u = N(0, 1), w = 2: from pure noise to data. Adding scores gives (1.250, 0.331) here. The errors of 128
/// steps, and what is left when their first order is taken off with 64.
#[test]
fn guided_particles_reach_the_tilted_law() {
    for (noise, first, rest) in [(0.0, [2.5, 1.5, 3.5], [0.12, 0.25, 0.25]), (1.0, [2.5, 2.5, 3.5], [0.2, 0.3, 0.3])] {
        let (coarse, fine) = (tilted(noise, 64), tilted(noise, 128));
        let exact = [8.0 / 7.0, 1.0 / 7.0, exact_ratio(&guided(&laws()), &[Straight.at(1.0), Level::DATA])];
        let numbers = |w: Weighted| [w.mean, w.variance, w.log_ratio];
        for (i, exact) in exact.iter().enumerate() {
            let (a, b) = (numbers(coarse)[i] - exact, numbers(fine)[i] - exact);
            let left = 2.0 * b - a;
            println!("noise {noise}, moment {i}: {a:.2e} {b:.2e}, rest {left:.2e}");
            assert!(b.abs() < first[i] / 128.0 && left.abs() < rest[i] / 128.0, "{noise}, {i}: {a} {b} {left}");
        }
    }
}

fn tilted(noise: f64, steps: usize) -> Weighted {
    let mut levels = vec![Straight.at(1.0)];
    levels.extend(Grid::uniform_log_snr(&Straight, -8.0, 10.0, steps).unwrap().levels());
    levels.push(Level::DATA);
    run(guided(&laws()), noise, &levels)
}

/// The conditional and the unconditional law.
fn laws() -> [Mixture; 2] {
    [Mixture::new(&[(1.0, 1.0, 0.5)]), Mixture::new(&[(1.0, 0.0, 1.0)])]
}

fn guided([conditional, unconditional]: &[Mixture; 2]) -> Terms<'_> {
    vec![(2.0, conditional), (-1.0, unconditional)]
}

/// Mean, variance and normaliser together, and the largest error at 256 steps.
#[test]
fn weighted_means_and_normalisers_are_of_order_one() {
    let (two, one) = (Mixture::two_modes(), Mixture::new(&[(0.5, -1.0, 0.7), (0.5, 1.2, 0.5)]));
    let path = VpLinear::new(0.1, 20.0).unwrap();
    check_order("tempered", &Straight, vec![(2.0, &two)], 1.0, 0.04);
    check_order("flattened", &Straight, vec![(0.5, &two)], 1.0, 0.04);
    check_order("product", &path, vec![(1.0, &two), (1.0, &one)], 1.5, 0.04);
    check_order("mixtures guided", &path, vec![(1.5, &two), (-0.5, &one)], 0.8, 0.04);
}

fn check_order(name: &str, path: &dyn Path, terms: Terms, noise: f64, bound: f64) {
    let errors = [128, 181, 256].map(|n| {
        let grid = Grid::uniform_log_snr(path, -3.0, 4.0, n).unwrap();
        let ends = [grid.levels()[0], grid.levels()[n]];
        let (mean, variance) = exact_moments(&terms, ends[1]);
        let got = run(terms.clone(), noise, grid.levels());
        let errors = [got.mean - mean, got.variance - variance, got.log_ratio - exact_ratio(&terms, &ends)];
        (n, errors.iter().map(|e| e * e).sum::<f64>().sqrt())
    });
    let slope = Slope::fit(errors.to_vec());
    println!("{name}, noise {noise}: {slope}");
    slope.assert(name, 1.0, 0.1);
    assert!(errors[2].1 < bound, "{name}: {}", errors[2].1);
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
