//! Bad input is answered by a typed error with the numbers in it; densities answer questions.

mod fokker_planck_support;

use fokker_planck_support::{normal, steps};
use ito_sde::fokker_planck::FokkerPlanckError::*;
use ito_sde::fokker_planck::{Density1, Density2, Equation1, Equation2, Grid1, Grid2, Scheme};
use ito_sde::{SdeError, Times};

#[test]
fn bad_grids_are_refused() {
    assert_eq!(Grid1::new(vec![]), Err(TooFewCells { found: 0, least: 3 }));
    assert_eq!(Grid1::uniform(0.0, 1.0, 0), Err(TooFewCells { found: 0, least: 3 }));
    assert_eq!(Grid1::uniform(0.0, 1.0, 2), Err(TooFewCells { found: 2, least: 3 }));
    let fold = Grid1::new(vec![0.0, 1.0, 0.5, 2.0]);
    assert_eq!(fold, Err(FacesNotRising { index: 2, before: 1.0, after: 0.5 }));
    assert_eq!(Grid1::uniform(0.0, 0.0, 4), Err(FacesNotRising { index: 1, before: 0.0, after: 0.0 }));
    let infinite = Argument(SdeError::NotFinite { name: "a face", value: f64::INFINITY });
    assert_eq!(Grid1::new(vec![0.0, 1.0, 2.0, f64::INFINITY]), Err(infinite));
    assert!(matches!(Grid1::uniform(f64::NAN, 1.0, 4), Err(Argument(SdeError::NotFinite { .. }))));
    let flat = Argument(SdeError::NotPositive { name: "width", value: 0.0 });
    assert_eq!(Grid1::clustered(0.0, 1.0, 4, 0.5, 0.0), Err(flat));
}

#[test]
fn bad_densities_are_refused() {
    let grid = Grid1::uniform(0.0, 1.0, 4).unwrap();
    assert_eq!(Density1::new(&grid, vec![0.0; 4]), Err(NoMass));
    assert_eq!(Density1::new(&grid, vec![1.0; 3]), Err(OtherGrid));
    assert_eq!(Density1::new(&grid, vec![1.0, -0.5, 1.0, 1.0]), Err(BadDensity { cell: 1, value: -0.5 }));
    assert!(matches!(Density1::from_function(&grid, |_| f64::NAN), Err(BadDensity { cell: 0, .. })));
    assert_eq!(Density1::point(&grid, 1.5), Err(Outside { x: 1.5, from: grid.from(), to: grid.to() }));
    let plane = Grid2::new(grid.clone(), grid.clone());
    assert_eq!(Density2::new(&plane, vec![1.0; 15]), Err(OtherGrid));
    assert_eq!(Density2::from_function(&plane, |_| 0.0), Err(NoMass));
}

#[test]
fn bad_coefficients_are_refused_with_their_place() {
    let grid = Grid1::uniform(0.0, 1.0, 4).unwrap();
    let start = Density1::from_function(&grid, |_| 1.0).unwrap();
    let run = |equation: Equation1| equation.evolve(&start, &steps(1.0, 1), Scheme::Exponential).unwrap_err();
    let pole = Equation1::steady(&grid, |x| 1.0 / (x - 0.5), |_| 1.0);
    assert_eq!(run(pole), NotFinite { name: "the drift", t: 0.5, x: 0.5, y: None, value: f64::INFINITY });
    let negative = Equation1::new(&grid, |_, _| 0.0, |t, x| t - x);
    assert_eq!(run(negative), NegativeDiffusion { t: 0.5, x: 0.625, y: None, value: -0.125 });
    let source = Equation1::steady(&grid, |_| 0.0, |_| 1.0).with_source(|_, x| if x > 0.5 { f64::NAN } else { 1.0 });
    assert!(matches!(run(source), NotFinite { name: "the source", x: 0.625, .. }));
    let plane = Grid2::new(grid.clone(), grid.clone());
    let bad = Equation2::steady(&plane, |_| [0.0; 2], |[_, y]| [1.0, 0.5 - y]);
    let error = bad.generator(2.0).unwrap_err();
    assert_eq!(error, NegativeDiffusion { t: 2.0, x: 0.125, y: Some(0.625), value: -0.125 });
    assert_eq!(error.to_string(), "the diffusion is -0.125, below zero, at time 2, place (0.125, 0.625)");
}

