//! A Brownian path answers the same whatever was asked before, and whoever else is in the batch.
//!
//! Its law is proved exactly in `src/brownian/exact_law.rs`.

use ito_noise::{BrownianError, BrownianPath, SampleNoise, Stream};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

fn config(seed: u64, cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, rng_seed: RngSeed::Fixed(seed), ..ProptestConfig::default() }
}

fn path(seed: u64, rows: usize) -> BrownianPath {
    BrownianPath::consecutive(Stream::new(seed, "brownian"), 0, rows, 0.0, 1.0).unwrap()
}

type Bits = [Vec<u64>; 3];

fn ask(path: &mut BrownianPath, from: f64, to: f64, entries: usize) -> [Vec<f64>; 3] {
    let [mut w, mut h, mut k] = [(); 3].map(|()| vec![f64::NAN; entries]);
    path.fill_increment_with_areas(from, to, &mut w, &mut h, &mut k);
    let mut alone = vec![f64::NAN; entries];
    path.fill_increment(from, to, &mut alone);
    assert_eq!(bits(&alone), bits(&w), "the increment with areas and without, over [{from}, {to}]");
    [w, h, k]
}

fn bits(numbers: &[f64]) -> Vec<u64> {
    numbers.iter().map(|v| v.to_bits()).collect()
}

fn ask_bits(path: &mut BrownianPath, from: f64, to: f64, entries: usize) -> Bits {
    ask(path, from, to, entries).map(|numbers| bits(&numbers))
}

proptest! {
    #![proptest_config(config(1, 40))]

    #[test]
    fn answers_do_not_depend_on_what_was_asked_before(
        seed in any::<u64>(),
        questions in prop::collection::vec(prop::array::uniform2(-0.5..2.0_f64), 1..20),
        width in 1..6_usize,
    ) {
        let mut used = path(seed, 3);
        let asked: Vec<Bits> = questions.iter().map(|[a, b]| ask_bits(&mut used, *a, *b, 3 * width)).collect();
        for ([a, b], seen) in questions.iter().zip(&asked).rev() {
            prop_assert_eq!(&ask_bits(&mut path(seed, 3), *a, *b, 3 * width), seen, "a fresh path over [{}, {}]", a, b);
            prop_assert_eq!(&ask_bits(&mut used, *a, *b, 3 * width), seen, "the used path over [{}, {}]", a, b);
        }
    }

    #[test]
    fn a_sample_moves_the_same_alone_or_in_a_batch(
        seed in any::<u64>(), from in -0.5..1.5_f64, to in -0.5..1.5_f64, width in 1..9_usize,
    ) {
        let stream = Stream::new(seed, "brownian");
        let batch = ask(&mut path(seed, 9), from, to, 9 * width);
        let mut alone = BrownianPath::consecutive(stream, 7, 1, 0.0, 1.0).unwrap();
        let mut shuffled = BrownianPath::new(stream, vec![3, 7], 0.0, 1.0).unwrap();
        for (which, (batch, alone)) in batch.iter().zip(ask(&mut alone, from, to, width)).enumerate() {
            prop_assert_eq!(bits(&batch[7 * width..8 * width]), bits(&alone));
            prop_assert_eq!(bits(&ask(&mut shuffled, from, to, 2 * width)[which][width..]), bits(&alone));
        }
        // An entry's motion does not depend on how many follow it.
        let narrow = ask(&mut path(seed, 9), from, to, 9);
        prop_assert_eq!(narrow[0][7].to_bits(), batch[0][7 * width].to_bits());
    }

    #[test]
    fn neighbouring_intervals_add_up(seed in any::<u64>(), times in prop::array::uniform3(-0.5..1.5_f64)) {
        let mut path = path(seed, 5);
        let mut sorted = times;
        sorted.sort_by(f64::total_cmp);
        let [a, b, c] = sorted;
        // Chen's relation from the definitions: the shares of the whole, to the rounding of times.
        let (first, second) = ((b - a) / (c - a), (c - b) / (c - a));
        let ([w1, h1, k1], [w2, h2, k2]) = (ask(&mut path, a, b, 5), ask(&mut path, b, c, 5));
        let [w, h, k] = ask(&mut path, a, c, 5);
        for i in 0..5 {
            let lean = second * w1[i] - first * w2[i];
            let area = first * h1[i] + second * h2[i] + lean / 2.0;
            let time_area = first * first * k1[i] + second * second * k2[i]
                + first * second / 2.0 * (h1[i] - h2[i])
                + (second - first) / 12.0 * lean;
            let scale = 1e-15 * (1.0 + w1[i].abs() + w2[i].abs());
            prop_assert!((w[i] - w1[i] - w2[i]).abs() <= 4.0 * scale);
            // The shares know the times only as far as they are told apart.
            let shares = 1e-14 / (c - a) * (w1[i].abs() + w2[i].abs());
            prop_assert!((h[i] - area).abs() <= 4.0 * scale + shares, "{} and {}", h[i], area);
            prop_assert!((k[i] - time_area).abs() <= 4.0 * scale + shares, "{} and {}", k[i], time_area);
        }
    }

    #[test]
    fn running_backwards_flips_the_increment_and_the_odd_area(
        seed in any::<u64>(), from in -0.5..1.5_f64, to in -0.5..1.5_f64,
    ) {
        let mut path = path(seed, 4);
        let ([w, h, k], [back_w, back_h, back_k]) = (ask(&mut path, from, to, 4), ask(&mut path, to, from, 4));
        prop_assert_eq!(w, back_w.iter().map(|v| -v).collect::<Vec<_>>());
        prop_assert_eq!(h, back_h);
        prop_assert_eq!(k, back_k.iter().map(|v| -v).collect::<Vec<_>>());
    }

    #[test]
    fn no_finite_time_is_refused(seed in any::<u64>(), from in any::<f64>(), to in any::<f64>()) {
        let finite = from.is_finite() && to.is_finite();
        let [w, _, _] = ask(&mut path(seed, 1), from, to, 1);
        prop_assert_eq!(w[0].is_finite(), finite);
    }
}

