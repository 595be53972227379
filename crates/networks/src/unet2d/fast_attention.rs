//! Attention through the fused kernels.
use super::attention::Attention;
use crate::Linear;
use ito_torch::kernels::{After, Before, Convolution, Level, Products, Reach, attention};
use tch::Tensor;

/// A linear map of the channels is a convolution that sees one pixel.
const PIXEL: Reach = Reach::Stride { stride: 1, before: 0, after: 0 };

impl Attention {
    /// As [`Attention::forward`] in three calls: queries, keys and values as one product of the normalised picture, the attention,
    /// the map of its result with the sum. Without gradients, on a CPU.
    pub(super) fn at_once(&self, x: &Tensor, products: Products) -> Tensor {
        let maps = [&self.to_q, &self.to_k, &self.to_v];
        let arrange = || {
            let weights = maps.map(|map| map.weight.unsqueeze(-1).unsqueeze(-1));
            let biases = maps.map(|map| map.bias.shallow_clone());
            let (weight, bias) = (Tensor::cat(&weights, 0), Tensor::cat(&biases, 0));
            Convolution::new(&weight, Some(&bias), PIXEL, products, Level::best())
        };
        let norm = self.group_norm.as_ref().map(|norm| norm.for_kernel(None));
        let before = Before { norm, silu: false };
        let weights = maps.map(|map| [&map.weight, &map.bias]).concat();
        let qkv = self.arranged_in.with(&weights, arrange, |map| map.forward(x, None, before, After::default()));
        let mixed = attention(&qkv, self.heads as usize, Level::best());
        let Linear { weight, bias } = &self.to_out;
        let arrange = || {
            let weight = weight.unsqueeze(-1).unsqueeze(-1);
            Convolution::new(&weight, Some(bias), PIXEL, products, Level::best())
        };
        let after = After { residual: Some(x), factor: self.scale, ..After::default() };
        self.arranged_out.with(&[weight, bias], arrange, |map| map.forward(&mixed, None, Before::default(), after))
    }
}
