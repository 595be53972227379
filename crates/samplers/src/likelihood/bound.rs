use std::f64::consts::{LN_2, PI};

use ito_schedules::{Grid, Level};
use ito_state::{Noise, Pointwise, Rows};

use super::decoder::log_probability;
use super::error::{all_finite, mixed, positive};
use super::{LikelihoodError, Pixels};
use crate::Denoiser;

/// The variational bound of a DDPM chain over the levels of a grid, term by term: `-log p(x0) <= L_T + sum L_{t-1} + L_0` in the mean.
///
/// - `L_T = KL(N(alpha x0, sigma^2) || prior)` at the noisiest level;
/// - `L_{t-1} = KL(q(x' | x, x0) || N(mean(x, D), v))` for every step between two noisy levels, at one draw of `x`. With
///   `beta = sigma^2 - (alpha/alpha')^2 sigma'^2` and `q`'s own variance `b = beta sigma'^2 / sigma^2` it is
///   `d/2 (ln(v/b) + b/v - 1) + (alpha' beta / sigma^2)^2 |x0 - D|^2 / (2 v)`; for `v = b` just `(SNR' - SNR) |x0 - D|^2 / 2`;
/// - `L_0 = -log p(x0 | x)` at the least noisy level of the grid, normal around `D(x)`, or that law's mass in the bin of a
///   picture's level.
///
/// Every term has its own draw. All expectations are exact, so the sum's expectation is the bound, whatever the draws; its gap to the true
/// value closes as the steps grow, for an exact denoiser with order 1. One evaluation a noisy level. Sohl-Dickstein et al. 2015,
/// arXiv:1503.03585; Ho et al. 2020, arXiv:2006.11239, equations 5, 8 and 13. [`NoisingChain`](ito_sde::measure::NoisingChain) gives the
/// same bound from one path, with more spread and no terms.
#[derive(Clone, Debug, PartialEq)]
pub struct ChainBound {
    /// With noise, noisiest first.
    levels: Vec<Level>,
    variance: ReverseVariance,
    prior: f64,
    decoder: f64,
}

/// The fixed variance of the model's steps. Ho et al. 2020, section 3.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReverseVariance {
    /// That of the exact step given the datum, `beta sigma'^2 / sigma^2`: least for data of no width.
    Small,
    /// That of the forward step, `beta`: least for standard normal data.
    Large,
}

/// The terms of a bound in nats, one number a row each, of one draw a term: a row has no error bar of its own. Give a row several times,
/// or all the data, and the scatter of the totals is one.
#[derive(Clone, Debug, PartialEq)]
pub struct BoundTerms {
    /// `L_T`.
    pub prior: Vec<f64>,
    /// `L_{t-1}` of every step, noisiest first: `[step][row]`.
    pub steps: Vec<Vec<f64>>,
    /// `L_0`.
    pub decoder: Vec<f64>,
    /// How many numbers a row has.
    pub dims: usize,
}

impl BoundTerms {
    /// The sum of all terms, an upper bound on `-log p` in the mean over draws: of the density of continuous data, or of the probability
    /// of a picture.
    pub fn total(&self) -> Vec<f64> {
        let terms = self.steps.iter().chain([&self.decoder]);
        terms.fold(self.prior.clone(), |sum, term| sum.iter().zip(term).map(|(a, b)| a + b).collect())
    }

    /// The sum in bits per dimension.
    pub fn bits_per_dim(&self) -> Vec<f64> {
        self.total().into_iter().map(|nats| nats / (self.dims as f64 * LN_2)).collect()
    }
}

impl ChainBound {
    /// Over the levels of a grid that have noise. The prior is `N(0, sigma^2 I)` at the noisiest; the decoder's variance
    /// `(sigma/alpha)^2` of the least noisy one, that of a datum of a wide law given `x`.
    ///
    /// # Errors
    /// [`LikelihoodError::PureNoise`] if the least noisy level with noise has no data in it.
    pub fn new(grid: &Grid, variance: ReverseVariance) -> Result<Self, LikelihoodError> {
        let levels: Vec<Level> = grid.levels().iter().copied().filter(|level| level.sigma > 0.0).collect();
        let (first, last) = (levels[0], levels[levels.len() - 1]);
        mixed(last)?;
        Ok(ChainBound { variance, prior: first.sigma, decoder: last.noise_to_signal().powi(2), levels })
    }