#[test]
fn one_path_moves_states_of_any_row_length() {
    let mut used = path(5, 3);
    for width in [2, 5, 1, 2] {
        assert_eq!(ask_bits(&mut used, 0.1, 0.7, 3 * width), ask_bits(&mut path(5, 3), 0.1, 0.7, 3 * width), "{width}");
    }
}

#[test]
fn the_motion_starts_at_zero() {
    for clock in [[0.0, 1.0], [-3.0, 5.0], [4e-6, 6400.0]] {
        let mut path = BrownianPath::consecutive(Stream::new(5, "brownian"), 0, 3, clock[0], clock[1]).unwrap();
        let mut w = [f64::NAN; 6];
        path.fill_value(clock[0], &mut w);
        assert_eq!(w, [0.0; 6]);
        path.fill_value(clock[1], &mut w);
        let mut increment = [f64::NAN; 6];
        path.fill_increment(clock[0], clock[1], &mut increment);
        assert_eq!(w, increment);
    }
}

/// A place in the tree has 48 significant bits: a relative 3.6e-15.
#[test]
fn times_closer_than_the_resolution_are_one_time() {
    let mut path = path(5, 1);
    for t in [1e-3, 0.3, 0.7, 12.0].map(|t| f64::from(t as f32)) {
        for (apart, one) in [(1e-15, true), (1e-14, false)] {
            let w = ask(&mut path, t, t * (1.0 + apart), 1)[0][0];
            assert_eq!(w == 0.0, one, "W({t} (1 + {apart})) - W({t}) = {w}");
        }
    }
}

