//! Discrete schedules: other people's numbers, the zero-terminal-SNR table, and the path through a table.

use ito_schedules::{
    BetaTable, Grid, GridError, Level, Path, ScheduleError, Spacing, Straight, VpCosine, VpLinear, VpLogLinear,
    VpScaledLinear, VpSigmoidBeta,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use serde_json::Value;

/// What diffusers computes in float32; its generator is named inside.
fn diffusers() -> Value {
    serde_json::from_str(include_str!("reference/diffusers-schedules.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn table(name: &str) -> BetaTable {
    match name {
        "linear" => VpLinear::new(0.1, 20.0).unwrap().table(1000),
        "scaled_linear" => VpScaledLinear::new(0.1, 20.0).unwrap().table(1000),
        "sigmoid" => VpSigmoidBeta::new(0.1, 20.0).unwrap().table(1000),
        _ => VpCosine::default().table(1000),
    }
    .unwrap()
}

fn close(values: &[f64], expected: &[f64], relative: f64, what: &str) {
    assert_eq!(values.len(), expected.len(), "{what}");
    for (i, (v, e)) in values.iter().zip(expected).enumerate() {
        assert!((v - e).abs() <= relative * e.abs(), "{what} {i}: {v}, not {e} ({:e})", v / e - 1.0);
    }
}

/// float32 products of a thousand factors; the cosine's last betas are differences from 1 and off by 1e-4.
#[test]
fn the_tables_are_those_of_diffusers() {
    let reference = diffusers();
    for (name, relative) in [("linear", 1e-5), ("scaled_linear", 1e-5), ("sigmoid", 1e-5), ("squaredcos_cap_v2", 1e-3)]
    {
        let (table, peer) = (table(name), &reference[name]);
        close(table.betas(), &numbers(&peer["betas"]), relative, name);
        close(&table.alpha_bars(), &numbers(&peer["alphas_cumprod"]), relative, name);
    }
    let cosine = table("squaredcos_cap_v2").alpha_bars();
    close(&cosine[..998], &numbers(&reference["squaredcos_cap_v2"]["alphas_cumprod"])[..998], 4e-5, "all but the last");
}

/// float32 cancels where alpha nears its last value, so the distance there is absolute.
#[test]
fn zero_terminal_snr_is_that_of_diffusers_and_exactly_zero() {
    let reference = diffusers();
    for name in ["linear", "scaled_linear", "squaredcos_cap_v2"] {
        let rescaled = table(name).zero_terminal_snr().unwrap();
        let peer = numbers(&reference[name]["alphas_cumprod_zero_terminal_snr"]);
        for (i, (ours, theirs)) in rescaled.alpha_bars().iter().zip(&peer).enumerate() {
            assert!((ours.sqrt() - theirs.sqrt()).abs() < 3e-6, "{name} {i}: {ours} {theirs}");
        }
        let last = rescaled.levels()[999];
        assert_eq!((last.alpha, last.sigma, rescaled.betas()[999]), (0.0, 1.0, 1.0));
        let (before, after) = (table(name).levels()[0], rescaled.levels()[0]);
        assert_eq!(before, after);
    }
}

/// Algorithm 1 as the paper writes it, against the form that does not cancel.
#[test]
fn zero_terminal_snr_is_algorithm_1() {
    let (table, rescaled) = (table("linear"), table("linear").zero_terminal_snr().unwrap());
    let alpha = |i: usize| table.levels()[i].alpha;
    for i in 0..1000 {
        let expected = (alpha(i) - alpha(999)) * alpha(0) / (alpha(0) - alpha(999));
        assert!((rescaled.levels()[i].alpha - expected).abs() < 1e-13, "{i}");
    }
    // Once more changes nothing.
    for (once, twice) in rescaled.betas().iter().zip(rescaled.zero_terminal_snr().unwrap().betas()) {
        assert!((once - twice).abs() < 1e-13, "{once} {twice}");
    }
}

#[test]
fn timesteps_are_those_of_diffusers() {
    let reference = diffusers();
    for (spacing, steps) in Spacing::ALL.into_iter().flat_map(|s| [7, 10, 50].map(|n| (s, n))) {
        let expected = numbers(&reference["linear"][format!("timesteps_{}_{steps}", spacing.name())]);
        let found: Vec<f64> = spacing.timesteps(steps, 1000).unwrap().into_iter().map(|i| i as f64).collect();
        assert_eq!(found, expected, "{} {steps}", spacing.name());
    }
}

/// candle's trailing takes 31 steps for 30, 77 for 75, 167 for 150; diffusers' linspace and leading start at 0 for 1.
#[test]
fn every_spacing_has_as_many_steps_as_asked_for() {
    let table = table("linear");
    for (spacing, steps) in Spacing::ALL.into_iter().flat_map(|s| [1, 2, 3, 7, 30, 75, 150, 999, 1000].map(|n| (s, n)))
    {
        let grid = Grid::on_table(&table, spacing, steps).unwrap();
        assert_eq!((grid.len(), grid.levels()[steps]), (steps, Level::DATA));
        let noisiest = steps == 1 || steps == 1000 || spacing != Spacing::Leading;
        assert_eq!(grid.levels()[0] == table.levels()[999], noisiest, "{} {steps}", spacing.name());
        for (from, to) in grid.steps().take(steps - 1) {
            assert!(table.levels().contains(&from) && table.levels().contains(&to));
        }
    }
    for steps in [0, 1001] {
        let refused = Grid::on_table(&table, Spacing::Trailing, steps).unwrap_err();
        assert_eq!(refused, GridError::Steps { given: steps, most: 1000 });
    }
}

/// float32 again; the sigma range is that of the table.
#[test]
fn karras_on_a_table_is_that_of_diffusers() {
    let reference = diffusers();
    for name in ["linear", "scaled_linear"] {
        let (table, expected) = (table(name), numbers(&reference[name]["karras_sigmas_18"]));
        let sigma = |i: usize| table.levels()[i].noise_to_signal();
        let grid = Grid::karras(&table, sigma(0), sigma(999), 7.0, 18).unwrap();
        let found: Vec<f64> = grid.levels().iter().map(|level| level.noise_to_signal()).collect();
        close(&found, &expected, 1e-4, name);
    }
}

/// In f64: DDPM's linear, Nichol and Dhariwal's cosine, Stable Diffusion's scaled-linear.
#[test]
fn tables_have_their_published_values_to_1e_12() {
    let pin = |value: f64, expected: f64| close(&[value], &[expected], 1e-12, "pinned");
    let linear = VpLinear::default().table(1000).unwrap();
    let bars = linear.alpha_bars();
    pin(bars[0], 0.9999);
    pin(bars[499], 7.858_724_288_177_821e-2);
    pin(bars[999], 4.035_829_765_375_675e-5);
    pin(linear.betas()[0], 1e-4);
    pin(linear.betas()[999], 0.02);
    close(&[linear.levels()[999].noise_to_signal()], &[157.407_280_810_4], 1e-12, "sigma");
    let cosine = VpCosine::default().table(1000).unwrap();
    pin(cosine.betas()[499], 3.145_886_230_478_07e-3);
    pin(cosine.betas()[998], 7.499_993_929_011_17e-1);
    pin(cosine.betas()[999], 0.999);
    // From forty digits; 1 minus the ratio in f64 gives 4.12842248219691e-5, off by 5e-12.
    pin(cosine.betas()[0], 4.128_422_482_177_78e-5);
    let bars = cosine.alpha_bars();
    pin(bars[499], 4.938_435_904_406_38e-1);
    pin(bars[998], 2.428_766_907_034_85e-6);
    pin(bars[999], 2.428_766_907_034_86e-9);
    assert_eq!(cosine.betas().iter().filter(|&&beta| beta == 0.999).count(), 1);
    let scaled = VpScaledLinear::default().table(1000).unwrap();
    pin(scaled.alpha_bars()[0], 0.99915);
    pin(scaled.alpha_bars()[999], 4.660_098_513_077_23e-3);
    close(&[scaled.levels()[0].noise_to_signal()], &[0.029_167_158_2], 2e-9, "sigma_0");
    close(&[scaled.levels()[999].noise_to_signal()], &[14.614_641_229_3], 1e-11, "sigma_999");
}

#[test]
fn the_posterior_variance_is_the_one_of_the_gaussian_and_clipped_at_the_start() {
    let table = table("linear");
    let (found, bars) = (table.posterior_variances(), table.alpha_bars());
    for i in 1..1000 {
        // Precision of x_{i-1} given x0 and given x_i.
        let prior = 1.0 / (1.0 - bars[i - 1]);
        let seen = (1.0 - table.betas()[i]) / table.betas()[i];
        close(&[found[i]], &[1.0 / (prior + seen)], 1e-9, "posterior");
    }
    assert_eq!((found.len(), found[0]), (1000, found[1]));
}

/// `beta(t)` of the continuous path is the limit of `T beta_i`: the table's `alpha_bar` nears the path's as 1/T.
#[test]
fn tables_of_more_steps_near_the_continuous_path() {
    for name in ["linear", "scaled", "sigmoid"] {
        let error = |steps: usize| {
            let (path, table): (Box<dyn Path>, _) = match name {
                "linear" => (Box::new(VpLinear::default()), VpLinear::default().table(steps)),
                "scaled" => (Box::new(VpScaledLinear::default()), VpScaledLinear::default().table(steps)),
                _ => (Box::new(VpSigmoidBeta::default()), VpSigmoidBeta::default().table(steps)),
            };
            let gap = |level: &Level| (level.log_snr() - path.at(level.t).log_snr()).abs();
            gap(&table.unwrap().levels()[steps / 2 - 1])
        };
        let ratio = error(2000) / error(4000);
        assert!((ratio - 2.0).abs() < 0.05, "{name}: {ratio}");
    }
}

/// Random tables: the path passes through every level, and falls between.
#[test]
fn the_path_through_a_table_passes_every_level_and_falls_strictly() {
    let config = Config { cases: 200, rng_seed: RngSeed::Fixed(8), failure_persistence: None, ..Config::default() };
    let case = (proptest::collection::vec(1e-6..0.999f64, 2..40), prop::bool::ANY);
    proptest!(config, |((mut betas, pure) in case)| {
        if pure {
            *betas.last_mut().unwrap() = 1.0;
        }
        let table = BetaTable::new(betas.clone()).unwrap();
        let mut product = 1.0;
        for (level, beta) in table.levels().iter().zip(&betas) {
            product *= 1.0 - beta;
            let on_path = table.at(level.t);
            prop_assert!((level.alpha.powi(2) - product).abs() <= 1e-13 * product);
            prop_assert!((on_path.alpha - level.alpha).abs() <= 1e-13 && (on_path.sigma - level.sigma).abs() <= 1e-13);
        }
        let times = 50 * betas.len();
        let mut last = f64::INFINITY;
        for i in 1..=times {
            let lambda = table.at(i as f64 / times as f64).log_snr();
            prop_assert!(lambda < last, "{i}: {lambda} after {last}");
            last = lambda;
        }
        // The rate is continuous across a knot, so the path is smooth: once, not twice.
        for level in &table.levels()[..betas.len() - 1] {
            let (before, after) = (table.noise_rate(level.t - 1e-9), table.noise_rate(level.t + 1e-9));
            prop_assert!((before - after).abs() < 1e-4 * before.max(1.0), "{before} {after} at {}", level.t);
        }
    });
}

#[test]
fn impossible_tables_are_refused_with_their_numbers() {
    let refused = |betas: &[f64]| BetaTable::new(betas.to_vec()).unwrap_err();
    assert_eq!(refused(&[0.1, 0.0, 0.2]), ScheduleError::Beta { index: 1, value: 0.0, steps: 3 });
    assert_eq!(refused(&[0.1, 1.0, 0.2]), ScheduleError::Beta { index: 1, value: 1.0, steps: 3 });
    assert_eq!(refused(&[-0.1, 0.2]), ScheduleError::Beta { index: 0, value: -0.1, steps: 2 });
    assert!(matches!(refused(&[0.1, f64::NAN]), ScheduleError::Beta { index: 1, .. }));
    assert_eq!(refused(&[0.1]), ScheduleError::Steps { given: 1, least: 2, most: 1_000_000 });
    // The cosine of the ports that divide the index by T twice: 999 zeros and 0.999.
    let mut zeros = vec![0.0; 1000];
    zeros[999] = 0.999;
    assert_eq!(refused(&zeros), ScheduleError::Beta { index: 0, value: 0.0, steps: 1000 });
    assert_eq!(refused(&[0.5, 1e-20]), ScheduleError::NotFalling { index: 1, alpha_bar: 0.5 });
    assert!(matches!(refused(&[0.999; 200]), ScheduleError::NotFalling { index: 101, .. }));
    // Betas from 0.01 to 2 for ten steps.
    let few = VpLinear::default().table(10).unwrap_err();
    assert!(matches!(few, ScheduleError::Beta { index: 5, steps: 10, .. }), "{few}");
    assert!(matches!(VpLinear::default().table(usize::MAX), Err(ScheduleError::Steps { .. })));
    assert_eq!(
        BetaTable::of(&Straight, 4, 0.999).unwrap_err(),
        ScheduleError::NotVariancePreserving { t: 0.25, alpha: 0.75, sigma: 0.25 }
    );
    let told = refused(&[0.1, 2.0]).to_string();
    assert!(told.ends_with("but beta 1 of 2 is 2"), "{told}");
}

/// A path with noise at `t = 0` keeps its levels at the timesteps.
#[test]
fn the_table_of_a_path_without_exact_data_passes_through_its_levels() {
    let path = VpLogLinear::default();
    let table = BetaTable::of(&path, 20, 1.0).unwrap();
    for level in table.levels() {
        let expected = path.at(level.t).log_snr();
        assert!((level.log_snr() - expected).abs() < 1e-12, "{}: {} {expected}", level.t, level.log_snr());
    }
}

/// A beta that rounding swallows is refused; the smallest ones that pass give a log-SNR that falls and has an inverse.
#[test]
fn a_table_falls_strictly_also_between_its_timesteps() {
    let refused = BetaTable::new(vec![0.5, 1e-15, 0.5]).unwrap_err();
    assert!(matches!(refused, ScheduleError::NotFalling { index: 1, .. }), "{refused}");
    let table = BetaTable::new(vec![0.5, 1e-11, 0.5]).unwrap();
    let log_snr = |i: usize| table.at(i as f64 / 300.0).log_snr();
    assert!((1..300).all(|i| log_snr(i) < log_snr(i - 1)));
    for i in 1..300 {
        let (t, back) = (i as f64 / 300.0, table.at_log_snr(log_snr(i)).t);
        assert!((back - t).abs() < 1e-4, "{t} {back}");
    }
}

#[test]
fn a_table_with_zero_terminal_snr_stays_as_it_is() {
    let zero = table("linear").zero_terminal_snr().unwrap();
    assert_eq!(zero.zero_terminal_snr().unwrap(), zero);
}

#[test]
fn spacings_of_too_many_timesteps_are_refused() {
    for spacing in Spacing::ALL {
        let refused = spacing.timesteps(3, usize::MAX);
        assert_eq!(refused, Err(GridError::Steps { given: usize::MAX, most: 1_000_000 }));
    }
}
