//! A sample's noise does not depend on the batch it is drawn in, nor on how a draw is cut into pieces.

use ito_noise::{SampleNoise, Stream};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

proptest! {
    #![proptest_config(ProptestConfig {
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_row_alone_and_in_a_batch_has_the_same_bits(
        seed: u64,
        ids in prop::collection::vec(any::<u64>(), 1..40),
        lengths in prop::collection::vec(0_usize..150, 1..4),
    ) {
        let stream = Stream::new(seed, "batch");
        let mut together = SampleNoise::new(stream, ids.clone());
        let mut alone: Vec<_> = ids.iter().map(|&id| SampleNoise::new(stream, vec![id])).collect();
        for length in lengths {
            let (mut single, mut double) = (vec![0.0_f32; ids.len() * length], vec![0.0_f64; ids.len() * length]);
            together.normal_f32(&mut single);
            together.normal_f64(&mut double);
            let uniforms = together.uniform();
            for (k, noise) in alone.iter_mut().enumerate() {
                let (mut row, mut wide) = (vec![0.0_f32; length], vec![0.0_f64; length]);
                noise.normal_f32(&mut row);
                noise.normal_f64(&mut wide);
                prop_assert_eq!(&single[k * length..][..length], &row[..]);
                prop_assert_eq!(&double[k * length..][..length], &wide[..]);
                prop_assert_eq!(noise.uniform()[0], uniforms[k]);
            }
        }
    }

    #[test]
    fn a_long_draw_is_its_pieces(seed: u64, sample: u64, first in 0_u64..1 << 40, blocks in 1_usize..60, cut in 0_usize..60) {
        let stream = Stream::new(seed, "pieces");
        let cut = cut.min(blocks);
        let (mut whole, mut pieces) = (vec![0.0_f32; 4 * blocks], vec![0.0_f32; 4 * blocks]);
        stream.fill_normal_f32(sample, first, &mut whole);
        let (before, after) = pieces.split_at_mut(4 * cut);
        stream.fill_normal_f32(sample, first, before);
        stream.fill_normal_f32(sample, first + cut as u64, after);
        prop_assert_eq!(whole, pieces);
    }

    #[test]
    fn f32_and_f64_draws_advance_alike(seed: u64, rows in 1_usize..5, lengths in prop::collection::vec(0_usize..30, 1..5)) {
        let stream = Stream::new(seed, "pace");
        let (mut single, mut double) = (SampleNoise::consecutive(stream, 3, rows), SampleNoise::consecutive(stream, 3, rows));
        for length in lengths {
            let (mut x, mut y) = (vec![0.0; rows * length], vec![0.0; rows * length]);
            single.normal_f32(&mut x);
            double.normal_f64(&mut y);
            // The same block comes next: nothing here depends on the numbers, so there are no false alarms.
            prop_assert_eq!(single.uniform(), double.uniform());
        }
    }
}

#[test]
fn a_draw_of_n_normals_uses_the_next_quarter_of_n_blocks_rounded_up() {
    let stream = Stream::new(1, "cursor");
    let mut noise = SampleNoise::new(stream, vec![7]);
    let mut at = 0;
    for length in [5, 1, 4, 0, 130, 3] {
        let (mut drawn, mut expected) = (vec![0.0_f64; length], vec![0.0_f64; length]);
        noise.normal_f64(&mut drawn);
        stream.fill_normal_f64(7, at, &mut expected);
        assert_eq!(drawn, expected, "{length} normals from block {at}");
        at += length.div_ceil(4) as u64;
        assert_eq!(noise.uniform(), [stream.uniform(7, at)]);
        at += 1;
    }
}

#[test]
fn a_draw_of_nothing_is_nothing() {
    SampleNoise::new(Stream::new(0, "none"), Vec::new()).normal_f32(&mut []);
    SampleNoise::consecutive(Stream::new(0, "none"), 0, 3).normal_f64(&mut []);
    assert_eq!(SampleNoise::consecutive(Stream::new(0, "none"), 0, 0).uniform(), Vec::<f64>::new());
}

#[test]
#[should_panic(expected = "7 numbers do not fill 2 rows of equal length")]
fn rows_of_unequal_length_are_refused() {
    SampleNoise::consecutive(Stream::new(0, "unequal"), 0, 2).normal_f32(&mut [0.0; 7]);
}
