use ito_schedules::Level;
use ito_state::{Noise, Rows};

use super::normal_log_density;
use crate::SdeError;
use crate::error::{finite, positive};

/// A Markov chain that adds noise, `x_i = decay_i x_{i-1} + sqrt(variance_i) z`, and the bound it gives on a likelihood.
///
/// For a model that runs backwards with kernels `p(x_{i-1} | x_i)` from a prior `p(x_n)`, one chain from a datum gives
/// `b = log p(x_n) + sum_i [log p(x_{i-1} | x_i) - log q(x_i | x_{i-1})]`. `E[e^b]` is the model's density of the datum, so
/// `E[b] <= log p(x_0)`, the evidence lower bound: the gap is the divergence of the chain from the model's own paths. Where the
/// model's kernels are the exact reversal, `b = log p(x_0)` on every path. Sohl-Dickstein et al. 2015, arXiv:1503.03585,
/// equations 9 to 13; Ho et al. 2020, arXiv:2006.11239, equation 3.
#[derive(Clone, Debug, PartialEq)]
pub struct NoisingChain {
    /// `(decay, variance)` a step, from the data on.
    steps: Vec<(f64, f64)>,
}

impl NoisingChain {
    /// Of these `(decay, variance)`.
    ///
    /// # Errors
    /// [`SdeError`] if there is none, a number is not finite, or a variance is not above zero.
    pub fn new(steps: Vec<(f64, f64)>) -> Result<Self, SdeError> {
        if steps.is_empty() {
            return Err(SdeError::Empty { name: "the chain" });
        }
        for (decay, variance) in &steps {
            finite("a decay of the chain", *decay)?;
            positive("a variance of the chain", *variance)?;
        }
        Ok(NoisingChain { steps })
    }

    /// Through these levels of a Gaussian path, the least noisy first: `decay = alpha'/alpha`,
    /// `variance = sigma'^2 - decay^2 sigma^2`.
    ///
    /// # Errors
    /// [`SdeError`] if there are fewer than two levels, or noise does not grow from one to the next.
    pub fn through(levels: &[Level]) -> Result<Self, SdeError> {
        let step = |pair: &[Level]| {
            let decay = pair[1].alpha / pair[0].alpha;
            (decay, pair[1].sigma.powi(2) - (decay * pair[0].sigma).powi(2))
        };
        NoisingChain::new(levels.windows(2).map(step).collect())
    }

    /// `(decay, variance)` of every step.
    pub fn steps(&self) -> &[(f64, f64)] {
        &self.steps
    }

    /// One draw of the bound `b` a row, in nats, of the data `x0`.
    ///
    /// `reverse(i, x_i)` gives the mean and the variance of the model's `p(x_{i-1} | x_i)`, `i` from 1; `log_prior` is
    /// `log p(x_n)`, one number a row. The draws of many chains have a mean with an error bar,
    /// [`Estimate::mean`](super::Estimate::mean), and [`Estimate::log_mean`](super::Estimate::log_mean) of many chains from one
    /// datum is a tighter bound (Burda et al. 2016, arXiv:1509.00519).
    ///
    /// # Errors
    /// [`SdeError`] if the model's variance is not above zero.
    pub fn bound<X: Rows, N: Noise<X> + ?Sized>(
        &self,
        x0: &X,
        reverse: impl Fn(usize, &X) -> (X, f64),
        log_prior: impl Fn(&X) -> Vec<f64>,
        noise: &mut N,
    ) -> Result<Vec<f64>, SdeError> {
        let mut bound = vec![0.0; x0.dot_rows(x0).len()];
        let mut x = x0.clone();
        for (i, (decay, variance)) in self.steps.iter().enumerate() {
            let shock = X::lincomb(&[(variance.sqrt(), &noise.normal_like(&x))]);
            let next = X::lincomb(&[(*decay, &x), (1.0, &shock)]);
            let (mean, spread) = reverse(i + 1, &next);
            positive("the variance of a reverse kernel", spread)?;
            let forth = normal_log_density(&shock, *variance);
            let back = normal_log_density(&X::lincomb(&[(1.0, &x), (-1.0, &mean)]), spread);
            for (k, bound) in bound.iter_mut().enumerate() {
                *bound += back[k] - forth[k];
            }
            x = next;
        }
        bound.iter_mut().zip(log_prior(&x)).for_each(|(bound, prior)| *bound += prior);
        Ok(bound)
    }
}
