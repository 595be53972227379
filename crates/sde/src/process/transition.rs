use ito_state::{Batch, Noise};

/// A linear Gaussian kernel: given `X`, the later state is normal with mean `decay X` and this variance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Transition {
    /// The factor of the state.
    pub decay: f64,
    /// The variance of every entry.
    pub variance: f64,
}

impl Transition {
    /// Draws the later state, without an error of discretisation.
    #[inline]
    pub fn draw<X: Batch, N: Noise<X> + ?Sized>(&self, x: &X, noise: &mut N) -> X {
        X::lincomb(&[(self.decay, x), (self.variance.sqrt(), &noise.normal_like(x))])
    }
}
