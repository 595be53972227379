//! Ready-made processes: their transition laws compose, belong to their coefficients, and agree with independent formulas.

use ito_noise::{SampleNoise, Stream};
use ito_sde::process::{
    Bistable, BrownianWithDrift, CoxIngersollRoss, GeometricBrownianMotion, KuboOscillator, LinearPull,
    NoncentralChiSquare, OrnsteinUhlenbeck, SinhDiffusion, SubVariancePreserving, Transition, VarianceExploding,
    VariancePreserving,
};
use ito_sde::solver::{Exact, PlatenWeak2};
use ito_sde::{Sde, SdeError, Solver, Times, solve};
use ito_state::Phase;
use ito_testkit::statistics::{assert_distribution, assert_mean, assert_variance};
use ito_testkit::{Cells, integrate, normal_cdf, normal_density};
use ndarray::{Array2, array};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, rng_seed: RngSeed::Fixed(21), ..ProptestConfig::default() })]

    #[test]
    fn linear_transitions_compose(
        theta in -2.0..3.0_f64, sigma in 0.0..2.0_f64,
        low in 0.01..2.0_f64, more in 0.0..20.0_f64,
        t in 0.0..0.5_f64, first in 0.0..0.5_f64, second in 0.0..0.5_f64,
    ) {
        let ou = OrnsteinUhlenbeck::new(theta, sigma).unwrap();
        compose(|from, to| ou.transition(to - from), t, first, second);
        let vp = VariancePreserving::new(low, low + more).unwrap();
        compose(|from, to| vp.transition(from, to), t, first, second);
        let sub = SubVariancePreserving::new(low, low + more).unwrap();
        compose(|from, to| sub.transition(from, to), t, first, second);
        let ve = VarianceExploding::new(low, low + more + 1.0).unwrap();
        compose(|from, to| ve.transition(from, to), t, first, second);
    }

    #[test]
    fn laws_on_a_logarithmic_and_on_a_plain_scale_compose(
        mu in -2.0..2.0_f64, sigma in 0.0..2.0_f64, power in -3.0..3.0_f64, s in 0.0..1.0_f64, t in 0.0..1.0_f64,
    ) {
        let gbm = GeometricBrownianMotion::new(mu, sigma).unwrap();
        let moment = |time| gbm.moment(power, time).unwrap();
        prop_assert!((moment(s) * moment(t) / moment(s + t) - 1.0).abs() < 1e-12);
        // A lognormal moment is exp(p m + p^2 v / 2).
        let [mean, variance] = gbm.log_law(t).unwrap();
        prop_assert!((moment(t).ln() - power * mean - 0.5 * power * power * variance).abs() < 1e-12);
        let drift = BrownianWithDrift::new(mu, sigma).unwrap();
        for part in 0..2 {
            let of = |time| drift.displacement(time).unwrap()[part];
            prop_assert!((of(s) + of(t) - of(s + t)).abs() < 1e-14);
        }
    }

    #[test]
    fn steps_on_a_path_compose(seed: u64, mu in -1.0..1.0_f64, sigma in 0.0..1.0_f64, dim in 1_usize..5) {
        let start = Array2::from_shape_fn((2, dim), |(i, j)| 0.5 + i as f64 - 0.3 * j as f64);
        let mut noise = SampleNoise::consecutive(Stream::new(seed, "paths"), 0, 2);
        let cells = Cells::draw(0.0, 1.0, 4, &start, &mut noise);
        on_a_path(&GeometricBrownianMotion::new(mu, sigma).unwrap(), &start, &cells);
        on_a_path(&SinhDiffusion::new(mu, sigma).unwrap(), &start, &cells);
        on_a_path(&BrownianWithDrift::new(mu, sigma).unwrap(), &start, &cells);
        let kubo = KuboOscillator::new(mu, sigma).unwrap();
        let phase = Phase { position: start.clone(), velocity: &start * -0.4 };
        let end = Exact.step(&kubo, 0.0, 1.0, &phase, &mut cells.clone());
        let middle = Exact.step(&kubo, 0.0, 0.25, &phase, &mut cells.clone());
        let twice = Exact.step(&kubo, 0.25, 1.0, &middle, &mut cells.clone());
        prop_assert!((&end.position - &twice.position).iter().all(|e| e.abs() < 1e-13));
        let radius = |p: &Phase<Array2<f64>>| &p.position * &p.position + &p.velocity * &p.velocity;
        prop_assert!((radius(&end) - radius(&phase)).iter().all(|e| e.abs() < 1e-13));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, rng_seed: RngSeed::Fixed(22), ..ProptestConfig::default() })]

    /// Chapman-Kolmogorov for the square-root process, in probabilities: `P(X(s+t) <= y) = int p(s, x, z) P(X(t) <= y | z) dz`.
    #[test]
    fn the_square_root_process_composes(
        kappa in 0.3..3.0_f64, theta in 0.2..2.0_f64, spread in 0.2..0.9_f64, x in 0.1..3.0_f64, s in 0.1..1.0_f64, t in 0.1..1.0_f64,
    ) {
        // Feller's bound times spread: the density is 0 at 0.
        let sigma = spread * (2.0 * kappa * theta).sqrt();
        let cir = CoxIngersollRoss::new(kappa, theta, sigma).unwrap();
        prop_assert!(cir.feller());
        let (first, whole) = (cir.transition(x, s).unwrap(), cir.transition(x, s + t).unwrap());
        let y = whole.mean();
        let top = first.mean() + 14.0 * first.variance().sqrt();
        // z = u^2 smooths what the square root leaves at 0.
        let inner = |u: f64| 2.0 * u * first.density(u * u).unwrap() * cir.transition(u * u, t).unwrap().distribution(y).unwrap();
        let twice = integrate(inner, 1e-9, top.sqrt(), 120);
        prop_assert!((twice - whole.distribution(y).unwrap()).abs() < 1e-7, "{} {}", twice, whole.distribution(y).unwrap());
        // The conditional mean and variance in their usual form.
        let e = (-kappa * s).exp();
        prop_assert!((first.mean() - (theta + (x - theta) * e)).abs() < 1e-12);
        let variance = sigma * sigma / kappa * (x * (e - e * e) + 0.5 * theta * (1.0 - e).powi(2));
        prop_assert!((first.variance() / variance - 1.0).abs() < 1e-12);
    }
}

