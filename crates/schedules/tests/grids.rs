//! Grids: their values, and what cannot be one.

use ito_schedules::{Grid, GridError, Path, Straight, VpCosine, VpLinear};

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
        (Grid::uniform(&linear, 0.2, 0.3, 5), GridError::NotFalling { from: 0.2, to: 0.3 - 0.08 }),
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
        if let (GridError::NotFalling { from, .. }, GridError::NotFalling { from: f, to }) = (expected, error) {
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
    assert!(matches!(grid, Err(GridError::NotFalling { .. })), "{grid:?}");
}

#[test]
fn errors_are_sentences_with_numbers() {
    let error = Grid::uniform(&Straight, 1.0, 0.0, 0).unwrap_err();
    assert_eq!(error.to_string(), "a grid has 1 to 1000000 steps, not 0");
    let error = Grid::uniform(&Straight, 1.0, -0.5, 3).unwrap_err();
    assert_eq!(error.to_string(), "to_t must lie between 0 and 1 on this path, not -0.5");
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
