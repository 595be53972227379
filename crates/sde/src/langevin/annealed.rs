use ito_state::{Batch, Noise};

use super::{FromScore, Unadjusted};
use crate::SdeError;
use crate::error::positive;

/// Annealed Langevin sampling: unadjusted steps at one noise level after the other, from much noise to little.
///
/// At level `sigma_i` the density is that of the data with noise of deviation `sigma_i` added, and a step is
/// `x' = x + (alpha_i/2) s(x, sigma_i) + sqrt(alpha_i) z` with `alpha_i = step (sigma_i/sigma_last)^2`. Much noise joins the
/// modes that little noise keeps apart. Song & Ermon 2019, arXiv:1907.05600, algorithm 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Annealing {
    levels: Vec<f64>,
    step: f64,
    steps_a_level: usize,
}

impl Annealing {
    /// With these strictly falling deviations, `step > 0` the `alpha` of the last of them.
    ///
    /// # Errors
    /// [`SdeError`] if there is no level or no step, a number is not finite or not above zero, or the levels do not fall.
    pub fn new(levels: Vec<f64>, step: f64, steps_a_level: usize) -> Result<Self, SdeError> {
        positive("the step", step)?;
        if levels.is_empty() {
            return Err(SdeError::Empty { name: "the list of noise levels" });
        }
        if steps_a_level == 0 {
            return Err(SdeError::Empty { name: "the list of steps at a noise level" });
        }
        levels.iter().try_for_each(|sigma| positive("a noise level", *sigma))?;
        match levels.windows(2).position(|pair| pair[1] >= pair[0]) {
            Some(i) => Err(SdeError::NotMonotone { index: i + 1, before: levels[i], after: levels[i + 1] }),
            None => Ok(Annealing { levels, step, steps_a_level }),
        }
    }

    /// With `count` deviations in geometric progression from `largest` to `smallest`, as in the paper.
    ///
    /// # Errors
    /// Those of [`Annealing::new`]; two levels at least.
    pub fn geometric(
        largest: f64,
        smallest: f64,
        count: usize,
        step: f64,
        steps_a_level: usize,
    ) -> Result<Self, SdeError> {
        positive("a noise level", largest)?;
        positive("a noise level", smallest)?;
        if count < 2 {
            return Err(SdeError::Empty { name: "the list of noise levels between the largest and the smallest" });
        }
        let level = |i: usize| largest * (smallest / largest).powf(i as f64 / (count - 1) as f64);
        Annealing::new((0..count).map(level).collect(), step, steps_a_level)
    }

    /// The deviations, falling.
    pub fn levels(&self) -> &[f64] {
        &self.levels
    }

    /// Walks through all levels; `score(sigma, x)` is `grad log` of the density with noise of deviation `sigma`.
    ///
    /// # Errors
    /// [`SdeError`] if a step is too large for a number.
    pub fn run<X: Batch, N: Noise<X> + ?Sized>(
        &self,
        score: impl Fn(f64, &X) -> X,
        start: X,
        noise: &mut N,
    ) -> Result<X, SdeError> {
        let last = self.levels[self.levels.len() - 1];
        self.levels.iter().try_fold(start, |x, sigma| {
            let alpha = self.step * (sigma / last).powi(2);
            let chain = Unadjusted::new(FromScore(|x: &X| score(*sigma, x)), alpha / 2.0)?;
            Ok(chain.run(x, self.steps_a_level, noise))
        })
    }
}
