//! Pictures as bytes in host memory.

/// Pictures of one size, as bytes in the order `[n, channels, height, width]`, perhaps with a class each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Images {
    /// 1 for grey, 3 for red, green, blue.
    pub channels: usize,
    /// Rows of pixels.
    pub height: usize,
    /// Columns of pixels.
    pub width: usize,
    /// All bytes; the length is a multiple of `channels * height * width`.
    pub pixels: Vec<u8>,
    /// The class of each picture.
    pub labels: Option<Vec<u8>>,
}

impl Images {
    /// The number of pictures.
    pub fn len(&self) -> usize {
        self.pixels.len().checked_div(self.row_length()).unwrap_or(0)
    }

    /// Whether there is no picture.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes of picture `k`, `[channels, height, width]`.
    ///
    /// # Panics
    /// If there is no picture `k`.
    pub fn row(&self, k: usize) -> &[u8] {
        let length = self.row_length();
        &self.pixels[k * length..][..length]
    }

    /// Writes picture `k` scaled to [-1, 1], `p / 127.5 - 1`.
    ///
    /// # Panics
    /// If there is no picture `k`, or `out` is not of the length of a picture.
    pub fn scaled_into(&self, k: usize, out: &mut [f32]) {
        let row = self.row(k);
        assert_eq!(out.len(), row.len(), "a picture has {} numbers", row.len());
        for (scaled, &pixel) in out.iter_mut().zip(row) {
            *scaled = f32::from(pixel) / 127.5 - 1.0;
        }
    }

    fn row_length(&self) -> usize {
        self.channels * self.height * self.width
    }
}
