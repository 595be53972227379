//! Laws of Langevin motion and of path measures over random parameters.

use ito_noise::{SampleNoise, Stream};
use ito_sde::langevin::{
    Baoab, DoubleWell, Energy, Harmonic, Metropolis, Overdamped, Quicsort, Unadjusted, Underdamped,
};
use ito_sde::measure::{Girsanov, draw_path, log_probability};
use ito_sde::{Solver, Times, solve};
use ito_state::{Batch, Noise, Phase};
use ito_testkit::{Fresh, Gaussian, LinearForm};
use ndarray::Array2;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64, failure_persistence: None, rng_seed: RngSeed::Fixed(19), ..ProptestConfig::default()
    })]

    #[test]
    fn one_move_of_the_unadjusted_chain_keeps_its_own_stationary_law(k in 0.1..5.0, part in 0.01..0.95) {
        let h = 2.0 * part / k;
        let mut noise = Fresh::default();
        let rest = f64::powf(k * (1.0 - h * k / 2.0), -0.5);
        let start = noise.draw(&Gaussian::isotropic(2, rest));
        let moved = Unadjusted::new(Harmonic::new(k).unwrap(), h).unwrap().advance(&start, &mut noise).law();
        prop_assert!(moved.covariance_error(&Gaussian::isotropic(2, rest)) < 1e-12 * rest * rest);
    }

    #[test]
    fn one_step_of_baoab_keeps_its_own_stationary_law(k in 0.1..5.0, gamma in 0.0..20.0, part in 0.01..0.95, heat in 0.0..3.0) {
        let h = 2.0 * part / f64::sqrt(k);
        let sde = Underdamped::new(Harmonic::new(k).unwrap(), gamma, heat).unwrap();
        let mut noise = Fresh::default();
        let [q, p] = [heat / k, heat * (1.0 - h * h * k / 4.0)].map(|v| Gaussian::isotropic(1, v.sqrt()));
        let start = Phase { position: noise.draw(&q), velocity: noise.draw(&p) };
        let end = Baoab.step(&sde, 0.0, h, &start, &mut noise);
        prop_assert!(end.position.law().covariance_error(&q) < 1e-12 * (1.0 + q.covariance[[0, 0]]));
        prop_assert!(end.velocity.law().covariance_error(&p) < 1e-12 * (1.0 + heat));
    }

    #[test]
    fn exact_transitions_compose(k in -1.0..30.0, gamma in 0.0..30.0, first in 0.0..0.8, second in 0.0..0.8) {
        let sde = Underdamped::new(Harmonic::new(k).unwrap(), gamma, 1.0).unwrap();
        let end = |times: &[f64]| {
            let mut noise = Fresh::default();
            let start = Phase { position: noise.draw(&Gaussian::isotropic(1, 1.0)), velocity: noise.draw(&Gaussian::isotropic(1, 1.0)) };
            times.iter().fold(start, |x, t| sde.transition(*t).unwrap().draw(&x, &mut noise))
        };
        let (once, twice) = (end(&[first + second]), end(&[first, second]));
        let both = |x: &Phase<LinearForm>| LinearForm::lincomb(&[(1.0, &x.position), (1.0, &x.velocity)]);
        for (a, b) in [(&once.position, &twice.position), (&once.velocity, &twice.velocity), (&both(&once), &both(&twice))] {
            let (a, b) = (a.law().covariance[[0, 0]], b.law().covariance[[0, 0]]);
            prop_assert!((a - b).abs() < 1e-12 * (1.0 + a), "{a} {b}");
        }
    }

    /// Without friction there is no noise, and a step back undoes a step to the order of the method, of BAOAB exactly.
    #[test]
    fn without_friction_baoab_is_reversible_and_both_keep_the_energy(q in -1.5..1.5, p in -1.5..1.5) {
        let sde = Underdamped::new(DoubleWell::new(0.5, 1.0).unwrap(), 0.0, 1.0).unwrap();
        let start = Phase { position: Array2::<f64>::from_elem((1, 1), q), velocity: Array2::from_elem((1, 1), p) };
        let mut noise = SampleNoise::consecutive(Stream::new(1, "newton"), 0, 1);
        let there = Baoab.step(&sde, 0.0, 0.1, &start, &mut noise);
        let back = Baoab.step(&sde, 0.1, 0.0, &there, &mut noise);
        prop_assert!((back.position[[0, 0]] - q).abs() + (back.velocity[[0, 0]] - p).abs() < 1e-12);
        let energy = |x: &Phase<Array2<f64>>| sde.potential().energy(&x.position)[0] + x.velocity[[0, 0]].powi(2) / 2.0;
        let times = Times::uniform(0.0, 2.0, 200).unwrap();
        for end in [solve(&Baoab, &sde, &times, start.clone(), &mut noise), solve(&Quicsort, &sde, &times, start.clone(), &mut noise)] {
            prop_assert!((energy(&end) - energy(&start)).abs() < 2e-3);
        }
    }

    /// Rows decide alone: the same sample moves the same way in any batch.
    #[test]
    fn metropolis_moves_a_row_alone_as_in_a_batch(seed in 0u64..1000, h in 0.01..0.5) {
        let chain = Metropolis::new(DoubleWell::new(1.0, 1.0).unwrap(), h).unwrap();
        let run = |first, count| {
            let mut noise = SampleNoise::consecutive(Stream::new(seed, "alone"), first, count);
            let mut walkers = chain.start(Array2::<f64>::ones((count, 3))).unwrap();
            chain.run(&mut walkers, 6, &mut noise);
            walkers.into_position()
        };
        prop_assert_eq!(run(0, 5).row(3).to_vec(), run(3, 1).row(0).to_vec());
    }

    #[test]
    fn the_girsanov_weight_is_the_ratio_of_two_probabilities(
        seed in 0u64..1000, k in -2.0..4.0, barrier in 0.1..2.0, diffusion in 0.05..3.0, steps in 1usize..30,
    ) {
        let drawn = Overdamped::new(Harmonic::new(k).unwrap(), diffusion).unwrap();
        let other = Overdamped::new(DoubleWell::new(barrier, 1.0).unwrap(), diffusion).unwrap();
        let times = Times::uniform(0.3, 0.8, steps).unwrap();
        let mut noise = SampleNoise::consecutive(Stream::new(seed, "ratio"), 0, 4);
        let start = noise.normal_like(&Array2::<f64>::zeros((4, 2)));
        let path = draw_path(&drawn, &times, start, &mut noise);
        let weights = Girsanov::new(&drawn, &other).log_weights(&times, &path).unwrap();
        let p = log_probability(&drawn, &times, &path).unwrap();
        let q = log_probability(&other, &times, &path).unwrap();
        for row in 0..4 {
            let scale = 1.0 + p[row].abs() + q[row].abs();
            prop_assert!((weights[row] - (q[row] - p[row])).abs() < 1e-11 * scale);
        }
    }
}
