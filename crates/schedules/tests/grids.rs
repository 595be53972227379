//! Grids: their values, and what cannot be one.

use ito_schedules::{
    BetaTable, Edm, Grid, GridError, LastStep, Level, Path, ShiftedStraight, Straight, SubVp, Trigonometric, Ve,
    VpCosine, VpLinear, VpLogLinear, VpSigmoid,
};

/// Karras et al.'s 18 sigmas for rho = 7, 0.002 and 80, to the ten decimals given.
#[test]
fn karras_has_the_eighteen_sigmas_of_edm() {
    let edm = [
        80.0,
        57.5859847212,
        40.7855737965,
        28.3745846042,
        19.3524529803,
        12.9100823808,
        8.4009353091,
        5.3151945218,
        3.2568215198,
        1.9233398370,
        1.0881706365,
        0.5853481232,
        0.2964422845,
        0.1395164687,
        0.0599473112,
        0.0229345184,
        0.0075280200,
        0.002,
    ];
    for path in paths() {
        let grid = Grid::karras(path.as_ref(), 0.002, 80.0, 7.0, 18).unwrap();
        for (level, sigma) in grid.levels().iter().zip(edm) {
            assert!((level.noise_to_signal() - sigma).abs() < 1e-10, "{level:?} {sigma}");
        }
        assert_eq!((grid.len(), grid.levels()[18]), (18, path.at(0.0)));
    }
}

#[test]
fn karras_of_one_and_two_steps_keeps_the_ends() {
    let sigmas = |steps| -> Vec<f64> {
        let grid = Grid::karras(&Straight, 0.01, 9.0, 7.0, steps).unwrap();
        grid.levels().iter().map(|level| level.noise_to_signal()).collect()
    };
    close(&sigmas(1), &[9.0, 0.0]);
    close(&sigmas(2), &[9.0, 0.01, 0.0]);
}

#[test]
fn uniform_grids_have_exact_ends_and_even_steps() {
    for path in paths() {
        for steps in [1, 2, 3, 7, 100] {
            let grid = Grid::uniform(path.as_ref(), 1.0, 0.0, steps).unwrap();
            assert_eq!((grid.levels()[0], grid.levels()[steps]), (path.at(1.0), path.at(0.0)));
            let times: Vec<f64> = grid.steps().map(|(from, to)| from.t - to.t).collect();
            close(&times, &vec![1.0 / steps as f64; steps]);

            let grid = Grid::uniform_log_snr(path.as_ref(), -8.0, 8.0, steps).unwrap();
            let gains: Vec<f64> = grid.steps().map(|(from, to)| to.log_snr() - from.log_snr()).collect();
            close(&gains, &vec![16.0 / steps as f64; steps]);
        }
    }
}

#[test]
fn impossible_grids_are_refused_with_their_numbers() {
    let (linear, most) = (VpLinear::default(), 1_000_000);
    let high = linear.at(1.0).noise_to_signal();
    let low = f64::MIN_POSITIVE;
    for (grid, expected) in [
        (Grid::uniform(&linear, 1.0, 0.0, 0), GridError::Steps { given: 0, most }),
        (Grid::uniform(&linear, 1.0, 0.0, usize::MAX), GridError::Steps { given: usize::MAX, most }),
        (Grid::uniform(&linear, 0.2, 0.3, 5), not_falling(Straight.at(0.2), Straight.at(0.3 - 0.08))),
        (
            Grid::uniform(&linear, 1.5, 0.0, 5),
            GridError::OutOfRange { name: "from_t", value: 1.5, low: 0.0, high: 1.0 },
        ),
        (
            Grid::karras(&linear, 0.1, 500.0, 7.0, 5),
            GridError::OutOfRange { name: "sigma_max", value: 500.0, low, high },
        ),
        (Grid::karras(&linear, 0.0, 80.0, 7.0, 5), GridError::OutOfRange { name: "sigma_min", value: 0.0, low, high }),
        (
            Grid::karras(&linear, 0.1, 80.0, 0.0, 5),
            GridError::OutOfRange { name: "rho", value: 0.0, low: 0.1, high: 100.0 },
        ),
        (Grid::karras(&linear, 0.1, 80.0, 7.0, 0), GridError::Steps { given: 0, most }),
        (Grid::uniform_log_snr(&linear, f64::INFINITY, 8.0, 5), not_finite("from (log-SNR)")),
    ] {
        let error = grid.unwrap_err();
        if let (GridError::NotFalling { from, .. }, GridError::NotFalling { from: f, to, .. }) = (expected, error) {
            assert!(from == f && to > f, "{error}");
        } else {
            assert_eq!(error, expected);
        }
    }
    assert!(matches!(Grid::uniform(&linear, f64::NAN, 0.0, 5), Err(GridError::NotFinite { name: "from_t", .. })));
    assert!(matches!(Grid::karras(&linear, 5.0, 5.0, 7.0, 3), Err(GridError::NotFalling { .. })));
    assert!(matches!(Grid::uniform_log_snr(&linear, 1.0, -1.0, 3), Err(GridError::NotFalling { .. })));
    assert!(matches!(Grid::uniform_log_snr(&linear, -20.0, 8.0, 3), Err(GridError::OutOfRange { .. })));
}

