//! A stream as a generator of `rand`.

use ito_noise::Stream;
use rand::{Rng, RngExt, seq::SliceRandom};

#[test]
fn the_generator_walks_the_blocks_of_its_sample() {
    let stream = Stream::new(3, "rng");
    let mut rng = stream.rng(8);
    let words: Vec<u32> = (0..3).flat_map(|block| stream.words(8, block)).collect();
    assert_eq!((0..12).map(|_| rng.next_u32()).collect::<Vec<_>>(), words);
}

#[test]
fn wider_numbers_and_bytes_are_little_endian() {
    let words = Stream::new(3, "rng").words(8, 0);
    let mut rng = Stream::new(3, "rng").rng(8);
    assert_eq!(rng.next_u64(), u64::from(words[0]) | u64::from(words[1]) << 32);
    let mut bytes = [0; 8];
    rng.fill_bytes(&mut bytes);
    assert_eq!(bytes[..4], words[2].to_le_bytes());
    assert_eq!(bytes[4..], words[3].to_le_bytes());
}

#[test]
fn it_drives_rands_distributions_and_shuffles() {
    let mut rng = Stream::new(3, "rng").rng(0);
    assert!((0..1000).all(|_| rng.random_range(0..6) < 6));
    let mut order: Vec<u32> = (0..100).collect();
    order.shuffle(&mut rng);
    assert_ne!(order, (0..100).collect::<Vec<_>>());
    order.sort_unstable();
    assert_eq!(order, (0..100).collect::<Vec<_>>());
}
