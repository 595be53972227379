use ito_schedules::{Grid, Level, OutOfRange, Path, Rescaling};
use ito_state::Batch;

use crate::{Denoiser, Pullback};

/// A model trained under one path, as a denoiser under another: `D_b(x, level) = D_a(f x, level')`, with `level'` the
/// trained path's level of the same signal-to-noise ratio and `f = alpha'/alpha` (`sigma'/sigma` near noise).
///
/// Exact, not an approximation: the two noisy pictures are the same but for the factor. One evaluation. Beyond the
/// trained path's ends, which the grid's levels are not, its nearer end.
#[derive(Debug)]
pub struct Rescaled<'a, M> {
    model: M,
    rescaling: Rescaling<'a>,
}

impl<'a, M> Rescaled<'a, M> {
    /// `trained` is the path the model was trained under, `grid` what it is to be sampled on, of any other path.
    ///
    /// # Errors
    /// [`OutOfRange`] for a level of the grid, data left out, whose log-SNR the trained path does not have.
    pub fn new(model: M, trained: &'a dyn Path, grid: &Grid) -> Result<Self, OutOfRange> {
        Ok(Rescaled { model, rescaling: Rescaling::new(trained, grid.levels())? })
    }

    /// The trained path's levels, and the factors of `x`.
    fn levels(&self, at: &[Level]) -> (Vec<Level>, Vec<f64>) {
        at.iter().map(|&level| self.rescaling.level(level)).unzip()
    }
}

fn scaled<X: Batch>(factors: &[f64], x: &X) -> X {
    if let [factor] = factors { X::lincomb(&[(*factor, x)]) } else { X::lincomb_rows(&[(factors, x)]) }
}

impl<X: Batch, M: Denoiser<X>> Denoiser<X> for Rescaled<'_, M> {
    fn denoise(&self, x: &X, at: &[Level]) -> X {
        let (levels, factors) = self.levels(at);
        self.model.denoise(&scaled(&factors, x), &levels)
    }
}

/// `J_b = f J_a`.
impl<X: Batch, M: Pullback<X>> Pullback<X> for Rescaled<'_, M> {
    fn pullback(&self, x: &X, at: &[Level], v: &X) -> (X, X) {
        let (levels, factors) = self.levels(at);
        let (denoised, product) = self.model.pullback(&scaled(&factors, x), &levels, v);
        (denoised, scaled(&factors, &product))
    }
}
