//! A convolution with all that stands around it, as one call.
#![allow(unsafe_code)]

use super::calls::{ConvCall, convolve};
use super::pack::Packed;
use super::{Level, Products, Reach, scratch};
use std::ptr::null;
use tch::{Device, Kind, Tensor};

/// A square convolution whose weights are arranged for this machine: a copy, which later changes of the weights do not reach.
pub struct Convolution {
    packed: Packed,
    reach: Reach,
    products: Products,
    level: Level,
}

/// What happens to the picture before the convolution, in this order; nothing by default.
#[derive(Debug, Clone, Copy, Default)]
pub struct Before<'a> {
    /// Group normalisation (Wu and He 2018).
    pub norm: Option<Norm<'a>>,
    /// `x / (1 + e^-x)`.
    pub silu: bool,
}

/// `(x - mean) / sqrt(variance + eps) weight + bias` over groups of channels, then `y (1 + a) + b` where told so.
#[derive(Debug, Clone, Copy)]
pub struct Norm<'a> {
    /// Number of groups; divides the channels.
    pub groups: usize,
    /// Added to the variance.
    pub eps: f64,
    /// `[C]`.
    pub weight: &'a Tensor,
    /// `[C]`.
    pub bias: &'a Tensor,
    /// `a` and `b` of each row, `[B, 2 C]`.
    pub scale_shift: Option<&'a Tensor>,
}

/// What is added to the result and multiplied afterwards: `factor (y + by_row + residual)`.
#[derive(Debug, Clone, Copy)]
pub struct After<'a> {
    /// One number a channel, `[B, out]`.
    pub by_row: Option<&'a Tensor>,
    /// `[B, out, H', W']`.
    pub residual: Option<&'a Tensor>,
    /// For all.
    pub factor: f64,
}

impl Default for After<'_> {
    fn default() -> Self {
        After { by_row: None, residual: None, factor: 1.0 }
    }
}

impl std::fmt::Debug for Convolution {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Packed { out, input, kernel, .. } = self.packed;
        write!(f, "Convolution([{out}, {input}, {kernel}, {kernel}], {:?}, {:?})", self.reach, self.products)
    }
}

impl Convolution {
    /// From a weight `[out, in, k, k]` and a bias `[out]` of any dtype; 3 x 3 for [`Reach::Doubled`].
    ///
    /// # Panics
    /// For other shapes, a stride that is neither 1 nor 2, a level that the processor lacks.
    pub fn new(weight: &Tensor, bias: Option<&Tensor>, reach: Reach, products: Products, level: Level) -> Convolution {
        assert!(Level::available().contains(&level), "this processor has no {level:?}");
        assert!(products == Products::Single || level == Level::Avx512Bf16, "{level:?} has no products of bf16");
        if let Reach::Stride { stride, .. } = reach {
            assert!(stride == 1 || stride == 2, "a stride of {stride}");
        }
        Convolution { packed: Packed::new(weight, bias, reach, products, level), reach, products, level }
    }