/// More steps than there are numbers between the ends: the proof in the constructor notices.
#[test]
fn a_grid_too_fine_for_its_ends_is_refused() {
    let grid = Grid::uniform(&Straight, 0.5, 0.5 - 1e-15, 1000);
    assert!(matches!(grid, Err(GridError::NotFalling { .. } | GridError::TooClose { .. })), "{grid:?}");
}

/// Exact data and exact noise stay; a level next to them whose SNR would overflow does not.
#[test]
fn a_log_snr_that_overflows_is_refused() {
    let refused = Grid::uniform_log_snr(&Straight, -8.0, 720.0, 10).unwrap_err();
    assert!(matches!(refused, GridError::LogSnr { log_snr, most: 700.0, .. } if log_snr > 719.0), "{refused}");
    assert!(Grid::uniform_log_snr(&Straight, -8.0, 690.0, 10).is_ok());
    assert!(Grid::uniform(&Straight, 1.0, 0.0, 10).is_ok());
}

/// One unit in the last place apart is not a step; a million steps of the standard grids are.
#[test]
fn neighbours_that_nearly_coincide_are_refused() {
    let at = |t| Straight.at(t);
    let refused = Grid::new(vec![at(0.5), at(0.5_f64.next_down())]).unwrap_err();
    assert!(matches!(refused, GridError::TooClose { from: 0.5, .. }), "{refused}");
    // Far apart in log-SNR, but not in time.
    let cleaner = Level { t: 0.5_f64.next_down(), ..at(0.4) };
    assert!(matches!(Grid::new(vec![at(0.5), cleaner]), Err(GridError::TooClose { .. })));
    let (linear, many) = (VpLinear::default(), 1_000_000);
    for grid in [
        Grid::uniform(&linear, 1.0, 0.0, many),
        Grid::quadratic(&linear, 1.0, 0.0, many),
        Grid::cosine(&linear, 1.0, 0.0, many),
        Grid::uniform_log_snr(&linear, -8.0, 8.0, many),
        Grid::karras(&linear, 0.002, 80.0, 7.0, many),
        Grid::polyexponential(&linear, 0.002, 80.0, 1.0, many),
    ] {
        assert_eq!(grid.map(|grid| grid.len()), Ok(many));
    }
}

#[test]
fn errors_are_sentences_with_numbers() {
    let tiny = Grid::uniform(&Straight, 1e-200, 2e-200, 1).unwrap_err().to_string();
    assert!(tiny.contains("time 1e-200 (log-SNR 921.0") && tiny.contains("followed by 2e-200"), "{tiny}");
    let error = Grid::uniform(&Straight, 1.0, 0.0, 0).unwrap_err();
    assert_eq!(error.to_string(), "a grid has 1 to 1000000 steps, not 0");
    let error = Grid::uniform(&Straight, 1.0, -0.5, 3).unwrap_err();
    assert_eq!(error.to_string(), "to_t must lie between 0 and 1, not -0.5");
}

/// A grid that rises is refused with its two times; so are one level, equal ones, and what is not a number.
#[test]
fn levels_of_a_user_are_proven_to_fall() {
    let at = |t| Straight.at(t);
    let grid = Grid::new(vec![at(1.0), at(0.6), at(0.1), at(0.0)]).unwrap();
    assert_eq!((grid.len(), grid.last_step()), (3, LastStep::ToZero));
    assert_eq!(Grid::new(vec![at(0.2), at(0.1)]).unwrap().last_step(), LastStep::ToSigmaMin);
    assert_eq!(Grid::new(vec![at(1.0), at(0.2), at(0.6)]), Err(not_falling(at(0.2), at(0.6))));
    assert_eq!(Grid::new(vec![at(0.5), at(0.5)]), Err(not_falling(at(0.5), at(0.5))));
    // Time falls but the noise does not.
    let noisier = Level { t: 0.4, alpha: 0.1, sigma: 1.0 };
    assert_eq!(Grid::new(vec![at(0.5), noisier]), Err(not_falling(at(0.5), noisier)));
    // The noise falls but time does not.
    let later = Level { t: 0.6, alpha: 0.9, sigma: 0.1 };
    assert_eq!(Grid::new(vec![at(0.5), later]), Err(not_falling(at(0.5), later)));
    let nothing = Level { t: 0.4, alpha: f64::NAN, sigma: 1.0 };
    assert!(Grid::new(vec![at(0.5), nothing]).is_err());
    for few in [vec![], vec![at(1.0)]] {
        assert_eq!(Grid::new(few), Err(GridError::Steps { given: 0, most: 1_000_000 }));
    }
}

type Made = Result<Grid, GridError>;

