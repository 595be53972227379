//! A block on the way up.
use super::fast::Around;
use super::layers::{Conv, Norm, Told};
use super::names::Activation;
use super::plan::{COLOURS, GrowPlan, UpPlan};
use super::resample::Fir;
use super::resnet::{Common, Resnet};
use super::step::Step;
use crate::Start;
use crate::checkpointed::Checkpointed;
use ito_torch::Scope;
use ito_torch::kernels::Reach;
use tch::Tensor;

/// Steps that see the tensors of the way down behind their own channels, then twice the size: `UpBlock2D`, `AttnUpBlock2D`,
/// `ResnetUpsampleBlock2D`, `SkipUpBlock2D`, `AttnSkipUpBlock2D`.
///
/// `[B, before, H, W] -> [B, here, 2 H, 2 W]`.
#[derive(Debug)]
pub(super) struct Up {
    pub steps: Vec<Checkpointed<Step>>,
    pub end: Option<Grow>,
    /// Doubles the picture of the level below, where the block carries one.
    pub fir: Option<Fir>,
}

/// How the size is doubled, `[B, C, H, W] -> [B, C, 2 H, 2 W]`.
#[derive(Debug)]
pub(super) enum Grow {
    /// Pixels doubled, then a convolution.
    Conv(Conv),
    /// A residual block that doubles pixels.
    Resnet(Checkpointed<Resnet>),
    /// A residual block with FIR resampling; before it, `conv(silu(norm(h)))` is added to the picture.
    Pyramid { resnet: Checkpointed<Resnet>, skip_conv: Conv, skip_norm: Norm },
}

impl Up {
    pub fn new(scope: &Scope, plan: &UpPlan, common: &Common) -> Up {
        let steps = Step::all(scope, &plan.steps, common);
        let end = plan.end.as_ref().map(|end| Grow::new(scope, end, common));
        let fir = plan.pyramid.then(|| Fir::new(common.like));
        Up { steps, end, fir }
    }

    /// From `h` and the picture so far to both behind the block; takes the last of `skips`, one a step.
    pub fn forward(
        &self,
        mut h: Tensor,
        picture: Option<Tensor>,
        told: &Told,
        skips: &mut Vec<Tensor>,
    ) -> (Tensor, Option<Tensor>) {
        for step in &self.steps {
            let skip = skips.pop().expect("the way down keeps one tensor for each step of the way up");
            h = told.run(step, &[&h, &skip], Step::forward);
        }
        let picture = match &self.fir {
            Some(fir) => picture.map(|picture| fir.double(&picture)),
            None => picture,
        };
        match &self.end {
            Some(end) => end.forward(&h, picture, told),
            None => (h, picture),
        }
    }
}

impl Grow {
    fn new(scope: &Scope, plan: &GrowPlan, common: &Common) -> Grow {
        let place = scope.child("upsamplers.0");
        match plan {
            GrowPlan::Conv { channels } => {
                let conv = Conv::new(&place.child("conv"), *channels, *channels, 3, Start::Random);
                Grow::Conv(Conv { reach: Reach::Doubled, ..conv })
            }
            GrowPlan::Resnet(plan) => Grow::Resnet(common.checkpointed(Resnet::new(&place, plan, common))),
            GrowPlan::Pyramid(plan) => {
                let resnet = common.checkpointed(Resnet::new(&scope.child("resnet_up"), plan, common));
                let skip_conv = Conv::new(&scope.child("skip_conv"), plan.output, COLOURS, 3, common.last());
                let norm = &scope.child("skip_norm");
                let skip_norm = Norm::new(norm, plan.output, plan.groups[1], common.config.norm_eps);
                Grow::Pyramid { resnet, skip_conv, skip_norm }
            }
        }
    }

    fn forward(&self, h: &Tensor, picture: Option<Tensor>, told: &Told) -> (Tensor, Option<Tensor>) {
        match self {
            Grow::Conv(conv) => (conv.around(&[h.shallow_clone()], &Around::default()), picture),
            Grow::Resnet(resnet) => (told.run(resnet, &[h], Resnet::forward), picture),
            Grow::Pyramid { resnet, skip_conv, skip_norm } => {
                let norm = Some((skip_norm, Activation::Silu));
                let around = Around { norm, residual: picture.as_ref(), ..Around::default() };
                let picture = skip_conv.around(&[h.shallow_clone()], &around);
                (told.run(resnet, &[h], Resnet::forward), Some(picture))
            }
        }
    }
}
