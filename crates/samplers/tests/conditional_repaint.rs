//! RePaint on Gaussian data: its exact law, by linear forms, against the exact conditional law.

use ito_samplers::conditional::{ConditionalError, Repaint};
use ito_samplers::{Ancestral, Counted, Sampler};
use ito_schedules::{Grid, LastStep, Level, Path, Straight, VpLinear};
use ito_state::Noise;
use ito_testkit::{Fresh, Gaussian, GaussianData, LinearForm};
use ndarray::{Array2, array};

/// Two numbers of correlation 0.5, the first known. In multiples of the exact conditional deviation.
#[test]
fn resampling_brings_the_mean_of_the_part_sought_to_the_conditional_mean() {
    for path in [&Straight as &dyn Path, &VpLinear::default()] {
        let errors = [1, 2, 4, 8, 16].map(|times| off(&inpainted(path, &grid(path, 32), times, 1)).0.abs());
        println!("mean off by, times 1, 2, 4, 8, 16: {errors:.4?}");
        assert!(errors.windows(2).all(|pair| pair[1] < 0.75 * pair[0]), "{errors:?}");
        assert!(errors[0] > 0.2 && errors[4] < 0.03, "{errors:?}");
    }
}

/// Each ancestral step loses some variance, and resampling repeats it: a defect of the steps, smaller on finer grids.
#[test]
fn resampling_loses_spread_the_more_the_coarser_the_grid() {
    for path in [&Straight as &dyn Path, &VpLinear::default()] {
        let spread = |steps, times| off(&inpainted(path, &grid(path, steps), times, 1)).1;
        let (coarse, fine) = ([1, 4, 8].map(|times| spread(32, times)), [1, 4, 8].map(|times| spread(128, times)));
        println!("deviation off by, times 1, 4, 8: 32 steps {coarse:.4?}, 128 steps {fine:.4?}");
        assert!(coarse.windows(2).chain(fine.windows(2)).all(|pair| pair[1] < pair[0]), "{coarse:?} {fine:?}");
        assert!(coarse[2] < -0.1 && fine[2] > 0.5 * coarse[2] && fine[2] < 0.0, "{coarse:?} {fine:?}");
    }
}

/// Wasserstein's distance of normal laws on the line.
#[test]
fn on_a_fine_grid_the_distance_to_the_conditional_law_falls_with_resampling_and_does_not_vanish() {
    let distances = [1, 2, 4, 8].map(|times| distance(&inpainted(&Straight, &grid(&Straight, 128), times, 1)));
    println!("128 steps, times 1, 2, 4, 8: {distances:.4?}");
    assert!(distances.windows(2).all(|pair| pair[1] < pair[0]), "{distances:?}");
    assert!(distances[0] > 0.2 && distances[3] > 0.03 && distances[3] < 0.06, "{distances:?}");
}

#[test]
fn longer_stretches_resample_too() {
    for jump in [1, 2, 4] {
        let [once, often] = [1, 8].map(|times| distance(&inpainted(&Straight, &grid(&Straight, 32), times, jump)));
        println!("jump {jump}: once {once:.4}, 8 times {often:.4}");
        assert!(often < once, "{jump}: {often} {once}");
    }
}

#[test]
fn the_known_part_comes_out_exactly() {
    for (times, jump, steps) in [(1, 1, 1), (3, 2, 1), (1, 5, 7), (3, 2, 7), (2, 10, 3)] {
        let law = inpainted(&Straight, &grid(&Straight, steps), times, jump);
        assert_eq!((law.mean[0], law.covariance[[0, 0]]), (KNOWN, 0.0), "{times} {jump} {steps}");
    }
}

/// At a last level with noise the known part is the known datum at that level; after Tweedie's estimate it is the datum.
#[test]
fn the_known_part_has_the_law_of_the_last_level() {
    let kept = grid(&Straight, 8).ending(LastStep::ToSigmaMin).unwrap();
    let law = inpainted(&Straight, &kept, 2, 1);
    assert!((law.mean[0] - 0.875 * KNOWN).abs() < 1e-15 && (law.covariance[[0, 0]] - 0.125 * 0.125).abs() < 1e-15);
    let law = inpainted(&Straight, &grid(&Straight, 8).ending(LastStep::Tweedie).unwrap(), 2, 1);
    assert_eq!((law.mean[0], law.covariance[[0, 0]]), (KNOWN, 0.0));
}

