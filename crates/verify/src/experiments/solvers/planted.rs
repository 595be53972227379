//! The fault in the noise.

use ito_state::{Batch, Noise};

/// Noise as it is, or with deviation `h` where the increment over `h` has `sqrt h`.
pub struct Planted<N> {
    /// As it should be.
    pub noise: N,
    /// Whether it is not.
    pub wrong: bool,
}

impl<X: Batch, N: Noise<X>> Noise<X> for Planted<N> {
    fn normal_like(&mut self, like: &X) -> X {
        self.noise.normal_like(like)
    }

    fn increment(&mut self, from: f64, to: f64, like: &X) -> X {
        let w = self.noise.increment(from, to, like);
        if self.wrong { X::lincomb(&[((to - from).abs().sqrt(), &w)]) } else { w }
    }

    fn increment_with_area(&mut self, from: f64, to: f64, like: &X) -> (X, X) {
        let (w, h) = self.noise.increment_with_area(from, to, like);
        let root = (to - from).abs().sqrt();
        if self.wrong { (X::lincomb(&[(root, &w)]), X::lincomb(&[(root, &h)])) } else { (w, h) }
    }

    fn uniform_rows(&mut self, like: &X) -> Vec<f64> {
        self.noise.uniform_rows(like)
    }
}
