//! A sheet to draw on: discs, lines and words with smooth edges.
use crate::grid::Sheet;
use crate::letters::strokes;

/// Red, green and blue in [0, 1].
pub type Color = [f32; 3];

/// Pixels on a white ground; x runs to the right, y down, in pixels.
pub struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<Color>,
}

/// Where a word stands about its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// It begins there.
    Start,
    /// Its middle is there.
    Middle,
    /// It ends there.
    End,
}

impl Canvas {
    /// An empty one.
    pub fn new(width: usize, height: usize) -> Canvas {
        Canvas { width, height, pixels: vec![[1.0; 3]; width * height] }
    }

    /// Bytes of it.
    pub fn sheet(&self) -> Sheet {
        let bytes = self.pixels.iter().flatten().map(|value| (value.clamp(0.0, 1.0) * 255.0).round() as u8);
        Sheet { width: self.width, height: self.height, channels: 3, bytes: bytes.collect() }
    }

    /// A pixel, `opacity` of it.
    pub fn blend(&mut self, x: usize, y: usize, color: Color, opacity: f32) {
        if x < self.width && y < self.height {
            for (own, new) in self.pixels[y * self.width + x].iter_mut().zip(color) {
                *own += (new - *own) * opacity;
            }
        }
    }

    /// A filled rectangle of whole pixels.
    pub fn fill(&mut self, [x, y]: [usize; 2], [width, height]: [usize; 2], color: Color) {
        (y..y + height).for_each(|y| (x..x + width).for_each(|x| self.blend(x, y, color, 1.0)));
    }

    /// A filled circle.
    pub fn disc(&mut self, centre: [f64; 2], radius: f64, color: Color, opacity: f32) {
        self.line(centre, centre, 2.0 * radius, color, opacity);
    }

    /// A line with round ends.
    pub fn line(&mut self, a: [f64; 2], b: [f64; 2], width: f64, color: Color, opacity: f32) {
        let reach = width / 2.0 + 1.0;
        let range = |i: usize| {
            let (low, high) = (a[i].min(b[i]) - reach, a[i].max(b[i]) + reach);
            low.max(0.0) as usize..=high.max(0.0) as usize
        };
        for y in range(1) {
            for x in range(0) {
                let distance = to_segment([x as f64 + 0.5, y as f64 + 0.5], a, b);
                let covered = (width / 2.0 + 0.5 - distance).clamp(0.0, 1.0) as f32;
                if covered > 0.0 {
                    self.blend(x, y, color, covered * opacity);
                }
            }
        }
    }

    /// A word on a line that ends there, as high as `size`.
    pub fn text(&mut self, words: &str, [x, y]: [f64; 2], size: f64, anchor: Anchor, color: Color) {
        let unit = size / 6.0;
        let advance = |c: char| (strokes(c).1 + 2.0) * unit;
        let whole = words.chars().map(advance).sum::<f64>() - 2.0 * unit;
        let mut pen = match anchor {
            Anchor::Start => x,
            Anchor::Middle => x - whole / 2.0,
            Anchor::End => x - whole,
        };
        for c in words.chars() {
            for stroke in strokes(c).0 {
                let place = |[right, up]: [f64; 2]| [pen + right * unit, y - up * unit];
                stroke.windows(2).for_each(|ends| self.line(place(ends[0]), place(ends[1]), size / 8.0, color, 1.0));
            }
            pen += advance(c);
        }
    }
}

fn to_segment(p: [f64; 2], a: [f64; 2], b: [f64; 2]) -> f64 {
    let (along, off) = ([b[0] - a[0], b[1] - a[1]], [p[0] - a[0], p[1] - a[1]]);
    let square = along[0] * along[0] + along[1] * along[1];
    let share = if square > 0.0 { ((along[0] * off[0] + along[1] * off[1]) / square).clamp(0.0, 1.0) } else { 0.0 };
    (off[0] - share * along[0]).hypot(off[1] - share * along[1])
}
