//! Weighted particles: Feynman-Kac corrected sampling of tempered laws, of products, and of the tilted law of guidance.
//!
//! Adding scores does not sample a product of laws (see [`guidance`](crate::guidance)); particles that carry weights do. The
//! target at every level is `q_t = prod_i p_{i,t}^{w_i} / Z_t`, where `p_{i,t}` is the law of model `i` under the path:
//! tempering with one model and `w = beta`, a product with all `w_i = 1`, the tilted law of classifier-free guidance,
//! `p_u^{1-w} p_c^w`, with two.
//!
//! # The weights
//! Let `y = x/alpha`, `tau = (sigma/alpha)^2`, `u = -tau`, which rises as noise is taken away. Each model obeys the heat equation
//! `d p_i/d tau = Laplacian p_i / 2`, so with scores `s_i = grad log p_i = (D_i - y)/tau` and `S = sum_i w_i s_i`
//!
//! `d log q/du = -1/2 div S - 1/2 sum_i w_i |s_i|^2 - d log Z/du`.
//!
//! Particles that move by `dY = b du + sqrt(c) dB` and carry `d log w = g du` have the density `q Z` if
//! `dq/du = -div(b q) + c/2 Laplacian q + g q`, so
//! `g = -(1 + c)/2 div S - 1/2 sum_i w_i |s_i|^2 + div b + b.S - c/2 |S|^2`. With `b = (1 + c)/2 S` the divergences cancel, and what
//! is left does not depend on `c`:
//!
//! `d log w = 1/2 (|S|^2 - sum_i w_i |s_i|^2) du = 1/2 (|sum_i w_i (D_i - y)|^2 - sum_i w_i |D_i - y|^2) dr`, `r = (alpha/sigma)^2`.
//!
//! No divergence is needed, and every amount of noise will do: `c = 1` is the reverse SDE of the added scores, `c = 0` their
//! probability flow. For guidance it is `w (w - 1)/2 |s_c - s_u|^2 du`, for tempering `beta (beta - 1)/2 |s|^2 du`. Skreta et al.
//! 2025, arXiv:2503.02819, have these two for the reverse SDE.
//!
//! # Exponents that do not sum to 1
//! Where noise drowns the data, `p_i = N(0, 1 + tau)` at unit scale: `S = -W y/(1 + tau)` and the target is `N(0, (1 + tau)/W)`. The
//! flow of `b = S/2` shrinks its particles as `(1 + tau)^(W/2)`, not as that law, and the weights have to undo it: they grow by
//! `W (W - 1)/2 |y|^2/tau^2 du`, which is of order 1 in every octave of `tau`, until a few particles carry all. So the drift has a second
//! part, `b = (1 + c)/2 S + kappa Y/(1 + tau)` with `kappa = (W - 1)/2`, which adds `div b + b.S`:
//!
//! `d log w = (1/2 (|S|^2 - sum_i w_i |s_i|^2) + kappa (d + y.S)/(1 + tau)) du` for states of `d` numbers.
//!
//! In the departures `h_i = D_i - y/(1 + tau)` of the estimates from that of standard normal data, and their sum `h = sum_i w_i h_i`,
//! all that is large cancels:
//!
//! `d log w = ((|h|^2 - sum_i w_i |h_i|^2)/(2 tau^2) - kappa y.h/(tau (1 + tau)) + kappa d/(1 + tau)) du`.
//!
//! The particles of standard normal data then keep equal weights on the whole way, and from pure noise (`alpha = 0`) every term is
//! finite on the clock `v = (1 + tau)^(-1/2)`. The last term is `kappa d ln(v'^2/v^2)` for all particles alike.

mod error;
mod feynman_kac;
mod move_rule;
mod population;

pub use error::ParticleError;
pub use feynman_kac::{FeynmanKac, LogNormaliser, Sampled};
pub use population::{Particles, Resample};
