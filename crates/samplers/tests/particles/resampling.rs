//! Resampling: who is copied, what copies carry on, and what groups know of each other.

use ito_noise::{SampleNoise, Stream};
use ito_samplers::particles::{FeynmanKac, Particles, Resample, Sampled};
use ito_samplers::{Counted, Denoiser};
use ito_schedules::{Grid, LastStep, Level, Path, Straight};
use ito_testkit::Mixture;
use ndarray::Array2;

const SIZE: usize = 4;

/// Two steps without noise and a resampling between. A copy ends where the particle it was copied from ends alone, of the same group, and gains
/// in its last step what that one gains; before it, all of a group have the group's mean weight.
#[test]
fn a_copy_carries_on_as_the_particle_it_was_copied_from() {
    let (levels, laws) = ([0.9, 0.5, 0.1].map(|t| Straight.at(t)), laws());
    let first = go(&laws, &levels[..2], start(), Resample::Never);
    let free = go(&laws, &levels, start(), Resample::Never);
    let kept = go(&laws, &levels, start(), Resample::Below(1.0));
    assert_eq!((free.resampled, kept.resampled), (0, 1));
    let mut copied = 0;
    for group in [0..SIZE, SIZE..2 * SIZE] {
        let mean = group.clone().map(|k| first.particles.log_weights[k].exp()).sum::<f64>() / SIZE as f64;
        for k in group.clone() {
            let x = kept.particles.x[[k, 0]];
            let parent = group.clone().find(|j| free.particles.x[[*j, 0]] == x).expect("an end of its own group");
            let gained = free.particles.log_weights[parent] - first.particles.log_weights[parent];
            let log = kept.particles.log_weights[k];
            assert!((log - mean.ln() - gained).abs() < 1e-12, "{k}: {log} {mean} {gained}");
            copied += usize::from(parent != k);
        }
    }
    assert!(copied >= 2, "{copied}");
}

/// The share of effective particles after the first step is known from a run without: only groups below the threshold are resampled.
#[test]
fn a_group_is_resampled_below_its_threshold_and_not_above() {
    let (levels, laws) = ([0.9, 0.5, 0.1].map(|t| Straight.at(t)), laws());
    let first = go(&laws, &levels[..2], start(), Resample::Never);
    let share = |group: usize| {
        let log_weights = first.particles.log_weights[SIZE * group..SIZE * (group + 1)].to_vec();
        Particles { x: (), log_weights }.effective() / SIZE as f64
    };
    let shares = [share(0), share(1)];
    let (poor, rich) = if shares[0] < shares[1] { (0, 1) } else { (1, 0) };
    assert!(shares[poor] < shares[rich] - 0.01 && shares[rich] < 0.99, "{shares:?}");
    let free = go(&laws, &levels, start(), Resample::Never);
    let changed = |below: f64| {
        let end = go(&laws, &levels, start(), Resample::Below(below));
        let groups = [0, 1]
            .map(|g| (SIZE * g..SIZE * (g + 1)).any(|k| end.particles.log_weights[k] != free.particles.log_weights[k]));
        (end.resampled, groups[poor], groups[rich])
    };
    assert_eq!(changed(shares[poor] - 1e-9), (0, false, false));
    assert_eq!(changed(shares[poor] + 1e-9), (1, true, false));
    assert_eq!(changed(shares[rich] - 1e-9), (1, true, false));
    assert_eq!(changed(shares[rich] + 1e-9), (1, true, true));
}

/// Where the second group starts, and with what weights, is nothing to the first, bit for bit, with noise and resampling at every step.
#[test]
fn groups_do_not_know_of_each_other() {
    let laws = laws();
    let grid = Grid::uniform(&Straight, 0.9, 0.1, 6).unwrap();
    let run = |shift: f64, weight: f64| {
        let Particles { mut x, mut log_weights } = start();
        (SIZE..2 * SIZE).for_each(|k| (x[[k, 0]], log_weights[k]) = (x[[k, 0]] * 0.5 + shift, weight * k as f64));
        let sampler = FeynmanKac::new(terms(&laws), 1.0, Resample::Below(1.0), 2).unwrap();
        sampler.sample(&grid, Particles { x, log_weights }, &mut white()).unwrap()
    };
    let (one, other) = (run(0.0, 0.0), run(1.7, 3.0));
    assert_eq!((one.resampled, other.resampled), (5, 5));
    for k in 0..SIZE {
        assert_eq!(one.particles.x[[k, 0]], other.particles.x[[k, 0]]);
        assert_eq!(one.particles.log_weights[k], other.particles.log_weights[k]);
    }
    assert!((SIZE..2 * SIZE).all(|k| one.particles.x[[k, 0]] != other.particles.x[[k, 0]]));
}

/// At every level but data, also where copies are made.
#[test]
fn each_model_is_asked_once_a_level() {
    let laws = laws();
    let noisy = Grid::uniform(&Straight, 0.9, 0.1, 6).unwrap();
    let to_data = Grid::uniform(&Straight, 0.9, 0.0, 6).unwrap();
    let tweedie = noisy.clone().ending(LastStep::Tweedie).unwrap();
    for (grid, expected) in [(noisy, 7), (to_data, 6), (tweedie, 7)] {
        let counted = laws.each_ref().map(|law| Counted::new(law as &dyn Denoiser<Array2<f64>>));
        let terms = vec![(2.0, &counted[0]), (-1.0, &counted[1])];
        let sampler = FeynmanKac::new(terms, 1.0, Resample::Below(1.0), 2).unwrap();
        assert!(sampler.sample(&grid, start(), &mut white()).unwrap().resampled > 0);
        assert_eq!(counted.map(|model| model.evaluations()), [expected; 2]);
    }
}

fn laws() -> [Mixture; 2] {
    [Mixture::two_modes(), Mixture::new(&[(1.0, 0.0, 1.0)])]
}

fn terms(laws: &[Mixture; 2]) -> Vec<(f64, &Mixture)> {
    vec![(2.0, &laws[0]), (-1.0, &laws[1])]
}

fn start() -> Particles<Array2<f64>> {
    let x = Array2::from_shape_fn((2 * SIZE, 1), |(row, _)| 0.5 * row as f64 - 1.8);
    Particles { x, log_weights: vec![0.2, 0.5, -0.2, 0.9, 2.0, -0.4, -2.5, 2.2] }
}

fn go(laws: &[Mixture; 2], levels: &[Level], start: Particles<Array2<f64>>, r: Resample) -> Sampled<Array2<f64>> {
    let sampler = FeynmanKac::new(terms(laws), 0.0, r, 2).unwrap();
    sampler.sample(&Grid::new(levels.to_vec()).unwrap(), start, &mut white()).unwrap()
}

fn white() -> SampleNoise {
    SampleNoise::consecutive(Stream::new(5, "resampling"), 0, 2 * SIZE)
}