#[test]
fn what_is_not_finite_gives_nan_and_bad_clocks_are_refused() {
    let [inf, nan] = [f64::INFINITY, f64::NAN];
    for (from, to) in [(nan, 0.5), (0.5, nan), (inf, 0.5), (0.5, -inf), (nan, nan)] {
        assert!(ask(&mut path(5, 2), from, to, 2).iter().flatten().all(|v| v.is_nan()), "[{from}, {to}]");
    }
    for (from, to) in [(0.0, 0.0), (1.0, 0.0), (nan, 1.0), (0.0, nan), (0.0, inf), (-inf, 0.0), (-1e308, 1e308)] {
        let refused = BrownianPath::consecutive(Stream::new(5, "brownian"), 0, 1, from, to).unwrap_err();
        let BrownianError::Clock { from: said_from, to: said_to } = refused else { panic!("{refused}") };
        assert_eq!([said_from.to_bits(), said_to.to_bits()], [from.to_bits(), to.to_bits()]);
        assert!(refused.to_string().contains(&format!("from {from} to {to}")), "{refused}");
    }
}

#[test]
fn a_batch_of_no_rows_and_rows_of_no_entries_are_welcome() {
    assert_eq!(ask(&mut path(5, 0), 0.1, 0.9, 0), [vec![], vec![], vec![]]);
    assert_eq!(ask(&mut path(5, 3), 0.1, 0.9, 0), [vec![], vec![], vec![]]);
}

/// Against the motion and against the same stream used directly.
#[test]
fn white_noise_of_a_path_is_a_stream_of_its_own() {
    let mut used = path(5, 2);
    let (mut white, mut again, mut direct) = ([0.0_f64; 8], [0.0_f64; 8], [0.0_f64; 8]);
    used.white().normal_f64(&mut white);
    let mut after_questions = path(5, 2);
    ask(&mut after_questions, 0.1, 0.9, 8);
    after_questions.white().normal_f64(&mut again);
    assert_eq!(white, again);
    SampleNoise::consecutive(Stream::new(5, "brownian"), 0, 2).normal_f64(&mut direct);
    assert!(white.iter().zip(&direct).all(|(a, b)| a != b));
}

/// The first numbers: part of the interface, as the table of the crate says.
#[test]
fn the_first_motions_are_frozen() {
    let mut path = BrownianPath::consecutive(Stream::new(0, "test"), 0, 2, 0.0, 10.0).unwrap();
    let found = [[0.0, 16.0], [0.0, 8.0], [1.0, 3.3], [20.0, -1.0]].map(|[a, b]| ask_bits(&mut path, a, b, 2));
    let mut white = [0.0; 2];
    path.white().normal_f64(&mut white);
    let frozen = [
        [
            [0xc014fd3c29d47fba, 0xc011347c59ae427d],
            [0xc00622c1389d3d8c, 0x3fe30d7a3fa69334],
            [0x3fc7ffd0ed76fd54, 0x3fbeaa71b08b0199],
        ],
        [
            [0xc019cea258de790e, 0xbfef9b243a9b1c18],
            [0xbfb4ef3bf4d10020, 0x3fe1ee247af9ce18],
            [0x3fb1618b54d4e138, 0xbfb1478cdd9b8f7e],
        ],
        [
            [0xbffcd8b6a37773cc, 0x4006e2b283054314],
            [0x3f93247a549f1770, 0x3fd3b23a0eefefc1],
            [0xbf66e7771276bb66, 0xbfac0f771b884a57],
        ],
        [
            [0x4007588fa810eafe, 0x3fff2799b615c50a],
            [0xc0075d8f6c91766a, 0xbfdb377b843ab5cd],
            [0xbfcec099d73e41a8, 0xbfc59893c413da46],
        ],
    ];
    assert_eq!(found, frozen.map(|motion| motion.map(|part| part.to_vec())));
    assert_eq!(bits(&white), [0x3fe8f7e1e221ca29, 0xc00182e077cd86cc]);
}
