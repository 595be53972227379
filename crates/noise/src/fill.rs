//! Filling rows with normals, `LANES` blocks at a time.

use crate::simd::Vectors;
use crate::simd_kernel::{LANES, Places, normals_f32, normals_f64};
use crate::stream::Stream;

/// Rows of equal length in one slice: row `k` holds the normals of sample `ids[k]` from `first_block` on.
pub(crate) fn fill_f32(stream: Stream, ids: &[u64], first_block: u64, out: &mut [f32]) {
    fill_f32_at(Vectors::widest(), stream, ids, first_block, out);
}

/// [`fill_f32`] with all digits.
pub(crate) fn fill_f64(stream: Stream, ids: &[u64], first_block: u64, out: &mut [f64]) {
    fill_f64_at(Vectors::widest(), stream, ids, first_block, out);
}

fn fill_f32_at(level: Vectors, stream: Stream, ids: &[u64], first_block: u64, out: &mut [f32]) {
    level.run(
        #[inline(always)]
        || {
            fill(
                ids,
                first_block,
                out,
                #[inline(always)]
                |places, out| normals_f32::<_, 2>(stream, places, out),
            )
        },
    );
}

fn fill_f64_at(level: Vectors, stream: Stream, ids: &[u64], first_block: u64, out: &mut [f64]) {
    level.run(
        #[inline(always)]
        || {
            fill(
                ids,
                first_block,
                out,
                #[inline(always)]
                |places, out| normals_f64(stream, places, out),
            )
        },
    );
}

/// For benches and tests, which force a level.
impl Stream {
    /// [`Stream::fill_normal_f32`] at a level.
    #[doc(hidden)]
    pub fn fill_normal_f32_at(self, level: Vectors, sample: u64, first_block: u64, out: &mut [f32]) {
        fill_f32_at(level, self, &[sample], first_block, out);
    }

    /// [`Stream::fill_normal_f64`] at a level.
    #[doc(hidden)]
    pub fn fill_normal_f64_at(self, level: Vectors, sample: u64, first_block: u64, out: &mut [f64]) {
        fill_f64_at(level, self, &[sample], first_block, out);
    }
}

/// Deals the blocks of all rows to lanes, in order: a long row fills whole vectors, short rows share one.
#[inline(always)]
fn fill<T: Copy + Default>(
    ids: &[u64],
    first_block: u64,
    out: &mut [T],
    normals_of: impl Fn(&Places<LANES>, [&mut [T; LANES]; 4]),
) {
    if out.is_empty() {
        return;
    }
    let row_length = out.len() / ids.len();
    let blocks = row_length.div_ceil(4);
    let (mut row, mut block) = (0, 0);
    while row < ids.len() {
        let (mut to_row, mut to_block) = (row, block);
        let mut places = Places { samples: [0; LANES], blocks: [0; LANES] };
        for lane in 0..LANES {
            places.samples[lane] = ids.get(row).copied().unwrap_or(0);
            places.blocks[lane] = first_block + block as u64;
            (row, block) = if block + 1 < blocks { (row, block + 1) } else { (row + 1, 0) };
        }
        let mut lanes = [[T::default(); LANES]; 4];
        normals_of(&places, lanes.each_mut());
        let mut normals = [[T::default(); 4]; LANES];
        for lane in 0..LANES {
            normals[lane] = [lanes[0][lane], lanes[1][lane], lanes[2][lane], lanes[3][lane]];
        }
        // Back to the rows in runs, each within one row; lanes beyond the last row are dropped.
        let mut lane = 0;
        while lane < LANES && to_row < ids.len() {
            let run = (LANES - lane).min(blocks - to_block);
            let start = 4 * to_block;
            let end = row_length.min(start + 4 * run);
            out[to_row * row_length..][start..end].copy_from_slice(&normals[lane..].as_flattened()[..end - start]);
            lane += run;
            (to_row, to_block) = (to_row + 1, 0);
        }
    }
}
