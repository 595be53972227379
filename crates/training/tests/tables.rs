//! Discrete schedules by their keys, against diffusers' numbers; the timesteps that a grid picks.
use ito_schedules::{Grid, Level};
use ito_training::config::{Config, GridName, LastName};
use ito_training::{BetaName, Betas, PathConfig, PathName, TrainError};
use serde_json::Value;

/// What diffusers computes in float32; the generator stands beside the file.
fn diffusers() -> Value {
    serde_json::from_str(include_str!("../../schedules/tests/reference/diffusers-schedules.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn named(betas: BetaName) -> PathConfig {
    PathConfig { name: PathName::Table, betas: Some(Betas::Named(betas)), ..PathConfig::default() }
}

fn config(text: &str) -> Config {
    toml::from_str(text).unwrap_or_else(|e| panic!("{text}: {e}"))
}

const NAMES: [(BetaName, &str); 4] = [
    (BetaName::Linear, "linear"),
    (BetaName::ScaledLinear, "scaled_linear"),
    (BetaName::Cosine, "squaredcos_cap_v2"),
    (BetaName::Sigmoid, "sigmoid"),
];

/// float32 products of a thousand factors; the cosine's last betas are differences from 1 and off by 1e-4.
#[test]
fn the_tables_of_the_configuration_are_those_of_diffusers() {
    let reference = diffusers();
    for (betas, name) in NAMES {
        let (path, peer) = (named(betas).build().unwrap(), numbers(&reference[name]["alphas_cumprod"]));
        assert_eq!(peer.len(), 1000);
        let relative = if betas == BetaName::Cosine { 1e-3 } else { 1e-5 };
        for (i, expected) in peer.iter().enumerate() {
            let found = path.at((i + 1) as f64 / 1000.0).alpha.powi(2);
            assert!((found - expected).abs() <= relative * expected, "{name} {i}: {found} {expected}");
        }
    }
}

#[test]
fn the_timesteps_of_the_configuration_are_those_of_diffusers() {
    let (reference, path) = (diffusers(), named(BetaName::Linear));
    let table = path.table().unwrap().unwrap();
    let grids = [(GridName::Leading, "leading"), (GridName::Linspace, "linspace"), (GridName::Trailing, "trailing")];
    for ((grid, name), steps) in grids.into_iter().flat_map(|grid| [7, 10, 50].map(|n| (grid, n))) {
        let expected = numbers(&reference["linear"][format!("timesteps_{name}_{steps}")]);
        let expected: Vec<Level> = expected.into_iter().map(|i| table.levels()[i as usize]).collect();
        let made = |last| path.grid(&table, grid, last, steps).unwrap();
        assert_eq!(made(LastName::ToSigmaMin).levels(), expected, "{name} {steps}");
        assert_eq!(made(LastName::Tweedie).levels(), expected, "{name} {steps}");
        let to_data: Grid = made(LastName::ToZero);
        assert_eq!(
            (to_data.len(), &to_data.levels()[..steps], to_data.levels()[steps]),
            (steps, &expected[..], Level::DATA)
        );
    }
}

#[test]
fn a_list_of_betas_and_a_rescaled_table_are_taken_from_the_file() {
    let listed = config("[path]\nname = 'table'\nbetas = [0.1, 0.2, 0.4]").path;
    let table = listed.table().unwrap().unwrap();
    assert_eq!((table.betas(), listed.timesteps()), (&[0.1, 0.2, 0.4][..], Some(3)));
    let rescaled = config(
        "[path]\nname = 'table'\nbetas = 'scaled-linear'\nsteps = 10\nbeta_start = 0.01\nbeta_end = 0.3\nzero_terminal_snr = true",
    );
    let table = rescaled.path.table().unwrap().unwrap();
    assert_eq!((table.betas().len(), table.levels()[9].alpha), (10, 0.0));
    assert_eq!(PathConfig::default().table().unwrap(), None);
}

#[test]
fn the_clock_of_timesteps_counts_those_of_the_table() {
    let of = |path: &str| config(&format!("[train]\nclock = 'timestep'\n[path]\n{path}")).clock();
    assert_eq!(of("name = 'table'\nsteps = 250"), ito_networks::Clock::Timestep { steps: 250 });
    assert_eq!(of("name = 'table'"), ito_networks::Clock::Timestep { steps: 1000 });
    assert_eq!(of("name = 'vp-linear'"), ito_networks::Clock::Timestep { steps: 1000 });
}

#[test]
fn keys_that_make_no_table_are_refused() {
    let refused = |text: &str, words: &str| {
        let Err(TrainError::Config(said)) = config(&format!("[path]\n{text}")).path.build() else { panic!("{text}") };
        assert!(said.contains(words), "{text}: {said}");
    };
    refused("betas = 'linear'", "path.betas means nothing but to path.name = \"table\"");
    refused("name = 'vp-linear'\nsteps = 100", "path.steps means nothing but to");
    refused("name = 'table'\nbetas = [0.1, 0.2]\nsteps = 2", "path.steps means nothing beside a list");
    refused(
        "name = 'table'\nbetas = 'cosine'\nbeta_end = 0.1",
        "path.beta_end = 0.1 means nothing to these path.betas",
    );
    refused(
        "name = 'table'\nbeta_max = 3",
        "path.beta_max = 3 means nothing to path.name = \"table\", which takes beta_start, beta_end",
    );
    refused("name = 'table'\nsteps = 1", "a discrete schedule has 2 to 1000000 steps, not 1");
    refused("name = 'table'\nsteps = 4000000000", "not 4000000000");
    refused("name = 'table'\nbeta_end = 1.5", "every beta must be greater than 0 and less than 1");
    refused("name = 'table'\nbetas = [0.1, nan]", "beta 1 of 2 is NaN");
    let config = config("[sample]\ngrid = 'leading'");
    let path = config.path.build().unwrap();
    let said = config.path.grid(&*path, config.sample.grid, LastName::ToZero, 10).unwrap_err().to_string();
    assert!(said.contains("sample.grid = \"leading\" picks timesteps of a whole table"), "{said}");
}

#[test]
fn an_estimate_is_kept_in_range_one_way_or_not_at_all() {
    let clipping = |text: &str| config(&format!("[sample]\n{text}")).clipping().map_err(|e| e.to_string());
    assert_eq!(clipping(""), Ok(None));
    assert!(matches!((clipping("clip = 1.0"), clipping("threshold = 0.995")), (Ok(Some(_)), Ok(Some(_)))));
    assert!(matches!(clipping("threshold = 0.995\nthreshold_max = 1.5"), Ok(Some(_))));
    assert_eq!(
        clipping("clip = 0.0").unwrap_err(),
        "sample.clip: the bound of the estimate must be a finite number above 0, not 0.0"
    );
    assert!(clipping("clip = 1.0\nthreshold = 0.5").unwrap_err().contains("give one"));
    assert!(clipping("threshold_max = 2.0").unwrap_err().contains("give both"));
}