#[test]
fn every_step_of_every_passage_is_taken_and_seen() {
    let data = data();
    let counted = Counted::new(&data);
    let (known, mut noise, mut seen) = (constant(), Fresh::default(), Vec::new());
    let start = noise.draw(&Gaussian::isotropic(2, 1.0));
    let grid = Grid::uniform(&Straight, 1.0, 0.0, 4).unwrap();
    let repaint = Repaint::new(&known, &first, 2, 3).unwrap();
    let mut observe = |done, _: &LinearForm, level: Level| seen.push((done, level.t));
    repaint.sample(&counted, &Straight, &grid, &mut ancestral, start, &mut noise, &mut observe).unwrap();
    let times = [1.0, 0.75, 0.5, 0.25, 0.75, 0.5, 0.25, 0.0, 0.0];
    assert_eq!(seen, times.into_iter().enumerate().collect::<Vec<_>>());
    assert_eq!(counted.evaluations(), 8);
}

/// A Brownian path would give the second passage the noise of the first.
#[test]
fn the_clock_of_the_noise_is_never_asked() {
    struct Clockless(Fresh);
    impl Noise<LinearForm> for Clockless {
        fn normal_like(&mut self, like: &LinearForm) -> LinearForm {
            self.0.normal_like(like)
        }
        fn increment(&mut self, _from: f64, _to: f64, _like: &LinearForm) -> LinearForm {
            panic!("asked for an increment on a clock")
        }
        fn uniform_rows(&mut self, like: &LinearForm) -> Vec<f64> {
            self.0.uniform_rows(like)
        }
    }
    let (data, known, mut noise) = (data(), constant(), Fresh::default());
    let start = noise.draw(&Gaussian::isotropic(2, 1.0));
    let repaint = Repaint::new(&known, &first, 2, 1).unwrap();
    let (grid, noise) = (grid(&Straight, 4), &mut Clockless(noise));
    repaint.sample(&data, &Straight, &grid, &mut ancestral, start, noise, &mut |_, _, _| {}).unwrap();
}

#[test]
fn nothing_is_done_no_times() {
    let known = constant();
    let refused = |times, jump| Repaint::new(&known, &first, times, jump).err().map(|e| e.to_string());
    assert_eq!(refused(0, 1).as_deref(), Some("how often each stretch of steps is taken must be at least 1, not 0"));
    assert_eq!(refused(1, 0).as_deref(), Some("the number of steps of a stretch must be at least 1, not 0"));
    assert!(matches!(Repaint::new(&known, &first, 0, 0), Err(ConditionalError::Zero { .. })));
}

const KNOWN: f64 = 1.4;

fn inpainted(path: &dyn Path, grid: &Grid, times: usize, jump: usize) -> Gaussian {
    let (known, mut noise) = (constant(), Fresh::default());
    let start = noise.draw(&Gaussian::isotropic(2, grid.levels()[0].sigma));
    let repaint = Repaint::new(&known, &first, times, jump).unwrap();
    let end = repaint.sample(&data(), path, grid, &mut ancestral, start, &mut noise, &mut |_, _, _| {}).unwrap();
    end.law()
}

/// How far the second number's mean and deviation are above those of its exact law given the first, in its deviations.
fn off(law: &Gaussian) -> (f64, f64) {
    let Gaussian { mean, covariance } = data().marginal(Level::DATA);
    let slope = covariance[[1, 0]] / covariance[[0, 0]];
    let exact_mean = mean[1] + slope * (KNOWN - mean[0]);
    let exact_deviation = (covariance[[1, 1]] - slope * covariance[[0, 1]]).sqrt();
    ((law.mean[1] - exact_mean) / exact_deviation, law.covariance[[1, 1]].sqrt() / exact_deviation - 1.0)
}

fn distance(law: &Gaussian) -> f64 {
    let (mean, deviation) = off(law);
    mean.hypot(deviation)
}

/// The projection onto the first number.
fn first(x: &LinearForm) -> LinearForm {
    x.affine(&array![[1.0, 0.0], [0.0, 0.0]], &array![0.0, 0.0])
}

/// The known number, and one that does not matter.
fn constant() -> LinearForm {
    Fresh::default().draw(&Gaussian { mean: array![KNOWN, 99.0], covariance: Array2::zeros((2, 2)) })
}

fn ancestral() -> Box<dyn Sampler<LinearForm>> {
    Box::new(Ancestral)
}

fn grid(path: &dyn Path, steps: usize) -> Grid {
    Grid::uniform(path, 1.0, 0.0, steps).unwrap()
}

fn data() -> GaussianData {
    GaussianData::new(&[0.7, -0.4], &[0.8, 0.25], 0.6)
}
