//! The residual block.
use super::config::UNet2dConfig;
use super::fast::{Around, joined};
use super::layers::{Conv, Norm, Told};
use super::names::{Activation, TimeShift};
use super::plan::ResnetPlan;
use super::resample::Resample;
use crate::checkpointed::Checkpointed;
use crate::{Linear, Start};
use ito_torch::{Scope, dropout_mask};
use std::cell::Cell;
use tch::Tensor;

/// What all blocks of a network have in common.
pub(super) struct Common<'a> {
    pub config: &'a UNet2dConfig,
    /// Any weight: its dtype and device are the network's.
    pub like: &'a Tensor,
    /// How many layers drop out so far.
    pub dropouts: Cell<u32>,
}

impl Common<'_> {
    /// How layers start that may start at zero.
    pub fn last(&self) -> Start {
        if self.config.zero_init { Start::Zero } else { Start::Random }
    }

    /// The block, computed a second time on the way back or not.
    pub fn checkpointed<B: Send + 'static>(&self, block: B) -> Checkpointed<B> {
        Checkpointed::new(block, self.config.checkpointing)
    }
}

/// `scale (shortcut(r(x)) + conv2(drop(act(m))))` with `h = conv1(r(act(norm1(x))))` and r the change of size:
/// `m = norm2(h + proj(e))` (Ho et al. 2020), or `m = norm2(h) (1 + a) + b` with `(a, b) = proj(e)` (Dhariwal and Nichol 2021).
///
/// `[B, input, H, W] -> [B, output, H', W']`.
#[derive(Debug)]
pub(super) struct Resnet {
    pub norm1: Norm,
    pub conv1: Conv,
    pub time_emb_proj: Linear,
    pub norm2: Norm,
    pub conv2: Conv,
    pub conv_shortcut: Option<Conv>,
    pub resample: Resample,
    pub shift: TimeShift,
    pub act: Activation,
    pub scale: f64,
    pub dropout: f64,
    /// Number of the layer that drops out.
    pub layer: u32,
}

impl Resnet {
    pub fn new(scope: &Scope, plan: &ResnetPlan, common: &Common) -> Resnet {
        let ResnetPlan { input, output, groups, scale, way, shortcut } = *plan;
        let config = common.config;
        let told = match config.resnet_time_scale_shift {
            TimeShift::Default => output,
            TimeShift::ScaleShift => 2 * output,
        };
        Resnet {
            norm1: Norm::new(&scope.child("norm1"), input, groups[0], config.norm_eps),
            conv1: Conv::new(&scope.child("conv1"), input, output, 3, Start::Random),
            time_emb_proj: Linear::new(&scope.child("time_emb_proj"), config.width(), told, Start::Random),
            norm2: Norm::new(&scope.child("norm2"), output, groups[1], config.norm_eps),
            conv2: Conv::new(&scope.child("conv2"), output, output, 3, common.last()),
            conv_shortcut: shortcut.then(|| Conv::new(&scope.child("conv_shortcut"), input, output, 1, Start::Random)),
            resample: Resample::new(way, common.like),
            shift: config.resnet_time_scale_shift,
            act: config.act_fn,
            scale,
            dropout: config.dropout,
            layer: common.dropouts.replace(common.dropouts.get() + 1),
        }
    }

    /// `[B, input, H, W] -> [B, output, H', W']`; the input's channels may stand in several tensors.
    pub fn forward(&self, x: &[Tensor], told: &Told) -> Tensor {
        let e = self.time_emb_proj.forward(&told.activated);
        let (shift, scale_shift) = match self.shift {
            TimeShift::Default => (Some(&e), None),
            TimeShift::ScaleShift => (None, Some(&e)),
        };
        let (x, h) = if let Resample::Keep = self.resample {
            let around = Around { norm: Some((&self.norm1, self.act)), shift, ..Around::default() };
            (x.iter().map(Tensor::shallow_clone).collect(), self.conv1.around(x, &around))
        } else {
            let x = joined(x);
            let h = self.resample.forward(&self.act.of(&self.norm1.forward(&x)));
            (vec![self.resample.forward(&x)], self.conv1.around(&[h], &Around { shift, ..Around::default() }))
        };
        let shortcut = match &self.conv_shortcut {
            Some(conv) => conv.around(&x, &Around::default()),
            None => joined(&x),
        };
        let around = Around {
            norm: Some((&self.norm2, self.act)),
            scale_shift,
            mask: self.mask(&h, told),
            residual: Some(&shortcut),
            scale: self.scale,
            ..Around::default()
        };
        self.conv2.around(&[h], &around)
    }

    /// Some numbers dropped, the others raised, so that the mean stays (Srivastava et al. 2014).
    fn mask(&self, like: &Tensor, told: &Told) -> Option<Tensor> {
        let dropout = told.dropout.filter(|_| self.dropout > 0.0)?;
        Some(dropout_mask(dropout.seed, self.layer, dropout.first, self.dropout, like))
    }
}