    /// `[B, C, H, W]`, and further channels `[B, C', H, W]` behind them where there are some, to `[B, out, H', W']`, in f32.
    ///
    /// # Panics
    /// If shapes do not fit.
    pub fn forward(&self, x: &Tensor, beside: Option<&Tensor>, before: Before, after: After) -> Tensor {
        let (x, beside) = (plain(x), beside.map(plain));
        let (rows, first, h, w) = x.size4().expect("pictures [B, C, H, W]");
        let second = beside.as_ref().map_or(0, |beside| {
            let size = beside.size();
            assert_eq!((size[0], &size[2..]), (rows, &[h, w][..]), "the second channels are of another size");
            size[1]
        });
        let channels = first + second;
        let Packed { out, input, kernel, .. } = self.packed;
        assert_eq!(channels, input as i64, "channels of the picture and of the convolution");
        let plan = Plan::new(self, h, w);
        let y = Tensor::empty([rows, out as i64, plan.shape.0, plan.shape.1], (Kind::Float, Device::Cpu));
        let kept = |x: Option<&Tensor>, shape: &[i64], what: &str| {
            x.map(|x| {
                assert_eq!(x.size(), shape, "{what}");
                plain(x)
            })
        };
        let norm = before.norm.as_ref();
        if let Some(norm) = norm {
            assert!(norm.groups > 0 && input.is_multiple_of(norm.groups), "{} groups of {input} channels", norm.groups);
        }
        let norm_weight = kept(norm.map(|n| n.weight), &[channels], "weight of the normalisation");
        let norm_bias = kept(norm.map(|n| n.bias), &[channels], "bias of the normalisation");
        let scale_shift = kept(norm.and_then(|n| n.scale_shift), &[rows, 2 * channels], "scales and shifts");
        let by_row = kept(after.by_row, &[rows, out as i64], "what is added to each channel");
        let residual = kept(after.residual, &y.size(), "what is added to the result");
        let (products, level) = (self.products == Products::Bf16, self.level);
        scratch::with(plan.scratch, |scratch| {
            let call = ConvCall {
                rows,
                first,
                second,
                h: plan.h,
                w: plan.w,
                x: pointer(Some(&x)),
                beside: pointer(beside.as_ref()),
                groups: norm.map_or(0, |norm| norm.groups as i64),
                silu: i64::from(before.silu),
                eps: norm.map_or(0.0, |norm| norm.eps),
                norm_weight: pointer(norm_weight.as_ref()),
                norm_bias: pointer(norm_bias.as_ref()),
                scale_shift: pointer(scale_shift.as_ref()),
                weights: self.packed.numbers.as_ptr().cast(),
                bias: self.packed.bias.as_ptr(),
                out: out as i64,
                kernel: kernel as i64,
                stride: plan.stride,
                before: plan.before,
                doubled: i64::from(self.reach == Reach::Doubled),
                height: plan.height,
                width: plan.width,
                units: plan.units,
                column: plan.column,
                line: plan.units * plan.column,
                half: plan.half,
                padded_height: plan.padded_height,
                scratch,
                by_row: pointer(by_row.as_ref()),
                residual: pointer(residual.as_ref()),
                factor: after.factor,
                y: y.data_ptr().cast(),
            };
            // SAFETY: `new` saw that the processor has the level. All tensors are contiguous f32 on the CPU, of the shapes that were
            // just compared, and outlive the call; `y` is new, the scratch memory this thread's own and as large as planned.
            unsafe { convolve(level, products, &call) };
        });
        y
    }
}

/// Where everything lies. A 1 x 1 convolution sees the picture as one long line.
struct Plan {
    h: i64,
    w: i64,
    stride: i64,
    before: i64,
    shape: (i64, i64),
    height: i64,
    width: i64,
    padded_height: i64,
    units: i64,
    half: i64,
    column: i64,
    scratch: usize,
}

impl Plan {
    fn new(convolution: &Convolution, h: i64, w: i64) -> Plan {
        let kernel = convolution.packed.kernel as i64;
        let (stride, before, after) = match convolution.reach {
            Reach::Stride { stride, before, after } => (stride as i64, before as i64, after as i64),
            Reach::Doubled => (1, 1, 1),
        };
        let shape = match convolution.reach {
            Reach::Stride { .. } => {
                let count = |side: i64| (side + before + after - kernel) / stride + 1;
                assert!(
                    h + before + after >= kernel && w + before + after >= kernel,
                    "{h} x {w} for a kernel of {kernel}"
                );
                (count(h), count(w))
            }
            Reach::Doubled => (2 * h, 2 * w),
        };
        let flat = kernel == 1 && stride == 1 && before + after == 0;
        let (h, w, height, width) = if flat { (1, h * w, 1, h * w) } else { (h, w, shape.0, shape.1) };
        let (padded_height, padded_width) = match convolution.reach {
            Reach::Stride { .. } => ((height - 1) * stride + kernel, (width - 1) * stride + kernel),
            Reach::Doubled => (h + 2, w + 2),
        };
        // Lines of pictures that are narrower than what the kernel reaches are cut by the kernels; wider ones need their room.
        let across = padded_width.max(before + w);
        let half = (across + 1) / 2;
        let column = if stride == 1 { across } else { 2 * half };
        let input = convolution.packed.input as i64;
        let units = if convolution.products == Products::Bf16 { (input + 1) / 2 } else { input };
        let scratch = (padded_height * units * column + 2 * half + 32) as usize;
        Plan { h, w, stride, before, shape, height, width, padded_height, units, half, column, scratch }
    }
}

/// The tensor as contiguous f32 on the CPU.
pub(super) fn plain(x: &Tensor) -> Tensor {
    x.to_device(Device::Cpu).to_kind(Kind::Float).contiguous()
}

pub(super) fn pointer(x: Option<&Tensor>) -> *const f32 {
    x.map_or(null(), |x| x.data_ptr().cast_const().cast())
}
