//! Streams: what a seed and a purpose name.

use crate::fill::{fill_f32, fill_f64};
use crate::philox::philox4x32_10;
use crate::rng::StreamRng;

/// The blocks whose words are the low halves of the f64 normals' words.
pub(crate) const LOW_HALVES: u64 = 1 << 63;

/// A random stream: what (seed, purpose) names. Stateless: every number is a pure function of (seed, name, sample, index).
///
/// Names are paths by purpose, such as `data/order` or `init/conv_in.weight`. Samples are whatever the purpose counts: pictures,
/// steps, epochs. Each sample has 2^63 blocks of four words; the layout is in the [crate's table](crate#what-is-fixed).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stream {
    pub(crate) key: [u32; 2],
}

impl Stream {
    /// The stream of this seed and purpose. Any two of them are independent, as far as 64-bit keys do not collide.
    pub fn new(seed: u64, name: &str) -> Stream {
        let [name_low, name_high] = halves(fnv1a64(name.as_bytes()));
        let [k0, k1, _, _] = philox4x32_10([name_low, name_high, 0, u32::from_le_bytes(*b"Ito1")], halves(seed));
        Stream { key: [k0, k1] }
    }

    /// The four words of a block of a sample; `block` is below 2^63 (the others hold the low halves of f64 normals).
    #[inline(always)]
    pub fn words(self, sample: u64, block: u64) -> [u32; 4] {
        let ([block_low, block_high], [sample_low, sample_high]) = (halves(block), halves(sample));
        philox4x32_10([block_low, block_high, sample_low, sample_high], self.key)
    }

    /// Standard normals of one sample: `4b .. 4b + 3` come from block `b`, and `out[0]` is the first of `first_block`.
    ///
    /// Within 1e-6 of the exact transform of the words. Box and Muller 1958, "A note on the generation of random normal deviates".
    pub fn fill_normal_f32(self, sample: u64, first_block: u64, out: &mut [f32]) {
        fill_f32(self, &[sample], first_block, out);
    }

    /// The same normals with all their digits: [`Stream::fill_normal_f32`] is this one, to about f32 rounding.
    ///
    /// Within 1e-14 of the exact transform of the words. Only in a pair of radius above 5.5, where the 32 bits of a word get
    /// coarse, can the two differ by more than 1e-4.
    pub fn fill_normal_f64(self, sample: u64, first_block: u64, out: &mut [f64]) {
        fill_f64(self, &[sample], first_block, out);
    }

    /// A uniform number in the open interval (0, 1): an odd multiple of 2^-53, from words 0 and 1 of the block.
    pub fn uniform(self, sample: u64, block: u64) -> f64 {
        let [high, low, _, _] = self.words(sample, block);
        let bits = (u64::from(high) << 32 | u64::from(low)) >> 12;
        (bits as f64 + 0.5) / (1_u64 << 52) as f64
    }

    /// A generator for `rand`'s distributions and shuffles that walks the blocks of one sample, from block 0.
    pub fn rng(self, sample: u64) -> StreamRng {
        StreamRng::new(self, sample)
    }
}

/// Low and high half of a 64-bit number.
#[inline(always)]
pub(crate) fn halves(x: u64) -> [u32; 2] {
    [x as u32, (x >> 32) as u32]
}

/// Fowler, Noll and Vo's hash, variant 1a, 64 bits.
fn fnv1a64(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}
