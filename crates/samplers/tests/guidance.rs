//! Guided samplers against their own exact laws on Gaussian data, where the guided field is affine and its law is an integral.

use ito_samplers::guidance::{ClassifierGuided, Guided, ScoreSum};
use ito_samplers::{Denoiser, Name, sample};
use ito_schedules::{Edm, Grid, Level, Path, Straight, VpLinear};
use ito_state::Batch;
use ito_testkit::{Fresh, Gaussian, GaussianData, LinearForm, Slope, integrate};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

/// From `sigma = 80`, to three digits.
#[test]
fn the_exact_guided_laws_of_two_gaussians_are_the_known_ones() {
    let check = |(mean, variance): (f64, f64), known: (f64, f64)| {
        assert!((mean - known.0).abs() < 5e-4 && (variance.sqrt() - known.1).abs() < 5e-4, "{mean} {variance}");
    };
    check(guided_law(&TWO, 0.0, 80.0, 1e-9), (1.374, 0.250));
    check(guided_law(&TWO, 1.0, 80.0, 1e-9), (1.250, 0.331));
    check(tilted_law(&TWO), (1.143, 0.378));
    // From infinity in closed form: the flow's 1 + sqrt(1/12) ln((2 + sqrt 3)/(2 - sqrt 3))/2, the SDE's 5/4 and 7/64.
    let root = 3.0_f64.sqrt();
    check(guided_law(&TWO, 0.0, 1e7, 1e-9), (1.0 + ((2.0 + root) / (2.0 - root)).ln() / (4.0 * root), 0.25));
    check(guided_law(&TWO, 1.0, 1e7, 1e-9), (1.25, (7.0_f64 / 64.0).sqrt()));
}

/// The law of one Gaussian is that of the exact process, whatever the path.
#[test]
fn the_exact_law_of_a_single_model_is_the_known_one() {
    let data = GaussianData::new(&[0.7], &[0.36], 0.0);
    let (from, to) = (Straight.at(0.9), Straight.at(0.2));
    let start = Gaussian::isotropic(1, from.sigma);
    for (level, exact) in [(0.0, data.flow(&start, from, to)), (1.0, data.reverse(&start, from, to))] {
        let (mean, variance) = guided_law(&[(1.0, 0.7, 0.6)], level, from.noise_to_signal(), to.noise_to_signal());
        assert!((mean * to.alpha - exact.mean[0]).abs() < 1e-12, "{level}");
        assert!((variance * to.alpha.powi(2) - exact.covariance[[0, 0]]).abs() < 1e-12, "{level}");
    }
}

#[test]
fn every_guided_sampler_converges_to_its_own_exact_law_at_its_order() {
    for name in judged() {
        converges(name, &Edm::default());
    }
}

#[test]
fn guided_samplers_converge_so_on_other_paths_too() {
    for name in [Name::Ddim, Name::Heun, Name::Ancestral] {
        converges(name, &Straight);
        converges(name, &VpLinear::default());
    }
}

/// At `sigma` from 80 to 0 on Karras et al.'s grid of 256 steps: within a hundredth of its own law (first order) or a thousandth
/// (second), and further from the tilted law than that by ten times and more. The distances are printed.
#[test]
fn a_guided_sampler_reaches_its_own_law_and_not_the_tilted_one() {
    let path = Edm::default();
    let grid = Grid::karras(&path, 0.002, 80.0, 7.0, 256).unwrap();
    let tilted = tilted_law(&TWO);
    for name in judged() {
        let (law, exact) = run(&path, &grid, name, 2.0);
        let distance = |other: (f64, f64)| (law.0 - other.0).hypot(law.1.sqrt() - other.1.sqrt());
        let (own, other) = (distance(exact), distance(tilted));
        println!(
            "{name}: mean {:.4}, sd {:.4}; off its own law {own:.1e}, off the tilted {other:.3}",
            law.0,
            law.1.sqrt()
        );
        assert!(own < if declared(name) > 1.0 { 1e-3 } else { 2e-2 }, "{name}: {own}");
        assert!(other > 0.1, "{name}: {other}");
    }
}