/// score_sde's closed forms: `log mean = -t^2 (b1 - b0) / 4 - t b0 / 2`, and its noise over signal at three times, for 0.1 and 20.
#[test]
fn score_diffusions_agree_with_the_values_of_their_authors() {
    let vp = VariancePreserving::new(0.1, 20.0).unwrap();
    for (t, ratio) in [(1e-5, 0.001000497627), (1e-3, 0.010485992787), (1.0, 152.166970283946)] {
        let law = vp.transition(0.0, t).unwrap();
        assert!((law.variance.sqrt() / law.decay / ratio - 1.0).abs() < 1e-9, "{t}: {law:?}");
        let log_mean = -t * t * 19.9 / 4.0 - t * 0.1 / 2.0;
        assert!((law.decay / log_mean.exp() - 1.0).abs() < 1e-12);
        let sub = SubVariancePreserving::new(0.1, 20.0).unwrap().transition(0.0, t).unwrap();
        assert!((sub.variance.sqrt() / -(2.0 * log_mean).exp_m1() - 1.0).abs() < 1e-12 && sub.decay == law.decay);
    }
    let ve = VarianceExploding::new(0.01, 50.0).unwrap();
    let law = ve.transition(0.0, 1.0).unwrap();
    assert!((law.variance / (2500.0 - 1e-4) - 1.0).abs() < 1e-13 && law.decay == 1.0);
    assert!((ve.deviation(0.5) / 0.5_f64.sqrt() - 1.0).abs() < 1e-13);
}

/// One degree of freedom is `(z + m)^2`, two without noncentrality an exponential law.
#[test]
fn the_noncentral_chi_square_law_agrees_with_its_elementary_cases() {
    for (m, x) in [(0.0, 0.3), (0.7, 2.0), (3.0, 4.0), (8.0, 90.0), (40.0, 1500.0)] {
        let law = NoncentralChiSquare::new(1.0, m * m).unwrap();
        let expected = normal_cdf(f64::sqrt(x) - m) - normal_cdf(-f64::sqrt(x) - m);
        assert!((law.distribution(x).unwrap() - expected).abs() < 1e-12, "{m} {x}");
    }
    let exponential = NoncentralChiSquare::new(2.0, 0.0).unwrap();
    for x in [0.0, 0.5, 3.0, 20.0_f64] {
        assert!((exponential.distribution(x).unwrap() + (-0.5 * x).exp_m1()).abs() < 1e-14);
        assert!((exponential.density(x).unwrap() - 0.5 * (-0.5 * x).exp()).abs() < 1e-14);
    }
    for (freedom, noncentrality) in [(3.0, 0.0), (2.5, 4.0), (9.3, 120.0)] {
        let law = NoncentralChiSquare::new(freedom, noncentrality).unwrap();
        let inner = |u: f64| 2.0 * u * law.density(u * u).unwrap();
        for x in [0.4 * law.mean(), law.mean(), 1.7 * law.mean()] {
            let mass = integrate(inner, 1e-9, f64::sqrt(x), 200);
            assert!((mass - law.distribution(x).unwrap()).abs() < 1e-9, "{freedom} {noncentrality} {x}");
        }
    }
}

