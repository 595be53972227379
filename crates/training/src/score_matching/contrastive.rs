//! Contrastive divergence: an energy learned from data and from what the model itself draws.
use ito_sde::SdeError;
use ito_sde::langevin::{Potential, Unadjusted};
use ito_state::Noise;
use ito_torch::State;
use tch::Tensor;

/// `mean U(x) - mean U(y) + alpha mean (U(x)^2 + U(y)^2)`, for energies `[B]` of data x and of the model's own draws y.
///
/// With `alpha = 0` and y from `e^{-U}/Z` its gradient is that of the negative mean log-likelihood: `grad log Z = -E_y grad U`. `alpha`
/// keeps the energies near 0, which the likelihood leaves free. Hinton 2002; Tieleman 2008; Du and Mordatch 2019,
/// arXiv:1903.08689, section 3.3.
pub fn contrast(data: &Tensor, drawn: &Tensor, alpha: f64) -> Tensor {
    let loss = data.mean(data.kind()) - drawn.mean(drawn.kind());
    loss + (data.square().mean(data.kind()) + drawn.square().mean(drawn.kind())) * alpha
}

/// `moves` of the unadjusted Langevin chain, `y <- y - h grad U(y) + sqrt(2 h) z`, for every row.
///
/// At the temperature of the model: with a fixed U the chains come to its law up to a bias of order h ([`Unadjusted`]; of a normal
/// law of variance s^2 they have `s^2 / (1 - h / (2 s^2))`).
///
/// # Errors
/// [`SdeError`] for a step that is not above zero.
pub fn negatives(
    energy: &impl Potential<State>,
    start: State,
    step: f64,
    moves: usize,
    noise: &mut dyn Noise<State>,
) -> Result<State, SdeError> {
    Ok(Unadjusted::new(energy, step)?.run(start, moves, noise))
}
