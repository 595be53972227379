//! A stream as a generator of `rand`.

use std::convert::Infallible;

use rand_core::{TryRng, utils};

use crate::stream::Stream;

/// Walks the words of one sample of a [`Stream`], for what asks for a generator: `rand`'s distributions and shuffles.
///
/// It implements `rand_core::Rng` (version 0.10), cannot fail and never ends. Not cryptographic.
#[derive(Clone, Debug)]
pub struct StreamRng {
    stream: Stream,
    sample: u64,
    /// The next block.
    block: u64,
    words: [u32; 4],
    /// How many of `words` are used up.
    used: usize,
}

impl StreamRng {
    pub(crate) fn new(stream: Stream, sample: u64) -> StreamRng {
        StreamRng { stream, sample, block: 0, words: [0; 4], used: 4 }
    }
}

impl TryRng for StreamRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        if self.used == self.words.len() {
            self.words = self.stream.words(self.sample, self.block);
            self.block += 1;
            self.used = 0;
        }
        self.used += 1;
        Ok(self.words[self.used - 1])
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        utils::next_u64_via_u32(self)
    }

    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Infallible> {
        utils::fill_bytes_via_next_word(dst, || self.try_next_u32())
    }
}
