//! Self-attention over the pixels.
use super::fast::{Arranged, fused};
use super::layers::{Norm, scaled};
use super::plan::AttentionPlan;
use super::resnet::Common;
use crate::{Linear, Start};
use ito_torch::Scope;
use tch::Tensor;

/// `scale (x + out(softmax(q k^T / sqrt(d)) v))` over the H W pixels, with q, k, v linear in the normalised x, in heads of d channels
/// (Vaswani et al. 2017). Channels that fill no whole head are left out of q, k and v.
///
/// `[B, C, H, W] -> [B, C, H, W]`.
#[derive(Debug)]
pub(super) struct Attention {
    pub group_norm: Option<Norm>,
    pub to_q: Linear,
    pub to_k: Linear,
    pub to_v: Linear,
    pub to_out: Linear,
    pub heads: i64,
    pub scale: f64,
    pub arranged_in: Arranged,
    pub arranged_out: Arranged,
}

impl Attention {
    pub fn new(scope: &Scope, plan: &AttentionPlan, common: &Common) -> Attention {
        let AttentionPlan { channels, head_dim, groups, scale } = *plan;
        let heads = channels / head_dim;
        let inner = |name: &str| Linear::new(&scope.child(name), channels, heads * head_dim, Start::Random);
        let norm = |groups| Norm::new(&scope.child("group_norm"), channels, groups, common.config.norm_eps);
        Attention {
            group_norm: groups.map(norm),
            to_q: inner("to_q"),
            to_k: inner("to_k"),
            to_v: inner("to_v"),
            to_out: Linear::new(&scope.child("to_out.0"), heads * head_dim, channels, common.last()),
            heads: heads as i64,
            scale,
            arranged_in: Arranged::default(),
            arranged_out: Arranged::default(),
        }
    }

    /// `[B, C, H, W] -> [B, C, H, W]`.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        if let Some(products) = fused(x, &self.to_q.weight) {
            return self.at_once(x, products);
        }
        let size = x.size();
        let (b, n) = (size[0], size[2] * size[3]);
        let pixels = x.reshape([b, size[1], n]);
        let pixels = self
            .group_norm
            .as_ref()
            .map_or_else(|| pixels.shallow_clone(), |norm| norm.forward(&pixels))
            .transpose(1, 2);
        let split = |y: Tensor| y.view([b, n, self.heads, -1]).transpose(1, 2);
        let [q, k, v] = [&self.to_q, &self.to_k, &self.to_v].map(|map| split(map.forward(&pixels)));
        let mixed = Tensor::scaled_dot_product_attention(&q, &k, &v, None::<Tensor>, 0.0, false, None, false);
        let out = self.to_out.forward(&mixed.transpose(1, 2).reshape([b, n, -1]));
        scaled(out.transpose(1, 2).reshape(size.as_slice()) + x, self.scale)
    }
}
