//! The parts of the U-Net: residual block, self-attention, down and up sampling.
use crate::layers::{Conv, GroupNorm, Linear, Start};
use ito_torch::Scope;
use tch::Tensor;

/// Residual block of Ho et al. 2020 with the adaptive normalisation of Dhariwal and Nichol 2021:
/// `shortcut(x) + conv2(silu(norm2(conv1(silu(norm1(x)))) (1 + a) + b))`, `(a, b) = proj(e)`.
#[derive(Debug)]
pub struct ResnetBlock {
    norm1: GroupNorm,
    conv1: Conv,
    time_emb_proj: Linear,
    norm2: GroupNorm,
    conv2: Conv,
}

impl ResnetBlock {
    /// `[B, C, H, W]` and an embedding `[B, embedding]` to `[B, C, H, W]`.
    pub fn new(scope: &Scope, channels: usize, embedding: usize, groups: usize) -> ResnetBlock {
        ResnetBlock {
            norm1: GroupNorm::new(&scope.child("norm1"), channels, groups),
            conv1: Conv::new(&scope.child("conv1"), channels, channels, 3, 1, Start::Random),
            time_emb_proj: Linear::new(&scope.child("time_emb_proj"), embedding, 2 * channels, Start::Random),
            norm2: GroupNorm::new(&scope.child("norm2"), channels, groups),
            conv2: Conv::new(&scope.child("conv2"), channels, channels, 3, 1, Start::Zero),
        }
    }

    /// `activated` is silu(embedding), `[B, embedding]`: the same for all blocks, so computed once.
    pub fn forward(&self, x: &Tensor, activated: &Tensor) -> Tensor {
        let h = self.norm2.forward(&self.conv1.forward(&self.norm1.forward(x).silu()));
        let scale_shift = self.time_emb_proj.forward(activated).unsqueeze(-1).unsqueeze(-1).chunk(2, 1);
        let h = scale_shift[1].addcmul(&h, &(&scale_shift[0] + 1.0));
        x + self.conv2.forward(&h.silu())
    }
}

/// How the products of attention are computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Products {
    /// By libtorch's fused kernel: fast, but on a CPU its gradient has no gradient.
    #[default]
    Fused,
    /// One by one: as often differentiable as wanted, for an energy.
    Plain,
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
    products: Products,
}

impl Attention {
    /// `channels / head_dim` heads.
    pub fn new(scope: &Scope, channels: usize, head_dim: usize, groups: usize, products: Products) -> Attention {
        let linear = |name: &str, start| Linear::new(&scope.child(name), channels, channels, start);
        Attention {
            group_norm: GroupNorm::new(&scope.child("group_norm"), channels, groups),
            to_q: linear("to_q", Start::Random),
            to_k: linear("to_k", Start::Random),
            to_v: linear("to_v", Start::Random),
            to_out: linear("to_out.0", Start::Zero),
            heads: (channels / head_dim) as i64,
            products,
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
        let mixed = match self.products {
            Products::Fused => {
                Tensor::scaled_dot_product_attention(&q, &k, &v, None::<Tensor>, 0.0, false, None, false)
            }
            Products::Plain => {
                let scale = (self.heads as f64 / c as f64).sqrt();
                (q * scale).matmul(&k.transpose(2, 3)).softmax(-1, x.kind()).matmul(&v)
            }
        };
        let out = self.to_out.forward(&mixed.transpose(1, 2).reshape([b, h * w, c]));
        out.transpose(1, 2).reshape([b, c, h, w]) + x
    }
}

/// Halves H and W, rounding up: a convolution of stride 2.
#[derive(Debug)]
pub struct Downsample(Conv);

impl Downsample {
    /// `[B, input, H, W] -> [B, output, ceil(H / 2), ceil(W / 2)]`.
    pub fn new(scope: &Scope, input: usize, output: usize) -> Downsample {
        Downsample(Conv::new(&scope.child("conv"), input, output, 3, 2, Start::Random))
    }

    /// See [`Downsample::new`].
    pub fn forward(&self, x: &Tensor) -> Tensor {
        self.0.forward(x)
    }
}

/// Doubles H and W: a pointwise map to four times the channels, which then become squares of pixels (Shi et al. 2016). Far
/// cheaper than a convolution at the doubled size.
#[derive(Debug)]
pub struct Upsample {
    norm: GroupNorm,
    conv: Conv,
}

impl Upsample {
    /// `[B, input, H, W] -> [B, output, height, width]`, height and width at most the double.
    pub fn new(scope: &Scope, input: usize, output: usize, groups: usize) -> Upsample {
        let norm = GroupNorm::new(&scope.child("norm"), input, groups);
        Upsample { norm, conv: Conv::new(&scope.child("conv"), input, 4 * output, 1, 1, Start::Random) }
    }

    /// See [`Upsample::new`]; where the level above had an odd size, the last row and column fall away.
    pub fn forward(&self, x: &Tensor, height: i64, width: i64) -> Tensor {
        self.conv.forward(&self.norm.forward(x)).pixel_shuffle(2).narrow(2, 0, height).narrow(3, 0, width)
    }
}
