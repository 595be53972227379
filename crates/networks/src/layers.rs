//! The layers that have weights: convolution, linear map, group normalisation.
use ito_torch::{Init, Scope};
use tch::Tensor;

/// First values of a weight that is to start as nothing: its block then starts as the identity (Dhariwal and Nichol 2021).
const ZERO: Init = Init::Constant(0.0);

/// Whether a layer starts as a random map or as zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Weights and bias uniform within 1 / sqrt(fan in).
    Random,
    /// All zero.
    Zero,
}

impl Start {
    pub(crate) fn init(self, fan_in: i64) -> Init {
        match self {
            Start::Random => Init::Uniform { bound: 1.0 / (fan_in as f64).sqrt() },
            Start::Zero => ZERO,
        }
    }
}

/// A square convolution, `[B, in, H, W] -> [B, out, H', W']`.
#[derive(Debug)]
pub struct Conv {
    weight: Tensor,
    bias: Tensor,
    stride: i64,
}

impl Conv {
    /// Odd `kernel`, padded by (kernel - 1) / 2: stride 1 keeps H and W, stride 2 gives ceil(H / 2).
    pub fn new(scope: &Scope, input: usize, output: usize, kernel: i64, stride: i64, start: Start) -> Conv {
        let (input, output) = (input as i64, output as i64);
        let init = start.init(input * kernel * kernel);
        let weight = scope.tensor("weight", &[output, input, kernel, kernel], init);
        Conv { weight, bias: scope.tensor("bias", &[output], init), stride }
    }

    /// `[B, in, H, W] -> [B, out, H', W']`.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        let padding = (self.weight.size()[2] - 1) / 2;
        x.conv2d(&self.weight, Some(&self.bias), [self.stride; 2], [padding; 2], [1; 2], 1)
    }
}

/// An affine map of the last axis, `[.., in] -> [.., out]`.
#[derive(Debug)]
pub struct Linear {
    pub(crate) weight: Tensor,
    pub(crate) bias: Tensor,
}

impl Linear {
    /// Weight `[out, in]`, bias `[out]`.
    pub fn new(scope: &Scope, input: usize, output: usize, start: Start) -> Linear {
        let (input, output) = (input as i64, output as i64);
        let init = start.init(input);
        Linear { weight: scope.tensor("weight", &[output, input], init), bias: scope.tensor("bias", &[output], init) }
    }

    /// `[.., in] -> [.., out]`.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        x.linear(&self.weight, Some(&self.bias))
    }
}

/// Group normalisation over channels, H and W (Wu and He 2018), shape kept.
#[derive(Debug)]
pub struct GroupNorm {
    weight: Tensor,
    bias: Tensor,
    groups: i64,
}

impl GroupNorm {
    /// `groups` divides `channels`.
    pub fn new(scope: &Scope, channels: usize, groups: usize) -> GroupNorm {
        let shape = [channels as i64];
        let weight = scope.tensor("weight", &shape, Init::Constant(1.0));
        GroupNorm { weight, bias: scope.tensor("bias", &shape, ZERO), groups: groups as i64 }
    }

    /// `[B, C, ..] -> [B, C, ..]`.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        x.group_norm(self.groups, Some(&self.weight), Some(&self.bias), 1e-5, false)
    }
}