/// Freedom 1 is `(z + m)^2` in closed form: the sum below a mean of 1e6, the saddle point above it, on both sides of the border.
#[test]
fn the_far_noncentral_chi_square_law_agrees_with_the_square_of_a_normal_number() {
    for (m, density, distribution) in
        [(100.0, 1e-11, 1e-12), (999.0, 1e-10, 1e-10), (1001.0, 1e-10, 1e-9), (3e4, 1e-10, 1e-9), (1e6, 1e-8, 1e-8)]
    {
        let law = NoncentralChiSquare::new(1.0, m * m).unwrap();
        for z in [-6.0, -3.0, -1.0, -1e-4, 0.0, 1e-7, 0.5, 2.0, 6.0] {
            let x = f64::powi(m + z, 2);
            let z = x.sqrt() - m;
            let found = law.distribution(x).unwrap() - normal_cdf(z);
            assert!(found.abs() < distribution, "{m} {z}: {found}");
            let found = law.density(x).unwrap() / (normal_density(z) / (2.0 * x.sqrt())) - 1.0;
            assert!(found.abs() < density, "{m} {z}: {found}");
        }
    }
    // Freedom 2e6 without noncentrality: a gamma law, its density at the mean Stirling's (1 - 1/(12 n)) of shape n = 1e6;
    // and the density is the slope of the distribution.
    let gamma = NoncentralChiSquare::new(2e6, 0.0).unwrap();
    let (n, x) = (1e6_f64, 2e6);
    let stirling = 0.5 / (2.0 * std::f64::consts::PI * n).sqrt() * (-1.0 / (12.0 * n)).exp();
    assert!((gamma.density(x).unwrap() / stirling - 1.0).abs() < 1e-10);
    for law in [gamma, NoncentralChiSquare::new(1e6, 1e6).unwrap()] {
        let (low, high) = (law.mean() - 3.0 * law.variance().sqrt(), law.mean() + law.variance().sqrt());
        let mass = integrate(|x| law.density(x).unwrap(), low, high, 40);
        assert!((law.distribution(high).unwrap() - law.distribution(low).unwrap() - mass).abs() < 1e-9);
    }
}

/// Small noise or a short time: normal with the transition's moments to the order of `sigma`, and at once.
#[test]
fn the_square_root_process_answers_for_small_noise_and_short_times() {
    for (sigma, time) in [(1e-8, 1.0), (1e-5, 1.0), (1.0, 1e-9), (1.0, 1e-12)] {
        let law = CoxIngersollRoss::new(1.0, 1.0, sigma).unwrap().transition(1.0, time).unwrap();
        let deviation = law.variance().sqrt();
        let peak = law.density(law.mean()).unwrap() * deviation / normal_density(0.0);
        assert!((peak - 1.0).abs() < 1e-7, "{sigma} {time}: {peak}");
        let half = law.distribution(law.mean()).unwrap();
        assert!((half - 0.5).abs() < 1e-4, "{sigma} {time}: {half}");
        let above = law.distribution(law.mean() + deviation).unwrap();
        assert!((above - normal_cdf(1.0)).abs() < 1e-4, "{sigma} {time}: {above}");
        assert!(law.draw(&mut || 0.3).is_finite());
    }
    assert!(matches!(
        CoxIngersollRoss::new(1.0, 1.0, 1e-200).unwrap().transition(1.0, 1.0),
        Err(SdeError::NotFinite { .. })
    ));
    // Freedom below 1 draws a Poisson number, here of mean 5e13.
    let far = NoncentralChiSquare::new(0.5, 1e14).unwrap();
    let mut block = 0;
    let mut uniform = || {
        block += 1;
        Stream::new(8, "far").uniform(0, block)
    };
    let draws: Vec<f64> = (0..20_000).map(|_| (far.draw(&mut uniform) - far.mean()) / far.variance().sqrt()).collect();
    assert_distribution("far", &draws, normal_cdf);
    let near = NoncentralChiSquare::new(0.5, 1500.0).unwrap();
    let draws: Vec<f64> = (0..20_000).map(|_| near.draw(&mut uniform)).collect();
    assert_distribution("near", &draws, |x| near.distribution(x).unwrap());
}

