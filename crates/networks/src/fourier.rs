//! Random Fourier features of a point.
use ito_torch::{Init, Scope};
use std::f64::consts::TAU;
use tch::Tensor;

/// `[x, sin(2 pi B x), cos(2 pi B x)]`, `B` `[m, d]` with entries N(0, scale^2), drawn once and never trained, saved with the
/// weights: a network of smooth layers learns the high frequencies of a function late or never, and these show them to it.
/// Tancik et al. 2020, arXiv:2006.10739, equation 5; x itself stays beside them, so that nothing is lost far out.
#[derive(Debug)]
pub struct FourierFeatures {
    matrix: Option<Tensor>,
}

impl FourierFeatures {
    /// `m` frequencies of `d` numbers; none with m = 0.
    pub fn new(scope: &Scope, d: usize, m: usize, scale: f64) -> FourierFeatures {
        let init = Init::Normal { deviation: scale };
        let matrix = (m > 0).then(|| scope.child("fourier").constant("weight", &[m as i64, d as i64], init));
        FourierFeatures { matrix }
    }

    /// `[B, d] -> [B, d + 2 m]`.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        match &self.matrix {
            Some(matrix) => {
                let angle = x.linear(matrix, None::<&Tensor>) * TAU;
                Tensor::cat(&[x, &angle.sin(), &angle.cos()], -1)
            }
            None => x.shallow_clone(),
        }
    }
}
