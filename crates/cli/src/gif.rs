//! How pictures came out of the noise, as an animated GIF.
use crate::grid::Sheet;
use anyhow::Result;
use image::codecs::gif::{GifEncoder, Repeat};
use image::{Delay, Frame, Rgba, RgbaImage};

/// Frames beyond that are thinned out.
const MOST_FRAMES: usize = 60;
/// Milliseconds a frame is shown, and the last one.
const SHOWN: u32 = 80;
const LAST_SHOWN: u32 = 2000;
/// Shades that are kept of gray: noise hardly compresses, so every bit a pixel counts.
const SHADES: u32 = 16;

/// An endless animation of frames of pictures, each `[n, channels, height, width]`.
pub fn animation(frames: &[Vec<f32>], picture: [usize; 3]) -> Result<Vec<u8>> {
    sheets(frames.len(), |k| Sheet::new(&frames[k], picture))
}

/// An endless animation of so many sheets.
pub fn sheets(count: usize, sheet: impl Fn(usize) -> Result<Sheet>) -> Result<Vec<u8>> {
    let mut file = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(&mut file, 10);
    encoder.set_repeat(Repeat::Infinite)?;
    for k in kept(count) {
        let shown = if k + 1 == count { LAST_SHOWN } else { SHOWN };
        let sheet = colored(&sheet(k)?)?;
        encoder.encode_frame(Frame::from_parts(sheet, 0, 0, Delay::from_numer_denom_ms(shown, 1)))?;
    }
    drop(encoder);
    Ok(file)
}

/// At most [`MOST_FRAMES`] of the frames, spread evenly from the first to the last.
fn kept(frames: usize) -> Vec<usize> {
    match frames {
        0..=MOST_FRAMES => (0..frames).collect(),
        _ => (0..MOST_FRAMES).map(|k| k * (frames - 1) / (MOST_FRAMES - 1)).collect(),
    }
}

fn colored(sheet: &Sheet) -> Result<RgbaImage> {
    let (width, height) = (u32::try_from(sheet.width)?, u32::try_from(sheet.height)?);
    let pixel = |x: u32, y: u32| {
        let at = (y as usize * sheet.width + x as usize) * sheet.channels;
        match sheet.bytes[at..at + sheet.channels] {
            [red, green, blue] => Rgba([red, green, blue, 255]),
            _ => {
                let gray = shade(sheet.bytes[at]);
                Rgba([gray, gray, gray, 255])
            }
        }
    };
    Ok(RgbaImage::from_fn(width, height, pixel))
}

fn shade(gray: u8) -> u8 {
    let steps = SHADES - 1;
    let nearest = (u32::from(gray) * steps + 127) / 255;
    (nearest * 255 / steps) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::AnimationDecoder;
    use image::codecs::gif::GifDecoder;
    use std::io::Cursor;

    fn check(picture: [usize; 3], levels: usize) {
        let size: usize = picture.iter().product();
        let frames: Vec<Vec<f32>> = (0..levels).map(|k| vec![2.0 * k as f32 / levels as f32 - 1.0; 2 * size]).collect();
        let file = animation(&frames, picture).unwrap();
        let read = GifDecoder::new(Cursor::new(file)).unwrap().into_frames().collect_frames().unwrap();
        assert_eq!(read.len(), levels.min(MOST_FRAMES));
        let shown: Vec<u32> = read.iter().map(|frame| frame.delay().numer_denom_ms().0).collect();
        assert!(shown[..shown.len() - 1].iter().all(|&ms| ms == SHOWN) && shown.ends_with(&[LAST_SHOWN]));
        let sheet = Sheet::new(&frames[levels - 1], picture).unwrap();
        let last = read.last().unwrap().buffer();
        assert_eq!((last.width() as usize, last.height() as usize), (sheet.width, sheet.height));
        let off = last.get_pixel(10, 10).0[0].abs_diff(sheet.bytes[(10 * sheet.width + 10) * sheet.channels]);
        assert!(off <= 9, "off by {off}");
    }

    #[test]
    fn gray_and_colored_animations_read_back_with_their_last_frame_held() {
        check([1, 8, 8], 5);
        check([3, 8, 8], 5);
    }

    #[test]
    fn long_animations_are_thinned_and_keep_both_ends() {
        check([1, 4, 4], 150);
        let kept = kept(150);
        assert_eq!((kept[0], kept[MOST_FRAMES - 1]), (0, 149));
    }
}
