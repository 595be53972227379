//! Normals of many samples side by side.

use crate::simd::Vectors;
use crate::simd_kernel::{self as kernel, Aligned, Places};
use crate::stream::Stream;

impl Stream {
    /// Normals `4 block .. 4 block + 3` of the samples `first, first + 1, ...`: `out[i][lane]` is number `4 block + i` of sample
    /// `first + lane`, the bits of [`Stream::fill_normal_f32`].
    ///
    /// Fastest where `L` is a multiple of 64 and `out` stands at a multiple of 64 bytes.
    #[inline]
    pub fn normal_lanes_f32<const L: usize>(self, level: Vectors, first: u64, block: u64, out: &mut [[f32; L]; 4]) {
        by_chunks(
            first,
            out,
            #[inline(always)]
            |first, out| chunk_f32(self, level, first, block, out),
        );
    }

    /// [`Stream::normal_lanes_f32`] with all digits, the bits of [`Stream::fill_normal_f64`].
    #[inline]
    pub fn normal_lanes_f64<const L: usize>(self, level: Vectors, first: u64, block: u64, out: &mut [[f64; L]; 4]) {
        by_chunks(
            first,
            out,
            #[inline(always)]
            |first, out| chunk_f64(self, level, first, block, out),
        );
    }

    /// The words that 32 lanes are made of: the generator's share of the time, for benches.
    #[doc(hidden)]
    pub fn word_lanes(self, level: Vectors, first: u64, block: u64, out: &mut [[u64; 32]; 4]) {
        level.run(
            #[inline(always)]
            || {
                // Apart from `out` first, so that the compiler sees four arrays that do not overlap.
                let mut words = Aligned([[0; 32]; 4]);
                kernel::words(self, &places(first, block), 0, words.0.each_mut());
                *out = words.0;
            },
        );
    }
}

// Not generic, so that they are compiled in this crate alone, with its optimisation.

fn chunk_f32(stream: Stream, level: Vectors, first: u64, block: u64, out: [&mut [f32; 64]; 4]) {
    level.run(
        #[inline(always)]
        || kernel::normals_f32::<_, 4>(stream, &places(first, block), out),
    );
}

fn chunk_f64(stream: Stream, level: Vectors, first: u64, block: u64, out: [&mut [f64; 32]; 4]) {
    level.run(
        #[inline(always)]
        || kernel::normals_f64(stream, &places(first, block), out),
    );
}

#[inline(always)]
fn places<const C: usize>(first: u64, block: u64) -> Places<C> {
    let mut places = Places { samples: [0; C], blocks: [block; C] };
    for (lane, sample) in places.samples.iter_mut().enumerate() {
        *sample = first.wrapping_add(lane as u64);
    }
    places
}

/// `C` lanes at a time.
#[inline]
fn by_chunks<T: Copy + Default, const C: usize, const L: usize>(
    first: u64,
    out: &mut [[T; L]; 4],
    kernel: impl Fn(u64, [&mut [T; C]; 4]),
) {
    for start in (0..L).step_by(C) {
        let first = first.wrapping_add(start as u64);
        if start + C <= L {
            kernel(
                first,
                out.each_mut().map(
                    #[inline(always)]
                    |row| row[start..].first_chunk_mut().expect("a whole chunk"),
                ),
            );
        } else {
            let mut whole = [[T::default(); C]; 4];
            kernel(first, whole.each_mut());
            for (row, whole) in out.iter_mut().zip(&whole) {
                row[start..].copy_from_slice(&whole[..L - start]);
            }
        }
    }
}
