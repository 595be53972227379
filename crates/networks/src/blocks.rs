//! The parts of the U-Net: residual block, self-attention, down and up sampling.
use crate::layers::{Conv, GroupNorm, Linear, Start};
use ito_torch::Scope;
use tch::Tensor;

/// Residual block of Ho et al. 2020: `shortcut(x) + conv2(silu(norm2(conv1(silu(norm1(x))) + proj(silu(e)))))`.
#[derive(Debug)]
pub struct ResnetBlock {
    norm1: GroupNorm,
    conv1: Conv,
    time_emb_proj: Linear,
    norm2: GroupNorm,
    conv2: Conv,
    shortcut: Option<Conv>,
}

impl ResnetBlock {
    /// `[B, input, H, W]` and an embedding `[B, embedding]` to `[B, output, H, W]`.
    pub fn new(scope: &Scope, input: usize, output: usize, embedding: usize, groups: usize) -> ResnetBlock {
        ResnetBlock {
            norm1: GroupNorm::new(&scope.child("norm1"), input, groups),
            conv1: Conv::new(&scope.child("conv1"), input, output, 3, 1, Start::Random),
            time_emb_proj: Linear::new(&scope.child("time_emb_proj"), embedding, output, Start::Random),
            norm2: GroupNorm::new(&scope.child("norm2"), output, groups),
            conv2: Conv::new(&scope.child("conv2"), output, output, 3, 1, Start::Zero),
            shortcut: (input != output)
                .then(|| Conv::new(&scope.child("conv_shortcut"), input, output, 1, 1, Start::Random)),
        }
    }

    /// `activated` is silu(embedding), `[B, embedding]`: the same for all blocks, so computed once.
    pub fn forward(&self, x: &Tensor, activated: &Tensor) -> Tensor {
        let time = self.time_emb_proj.forward(activated).unsqueeze(-1).unsqueeze(-1);
        let h = self.conv1.forward(&self.norm1.forward(x).silu()) + time;
        let h = self.conv2.forward(&self.norm2.forward(&h).silu());
        match &self.shortcut {
            Some(shortcut) => h + shortcut.forward(x),
            None => h + x,
        }
    }
}

/// Self-attention over the H W positions, added to its input.
#[derive(Debug)]
pub struct Attention {
    group_norm: GroupNorm,
    to_q: Linear,
    to_k: Linear,
    to_v: Linear,
    to_out: Linear,
    heads: i64,
}

impl Attention {
    /// `channels / head_dim` heads.
    pub fn new(scope: &Scope, channels: usize, head_dim: usize, groups: usize) -> Attention {
        let linear = |name: &str, start| Linear::new(&scope.child(name), channels, channels, start);
        Attention {
            group_norm: GroupNorm::new(&scope.child("group_norm"), channels, groups),
            to_q: linear("to_q", Start::Random),
            to_k: linear("to_k", Start::Random),
            to_v: linear("to_v", Start::Random),
            to_out: linear("to_out.0", Start::Zero),
            heads: (channels / head_dim) as i64,
        }
    }

    /// `[B, C, H, W] -> [B, C, H, W]`.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        let (b, c, h, w) = x.size4().expect("a picture has four axes");
        let tokens = self.group_norm.forward(x).view([b, c, h * w]).transpose(1, 2);
        let split = |y: Tensor| y.view([b, h * w, self.heads, c / self.heads]).transpose(1, 2);
        let q = split(self.to_q.forward(&tokens));
        let k = split(self.to_k.forward(&tokens));
        let v = split(self.to_v.forward(&tokens));
        let mixed = Tensor::scaled_dot_product_attention(&q, &k, &v, None::<Tensor>, 0.0, false, None, false);
        let out = self.to_out.forward(&mixed.transpose(1, 2).reshape([b, h * w, c]));
        out.transpose(1, 2).reshape([b, c, h, w]) + x
    }
}

/// Halves H and W, rounding up: a convolution of stride 2.
#[derive(Debug)]
pub struct Downsample(Conv);

impl Downsample {
    /// `[B, C, H, W] -> [B, C, ceil(H / 2), ceil(W / 2)]`.
    pub fn new(scope: &Scope, channels: usize) -> Downsample {
        Downsample(Conv::new(&scope.child("conv"), channels, channels, 3, 2, Start::Random))
    }

    /// See [`Downsample::new`].
    pub fn forward(&self, x: &Tensor) -> Tensor {
        self.0.forward(x)
    }
}

/// Nearest neighbours up to the size of the level above, then a convolution: an odd size comes back as it was.
#[derive(Debug)]
pub struct Upsample(Conv);

impl Upsample {
    /// `[B, C, H, W] -> [B, C, height, width]`.
    pub fn new(scope: &Scope, channels: usize) -> Upsample {
        Upsample(Conv::new(&scope.child("conv"), channels, channels, 3, 1, Start::Random))
    }

    /// See [`Upsample::new`].
    pub fn forward(&self, x: &Tensor, height: i64, width: i64) -> Tensor {
        self.0.forward(&x.upsample_nearest2d([height, width], None, None))
    }
}
