//! A convolution with all that stands around it, in libtorch's steps or, where no gradient is wanted on a CPU, as one fused kernel.
use super::layers::{Conv, Norm, scaled};
use super::names::Activation;
use ito_torch::kernels::{After, Before, Convolution, Level, Products};
use ito_torch::{changes, grad_enabled};
use std::cell::RefCell;
use tch::{Device, Kind, Tensor};

/// `scale (conv(mask act(norm(x) (1 + a) + b)) + shift + residual)`; nothing of it by default.
#[derive(Debug)]
pub(super) struct Around<'a> {
    /// Normalisation and what follows it.
    pub norm: Option<(&'a Norm, Activation)>,
    /// `a` and `b` of each row, `[B, 2 C]`; only behind a normalisation.
    pub scale_shift: Option<&'a Tensor>,
    /// Dropout, in the shape of x.
    pub mask: Option<Tensor>,
    /// One number a channel of the result, `[B, out]`.
    pub shift: Option<&'a Tensor>,
    /// In the shape of the result.
    pub residual: Option<&'a Tensor>,
    pub scale: f64,
}

impl Default for Around<'_> {
    fn default() -> Self {
        Around { norm: None, scale_shift: None, mask: None, shift: None, residual: None, scale: 1.0 }
    }
}

impl Conv {
    /// `[B, in, H, W] -> [B, out, H', W']`; the input's channels may stand in several tensors, one behind the other.
    pub fn around(&self, x: &[Tensor], around: &Around) -> Tensor {
        match fused(&x[0], &self.weight) {
            Some(products) if around.mask.is_none() && x.len() <= 2 => self.at_once(x, around, products),
            _ => self.step_by_step(x, around),
        }
    }

    fn step_by_step(&self, x: &[Tensor], around: &Around) -> Tensor {
        let mut h = self.forward(&around.ahead(x));
        if let Some(shift) = around.shift {
            h += shift.unsqueeze(-1).unsqueeze(-1);
        }
        if let Some(residual) = around.residual {
            h = residual + h;
        }
        scaled(h, around.scale)
    }

    fn at_once(&self, x: &[Tensor], around: &Around, products: Products) -> Tensor {
        let rows = x[0].size()[0];
        let each = |told: &Tensor| told.expand([rows, -1], false);
        let (shift, scale_shift) = (around.shift.map(each), around.scale_shift.map(each));
        let after = After { by_row: shift.as_ref(), residual: around.residual, factor: around.scale };
        let arrange = || Convolution::new(&self.weight, Some(&self.bias), self.reach, products, Level::best());
        self.arranged.with(&[&self.weight, &self.bias], arrange, |convolution| match around.norm {
            None => convolution.forward(&x[0], x.get(1), Before::default(), after),
            Some((norm, Activation::Silu | Activation::Swish)) => {
                let norm = Some(norm.for_kernel(scale_shift.as_ref()));
                convolution.forward(&x[0], x.get(1), Before { norm, silu: true }, after)
            }
            Some(_) => convolution.forward(&around.ahead(x), None, Before::default(), after),
        })
    }
}

impl Around<'_> {
    /// What the convolution sees, in libtorch's steps and in the dtype of x.
    fn ahead(&self, x: &[Tensor]) -> Tensor {
        let mut h = joined(x);
        if let Some((norm, act)) = self.norm {
            h = norm.forward(&h);
            if let Some(scale_shift) = self.scale_shift {
                let pair = scale_shift.to_kind(h.kind()).unsqueeze(-1).unsqueeze(-1).chunk(2, 1);
                h = pair[1].addcmul(&h, &(&pair[0] + 1.0));
            }
            h = act.of(&h);
        }
        self.mask.as_ref().map_or_else(|| h.shallow_clone(), |mask| &h * mask)
    }
}

/// How a layer of that weight computes: by a fused kernel and from what products, or not. A network of bf16 weights keeps f32
/// between its layers there.
pub(super) fn fused(x: &Tensor, weight: &Tensor) -> Option<Products> {
    if grad_enabled() || x.device() != Device::Cpu || weight.device() != Device::Cpu {
        return None;
    }
    match (weight.kind(), x.kind()) {
        (Kind::Float, Kind::Float) => Some(Products::Single),
        (Kind::BFloat16, Kind::Float | Kind::BFloat16) if Level::best() == Level::Avx512Bf16 => Some(Products::Bf16),
        _ => None,
    }
}

/// The channels of all tensors, one behind the other.
pub(super) fn joined(x: &[Tensor]) -> Tensor {
    if let [x] = x { x.shallow_clone() } else { Tensor::cat(x, 1) }
}

/// Weights in the kernels' order, made anew whenever the weights have changed: training and its averages change them in place, under
/// the networks that share them.
#[derive(Debug, Default)]
pub(super) struct Arranged(RefCell<Option<(Vec<Seen>, Convolution)>>);

/// Where a weight's numbers are, and how often they had been changed.
type Seen = (usize, i64);

impl Arranged {
    /// `run` on what `make` gives of these weights.
    pub fn with<R>(
        &self,
        weights: &[&Tensor],
        make: impl FnOnce() -> Convolution,
        run: impl FnOnce(&Convolution) -> R,
    ) -> R {
        let now: Vec<Seen> = weights.iter().map(|w| (w.data_ptr().addr(), changes(w))).collect();
        let mut kept = self.0.borrow_mut();
        if kept.as_ref().is_none_or(|(then, _)| *then != now) {
            *kept = Some((now, make()));
        }
        let (_, convolution) = kept.as_ref().expect("just made");
        run(convolution)
    }
}
