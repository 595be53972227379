//! The law of the parts of a picture that inpainting must invent.
use ito_noise::Stream;
use std::f64::consts::TAU;

/// Which pixels of a picture are unknown, row by row: a function of (stream, sample) and of the size.
///
/// Each with probability 1/3:
/// * a box of sides uniform in [1/4, 3/4] of height and width, wherever it fits, evenly;
/// * a half plane `n . (p - c) > d`, the direction of n even on the circle, c the middle, d uniform in [-1/4, 1/4] of the shorter side;
/// * one to three strokes, each a walk of four straight pieces from a point anywhere: pieces of 1/8 to 3/8 of the shorter side, turns
///   of up to a quarter circle, a width of 1/8 to 1/4 of the shorter side.
///
/// Where no pixel's middle lies in it, the pixel in the middle is unknown; where all do, that one is known.
pub fn unknown_pixels(stream: Stream, sample: u64, height: usize, width: usize) -> Vec<bool> {
    let mut draws = Uniforms { stream, sample, block: 0 };
    let (h, w) = (height as f64, width as f64);
    let inside: Box<dyn Fn(f64, f64) -> bool> = match (3.0 * draws.next()) as usize {
        0 => {
            let (down, right) = (draws.between(0.25, 0.75) * h, draws.between(0.25, 0.75) * w);
            let (top, left) = (draws.next() * (h - down), draws.next() * (w - right));
            Box::new(move |y, x| (top..top + down).contains(&y) && (left..left + right).contains(&x))
        }
        1 => {
            let (angle, d) = (TAU * draws.next(), draws.between(-0.25, 0.25) * h.min(w));
            Box::new(move |y, x| angle.sin() * (y - 0.5 * h) + angle.cos() * (x - 0.5 * w) > d)
        }
        _ => {
            let strokes = strokes(&mut draws, h, w);
            Box::new(move |y, x| strokes.iter().any(|piece| piece.covers(y, x)))
        }
    };
    let middle = |k: usize| (k as f64) + 0.5;
    let mut unknown: Vec<bool> = (0..height * width).map(|k| inside(middle(k / width), middle(k % width))).collect();
    if unknown.iter().all(|&other| other == unknown[0]) {
        let centre = height / 2 * width + width / 2;
        unknown[centre] = !unknown[centre];
    }
    unknown
}

/// A straight piece of a stroke, from one point to another, with half its width.
struct Piece {
    from: (f64, f64),
    to: (f64, f64),
    half: f64,
}

impl Piece {
    /// Whether a point is within half the width of the segment.
    fn covers(&self, y: f64, x: f64) -> bool {
        let (dy, dx) = (self.to.0 - self.from.0, self.to.1 - self.from.1);
        let along = ((y - self.from.0) * dy + (x - self.from.1) * dx) / (dy * dy + dx * dx);
        let t = along.clamp(0.0, 1.0);
        (y - self.from.0 - t * dy).hypot(x - self.from.1 - t * dx) <= self.half
    }
}

fn strokes(draws: &mut Uniforms, h: f64, w: f64) -> Vec<Piece> {
    let (side, count) = (h.min(w), 1 + (3.0 * draws.next()) as usize);
    let mut pieces = Vec::new();
    for _ in 0..count {
        let mut from = (draws.next() * h, draws.next() * w);
        let (mut angle, half) = (TAU * draws.next(), 0.5 * draws.between(0.125, 0.25) * side);
        for _ in 0..4 {
            let length = draws.between(0.125, 0.375) * side;
            let to = (from.0 + length * angle.sin(), from.1 + length * angle.cos());
            pieces.push(Piece { from, to, half });
            from = to;
            angle += draws.between(-0.25, 0.25) * TAU;
        }
    }
    pieces
}

/// Uniform numbers of one sample, one a block.
struct Uniforms {
    stream: Stream,
    sample: u64,
    block: u64,
}

impl Uniforms {
    fn next(&mut self) -> f64 {
        self.block += 1;
        self.stream.uniform(self.sample, self.block - 1)
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.next()
    }
}