#[test]
fn a_guided_sampler_of_weight_one_samples_the_conditional_law() {
    for name in judged() {
        let grid = Grid::uniform_log_snr(&Edm::default(), -8.0, 8.0, 64).unwrap();
        let (law, _) = run(&Edm::default(), &grid, name, 1.0);
        let (conditional, _) = models(&TWO);
        let alone = end_law(&conditional, &Edm::default(), &grid, name);
        assert_eq!(law, alone, "{name}");
    }
}

/// First order with a bound on the constant: at 256 steps uniform in log-SNR within 4 % of the scale of the law. Deviations down
/// to 0.3, weights from -1 to 4.
#[test]
fn samplers_reach_their_guided_laws_for_many_weights_and_pairs_of_gaussians() {
    let config = Config { cases: 24, rng_seed: RngSeed::Fixed(11), failure_persistence: None, ..Config::default() };
    let case = (-1.0..4.0, -1.5..1.5, -1.5..1.5, 0.3..1.0, 1.0..1.6);
    proptest!(config, |((w, m_c, m_u, s_c, s_u) in case)| {
        let terms: [Term; 2] = [(w, m_c, s_c), (1.0 - w, m_u, s_u)];
        for name in [Name::Ddim, Name::Heun, Name::Ancestral] {
            let error = |n| {
                let grid = Grid::uniform_log_snr(&Edm::default(), -8.0, 8.0, n).unwrap();
                let (law, exact) = run_terms(&Edm::default(), &grid, name, &terms);
                let scale = exact.0.abs() + exact.1.sqrt();
                ((law.0 - exact.0).abs() + (law.1.sqrt() - exact.1.sqrt()).abs()) / scale
            };
            let (coarse, fine) = (error(64), error(256));
            let least = 0.75 * 4.0_f64.powf(declared(name));
            prop_assert!(fine < 0.04 && (coarse / fine > least || fine < 1e-4), "{name}: {coarse} {fine}");
        }
    });
}

/// Any sum of scores, also one whose weights do not add to 1, whose exact law is the same integral.
#[test]
fn sums_of_scores_converge_to_their_own_exact_laws_at_the_order_of_the_sampler() {
    let (product, negation) = ([(1.0, 1.0, 0.5), (1.0, 0.2, 0.8)], [(1.0, 1.0, 0.5), (-0.2, 0.2, 1.2)]);
    for terms in [product, negation] {
        let parts: Vec<_> = terms.iter().map(|(w, m, s)| (*w, GaussianData::new(&[*m], &[s * s], 0.0))).collect();
        let model = ScoreSum::new(parts).unwrap();
        for name in [Name::Ddim, Name::Heun, Name::Ancestral] {
            for path in paths() {
                let errors = |n| {
                    let grid = Grid::uniform_log_snr(path.as_ref(), -8.0, 8.0, n).unwrap();
                    let law = end_law(&model, path.as_ref(), &grid, name);
                    let exact = exact_on(&grid, noise_level(name), &terms);
                    ((law.0 - exact.0).abs(), (law.1 - exact.1).abs())
                };
                let mean = Slope::measure(|n| errors(n).0);
                let variance = Slope::measure(|n| errors(n).1);
                mean.assert(&format!("mean of {name} of {terms:?}"), declared(name), 0.1);
                variance.assert(&format!("variance of {name} of {terms:?}"), declared(name), 0.1);
            }
            let own = guided_law(&terms, noise_level(name), 80.0, 1e-9);
            let product = tilted_law(&terms);
            println!("{terms:?} {name}: its law {own:?}, the product's {product:?}");
            assert!((own.0 - product.0).hypot(own.1.sqrt() - product.1.sqrt()) > 0.01, "{own:?} {product:?}");
        }
    }
}

