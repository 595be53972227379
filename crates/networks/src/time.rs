//! Embedding of time, `[B] -> [B, width]`.
use crate::layers::{Linear, Start};
use ito_torch::{Init, Scope};
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

/// How a time in [0, 1] becomes features.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TimeFeatures {
    /// `cos(1000 t w_i) | sin(1000 t w_i)`, `w_i = 10000^(-i / half)`: Vaswani et al. 2017, as diffusers orders them.
    Sinusoidal,
    /// `sin(2 pi w_i t) | cos(2 pi w_i t)`, `w_i ~ N(0, 4^2)` drawn once and never trained: Tancik et al. 2020, Song et al. 2021.
    Fourier,
}

/// Standard deviation of the Fourier frequencies: periods of about 1/4 to 1/16 of the whole time.
const FOURIER_SCALE: f64 = 4.0;

/// Features of time, then two linear maps with SiLU between.
#[derive(Debug)]
pub struct TimeEmbedding {
    frequencies: Tensor,
    features: TimeFeatures,
    linear_1: Linear,
    linear_2: Linear,
}

impl TimeEmbedding {
    /// `[B] -> [B, width]` through `count` features, an even number.
    pub fn new(scope: &Scope, features: TimeFeatures, count: usize, width: usize) -> TimeEmbedding {
        let half = (count / 2) as i64;
        let frequencies = match features {
            TimeFeatures::Sinusoidal => {
                let exponent = Tensor::arange(half, (Kind::Float, scope.device())) / half as f64;
                (exponent * -(1e4f64.ln())).exp() * 1e3
            }
            TimeFeatures::Fourier => {
                let init = Init::Normal { deviation: FOURIER_SCALE };
                scope.child("time_proj").constant("weight", &[half], init)
            }
        };
        let place = scope.child("time_embedding");
        let linear_1 = Linear::new(&place.child("linear_1"), count, width, Start::Random);
        let linear_2 = Linear::new(&place.child("linear_2"), width, width, Start::Random);
        TimeEmbedding { frequencies, features, linear_1, linear_2 }
    }

    /// `[B]` times in [0, 1] to `[B, width]`.
    pub fn forward(&self, t: &Tensor) -> Tensor {
        let angle = t.unsqueeze(-1) * &self.frequencies;
        let pair = match self.features {
            TimeFeatures::Sinusoidal => [angle.cos(), angle.sin()],
            TimeFeatures::Fourier => {
                let angle = angle * std::f64::consts::TAU;
                [angle.sin(), angle.cos()]
            }
        };
        self.linear_2.forward(&self.linear_1.forward(&Tensor::cat(&pair, -1)).silu())
    }
}
