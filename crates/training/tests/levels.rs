//! The grids of a configuration: as many steps as were asked for, on the path, to the end that was asked for.
use ito_schedules::LastStep;
use ito_training::config::{GridName, LastName};
use ito_training::{PathConfig, PathName};

const PATHS: [PathName; 12] = [
    PathName::Straight,
    PathName::VpLinear,
    PathName::VpScaledLinear,
    PathName::VpCosine,
    PathName::VpSigmoid,
    PathName::VpSigmoidBeta,
    PathName::VpLogLinear,
    PathName::SubVp,
    PathName::Ve,
    PathName::Edm,
    PathName::Polynomial,
    PathName::Trigonometric,
];
const GRIDS: [GridName; 5] =
    [GridName::Uniform, GridName::Karras, GridName::LogSnr, GridName::Quadratic, GridName::Cosine];

fn check(name: PathName, grid: GridName, last: LastName, t_max: f64, steps: usize) {
    let config = PathConfig { name, t_max, ..PathConfig::default() };
    let path = config.build().unwrap();
    let case = format!("{name:?} {grid:?} {last:?} t_max = {t_max}, {steps} steps");
    let levels = config.grid(&*path, grid, last, steps).unwrap_or_else(|e| panic!("{case}: {e}"));
    assert_eq!(levels.len(), steps, "{case}");
    let (first, end) = (levels.levels()[0], levels.levels()[steps]);
    let expected = match last {
        LastName::ToZero => LastStep::ToZero,
        LastName::ToSigmaMin => LastStep::ToSigmaMin,
        LastName::Tweedie => LastStep::Tweedie,
    };
    assert_eq!((levels.last_step(), end.sigma == 0.0), (expected, last == LastName::ToZero), "{case}");
    let highest = ito_networks::at_clock(&*path, config.noisiest(&*path));
    let in_sigma = matches!(grid, GridName::Karras | GridName::LogSnr);
    let wanted = if in_sigma { highest.noise_to_signal().min(80.0) } else { highest.noise_to_signal() };
    let off = (first.noise_to_signal() / wanted - 1.0).abs();
    assert!(first == highest || off < 1e-9, "{case}: starts at {first:?}, not {highest:?}");
}

#[test]
fn every_grid_has_the_steps_and_the_end_that_were_asked_for() {
    for path in PATHS {
        for grid in GRIDS {
            for last in [LastName::ToZero, LastName::ToSigmaMin, LastName::Tweedie] {
                for (t_max, steps) in [(1.0, 1), (1.0, 2), (1.0, 7), (0.9, 7)] {
                    check(path, grid, last, t_max, steps);
                }
            }
        }
    }
}

#[test]
fn the_clock_of_the_network_runs_from_0_to_1_on_every_path_and_back() {
    for name in PATHS {
        let path = PathConfig { name, ..PathConfig::default() }.build().unwrap();
        let end = path.end();
        for share in [0.0, 1e-6, 1e-3, 0.1, 0.5, 0.9, 1.0] {
            let level = path.at(share * end);
            let time = ito_networks::clock(&*path, level);
            assert!((0.0..=1.0).contains(&time), "{name:?}: {time}");
            let back = ito_networks::at_clock(&*path, time);
            assert!((back.t - level.t).abs() <= 1e-9 * end, "{name:?}: {level:?} became {back:?}");
        }
    }
}

#[test]
fn a_parameter_of_another_path_is_refused_and_its_own_are_taken() {
    let refused = |config: PathConfig| config.build().err().map(|e| e.to_string()).unwrap_or_default();
    let said = refused(PathConfig { name: PathName::SubVp, sigma_max: Some(80.0), ..PathConfig::default() });
    assert!(said.contains("path.sigma_max = 80 means nothing to path.name = \"sub-vp\""), "{said}");
    assert!(said.contains("which takes beta_min, beta_max"), "{said}");
    let said = refused(PathConfig { name: PathName::Edm, sigma_max: Some(-1.0), ..PathConfig::default() });
    assert!(said.contains("sigma_max") && said.contains("-1"), "{said}");
    // What every config.toml once held.
    let once = PathConfig { beta_min: Some(0.1), beta_max: Some(20.0), offset: Some(0.008), ..PathConfig::default() };
    assert_eq!(refused(once), "");
    let shifted = PathConfig { shift: Some(3.0), ..PathConfig::default() }.build().unwrap().at(0.5);
    assert!((shifted.noise_to_signal() - 3.0).abs() < 1e-12, "{shifted:?}");
    let edm = PathConfig { name: PathName::Edm, sigma_max: Some(10.0), ..PathConfig::default() }.build().unwrap();
    assert_eq!(edm.end(), 10.0);
}

#[test]
fn the_mismatch_of_the_prior_is_that_of_the_noisiest_time() {
    let mismatch = |name, t_max| {
        let config = PathConfig { name, t_max, ..PathConfig::default() };
        config.prior_mismatch(&*config.build().unwrap(), -0.7, 0.6)
    };
    assert_eq!(mismatch(PathName::Straight, 1.0), 0.0);
    // At t = 0.9 of the straight path: N(-0.07, 0.06^2 + 0.9^2) against N(0, 0.9^2).
    let (ratio, mean) = (1.0 + (0.06f64 / 0.9).powi(2), 0.07f64 / 0.9);
    let expected = 0.5 * (ratio - 1.0 - ratio.ln() + mean * mean);
    assert!((mismatch(PathName::Straight, 0.9) / expected - 1.0).abs() < 1e-9);
}
