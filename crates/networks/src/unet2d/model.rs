//! The network: blocks in their order.
use super::UNet2dError;
use super::config::UNet2dConfig;
use super::down::Down;
use super::embedding::Embedding;
use super::fast::Around;
use super::layers::{Conv, Norm, Told};
use super::names::Activation;
use super::resnet::Common;
use super::step::Step;
use super::up::Up;
use crate::checkpointed::Checkpointed;
use crate::{Given, Network, Start};
use ito_torch::Scope;
use std::cell::Cell;
use tch::{Kind, Tensor};

/// Pictures and times to pictures, `[B, in, H, W], [B] -> [B, out, H, W]`: diffusers' `UNet2DModel` under its own names of weights.
///
/// Works in the dtype of its weights, which `x` must have; times may have any, and one time does for all rows. H and W are multiples
/// of `2^(levels - 1)`. After Ronneberger et al. 2015, Ho et al. 2020, Song et al. 2021, Dhariwal and Nichol 2021.
#[derive(Debug)]
pub struct UNet2d {
    pub(super) center: bool,
    pub(super) conv_in: Conv,
    pub(super) embedding: Embedding,
    pub(super) down: Vec<Down>,
    pub(super) middle: Vec<Checkpointed<Step>>,
    pub(super) up: Vec<Up>,
    pub(super) conv_norm_out: Norm,
    pub(super) conv_out: Conv,
    pub(super) act: Activation,
}

impl UNet2d {
    /// A network whose weights are made, or found, in the order of diffusers' `state_dict`.
    ///
    /// # Errors
    /// [`UNet2dError`] where the configuration makes no network.
    pub fn new(config: &UNet2dConfig, scope: &Scope) -> Result<UNet2d, UNet2dError> {
        config.check_alone()?;
        let first = config.block_out_channels[0];
        let conv_in = Conv::new(&scope.child("conv_in"), config.in_channels, first, 3, Start::Random);
        let embedding = Embedding::new(scope, config, conv_in.weight.kind());
        let common = Common { config, like: &conv_in.weight, dropouts: Cell::new(0) };
        let (down_plan, up_plan) = (config.down_plan()?, config.up_plan()?);
        let place = scope.child("down_blocks");
        let down = down_plan.iter().enumerate().map(|(k, plan)| Down::new(&place.child(k), plan, &common)).collect();
        let place = scope.child("up_blocks");
        let up = up_plan.iter().enumerate().map(|(k, plan)| Up::new(&place.child(k), plan, &common)).collect();
        let mid_plan = config.mid_plan();
        let middle = mid_plan.map_or_else(Vec::new, |plans| Step::all(&scope.child("mid_block"), &plans, &common));
        let conv_norm_out = Norm::new(&scope.child("conv_norm_out"), first, config.groups_out(), config.norm_eps);
        let conv_out = Conv::new(&scope.child("conv_out"), first, config.out_channels, 3, common.last());
        Ok(UNet2d {
            center: config.center_input_sample,
            conv_in,
            embedding,
            down,
            middle,
            up,
            conv_norm_out,
            conv_out,
            act: config.act_fn,
        })
    }
}

impl Network for UNet2d {
    fn dtype(&self) -> Kind {
        self.conv_in.weight.kind()
    }

    /// # Panics
    /// Where [`UNet2dConfig::check`] would have refused: missing classes, other channels, sizes that cannot be halved.
    fn forward(&self, x: &Tensor, time: &Tensor, given: &Given) -> Tensor {
        let x = if self.center { x * 2.0 - 1.0 } else { x.shallow_clone() };
        let told = Told { activated: self.act.of(&self.embedding.forward(time, given)), dropout: given.dropout };
        let mut h = self.conv_in.around(&[x.shallow_clone()], &Around::default());
        let mut skips = vec![h.shallow_clone()];
        let mut picture = x;
        for block in &self.down {
            (h, picture) = block.forward(h, picture, &told, &mut skips);
        }
        for step in &self.middle {
            h = told.run(step, &[&h], Step::forward);
        }
        let mut grown = None;
        for block in &self.up {
            (h, grown) = block.forward(h, grown, &told, &mut skips);
        }
        let norm = Some((&self.conv_norm_out, Activation::Silu));
        let y = self.conv_out.around(&[h], &Around { norm, residual: grown.as_ref(), ..Around::default() });
        self.embedding.over_time(y.to_kind(self.conv_in.weight.kind()), time)
    }
}
