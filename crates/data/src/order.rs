//! The order in which a training run meets its data.

use ito_noise::Stream;
use rand::seq::SliceRandom;

/// The endless stream of shuffled epochs: position `p` lies in epoch `p / len`, and each epoch is a permutation of its own.
///
/// A pure function of (seed, len, position), so a run can go on anywhere. The permutation in use is kept: positions are best
/// asked for in order.
#[derive(Debug)]
pub struct Order {
    stream: Stream,
    len: usize,
    epoch: Epoch,
}

#[derive(Debug)]
struct Epoch {
    number: u64,
    permutation: Vec<u32>,
}

impl Order {
    /// The order of `len` items.
    ///
    /// # Panics
    /// If `len` is 0 or does not fit 32 bits.
    pub fn new(seed: u64, len: usize) -> Order {
        assert!(len > 0 && u32::try_from(len).is_ok(), "an order needs between 1 and 2^32 - 1 items, not {len}");
        let stream = Stream::new(seed, "data/order");
        Order { stream, len, epoch: shuffled(stream, len, 0) }
    }

    /// The item at a position, below `len`.
    pub fn index(&mut self, position: u64) -> usize {
        let (number, within) = (position / self.len as u64, position % self.len as u64);
        if self.epoch.number != number {
            self.epoch = shuffled(self.stream, self.len, number);
        }
        self.epoch.permutation[within as usize] as usize
    }
}

fn shuffled(stream: Stream, len: usize, number: u64) -> Epoch {
    let mut permutation: Vec<u32> = (0..len as u32).collect();
    permutation.shuffle(&mut stream.rng(number));
    Epoch { number, permutation }
}
