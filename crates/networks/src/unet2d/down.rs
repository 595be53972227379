//! A block on the way down.
use super::fast::Around;
use super::layers::{Conv, Told};
use super::plan::{COLOURS, DownPlan, ShrinkPlan};
use super::resample::Fir;
use super::resnet::{Common, Resnet};
use super::step::Step;
use crate::Start;
use crate::checkpointed::Checkpointed;
use ito_torch::Scope;
use ito_torch::kernels::Reach;
use tch::Tensor;

/// Steps, then half the size: `DownBlock2D`, `AttnDownBlock2D`, `ResnetDownsampleBlock2D`, `SkipDownBlock2D`, `AttnSkipDownBlock2D`.
///
/// `[B, input, H, W] -> [B, output, H / 2, W / 2]`; what each step and the end give is kept for the way up.
#[derive(Debug)]
pub(super) struct Down {
    pub steps: Vec<Checkpointed<Step>>,
    pub end: Option<Shrink>,
}

/// How the size is halved, `[B, C, H, W] -> [B, C, H / 2, W / 2]`.
#[derive(Debug)]
pub(super) enum Shrink {
    /// A convolution of stride 2, padded by 1 on all sides, or on the two far sides alone where its own padding is 0.
    Conv(Conv),
    /// A residual block that averages.
    Resnet(Checkpointed<Resnet>),
    /// A residual block with FIR resampling, and the picture `[B, 3, H, W]`, halved as well, mapped to channels and added.
    Pyramid { resnet: Checkpointed<Resnet>, fir: Fir, skip_conv: Conv },
}

impl Down {
    pub fn new(scope: &Scope, plan: &DownPlan, common: &Common) -> Down {
        let steps = Step::all(scope, &plan.steps, common);
        Down { steps, end: plan.end.as_ref().map(|end| Shrink::new(scope, end, common)) }
    }

    /// From `h` and the picture so far to both behind the block; `skips` gets what the way up will want.
    pub fn forward(
        &self,
        mut h: Tensor,
        mut picture: Tensor,
        told: &Told,
        skips: &mut Vec<Tensor>,
    ) -> (Tensor, Tensor) {
        for step in &self.steps {
            h = told.run(step, &[&h], Step::forward);
            skips.push(h.shallow_clone());
        }
        if let Some(end) = &self.end {
            (h, picture) = end.forward(&h, picture, told);
            skips.push(h.shallow_clone());
        }
        (h, picture)
    }
}

impl Shrink {
    fn new(scope: &Scope, plan: &ShrinkPlan, common: &Common) -> Shrink {
        let place = scope.child("downsamplers.0");
        match plan {
            ShrinkPlan::Conv { channels, padding } => {
                let conv = Conv::new(&place.child("conv"), *channels, *channels, 3, Start::Random);
                Shrink::Conv(Conv { reach: Reach::Stride { stride: 2, before: *padding, after: 1 }, ..conv })
            }
            ShrinkPlan::Resnet(plan) => Shrink::Resnet(common.checkpointed(Resnet::new(&place, plan, common))),
            ShrinkPlan::Pyramid(plan) => {
                let resnet = common.checkpointed(Resnet::new(&scope.child("resnet_down"), plan, common));
                let skip_conv = Conv::new(&scope.child("skip_conv"), COLOURS, plan.output, 1, Start::Random);
                Shrink::Pyramid { resnet, fir: Fir::new(common.like), skip_conv }
            }
        }
    }

    fn forward(&self, h: &Tensor, picture: Tensor, told: &Told) -> (Tensor, Tensor) {
        match self {
            Shrink::Conv(conv) => (conv.around(&[h.shallow_clone()], &Around::default()), picture),
            Shrink::Resnet(resnet) => (told.run(resnet, &[h], Resnet::forward), picture),
            Shrink::Pyramid { resnet, fir, skip_conv } => {
                let picture = fir.half(&picture);
                let h = told.run(resnet, &[h], Resnet::forward);
                let around = Around { residual: Some(&h), ..Around::default() };
                (skip_conv.around(&[picture.shallow_clone()], &around), picture)
            }
        }
    }
}