/// With `p(y | x_t) ~ p_c(x_t) / p_u(x_t)` all three are one field.
#[test]
fn classifier_guidance_and_sums_of_scores_are_classifier_free_guidance_where_they_should_be() {
    let (conditional, unconditional) = models(&TWO);
    let gradient = |x: &LinearForm, at: &[Level]| {
        LinearForm::lincomb(&[(1.0, &conditional.score(x, at[0])), (-1.0, &unconditional.score(x, at[0]))])
    };
    let guided = Guided::classifier_free(&conditional, &unconditional, 2.5).unwrap();
    let classified = ClassifierGuided::new(&unconditional, gradient, 2.5).unwrap();
    let summed = ScoreSum::new(vec![(2.5, &conditional), (-1.5, &unconditional)]).unwrap();
    for path in paths() {
        let grid = Grid::uniform_log_snr(path.as_ref(), -7.0, 7.0, 40).unwrap();
        let expected = end_law(&guided, path.as_ref(), &grid, Name::Heun);
        for law in
            [end_law(&classified, path.as_ref(), &grid, Name::Heun), end_law(&summed, path.as_ref(), &grid, Name::Heun)]
        {
            assert!((law.0 - expected.0).abs() + (law.1 - expected.1).abs() < 1e-11, "{law:?} {expected:?}");
        }
    }
}

/// A weight, a mean and a deviation: one Gaussian of a weighted sum of scores.
type Term = (f64, f64, f64);

/// `w = 2` towards N(1, 0.5^2), away from N(0, 1).
const TWO: [Term; 2] = [(2.0, 1.0, 0.5), (-1.0, 0.0, 1.0)];

/// Mean and variance at noise `to` of the reverse process with `level` times the forward noise and the score
/// `sum_i w_i grad log p_i`, started from N(0, from^2), in `y = x/alpha` and `s = sigma/alpha` (where every path is
/// `y = x0 + s eps`).
///
/// With `k = 1 + level^2` the mean obeys `dm/ds = k sum_i w_i s (m - m_i)/(s_i^2 + s^2)`, so with
/// `phi(s) = prod_i (s_i^2 + s^2)^(k w_i / 2)` it is `m = phi(to) int_to^from k sum_i w_i m_i s/(s_i^2 + s^2) / phi ds`, and the
/// variance `phi(to)^2 (from^2 / phi(from)^2 + level^2 int_to^from 2 s / phi^2 ds)`.
fn guided_law(terms: &[Term], level: f64, from: f64, to: f64) -> (f64, f64) {
    let k = 1.0 + level * level;
    let log_phi = |s: f64| terms.iter().map(|(w, _, d)| 0.5 * k * w * (d * d + s * s).ln()).sum::<f64>();
    let gain = |s: f64| (log_phi(to) - log_phi(s)).exp();
    let pull = |s: f64| k * terms.iter().map(|(w, m, d)| w * m * s / (d * d + s * s)).sum::<f64>();
    // In ln s, where everything is smooth.
    let over = |f: &dyn Fn(f64) -> f64| integrate(|l| l.exp() * f(l.exp()), to.ln(), from.ln(), 400);
    let mean = over(&|s| pull(s) * gain(s));
    let fresh = over(&|s| 2.0 * level * level * s * gain(s).powi(2));
    (mean, (from * gain(from)).powi(2) + fresh)
}

/// The normal law `prod_i p_i^(w_i)`.
fn tilted_law(terms: &[Term]) -> (f64, f64) {
    let precision: f64 = terms.iter().map(|(w, _, d)| w / (d * d)).sum();
    (terms.iter().map(|(w, m, d)| w * m / (d * d)).sum::<f64>() / precision, precision.recip())
}

fn exact_on(grid: &Grid, level: f64, terms: &[Term]) -> (f64, f64) {
    let (from, to) = (grid.levels()[0], grid.levels()[grid.len()]);
    guided_law(terms, level, from.noise_to_signal(), to.noise_to_signal().max(1e-9))
}