/// The score SDEs are for `t >= 0`: before it nothing is NaN.
#[test]
fn times_before_zero_are_taken_as_zero() {
    let sub = SubVariancePreserving::new(0.1, 20.0).unwrap();
    let vp = VariancePreserving::new(0.1, 20.0).unwrap();
    let one = array![[1.0]];
    assert_eq!(Sde::diffuse(&sub, -0.5, &one, &one), array![[0.0]]);
    assert_eq!(Sde::diffuse(&vp, -0.5, &one, &one), Sde::diffuse(&vp, 0.0, &one, &one));
    assert_eq!(Sde::drift(&vp, -0.5, &one), Sde::drift(&vp, 0.0, &one));
    assert!(matches!(VarianceExploding::new(1e-300, 1e300), Err(SdeError::NotFinite { .. })));
}

/// Freedom 8, 1.6 and 0.4: both ways of drawing. Kolmogorov and moments, 20000 draws, false-alarm rate 1e-6 each.
#[test]
fn exact_draws_of_the_square_root_process_have_its_law() {
    for (sigma, x) in [(0.5_f64.sqrt(), 0.7), (2.5_f64.sqrt(), 0.02), (10.0_f64.sqrt(), 3.0), (0.6, 2.0)] {
        let law = CoxIngersollRoss::new(1.0, 1.0, sigma).unwrap().transition(x, 0.4).unwrap();
        let mut block = 0;
        let mut uniform = || {
            block += 1;
            Stream::new(5, "square root").uniform(0, block)
        };
        let draws: Vec<f64> = (0..20_000).map(|_| law.draw(&mut uniform)).collect();
        assert_distribution("law", &draws, |y| law.distribution(y).unwrap());
        assert_mean("mean", &draws, law.mean());
        assert_variance("variance", &draws, law.mean(), law.variance());
    }
}

/// Without noncentrality, where nothing hides the gamma law: shapes below and above 1, 100000 draws.
#[test]
fn draws_of_the_central_chi_square_law_have_its_law() {
    for (seed, freedom) in [(0, 0.4), (1, 1.6), (2, 3.4), (3, 8.0)] {
        let law = NoncentralChiSquare::new(freedom, 0.0).unwrap();
        let mut block = 0;
        let mut uniform = || {
            block += 1;
            Stream::new(seed, "chi-square").uniform(0, block)
        };
        let draws: Vec<f64> = (0..100_000).map(|_| law.draw(&mut uniform)).collect();
        assert_distribution("law", &draws, |x| law.distribution(x).unwrap());
        assert_mean("mean", &draws, law.mean());
        assert_variance("variance", &draws, law.mean(), law.variance());
    }
}

/// The number of a mixture's terms is Poisson with mean 750, drawn by rejection.
#[test]
fn draws_of_a_far_noncentral_chi_square_law_have_its_moments() {
    let law = NoncentralChiSquare::new(0.5, 1500.0).unwrap();
    let mut block = 0;
    let mut uniform = || {
        block += 1;
        Stream::new(4, "chi-square").uniform(0, block)
    };
    let draws: Vec<f64> = (0..20_000).map(|_| law.draw(&mut uniform)).collect();
    assert_mean("mean", &draws, law.mean());
    assert_variance("variance", &draws, law.mean(), law.variance());
}

/// No probability flows: `f p = (g^2 p)' / 2`.
#[test]
fn the_stationary_density_of_the_bistable_process_carries_no_flux() {
    for sigma in [0.4, 1.0, 1.7_f64] {
        let sde = Bistable::new(sigma).unwrap();
        let density = |x: f64| sde.log_stationary(x).unwrap().exp();
        for x in [-1.6, -0.3, 0.2, 0.9, 2.0_f64] {
            let rate = |x: f64| Sde::diffuse(&sde, 0.0, &array![[x]], &array![[1.0]])[[0, 0]].powi(2) * density(x);
            let slope = (rate(x + 1e-4) - rate(x - 1e-4)) / 2e-4;
            let drift = Sde::drift(&sde, 0.0, &array![[x]])[[0, 0]] * density(x);
            assert!((drift - 0.5 * slope).abs() < 1e-6 * density(x).max(1.0), "{sigma} {x}: {drift} {slope}");
        }
    }
}

/// 5000 paths of Platen's method to time 6, where the bias of its steps is far below what Kolmogorov's test sees.
#[test]
fn paths_of_the_bistable_process_reach_its_stationary_density() {
    let sde = Bistable::new(0.8).unwrap();
    let mut noise = SampleNoise::consecutive(Stream::new(6, "bistable"), 0, 5000);
    let start = Array2::from_shape_fn((5000, 1), |(k, _)| if k.is_multiple_of(2) { 1.0 } else { -1.0 });
    let ends = solve(&PlatenWeak2, &sde, &Times::uniform(0.0, 6.0, 600).unwrap(), start, &mut noise);
    let mass = |x: f64| integrate(|x| sde.log_stationary(x).unwrap().exp(), -8.0, x, 60);
    let whole = mass(8.0);
    assert_distribution("bistable", &ends.into_raw_vec_and_offset().0, |x| mass(x) / whole);
}