#[test]
fn a_density_or_function_of_another_grid_falling_times_and_endless_work_are_refused() {
    let (grid, other) = (Grid1::uniform(0.0, 1.0, 4).unwrap(), Grid1::uniform(0.0, 2.0, 4).unwrap());
    let equation = Equation1::steady(&grid, |_| 0.0, |_| 1.0);
    let start = Density1::from_function(&other, |_| 1.0).unwrap();
    assert_eq!(equation.evolve(&start, &steps(1.0, 1), Scheme::Exponential).unwrap_err(), OtherGrid);
    assert_eq!(equation.generator(0.0).unwrap().forward(&[1.0; 5]), Err(OtherGrid));
    assert_eq!(equation.expectation(&[1.0; 5], &steps(1.0, 1)), Err(OtherGrid));
    let start = Density1::from_function(&grid, |_| 1.0).unwrap();
    let back = Times::uniform(1.0, 0.0, 1).unwrap();
    assert_eq!(equation.evolve(&start, &back, Scheme::ImplicitEuler).unwrap_err(), TimesFall { from: 1.0, to: 0.0 });
    // The fastest cell hops at 2 x 16, so that 1e12 time units are 3.2e13 products.
    let error = equation.evolve(&start, &steps(1e12, 1), Scheme::Exponential).unwrap_err();
    assert_eq!(error, TooStiff { products: 3.2e13, limit: 1e9 });
    let run = equation.evolve(&start, &steps(1e12, 1), Scheme::ImplicitEuler).unwrap();
    assert!(run.density.values().iter().all(|p| (p - 1.0).abs() < 1e-12));
}

#[test]
fn a_density_answers_for_its_mean_variance_quantiles_and_probabilities() {
    let grid = Grid1::clustered(-6.0, 8.0, 1600, 0.5, 2.0).unwrap();
    let p = Density1::from_function(&grid, |x| normal(x, 0.5, 0.49)).unwrap();
    assert!((p.mass() - 1.0).abs() < 1e-12 && (p.mean() - 0.5).abs() < 1e-6 && (p.variance() - 0.49).abs() < 2e-5);
    // The normal law has 0.682689 within one deviation, 0.975 below 1.959964 of them.
    assert!((p.probability(-0.2, 1.2) - 0.682_689_492).abs() < 1e-5);
    assert!((p.quantile(0.975) - 0.5 - 0.7 * 1.959_963_985).abs() < 1e-4);
    assert!((p.cumulative(p.quantile(0.3)) - 0.3).abs() < 1e-12);
    assert_eq!((p.cumulative(-9.0), p.quantile(0.0), p.quantile(-1.0), p.quantile(2.0)), (0.0, -6.0, -6.0, 8.0));
    let bins = p.bins(&[-6.0, 0.0, 0.5, 8.0]);
    assert!((bins.iter().sum::<f64>() - 1.0).abs() < 1e-12 && (bins[2] - 0.5).abs() < 1e-6);
    let half = Density1::new(&grid, p.values().iter().map(|v| 0.5 * v).collect()).unwrap();
    assert!((half.mean() - 0.5).abs() < 1e-6 && (half.l1_distance(&p).unwrap() - 0.5).abs() < 1e-12);
    assert!((half.normalised().l1_distance(&p).unwrap()).abs() < 1e-12);
    let point = Density1::point(&grid, 8.0).unwrap();
    assert!((point.mass() - 1.0).abs() < 1e-15 && point.values()[1599] > 0.0);
}

/// A sink may take more than there is; the balance says so and still closes.
#[test]
fn a_sink_that_takes_too_much_is_seen_in_the_minimum() {
    let grid = Grid1::uniform(0.0, 1.0, 20).unwrap();
    let equation = Equation1::steady(&grid, |_| 0.0, |_| 0.01).with_source(|_, x| if x < 0.5 { -3.0 } else { 0.0 });
    let start = Density1::from_function(&grid, |_| 1.0).unwrap();
    for scheme in [Scheme::Exponential, Scheme::ImplicitEuler] {
        let balance = equation.evolve(&start, &steps(1.0, 2), scheme).unwrap().balance;
        assert!(balance.minimum < 0.0 && balance.residual().abs() < 1e-12, "{balance:?}");
    }
}

#[test]
fn input_that_is_not_finite_or_not_there_is_refused_with_its_numbers() {
    let grid = Grid1::uniform(-1.0, 1.0, 5).unwrap();
    let outside = Outside { x: 3.0, from: -1.0, to: 1.0 };
    assert_eq!(Density1::point(&grid, 3.0), Err(outside));
    assert!(Density1::point(&grid, 0.0).unwrap().quantile(f64::NAN).is_nan());
    let equation = Equation1::steady(&grid, |x| -x, |_| 0.5);
    assert!(equation.expectation(&[f64::NAN; 5], &steps(1.0, 1)).is_err());
    assert!(equation.residual(|_, _| 1.0, 0.0, 0.0).is_err());
    let many = SdeError::TooMany { name: "cells", count: usize::MAX };
    assert_eq!(Grid1::uniform(0.0, 1.0, usize::MAX), Err(Argument(many)));
}