fn converges(name: Name, path: &dyn Path) {
    let errors_at = |n: usize| {
        let (law, exact) = run(path, &Grid::uniform_log_snr(path, -8.0, 8.0, n).unwrap(), name, 2.0);
        [(n, (law.0 - exact.0).abs()), (n, (law.1 - exact.1).abs())]
    };
    let errors = [512, 724, 1024].map(errors_at);
    for (k, of) in ["mean", "variance"].into_iter().enumerate() {
        let slope = Slope::fit(errors.iter().map(|pair| pair[k]).collect());
        println!("{name}: {of} {slope}");
        if of_low_order_only_at_first(name) {
            let wide = Slope::fit(vec![errors_at(64)[k], errors[2][k]]);
            assert!(wide.value > declared(name) - 0.1, "guided {of} of {name}: {wide}");
        } else {
            slope.assert(&format!("guided {of} of {name}"), declared(name), 0.1);
        }
    }
}

/// The law of a sampler started from N(0, sigma^2), in `x/alpha`.
fn end_law(model: &dyn Denoiser<LinearForm>, path: &dyn Path, grid: &Grid, name: Name) -> (f64, f64) {
    let (from, to) = (grid.levels()[0], grid.levels()[grid.len()]);
    let mut noise = Fresh::default();
    let start = noise.draw(&Gaussian::isotropic(1, from.sigma));
    let end = sample(model, path, grid, name.build_linear().unwrap().as_mut(), start, &mut noise, &mut |_, _, _| {})
        .unwrap()
        .law();
    (end.mean[0] / to.alpha, end.covariance[[0, 0]] / to.alpha.powi(2))
}

fn run(path: &dyn Path, grid: &Grid, name: Name, weight: f64) -> ((f64, f64), (f64, f64)) {
    let [(_, m_c, s_c), (_, m_u, s_u)] = TWO;
    run_terms(path, grid, name, &[(weight, m_c, s_c), (1.0 - weight, m_u, s_u)])
}

fn run_terms(path: &dyn Path, grid: &Grid, name: Name, terms: &[Term; 2]) -> ((f64, f64), (f64, f64)) {
    let (conditional, unconditional) = models(terms);
    let guided = Guided::classifier_free(conditional, unconditional, terms[0].0).unwrap();
    (end_law(&guided, path, grid, name), exact_on(grid, noise_level(name), terms))
}

fn models(terms: &[Term; 2]) -> (GaussianData, GaussianData) {
    let model = |(_, m, s): Term| GaussianData::new(&[m], &[s * s], 0.0);
    (model(terms[0]), model(terms[1]))
}

/// The linear samplers whose limit is the flow or the reverse SDE.
fn judged() -> impl Iterator<Item = Name> {
    Name::ALL.into_iter().filter(|name| name.build_linear::<LinearForm>().is_some() && name.order().order > 0)
}

/// Multistep samplers whose declared order is that of their first steps. Here those lie where noise drowns the data and hardly err, so
/// two errors of different orders compete: from 64 to 1024 steps together they fall at the declared order or faster.
fn of_low_order_only_at_first(name: Name) -> bool {
    use Name::{Deis, Dpmpp3m, Dpmpp3mSde, Lms, UniPc2, UniPc3};
    matches!(name, Dpmpp3m | UniPc2 | UniPc3 | Deis | Lms | Dpmpp3mSde)
}

fn declared(name: Name) -> f64 {
    f64::from(name.order().order)
}

/// The noise of the process the sampler follows, as a multiple of the forward one's.
fn noise_level(name: Name) -> f64 {
    if name.order().noise { 1.0 } else { 0.0 }
}

fn paths() -> [Box<dyn Path>; 3] {
    [Box::new(Edm::default()), Box::new(Straight), Box::new(VpLinear::default())]
}