#[test]
fn impossible_numbers_are_refused_with_the_numbers() {
    let negative = |name, value| Some(SdeError::Negative { name, value });
    let zero = |name, value| Some(SdeError::NotPositive { name, value });
    let infinite = |name| Some(SdeError::NotFinite { name, value: f64::INFINITY });
    assert_eq!(GeometricBrownianMotion::new(0.1, -0.5).err(), negative("sigma", -0.5));
    assert_eq!(GeometricBrownianMotion::new(f64::INFINITY, 0.5).err(), infinite("mu"));
    assert_eq!(GeometricBrownianMotion::new(0.1, 0.5).unwrap().moment(2.0, -1.0).err(), negative("time", -1.0));
    assert_eq!(BrownianWithDrift::new(0.1, -1.0).err(), negative("sigma", -1.0));
    assert_eq!(KuboOscillator::new(0.1, -1.0).err(), negative("sigma", -1.0));
    assert_eq!(SinhDiffusion::new(0.1, -1.0).err(), negative("sigma", -1.0));
    assert_eq!(Bistable::new(0.0).err(), zero("sigma", 0.0));
    assert_eq!(LinearPull::new(f64::INFINITY, ()).err(), infinite("rate"));
    assert_eq!(VariancePreserving::new(0.0, 1.0).err(), zero("beta_min", 0.0));
    assert_eq!(SubVariancePreserving::new(2.0, 1.5).err(), negative("beta_max - beta_min", -0.5));
    assert_eq!(VarianceExploding::new(0.5, 0.5).err(), zero("sigma_max - sigma_min", 0.0));
    let vp = VariancePreserving::new(0.1, 20.0).unwrap();
    assert_eq!(vp.transition(-0.5, 0.5).err(), negative("from", -0.5));
    assert_eq!(vp.transition(0.75, 0.5).err(), negative("to - from", -0.25));
    assert!(matches!(vp.transition(f64::NAN, 0.5), Err(SdeError::NotFinite { name: "from", .. })));
    let cir = CoxIngersollRoss::new(1.0, 1.0, 0.5).unwrap();
    assert_eq!(cir.transition(-0.1, 1.0).err(), negative("x", -0.1));
    assert_eq!(cir.transition(0.1, 0.0).err(), zero("time", 0.0));
    assert!(matches!(cir.transition(f64::NAN, 1.0), Err(SdeError::NotFinite { name: "x", .. })));
    assert_eq!(CoxIngersollRoss::new(1.0, -1.0, 0.5).err(), zero("theta", -1.0));
    assert!(matches!(cir.transition(0.1, 1.0).unwrap().density(f64::NAN), Err(SdeError::NotFinite { .. })));
    assert!(!CoxIngersollRoss::new(1.0, 1.0, 1.5).unwrap().feller());
    assert_eq!(NoncentralChiSquare::new(0.0, 1.0).err(), zero("freedom", 0.0));
}

/// The law from `t` over two intervals is that over both at once.
fn compose(law: impl Fn(f64, f64) -> Result<Transition, SdeError>, t: f64, first: f64, second: f64) {
    let (middle, end) = (t + first, t + first + second);
    let (a, b, whole) = (law(t, middle).unwrap(), law(middle, end).unwrap(), law(t, end).unwrap());
    assert!((a.decay * b.decay / whole.decay - 1.0).abs() < 1e-12, "{a:?} {b:?} {whole:?}");
    let variance = b.decay * b.decay * a.variance + b.variance;
    assert!((variance - whole.variance).abs() < 1e-12 * whole.variance.max(1.0), "{a:?} {b:?} {whole:?}");
}

/// One step of the solution is two.
fn on_a_path<S>(sde: &S, start: &Array2<f64>, cells: &Cells)
where
    Exact: Solver<S, Array2<f64>>,
{
    let once = Exact.step(sde, 0.0, 1.0, start, &mut cells.clone());
    let middle = Exact.step(sde, 0.0, 0.75, start, &mut cells.clone());
    let twice = Exact.step(sde, 0.75, 1.0, &middle, &mut cells.clone());
    assert!((&once - &twice).iter().all(|e| e.abs() < 1e-11 * once.iter().fold(1.0, |m: f64, x| m.max(x.abs()))));
}
