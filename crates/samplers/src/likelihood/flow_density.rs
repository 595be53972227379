use ito_schedules::{Level, Path};
use ito_sde::ode::{Adaptive, OdeError};
use ito_state::{Noise, Rows};

use super::bits::{log_isotropic, mean_and_error};
use super::error::{all_finite, mixed, positive};
use super::tracked::Tracked;
use super::{Divergence, LikelihoodError, LogDensity};
use crate::Pullback;

/// The log-density of data by the flow ODE: carried from a clean level up to the noisiest one, where the law is known.
///
/// `log p_from(x) = log prior(x_to) + int_from^to div v`, `d log p = -div v` along the flow. Chen et al. 2018, arXiv:1806.07366, theorem
/// 1; Song et al. 2021, arXiv:2011.13456, equation 39.
///
/// The ODE is solved in the angle `theta = atan(sigma/alpha)` for `u = x / r`, `r = sqrt(alpha^2 + sigma^2)`, in which every path is
/// the same and needs no rates: `du/dtheta = (cos(theta) u - D) / sin(theta)`, divergence `(d cos(theta) - r tr J) / sin(theta)`,
/// `D` the denoiser and `J = dD/dx` at the path's own `x = r u`. It is regular at both ends: `-D` at pure noise, where `sigma/alpha` and
/// the log-SNR are infinite, and the estimate of the noise near data, where the rates of the variance-preserving paths in their own
/// time are infinite. (The angle is that of Salimans & Ho 2022, arXiv:2202.00512.)
///
/// Near data a model that computes in f32 errs by some `1e-7 / sin(theta)`: with tolerances far below that the solver gives up, and says so.
///
/// At `sigma = 0` the formula is 0/0 and data on a manifold have no density, so the level `from` keeps noise: what is found is the
/// density of the data with that noise, for Gaussian data of variance `s^2` exactly that of variance `alpha^2 s^2 + sigma^2`.
#[derive(Clone, Copy)]
pub struct FlowDensity<'a> {
    path: &'a dyn Path,
    from: Level,
    to: Level,
    divergence: Divergence,
    rtol: f64,
    atol: f64,
    max_steps: usize,
    prior: f64,
}

/// The log-densities of a batch, and what they cost.
#[derive(Clone, Debug)]
pub struct FlowScores<X> {
    /// One a row. `error` is that of the probes, 0 for [`Divergence::Exact`]; the error of the solver comes on top, of about the
    /// tolerance a dimension.
    pub items: Vec<LogDensity>,
    /// Where the flow took the data, at the noisiest level.
    pub latent: X,
    /// How often the flow's velocity was evaluated.
    pub evaluations: usize,
    /// How many products with the Jacobian that took: an entry of a row or a probe each, times the evaluations.
    pub pullbacks: usize,
    /// The relative tolerance it was solved with.
    pub rtol: f64,
    /// The absolute tolerance.
    pub atol: f64,
}

impl<'a> FlowDensity<'a> {
    /// From the level whose law is wanted, `sigma > 0`, to the noisiest one, usually `path.at(path.end())`, both on the path. Exact
    /// divergence, tolerances 1e-5, prior `N(0, sigma_to^2 I)`.
    ///
    /// # Errors
    /// [`LikelihoodError::AtData`] or [`LikelihoodError::PureNoise`] of the first level, [`LikelihoodError::NotNoisier`] of the second.
    pub fn new(path: &'a dyn Path, from: Level, to: Level) -> Result<Self, LikelihoodError> {
        mixed(from)?;
        if to.log_snr() >= from.log_snr() {
            return Err(LikelihoodError::NotNoisier { from: from.log_snr(), to: to.log_snr() });
        }
        let prior = positive("the noise of the prior's level", to.sigma)?;
        let divergence = Divergence::Exact;
        Ok(FlowDensity { path, from, to, divergence, rtol: 1e-5, atol: 1e-5, max_steps: 100_000, prior })
    }

    /// Another way to find the divergence.
    ///
    /// # Errors
    /// [`LikelihoodError::TooFew`] for fewer than two probes.
    pub fn divergence(self, divergence: Divergence) -> Result<Self, LikelihoodError> {
        Ok(FlowDensity { divergence: divergence.checked()?, ..self })
    }

    /// Tolerances of [`Adaptive`]: for the root mean square of the entries of `u` and of the log-density in nats a dimension, together. All
    /// rows share the steps, so a row's answer depends on its batch, but within the tolerance.
    ///
    /// # Errors
    /// [`LikelihoodError::NotPositive`] unless both are finite and above zero.
    pub fn tolerance(self, rtol: f64, atol: f64) -> Result<Self, LikelihoodError> {
        Ok(FlowDensity { rtol: positive("rtol", rtol)?, atol: positive("atol", atol)?, ..self })
    }

