//! Weights of a convolution in the order in which the kernels read them.
use super::Level;
use super::scratch::{Line, lines};
use tch::{Device, Kind, Tensor};

/// What the products of a convolution are computed from; sums are f32 in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Products {
    /// f32.
    Single,
    /// Pictures and weights rounded to bf16, to nearest: a relative error of up to 2^-9 each. Needs [`Level::Avx512Bf16`].
    Bf16,
}

/// Which pixels an output pixel sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// One output pixel every `stride` (1 or 2) pixels of a picture with `before` lines of zeros above and to the left, `after` below
    /// and to the right.
    Stride {
        /// Distance of output pixels.
        stride: usize,
        /// Zeros above and to the left.
        before: usize,
        /// Zeros below and to the right.
        after: usize,
    },
    /// Each pixel taken four times, then 3 x 3 with one line of zeros around: computed as four convolutions of 2 x 2 of the small
    /// picture with sums of the weights, 16 products a channel instead of 36.
    Doubled,
}

/// `[block of channels][row][unit][column][channel of the block]`, a unit an input channel or a pair of them; for
/// [`Reach::Doubled`] four of these a block, by parity of row and column.
pub(super) struct Packed {
    pub numbers: Vec<Line>,
    pub bias: Vec<f32>,
    pub out: usize,
    pub input: usize,
    pub kernel: usize,
}

impl Packed {
    /// From `[out, in, k, k]` and `[out]`.
    pub fn new(weight: &Tensor, bias: Option<&Tensor>, reach: Reach, products: Products, level: Level) -> Packed {
        let size: Vec<usize> = weight.size().iter().map(|&n| n as usize).collect();
        let &[out, input, kernel, other] = size.as_slice() else { panic!("a convolution's weight of {size:?}") };
        assert_eq!(kernel, other, "a kernel that is no square");
        let weights = numbers(weight);
        let at = |o: usize, i: usize, y: usize, x: usize| weights[((o * input + i) * kernel + y) * kernel + x];
        let mut numbers = Writer::default();
        let mut done = 0;
        while done < out {
            let lanes = if out - done > level.lanes() { 2 * level.lanes() } else { level.lanes() };
            let channels = (done, lanes.min(out - done), lanes);
            match reach {
                Reach::Stride { .. } => numbers.block(channels, input, kernel, products, at),
                Reach::Doubled => {
                    assert_eq!(kernel, 3, "the kernel of a doubled picture");
                    for (py, px) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                        let sum = |o, i, y: usize, x: usize| {
                            let rows = merged(py, y).map(|ky| merged(px, x).map(|kx| at(o, i, ky, kx)).sum::<f32>());
                            rows.sum()
                        };
                        numbers.block(channels, input, 2, products, sum);
                    }
                }
            }
            done += channels.1;
        }
        let bias = bias.map_or_else(|| vec![0.0; out], self::numbers);
        assert_eq!(bias.len(), out, "a bias of another length than the channels");
        Packed { numbers: numbers.finish(), bias, out, input, kernel }
    }
}

/// Rows of a 3 x 3 kernel that fall on row `tap` of the small picture, for output rows of that parity.
fn merged(parity: usize, tap: usize) -> std::ops::Range<usize> {
    match (parity, tap) {
        (0, 0) => 0..1,
        (0, _) => 1..3,
        (_, 0) => 0..2,
        (_, _) => 2..3,
    }
}

/// All numbers of a tensor, in f32.
pub(super) fn numbers(x: &Tensor) -> Vec<f32> {
    let flat = x.detach().to_device(Device::Cpu).to_kind(Kind::Float).contiguous().flatten(0, -1);
    Vec::try_from(flat).expect("a vector of f32")
}

#[derive(Default)]
struct Writer(Vec<f32>);

impl Writer {
    fn block(
        &mut self,
        (from, count, lanes): (usize, usize, usize),
        input: usize,
        kernel: usize,
        products: Products,
        at: impl Fn(usize, usize, usize, usize) -> f32,
    ) {
        let per_unit = if products == Products::Bf16 { 2 } else { 1 };
        for y in 0..kernel {
            for unit in 0..input.div_ceil(per_unit) {
                for x in 0..kernel {
                    let of = |lane: usize, i: usize| {
                        if lane < count && i < input { at(from + lane, i, y, x) } else { 0.0 }
                    };
                    self.0.extend((0..lanes).map(|lane| match products {
                        Products::Single => of(lane, unit),
                        Products::Bf16 => f32::from_bits(bf16(of(lane, 2 * unit)) | bf16(of(lane, 2 * unit + 1)) << 16),
                    }));
                }
            }
        }
    }

    fn finish(self) -> Vec<Line> {
        let mut numbers = lines(self.0.len());
        for (line, from) in numbers.iter_mut().zip(self.0.chunks(16)) {
            line.0[..from.len()].copy_from_slice(from);
        }
        numbers
    }
}

/// The bits of the nearest bf16, ties to even; NaN stays NaN.
fn bf16(x: f32) -> u32 {
    let bits = x.to_bits();
    if x.is_nan() { bits >> 16 | 0x40 } else { (bits + 0x7fff + (bits >> 16 & 1)) >> 16 }
}
