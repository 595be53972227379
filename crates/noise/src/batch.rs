//! The noise of a batch: every row draws from its own sample.

use crate::fill::{fill_f32, fill_f64};
use crate::stream::Stream;

/// The noise of a batch: row `k` is sample `ids[k]` of a stream; a cursor counts the blocks used, the same for all rows.
///
/// So a row's numbers depend on its id and on what was drawn before, not on the rows beside it, and f32 and f64 draws keep the
/// same pace.
#[derive(Clone, Debug)]
pub struct SampleNoise {
    stream: Stream,
    ids: Vec<u64>,
    next_block: u64,
}

impl SampleNoise {
    /// Rows of these samples; the cursor stands at block 0.
    pub fn new(stream: Stream, ids: Vec<u64>) -> SampleNoise {
        SampleNoise { stream, ids, next_block: 0 }
    }

    /// Rows of the samples `first, first + 1, ...`, `count` of them.
    pub fn consecutive(stream: Stream, first: u64, count: usize) -> SampleNoise {
        SampleNoise::new(stream, (0..count as u64).map(|row| first.wrapping_add(row)).collect())
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.ids.len()
    }

    /// Standard normals, row after row; advances the cursor by `ceil(row length / 4)`.
    ///
    /// # Panics
    /// If `out.len()` is not a multiple of the number of rows.
    pub fn normal_f32(&mut self, out: &mut [f32]) {
        let blocks = self.blocks_of_a_row(out.len());
        fill_f32(self.stream, &self.ids, self.next_block, out);
        self.next_block += blocks;
    }

    /// [`SampleNoise::normal_f32`] with all digits: the same normals, the same advance.
    ///
    /// # Panics
    /// If `out.len()` is not a multiple of the number of rows.
    pub fn normal_f64(&mut self, out: &mut [f64]) {
        let blocks = self.blocks_of_a_row(out.len());
        fill_f64(self.stream, &self.ids, self.next_block, out);
        self.next_block += blocks;
    }

    /// One uniform number in (0, 1) a row; advances the cursor by 1.
    pub fn uniform(&mut self) -> Vec<f64> {
        let block = self.next_block;
        self.next_block += 1;
        self.ids.iter().map(|&id| self.stream.uniform(id, block)).collect()
    }

    fn blocks_of_a_row(&self, len: usize) -> u64 {
        assert!(len.is_multiple_of(self.rows()), "{len} numbers do not fill {} rows of equal length", self.rows());
        len.checked_div(self.rows()).unwrap_or(0).div_ceil(4) as u64
    }
}
