//! Guidance: denoisers made of denoisers. Adding scores does not sample the product law; each wrapper says what it does sample.
//!
//! At every level these wrappers add scores of noisy laws: `s = sum_i w_i grad log p_i(x_t)`. The tilted law
//! `prod_i p_i(x_0)^(w_i)`, noised to the same level, has another score, because noising a product is not the product of the
//! noised (Bradley & Nakkiran 2024, arXiv:2408.09000; Chidambaram et al. 2024, arXiv:2409.13074). So what is sampled depends on
//! the sampler too: the guided flow and the guided SDE end in different laws. For `p_c = N(1, 0.5^2)`, `p_u = N(0, 1)` and `w = 2`
//! on `x = x0 + sigma eps` from `sigma = 80`: the flow in N(1.374, 0.250^2), the SDE in N(1.250, 0.331^2), while the tilted law is
//! N(1.143, 0.378^2). Weighted particles reach that one.

mod class;
mod classifier;
mod combine;
mod error;
mod guided;
mod rescaled;
mod score_sum;

pub use class::{ClassConditional, ClassPullback, OfClass};
pub use classifier::ClassifierGuided;
pub use error::GuidanceError;
pub use guided::Guided;
pub use rescaled::Rescaled;
pub use score_sum::ScoreSum;

pub(crate) use combine::{combine, drowned};
