//! A residual block and the attention behind it: the unit that the blocks are made of.
use super::attention::Attention;
use super::layers::Told;
use super::plan::StepPlan;
use super::resnet::{Common, Resnet};
use crate::checkpointed::Checkpointed;
use ito_torch::Scope;
use tch::Tensor;

/// A residual block, then attention where there is some; a pure function of its input and what it is told, so it can be computed a
/// second time on the way back.
///
/// `[B, input, H, W] -> [B, output, H, W]`.
#[derive(Debug)]
pub(super) struct Step {
    pub resnet: Resnet,
    pub attention: Option<Attention>,
}

impl Step {
    /// The steps of a block: `attentions.0 ..` and `resnets.0 ..` below its place, made in that order.
    pub fn all(scope: &Scope, plans: &[StepPlan], common: &Common) -> Vec<Checkpointed<Step>> {
        let mut count = 0;
        let attentions: Vec<Option<Attention>> = plans
            .iter()
            .map(|plan| {
                let plan = plan.attention.as_ref()?;
                count += 1;
                Some(Attention::new(&scope.child("attentions").child(count - 1), plan, common))
            })
            .collect();
        let resnets = plans
            .iter()
            .enumerate()
            .map(|(k, plan)| Resnet::new(&scope.child("resnets").child(k), &plan.resnet, common));
        let steps = resnets.zip(attentions).map(|(resnet, attention)| Step { resnet, attention });
        steps.map(|step| common.checkpointed(step)).collect()
    }

    /// `[B, input, H, W] -> [B, output, H, W]`; the input's channels may stand in several tensors.
    pub fn forward(&self, x: &[Tensor], told: &Told) -> Tensor {
        let h = self.resnet.forward(x, told);
        self.attention.as_ref().map_or_else(|| h.shallow_clone(), |attention| attention.forward(&h))
    }
}
