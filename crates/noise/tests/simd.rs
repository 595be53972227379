//! The same bits from vectors of every width.

use ito_noise::{SampleNoise, Stream, Vectors};

#[test]
fn every_level_fills_rows_with_the_plain_bits() {
    let stream = Stream::new(3, "simd");
    for (sample, block, length) in [(0, 0, 40_000), (u64::MAX, 1 << 40, 1001), (7, (1 << 62) - 3, 5), (1, 0, 1)] {
        let (mut single, mut double) = (vec![0.0_f32; length], vec![0.0_f64; length]);
        stream.fill_normal_f32_at(Vectors::PLAIN, sample, block, &mut single);
        stream.fill_normal_f64_at(Vectors::PLAIN, sample, block, &mut double);
        for level in Vectors::available() {
            let (mut narrow, mut wide) = (vec![0.0_f32; length], vec![0.0_f64; length]);
            stream.fill_normal_f32_at(*level, sample, block, &mut narrow);
            stream.fill_normal_f64_at(*level, sample, block, &mut wide);
            assert!(
                single.iter().zip(&narrow).all(|(a, b)| a.to_bits() == b.to_bits()),
                "{level}, f32, sample {sample}"
            );
            assert!(double.iter().zip(&wide).all(|(a, b)| a.to_bits() == b.to_bits()), "{level}, f64, sample {sample}");
        }
    }
}

#[test]
fn every_level_gives_lanes_the_bits_of_rows() {
    check_lanes::<1>(0, 0);
    check_lanes::<33>(5, 2);
    check_lanes::<64>(1 << 40, (1 << 61) + 1);
    check_lanes::<100>(u64::MAX - 50, 9);
    check_lanes::<256>(12, (1 << 63) - 1);
}

#[test]
fn every_level_gives_the_words_of_the_stream() {
    let stream = Stream::new(8, "words");
    for level in Vectors::available() {
        for (first, block) in [(0, 0), (u64::MAX - 3, (1 << 63) - 1), (0xFFFF_FFF0, 0xFFFF_FFFF)] {
            let mut words = [[0; 32]; 4];
            stream.word_lanes(*level, first, block, &mut words);
            for lane in 0..32 {
                let alone = stream.words(first.wrapping_add(lane as u64), block);
                assert_eq!(
                    words.map(|word| word[lane] as u32),
                    alone,
                    "{level}, sample {first} + {lane}, block {block}"
                );
            }
        }
    }
}

#[test]
fn samples_side_by_side_are_the_rows_of_a_batch() {
    let stream = Stream::new(1, "batch");
    let mut rows = [0.0; 70 * 4];
    SampleNoise::consecutive(stream, 30, 70).normal_f64(&mut rows);
    let mut lanes = [[0.0; 70]; 4];
    stream.normal_lanes_f64(Vectors::widest(), 30, 0, &mut lanes);
    for (k, row) in rows.chunks(4).enumerate() {
        assert_eq!(row, lanes.map(|lane| lane[k]));
    }
}

#[test]
fn levels_are_named_and_the_plain_one_is_first() {
    assert_eq!(Vectors::available()[0], Vectors::PLAIN);
    assert_eq!(Vectors::available().last(), Some(&Vectors::widest()));
    let names: Vec<String> = Vectors::available().iter().map(Vectors::to_string).collect();
    assert_eq!(names, ["plain", "avx2", "avx512"][..names.len()]);
}

fn check_lanes<const L: usize>(first: u64, block: u64) {
    let stream = Stream::new(11, "lanes");
    for level in Vectors::available() {
        let (mut single, mut double) = ([[0.0; L]; 4], [[0.0; L]; 4]);
        stream.normal_lanes_f32(*level, first, block, &mut single);
        stream.normal_lanes_f64(*level, first, block, &mut double);
        for lane in 0..L {
            let (mut narrow, mut wide) = ([0.0_f32; 4], [0.0_f64; 4]);
            stream.fill_normal_f32_at(Vectors::PLAIN, first.wrapping_add(lane as u64), block, &mut narrow);
            stream.fill_normal_f64_at(Vectors::PLAIN, first.wrapping_add(lane as u64), block, &mut wide);
            assert_eq!(single.map(|x| x[lane].to_bits()), narrow.map(f32::to_bits), "{level}, lane {lane} of {L}");
            assert_eq!(double.map(|x| x[lane].to_bits()), wide.map(f64::to_bits), "{level}, lane {lane} of {L}");
        }
    }
}
