//! Counter-based random streams: the same (seed, stream, sample, index) gives the same number on every machine.
//!
//! Nothing here has a hidden state. A [`Stream`] is named by a seed and a purpose, a sample by its number, and every random
//! number is a pure function of these and of its index. So sample 7 of seed 5 gets the same noise alone or in any batch, on any
//! thread, in f32 or (to rounding) in f64, and a run can go on in the middle.
//!
//! ```
//! use ito_noise::{SampleNoise, Stream};
//!
//! let stream = Stream::new(5, "sample/start");
//! let mut batch = [0.0_f32; 3 * 10];
//! SampleNoise::consecutive(stream, 0, 3).normal_f32(&mut batch);
//! let mut alone = [0.0_f32; 10];
//! stream.fill_normal_f32(2, 0, &mut alone);
//! assert_eq!(batch[20..], alone);
//! ```
//!
//! # What is fixed
//!
//! The numbers are part of the interface. All that follows is frozen by tests and cannot change.
//!
//! | thing | definition |
//! |---|---|
//! | generator | Philox4x32-10: 128-bit counter `c0..c3`, 64-bit key `k0, k1`, a block of four 32-bit words |
//! | key of a stream | words 0, 1 of the block with key = seed (low, high) and counter = FNV-1a-64 of the name's UTF-8 bytes (low, high), 0, the bytes `Ito1` read as a little-endian word |
//! | `c0`, `c1` | block number, low and high half |
//! | top bit of `c1` | 0: ordinary blocks, numbered below 2^63; 1: the low halves of the words of the block without that bit |
//! | `c2`, `c3` | sample number, low and high half |
//! | normals `4b .. 4b + 3` | from block `b` by Box-Muller: words 0, 1 give the first two (`r cos`, `r sin`), words 2, 3 the last two |
//! | radius, angle | `r = sqrt(-2 ln u)`, `theta = 2 pi v`, `u = (w + 1/2) / 2^32` of the even word, `v` likewise of the odd one |
//! | f64 normals | the words above are high halves; the same words of block `b + 2^63` are the low halves: `u = (w + 1/2) / 2^64` |
//! | uniform of a block | `(k + 1/2) / 2^52`, `k` the top 52 bits of word 0 (high), word 1 (low) |
//! | [`StreamRng`] | words 0, 1, 2, 3 of blocks 0, 1, 2, ...; 64-bit numbers and bytes little-endian |
//! | [`SampleNoise`] | one block number for all rows; a draw of `n` normals a row uses `ceil(n / 4)` blocks, a uniform uses one |
//! | arithmetic | `+ - * / sqrt` of IEEE 754 and integer operations, each rounded once; no fused multiply-add, no platform libm |
//!
//! The last line is what makes the bits equal on all machines, and for any vector width.
//!
//! A stream should serve one purpose only: its uniforms, its generator and its normals are made of the same words.

mod batch;
mod fill;
mod gaussian;
mod philox;
mod rng;
mod stream;

pub use batch::SampleNoise;
pub use philox::philox4x32_10;
pub use rng::StreamRng;
pub use stream::Stream;