    /// At most so many steps of the solver; 100 000 if not said.
    pub fn max_steps(self, limit: usize) -> Self {
        FlowDensity { max_steps: limit, ..self }
    }

    /// The prior `N(0, deviation^2 I)`: where the noisiest level still holds data of deviation `s`, `sqrt(alpha^2 s^2 + sigma^2)` is
    /// nearer to its law than `sigma`.
    ///
    /// # Errors
    /// [`LikelihoodError::NotPositive`] unless it is finite and above zero.
    pub fn prior(self, deviation: f64) -> Result<Self, LikelihoodError> {
        Ok(FlowDensity { prior: positive("the prior's deviation", deviation)?, ..self })
    }

    /// The log-density of clean data `x0`, with the little noise of the level `from`: that of the law of `x0 + (sigma/alpha) eps` at
    /// `x0`, in the data's own units: `log p_from(alpha x0) + d log alpha`.
    ///
    /// # Errors
    /// As [`FlowDensity::at_level`].
    pub fn of_data<X: Rows>(
        &self,
        model: &dyn Pullback<X>,
        x0: &X,
        noise: &mut dyn Noise<X>,
    ) -> Result<FlowScores<X>, LikelihoodError> {
        let mut scores = self.at_level(model, &X::lincomb(&[(self.from.alpha, x0)]), noise)?;
        let scaling = x0.row_len() as f64 * self.from.alpha.ln();
        scores.items.iter_mut().for_each(|item| item.nats += scaling);
        Ok(scores)
    }

    /// The log-density of the law at the level `from`, at `x`. The noise is for probes alone.
    ///
    /// # Errors
    /// [`LikelihoodError::Ode`] if the solver fails, [`LikelihoodError::NotFinite`].
    pub fn at_level<X: Rows>(
        &self,
        model: &dyn Pullback<X>,
        x: &X,
        noise: &mut dyn Noise<X>,
    ) -> Result<FlowScores<X>, LikelihoodError> {
        let trace = self.divergence.trace(x, noise);
        let dims = x.row_len() as f64;
        // Normal probes see the identity with the same error as `r J`, which nears it as noise vanishes.
        let identity = trace.of_identity(x);
        let field = |theta: f64, at: &Tracked<X>| {
            let level = self.level(theta);
            let r = radius(level);
            let (denoised, traces) = trace.of(model, &X::lincomb(&[(r, &at.x)]), level);
            let (cot, csc) = (level.alpha / level.sigma, r / level.sigma);
            let divergence = |(identity, jacobian): (&Vec<f64>, &Vec<f64>)| {
                identity.iter().zip(jacobian).map(|(i, j)| (cot * i - csc * r * j) / dims).collect()
            };
            Tracked {
                x: X::lincomb(&[(cot, &at.x), (-csc, &denoised)]),
                integrals: identity.iter().zip(&traces).map(divergence).collect(),
            }
        };
        let solver = Adaptive::new(self.rtol, self.atol).map_err(OdeError::Refused)?.max_steps(self.max_steps);
        let start = Tracked::start(X::lincomb(&[(radius(self.from).recip(), x)]), trace.estimates());
        let end = solver.solve(&field, angle(self.from), angle(self.to), start)?;
        let latent = X::lincomb(&[(radius(self.to), &end.state.x)]);
        let scaling = dims * (radius(self.to) / radius(self.from)).ln();
        let item = |(row, prior): (usize, f64)| {
            let integrals: Vec<f64> = end.state.integrals.iter().map(|integral| dims * integral[row]).collect();
            let (mean, error) = if let [exact] = integrals[..] { (exact, 0.0) } else { mean_and_error(&integrals) };
            LogDensity { nats: prior + scaling + mean, error }
        };
        let items: Vec<LogDensity> = log_isotropic(&latent, self.prior).into_iter().enumerate().map(item).collect();
        all_finite(items.iter().map(|item| item.nats + item.error))?;
        let (rtol, atol, evaluations) = (self.rtol, self.atol, end.evaluations);
        Ok(FlowScores { items, latent, evaluations, pullbacks: evaluations * trace.pullbacks(x), rtol, atol })
    }

    /// The path's level at an angle, the ends themselves at the ends.
    fn level(&self, theta: f64) -> Level {
        match theta {
            _ if theta <= angle(self.from) => self.from,
            _ if theta >= angle(self.to) => self.to,
            _ => self.path.at_log_snr(-2.0 * theta.tan().ln()),
        }
    }
}

fn angle(level: Level) -> f64 {
    level.sigma.atan2(level.alpha)
}

fn radius(level: Level) -> f64 {
    level.alpha.hypot(level.sigma)
}
