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
//! | [`BrownianPath`] | a tree; node `a` of it (a 128-bit address) has the stream whose key is words 0, 1 of the block with the stream's key and counter `a`, lowest word first; entry `c` of sample `k` uses normals `4c, 4c + 1, 4c + 2` of sample `k` there |
//! | its places | a time is `t - start`, rounded to 48 significant bits; with `2^r` the smallest power of two that covers the clock, root 0 is `[0, 2^r)`, root `n` is `[2^(r+n-1), 2^(r+n))`, for each sign of `t - start`; a place in a root is a 112-bit index, rounded |
//! | its addresses | bits 0 to 112: a leading 1, then the turns from the root, 0 for the half nearer to the start, or all 0 for what the root itself draws; bits 113 to 124: number of the root; bit 125: set before the start; `2^127`: the white noise |
//! | its numbers | a root of width `h` has `W, H, K = sqrt(h) z0, sqrt(h/12) z1, sqrt(h/720) z2`; halves of a node of width `h` have `W1 - W2 = 3H + d`, `H1 + H2 = (H - d)/2`, `H1 - H2 = 15/2 K + e`, `K1 + K2 = K/4 - e/2`, `K1 - K2 = f` with `d, e, f = sqrt(h/4) z0, sqrt(h/192) z1, sqrt(h/720) z2` |
//! | lanes of a tile (`ito_state::TileNoise`) | normal `n` of a sample stands in block `n / 4`, whatever the shape of the states; uniform `u` is that of block `2^62 + u`; a normal start uses blocks from `2^61` on |
//! | arithmetic | `+ - * / sqrt` of IEEE 754 and integer operations, each rounded once; no fused multiply-add, no platform libm |
//!
//! The last line is what makes the bits equal on all machines, and for any vector width.
//!
//! A stream should serve one purpose only: its uniforms, its generator and its normals are made of the same words.

mod batch;
mod brownian;
mod fill;
mod gaussian;
mod philox;
mod rng;
mod simd;
mod simd_kernel;
mod simd_lanes;
mod simd_pack;
mod stream;

pub use batch::SampleNoise;
pub use brownian::{BrownianBridge, BrownianError, BrownianPath};
pub use philox::philox4x32_10;
pub use rng::StreamRng;
pub use simd::Vectors;
pub use stream::Stream;
