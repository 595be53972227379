//! Convolution and normalisation with every setting that the blocks need; the linear map is [`crate::Linear`].
use super::fast::Arranged;
use super::names::Activation;
use super::resample::nearest;
use crate::checkpointed::Checkpointed;
use crate::{Dropout, Start};
use ito_torch::kernels::{self, Reach};
use ito_torch::{Init, Scope};
use tch::Tensor;

/// What the blocks are told beside their input.
#[derive(Debug)]
pub(super) struct Told {
    /// The embedding behind the activation, `[B, width]` or `[1, width]`: the same for all blocks, so computed once.
    pub activated: Tensor,
    /// In training only.
    pub dropout: Option<Dropout>,
}

impl Told {
    /// `f(block, x, self)`, with the block computed a second time on the way back where the configuration says so. The channels of
    /// x may stand in several tensors, one behind the other.
    pub fn run<B: Send + 'static>(
        &self,
        block: &Checkpointed<B>,
        x: &[&Tensor],
        f: fn(&B, &[Tensor], &Told) -> Tensor,
    ) -> Tensor {
        let (dropout, count) = (self.dropout, x.len());
        block.forward(&[x, &[&self.activated]].concat(), move |block, given| {
            f(block, &given[..count], &Told { activated: given[count].shallow_clone(), dropout })
        })
    }
}

/// A square convolution, `[B, in, H, W] -> [B, out, H', W']`.
#[derive(Debug)]
pub(super) struct Conv {
    pub weight: Tensor,
    pub bias: Tensor,
    pub reach: Reach,
    pub arranged: Arranged,
}

impl Conv {
    /// Stride 1, the size kept; `kernel` is odd.
    pub fn new(scope: &Scope, input: usize, output: usize, kernel: i64, start: Start) -> Conv {
        let (input, output) = (input as i64, output as i64);
        let init = start.init(input * kernel * kernel);
        let weight = scope.tensor("weight", &[output, input, kernel, kernel], init);
        let padding = (kernel as usize - 1) / 2;
        let reach = Reach::Stride { stride: 1, before: padding, after: padding };
        Conv { weight, bias: scope.tensor("bias", &[output], init), reach, arranged: Arranged::default() }
    }

    /// `[B, in, H, W] -> [B, out, H', W']`.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        let plain = |x: &Tensor, stride: usize, padding: usize| {
            x.conv2d(&self.weight, Some(&self.bias), [stride as i64; 2], [padding as i64; 2], [1; 2], 1)
        };
        match self.reach {
            Reach::Stride { stride, before, after } if before == after => plain(x, stride, before),
            Reach::Stride { stride, before, after } => {
                let (before, after) = (before as i64, after as i64);
                plain(&x.constant_pad_nd([before, after, before, after]), stride, 0)
            }
            Reach::Doubled => plain(&nearest(x), 1, 1),
        }
    }
}

/// Group normalisation over channels, H and W (Wu and He 2018), shape kept.
#[derive(Debug)]
pub(super) struct Norm {
    pub weight: Tensor,
    pub bias: Tensor,
    pub groups: i64,
    pub eps: f64,
}

impl Norm {
    /// `groups` divides `channels`.
    pub fn new(scope: &Scope, channels: usize, groups: usize, eps: f64) -> Norm {
        let shape = [channels as i64];
        let weight = scope.tensor("weight", &shape, Init::Constant(1.0));
        Norm { weight, bias: scope.tensor("bias", &shape, Init::Constant(0.0)), groups: groups as i64, eps }
    }

    /// `[B, C, ..] -> [B, C, ..]`.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        let [weight, bias] = [&self.weight, &self.bias].map(|w| w.to_kind(x.kind()));
        x.group_norm(self.groups, Some(&weight), Some(&bias), self.eps, false)
    }

    /// As a fused kernel takes it, with scales and shifts of each row behind it.
    pub fn for_kernel<'a>(&'a self, scale_shift: Option<&'a Tensor>) -> kernels::Norm<'a> {
        let Norm { weight, bias, groups, eps } = self;
        kernels::Norm { groups: *groups as usize, eps: *eps, weight, bias, scale_shift }
    }
}

impl Activation {
    /// Number by number.
    pub(super) fn of(self, x: &Tensor) -> Tensor {
        match self {
            Activation::Silu | Activation::Swish => x.silu(),
            Activation::Mish => x.mish(),
            Activation::Gelu => x.gelu("none"),
            Activation::Relu => x.relu(),
        }
    }
}

/// `scale x`.
pub(super) fn scaled(x: Tensor, scale: f64) -> Tensor {
    if scale == 1.0 { x } else { x * scale }
}