    /// The prior `N(0, deviation^2 I)` at the noisiest level.
    ///
    /// # Errors
    /// [`LikelihoodError::NotPositive`] unless it is finite and above zero.
    pub fn prior(self, deviation: f64) -> Result<Self, LikelihoodError> {
        Ok(ChainBound { prior: positive("the prior's deviation", deviation)?, ..self })
    }

    /// Another variance of the decoder. The papers with [`ReverseVariance::Small`] take that of the step before the last.
    ///
    /// # Errors
    /// [`LikelihoodError::NotPositive`] unless it is finite and above zero.
    pub fn decoder_variance(self, variance: f64) -> Result<Self, LikelihoodError> {
        Ok(ChainBound { decoder: positive("the decoder's variance", variance)?, ..self })
    }

    /// The terms for continuous data, `p(x0 | x) = N(D(x), variance)`.
    ///
    /// # Errors
    /// [`LikelihoodError::NotFinite`].
    pub fn continuous<X: Rows>(
        &self,
        model: &dyn Denoiser<X>,
        x0: &X,
        noise: &mut dyn Noise<X>,
    ) -> Result<BoundTerms, LikelihoodError> {
        let peak = 0.5 * x0.row_len() as f64 * (2.0 * PI * self.decoder).ln();
        self.terms(model, x0, noise, |denoised| {
            squares(x0, denoised).into_iter().map(|square| peak + square / (2.0 * self.decoder)).collect()
        })
    }

    /// The terms for pictures, whose entries are levels of `pixels` (to a thousandth of their distance, the rounding of f32): `p(x0 | x)` is the mass of `N(D(x), variance)` in each entry's bin,
    /// the lowest and the highest bin open to infinity, so that the levels' probabilities sum to 1. Ho et al. 2020, equation 13.
    ///
    /// # Errors
    /// [`LikelihoodError::NotLevels`] for entries that are none, [`LikelihoodError::NotFinite`].
    pub fn pictures<X: Pointwise>(
        &self,
        model: &dyn Denoiser<X>,
        x0: &X,
        pixels: Pixels,
        noise: &mut dyn Noise<X>,
    ) -> Result<BoundTerms, LikelihoodError> {
        pixels.admit(x0)?;
        self.terms(model, x0, noise, |denoised| {
            log_probability(x0, denoised, self.decoder.sqrt(), pixels).into_iter().map(|log| -log).collect()
        })
    }

    fn terms<X: Rows>(
        &self,
        model: &dyn Denoiser<X>,
        x0: &X,
        noise: &mut dyn Noise<X>,
        decode: impl Fn(&X) -> Vec<f64>,
    ) -> Result<BoundTerms, LikelihoodError> {
        let mut estimate = |at: Level| {
            let x = X::lincomb(&[(at.alpha, x0), (at.sigma, &noise.normal_like(x0))]);
            model.denoise(&x, &[at])
        };
        let dims = x0.row_len();
        let first = self.levels[0];
        let (ratio, signal) = ((first.sigma / self.prior).powi(2), (first.alpha / self.prior).powi(2));
        let spread = 0.5 * dims as f64 * (ratio - 1.0 - ratio.ln());
        let prior = x0.dot_rows(x0).into_iter().map(|square| spread + 0.5 * signal * square).collect();
        let steps = self.levels.windows(2).map(|pair| {
            let step = StepDivergence::between(pair[0], pair[1], self.variance);
            let squares = squares(x0, &estimate(pair[0])).into_iter();
            squares.map(|square| dims as f64 * step.constant + step.factor * square).collect()
        });
        let steps = steps.collect();
        let decoder = decode(&estimate(self.levels[self.levels.len() - 1]));
        let terms = BoundTerms { prior, steps, decoder, dims };
        all_finite(terms.total())?;
        Ok(terms)
    }
}

/// `KL = d constant + factor |x0 - D|^2` of one step.
struct StepDivergence {
    constant: f64,
    factor: f64,
}

impl StepDivergence {
    fn between(from: Level, to: Level, variance: ReverseVariance) -> Self {
        let gain = to.snr() - from.snr();
        match variance {
            ReverseVariance::Small => StepDivergence { constant: 0.0, factor: 0.5 * gain },
            ReverseVariance::Large => {
                let shrink = (to.sigma / from.sigma).powi(2); // b / v
                StepDivergence { constant: 0.5 * (shrink - 1.0 - shrink.ln()), factor: 0.5 * gain * shrink }
            }
        }
    }
}

fn squares<X: Rows>(x0: &X, denoised: &X) -> Vec<f64> {
    let off = X::lincomb(&[(1.0, x0), (-1.0, denoised)]);
    off.dot_rows(&off)
}