/// Every grid on every path: any number of steps from 1, exact ends, strictly falling, every last step.
#[test]
fn every_grid_stands_on_every_path_with_every_last_step() {
    for path in every_path() {
        let path = path.as_ref();
        let end = path.end();
        let (min, max) = (0.05_f64, 0.9 * path.at(end).noise_to_signal().min(1e3));
        for steps in [1, 2, 3, 17, 400] {
            let grids: [(&str, Made); 6] = [
                ("uniform", Grid::uniform(path, end, 0.0, steps)),
                ("quadratic", Grid::quadratic(path, end, 0.0, steps)),
                ("cosine", Grid::cosine(path, end, 0.0, steps)),
                ("log-SNR", Grid::uniform_log_snr(path, -2.0 * max.ln(), -2.0 * min.ln(), steps)),
                ("karras", Grid::karras(path, min, max, 7.0, steps)),
                ("polyexponential", Grid::polyexponential(path, min, max, 1.5, steps)),
            ];
            for (name, grid) in grids {
                let grid = grid.unwrap();
                assert_eq!(grid.len(), steps, "{name}");
                assert!(grid.steps().all(|(from, to)| from.log_snr() < to.log_snr() && from.t >= to.t), "{name}");
                check_last_steps(name, &grid);
            }
        }
    }
}

fn check_last_steps(name: &str, grid: &Grid) {
    let data = grid.clone().ending(LastStep::ToZero).unwrap();
    let last = data.levels()[data.len()];
    assert_eq!((last.alpha, last.sigma, data.last_step()), (1.0, 0.0, LastStep::ToZero), "{name}");
    for policy in [LastStep::ToSigmaMin, LastStep::Tweedie] {
        match data.clone().ending(policy) {
            Ok(noisy) => {
                assert!(noisy.levels()[noisy.len()].sigma > 0.0 && noisy.last_step() == policy, "{name}");
                assert_eq!(noisy.ending(LastStep::ToZero).unwrap().levels()[..data.len()], data.levels()[..data.len()]);
            }
            Err(refused) => {
                assert_eq!((data.len(), refused), (1, GridError::Steps { given: 0, most: 1_000_000 }), "{name}");
            }
        }
    }
}

#[test]
fn quadratic_cosine_and_polyexponential_grids_are_their_formulas() {
    let times = |grid: Made| -> Vec<f64> { grid.unwrap().levels().iter().map(|level| level.t).collect() };
    close(&times(Grid::quadratic(&Straight, 1.0, 0.0, 4)), &[1.0, 0.5625, 0.25, 0.0625, 0.0]);
    close(&times(Grid::cosine(&Straight, 1.0, 0.0, 3)), &[1.0, 0.75, 0.25, 0.0]);
    close(&times(Grid::cosine(&Straight, 0.9, 0.1, 2)), &[0.9, 0.5, 0.1]);
    let sigmas = |grid: Made| -> Vec<f64> { grid.unwrap().levels().iter().map(|l| l.noise_to_signal()).collect() };
    close(&sigmas(Grid::polyexponential(&Edm::default(), 0.01, 1.0, 1.0, 3)), &[1.0, 0.1, 0.01, 0.0]);
    close(&sigmas(Grid::polyexponential(&Edm::default(), 0.01, 1.0, 2.0, 3)), &[1.0, 0.1f64.sqrt() * 0.1, 0.01, 0.0]);
}

/// On a path without exact data the last step of these grids leaves the path.
#[test]
fn karras_ends_in_data_even_where_the_path_does_not() {
    let grid = Grid::karras(&Ve::default(), 0.01, 50.0, 7.0, 5).unwrap();
    assert_eq!((grid.levels()[4].t, grid.levels()[4].sigma, grid.levels()[5]), (0.0, 0.01, Level::DATA));
    let below = Grid::karras(&Ve::default(), 0.001, 50.0, 7.0, 5).unwrap_err();
    assert_eq!(below, GridError::OutOfRange { name: "sigma_min", value: 0.001, low: 0.01, high: 50.0 });
}

fn every_path() -> Vec<Box<dyn Path>> {
    let mut all: Vec<Box<dyn Path>> = paths().into();
    all.push(Box::new(SubVp::default()));
    all.push(Box::new(Ve::default()));
    all.push(Box::new(Edm::default()));
    all.push(Box::new(VpSigmoid::default()));
    all.push(Box::new(VpLogLinear::default()));
    all.push(Box::new(Trigonometric::default()));
    all.push(Box::new(ShiftedStraight::new(3.0).unwrap()));
    let table: BetaTable = VpLinear::default().table(1000).unwrap();
    all.push(Box::new(table.zero_terminal_snr().unwrap()));
    all.push(Box::new(table));
    all
}

fn not_falling(from: Level, to: Level) -> GridError {
    GridError::NotFalling { from: from.t, to: to.t, log_snr: [from.log_snr(), to.log_snr()] }
}

fn not_finite(name: &'static str) -> GridError {
    GridError::NotFinite { name, value: f64::INFINITY }
}

fn paths() -> [Box<dyn Path>; 3] {
    [Box::new(Straight), Box::new(VpLinear::default()), Box::new(VpCosine::default())]
}

fn close(values: &[f64], expected: &[f64]) {
    assert_eq!(values.len(), expected.len());
    let near = values.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12);
    assert!(near, "{values:?} {expected:?}");
}
