//! Pictures side by side, as a PNG.
use anyhow::{Result, bail};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};

/// More pictures than that on one sheet cannot be looked at.
pub const MOST: usize = 1024;
/// Pixels between pictures and around them, and their brightness.
const BORDER: usize = 2;
const BORDER_VALUE: u8 = 96;
/// Small pictures are magnified up to about this side.
const SIDE: usize = 64;

/// A sheet of pictures: bytes `[height, width, channels]`.
#[derive(Debug, PartialEq)]
pub struct Sheet {
    /// Pixels from left to right.
    pub width: usize,
    /// Pixels from top to bottom.
    pub height: usize,
    /// 1 for gray, 3 for red, green, blue.
    pub channels: usize,
    /// Row by row.
    pub bytes: Vec<u8>,
}

impl Sheet {
    /// The first [`MOST`] of the pictures, `[n, channels, height, width]` in [-1, 1], row by row on a sheet that is about
    /// square, each magnified by a whole factor without smoothing.
    pub fn new(pictures: &[f32], picture: [usize; 3]) -> Result<Sheet> {
        let n = (pictures.len() / picture.iter().product::<usize>()).min(MOST);
        Sheet::of_columns(pictures, picture, (1..=n).find(|columns| columns * columns >= n).unwrap_or(1))
    }

    /// So many beside one another.
    pub fn of_columns(pictures: &[f32], picture: [usize; 3], columns: usize) -> Result<Sheet> {
        let [channels, height, width] = picture;
        if channels != 1 && channels != 3 {
            bail!("pictures of {channels} channels cannot be shown: it takes 1 (gray) or 3 (red, green, blue)");
        }
        let size = channels * height * width;
        let n = (pictures.len() / size).min(MOST);
        let rows = n.div_ceil(columns).max(1);
        let zoom = (SIDE / height.max(width)).max(1);
        let (down, right) = (height * zoom + BORDER, width * zoom + BORDER);
        let (all_down, all_right) = (rows * down + BORDER, columns * right + BORDER);
        let mut bytes = vec![BORDER_VALUE; all_down * all_right * channels];
        for (k, pixels) in pictures.chunks_exact(size).take(n).enumerate() {
            let (top, left) = (BORDER + k / columns * down, BORDER + k % columns * right);
            for y in 0..height * zoom {
                for x in 0..width * zoom {
                    let at = ((top + y) * all_right + left + x) * channels;
                    for c in 0..channels {
                        bytes[at + c] = brightness(pixels[(c * height + y / zoom) * width + x / zoom]);
                    }
                }
            }
        }
        Ok(Sheet { width: all_right, height: all_down, channels, bytes })
    }

    /// As a PNG file.
    pub fn png(&self) -> Result<Vec<u8>> {
        let color = if self.channels == 1 { ExtendedColorType::L8 } else { ExtendedColorType::Rgb8 };
        let mut file = Vec::new();
        let encoder = PngEncoder::new_with_quality(&mut file, CompressionType::Default, FilterType::Adaptive);
        encoder.write_image(&self.bytes, u32::try_from(self.width)?, u32::try_from(self.height)?, color)?;
        Ok(file)
    }
}

fn brightness(value: f32) -> u8 {
    ((value.clamp(-1.0, 1.0) + 1.0) * 127.5).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(n: usize, picture: [usize; 3]) -> (usize, usize) {
        let size: usize = picture.iter().product();
        let sheet = Sheet::new(&vec![0.0; n * size], picture).unwrap();
        assert_eq!(sheet.bytes.len(), sheet.width * sheet.height * sheet.channels);
        (sheet.width, sheet.height)
    }

    #[test]
    fn sheets_are_about_square_and_digits_are_doubled() {
        assert_eq!(side(1, [1, 28, 28]), (60, 60));
        assert_eq!(side(64, [1, 28, 28]), (8 * 58 + 2, 8 * 58 + 2));
        assert_eq!(side(7, [3, 28, 28]), (3 * 58 + 2, 3 * 58 + 2));
        assert_eq!(side(5, [1, 28, 28]), (3 * 58 + 2, 2 * 58 + 2));
        assert_eq!(side(2, [1, 100, 50]), (2 * 52 + 2, 102 + 2));
        assert_eq!(side(MOST + 1, [1, 1, 1]), (32 * 66 + 2, 32 * 66 + 2));
    }

    #[test]
    fn pixels_stand_where_they_belong() {
        let picture = [3, 1, 2];
        let sheet = Sheet::new(&[-1.0, 1.0, 0.0, -2.0, 1.0, 1.0], picture).unwrap();
        let at = |x: usize, y: usize| &sheet.bytes[(y * sheet.width + x) * 3..][..3];
        assert_eq!((sheet.width, sheet.height), (68, 36));
        assert_eq!((at(0, 0), at(1, 2), at(2, 1)), (&[96; 3][..], &[96; 3][..], &[96; 3][..]));
        assert_eq!((at(2, 2), at(33, 33)), (&[0, 128, 255][..], &[0, 128, 255][..]));
        assert_eq!((at(34, 2), at(65, 33)), (&[255, 0, 255][..], &[255, 0, 255][..]));
        assert_eq!(at(66, 34), &[96; 3]);
    }

    #[test]
    fn a_png_reads_back_as_the_sheet() {
        let values: Vec<f32> = (0..2 * 3 * 4 * 5).map(|k| k as f32 / 60.0 - 1.0).collect();
        let sheet = Sheet::new(&values, [3, 4, 5]).unwrap();
        let read = image::load_from_memory(&sheet.png().unwrap()).unwrap().into_rgb8();
        assert_eq!(read.into_raw(), sheet.bytes);
    }

    #[test]
    fn two_channels_are_refused_with_a_sentence() {
        assert!(Sheet::new(&[0.0; 8], [2, 2, 2]).unwrap_err().to_string().contains("2 channels"));
    }
}
