//! Sliced score matching: a score learned without a density and without the noise that was added.
use tch::Tensor;

/// `v^T J v + (v^T s)^2 / 2`, one number a row, J the Jacobian of the score s at x: its mean over x and over v with `E v v^T = 1` is
/// `E |s - grad log p|^2 / 2` up to a constant. Song et al. 2019, arXiv:1905.07088, equation 8.
///
/// `score` is `[B, ...] -> [B, ...]`, row by row; x and v are `[B, ...]`. The answer has a graph to the weights, through a gradient.
pub fn sliced(score: impl FnOnce(&Tensor) -> Tensor, x: &Tensor, v: &Tensor) -> Tensor {
    let (score, slope) = along(score, x, v);
    slope + row_sums(&(score * v)).square() * 0.5
}

/// `v^T J v + |s|^2 / 2`: the mean of [`sliced`] over v taken where it is known, so less noisy. Song et al. 2019, equation 9.
pub fn sliced_with_variance_reduced(score: impl FnOnce(&Tensor) -> Tensor, x: &Tensor, v: &Tensor) -> Tensor {
    let (score, slope) = along(score, x, v);
    slope + row_sums(&score.square()) * 0.5
}

/// `s(x)` and `v^T J v`, with a graph even where nothing is recorded.
fn along(score: impl FnOnce(&Tensor) -> Tensor, x: &Tensor, v: &Tensor) -> (Tensor, Tensor) {
    // Outside, so that the caller's mode comes back even after a panic inside of `with_grad`.
    let _no_grad = (!ito_torch::grad_enabled()).then(tch::no_grad_guard);
    tch::with_grad(|| {
        let x = x.detach().set_requires_grad(true);
        let score = score(&x);
        let product = (&score * v).sum(score.kind());
        let slope = Tensor::run_backward(&[product], &[&x], true, true).remove(0);
        let slope = row_sums(&(slope * v));
        (score, slope)
    })
}

fn row_sums(x: &Tensor) -> Tensor {
    x.flatten(1, -1).sum_dim_intlist([1i64].as_slice(), false, x.kind())
}
