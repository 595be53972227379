//! Filling rows with normals, `LANES` blocks at a time.

use crate::gaussian::{pair_f32, pair_f64};
use crate::stream::{LOW_HALVES, Stream};

/// Blocks computed together: enough that the compiler turns each loop over lanes into vector code. No number depends on it.
const LANES: usize = 16;

/// The (sample, block) that each lane computes.
type Places = [(u64, u64); LANES];

/// Rows of equal length in one slice: row `k` holds the normals of sample `ids[k]` from `first_block` on.
pub(crate) fn fill_f32(stream: Stream, ids: &[u64], first_block: u64, out: &mut [f32]) {
    fill(ids, first_block, out, |places| {
        let words = words(stream, places, 0);
        let mut normals = [[0.0; LANES]; 4];
        for pair in [0, 2] {
            for lane in 0..LANES {
                [normals[pair][lane], normals[pair + 1][lane]] = pair_f32(words[pair][lane], words[pair + 1][lane]);
            }
        }
        by_block(&normals)
    });
}

/// [`fill_f32`] with all digits.
pub(crate) fn fill_f64(stream: Stream, ids: &[u64], first_block: u64, out: &mut [f64]) {
    fill(ids, first_block, out, |places| {
        let (high, low) = (words(stream, places, 0), words(stream, places, LOW_HALVES));
        let mut normals = [[0.0; LANES]; 4];
        for pair in [0, 2] {
            for lane in 0..LANES {
                let u = [high[pair][lane], low[pair][lane]];
                let v = [high[pair + 1][lane], low[pair + 1][lane]];
                [normals[pair][lane], normals[pair + 1][lane]] = pair_f64(u, v);
            }
        }
        by_block(&normals)
    });
}

#[inline(always)]
fn words(stream: Stream, places: &Places, half: u64) -> [[u32; LANES]; 4] {
    let mut words = [[0; LANES]; 4];
    for (lane, &(sample, block)) in places.iter().enumerate() {
        [words[0][lane], words[1][lane], words[2][lane], words[3][lane]] = stream.words(sample, block | half);
    }
    words
}

#[inline(always)]
fn by_block<T: Copy + Default>(lanes: &[[T; LANES]; 4]) -> [[T; 4]; LANES] {
    let mut blocks = [[T::default(); 4]; LANES];
    for lane in 0..LANES {
        blocks[lane] = [lanes[0][lane], lanes[1][lane], lanes[2][lane], lanes[3][lane]];
    }
    blocks
}

/// Deals the blocks of all rows to lanes, in order: a long row fills whole vectors, short rows share one.
#[inline(always)]
fn fill<T: Copy>(ids: &[u64], first_block: u64, out: &mut [T], normals_of: impl Fn(&Places) -> [[T; 4]; LANES]) {
    if out.is_empty() {
        return;
    }
    let row_length = out.len() / ids.len();
    let blocks = row_length.div_ceil(4);
    let (mut row, mut block) = (0, 0);
    while row < ids.len() {
        let (mut to_row, mut to_block) = (row, block);
        let mut places = [(0, 0); LANES];
        for place in &mut places {
            *place = (ids.get(row).copied().unwrap_or(0), first_block + block as u64);
            (row, block) = if block + 1 < blocks { (row, block + 1) } else { (row + 1, 0) };
        }
        let normals = normals_of(&places);
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
