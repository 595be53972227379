use std::cell::Cell;

use ito_schedules::Level;
use ito_state::Rows;

use crate::conditional::conjugate_gradients::conjugate_gradients;
use crate::conditional::measurement::for_all;
use crate::conditional::{ConditionalError, Measurement};
use crate::guidance::{combine, drowned};
use crate::{Denoiser, Pullback};

/// The estimate given a linear measurement `y = A x0 + tau n` with normal noise: `E[x0 | x_t, y]`, so any sampler of the data samples
/// the posterior.
///
/// `D_y = D + C A^T z`, `(A S A^T + tau^2 I) z = y - A D`, with `C = (sigma^2/alpha) J^T` for the Jacobian `J` of the estimate, which is
/// `Cov[x0 | x_t]` for exact models. With `S = C` ([`Spread::Covariance`], unless told otherwise) this is exact on Gaussian data:
/// flows and reverse SDEs end in `p(x0 | y)` itself. On other data `x0` given `x_t` is taken as normal with its true mean and
/// covariance, an approximation. Finzi et al. 2023, arXiv:2306.07526; Boys et al. 2023, arXiv:2310.06721.
///
/// The system is solved row by row by conjugate gradients, one evaluation with pullback each product and one more a call;
/// [`Posterior::residual`] tells how well. They take `J` as symmetric and positive, which that of a trained model is only nearly: a
/// row stops where it is not positive.
///
/// At pure noise (`alpha = 0`, or below a millionth of `sigma`) the derivative vanishes and does not tell the covariance of the data: the estimate there is the model's own.
/// That costs the first step of such a grid its guidance, an error of first order in that step; a grid that starts with `alpha > 0`
/// has none.
pub struct Posterior<X, M, A> {
    model: M,
    operator: A,
    measured: X,
    tau: f64,
    spread: Spread,
    tolerance: f64,
    most: usize,
    residual: Cell<f64>,
}

/// What is taken as the covariance `S` of `x0` given `x_t` where the measurement is weighed against the estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    /// The model's own, `(sigma^2/alpha) J`: exact on Gaussian data.
    Covariance,
    /// `sigma^2 / (alpha^2 + sigma^2) I`, that of data N(m, I), an approximation for any other. `S A A^T` needs no pullback, so a call
    /// costs two evaluations. PiGDM: Song, Vahdat, Mardani & Kautz 2023.
    Isotropic,
    /// None, the estimate is taken as the datum: an approximation that follows the measurement too closely while there is noise. Two
    /// evaluations. DPS, with the likelihood's own weight `1/tau^2`: Chung et al. 2023, arXiv:2209.14687.
    Point,
}

impl<X: Rows, M: Pullback<X>, A: Measurement<X>> Posterior<X, M, A> {
    /// `measured` has the shape of `operator.apply(x)`, or is one row for all; `tau` is the deviation of its noise, 0 for an exact measurement (then `A` must
    /// have independent rows, or the measurement no contradiction). Solves to a relative residual of 1e-6, by at most 100 products.
    ///
    /// # Errors
    /// [`ConditionalError::Deviation`] for a `tau` that is negative, infinite or NaN, [`ConditionalError::NotFinite`] for such a measurement,
    /// also where a [`Mask`](crate::conditional::Mask) hides it: put 0 there.
    pub fn new(model: M, operator: A, measured: X, tau: f64) -> Result<Self, ConditionalError> {
        if !(tau.is_finite() && tau >= 0.0) {
            return Err(ConditionalError::Deviation { tau });
        }
        if let Some(row) = measured.dot_rows(&measured).iter().position(|square| !square.is_finite()) {
            return Err(ConditionalError::NotFinite { row });
        }
        let (spread, tolerance, most, residual) = (Spread::Covariance, 1e-6, 100, Cell::new(0.0));
        Ok(Posterior { model, operator, measured, tau, spread, tolerance, most, residual })
    }

    /// With another covariance.
    ///
    /// # Errors
    /// [`ConditionalError::Certain`] for [`Spread::Point`] with `tau = 0`.
    pub fn with_spread(self, spread: Spread) -> Result<Self, ConditionalError> {
        if spread == Spread::Point && self.tau == 0.0 {
            return Err(ConditionalError::Certain);
        }
        Ok(Posterior { spread, ..self })
    }

    /// Solved to this relative residual in every row, by at most so many products.
    ///
    /// # Errors
    /// [`ConditionalError`] unless the tolerance lies in (0, 1) and there is a product.
    pub fn solved_to(self, tolerance: f64, most: usize) -> Result<Self, ConditionalError> {
        match tolerance {
            given if !(given > 0.0 && given < 1.0) => Err(ConditionalError::Tolerance { given }),
            _ if most == 0 => Err(ConditionalError::Zero { name: "the number of products" }),
            _ => Ok(Posterior { tolerance, most, ..self }),
        }
    }

    /// The largest relative residual that a solve has left so far; above the tolerance, a row ran out of products or met a
    /// direction in which the model's covariance is not positive (or `tau = 0` and the measurement contradicts itself); infinite if a
    /// row was not finite. Such a row keeps the best it met.
    pub fn residual(&self) -> f64 {
        self.residual.get()
    }

    /// `C v = (sigma^2/alpha) J^T v`.
    fn covariance(&self, x: &X, at: &[Level], v: &X) -> X {
        combine(at, &[(&noise_over_signal, &self.model.pullback(x, at, v).1)])
    }

    /// `A S A^T z + tau^2 z`.
    fn product(&self, x: &X, at: &[Level], z: &X) -> X {
        let back = self.operator.adjoint(z);
        let spread = match self.spread {
            Spread::Covariance => self.covariance(x, at, &back),
            Spread::Isotropic => combine(at, &[(&|l| l.sigma.powi(2) / (l.alpha.powi(2) + l.sigma.powi(2)), &back)]),
            Spread::Point => back.fill_like(0.0),
        };
        X::lincomb(&[(1.0, &self.operator.apply(&spread)), (self.tau * self.tau, z)])
    }
}

impl<X: Rows, M: Pullback<X>, A: Measurement<X>> Denoiser<X> for Posterior<X, M, A> {
    fn denoise(&self, x: &X, at: &[Level]) -> X {
        let denoised = self.model.denoise(x, at);
        if at.iter().all(|level| drowned(*level)) {
            return denoised;
        }
        let expected = self.operator.apply(&denoised);
        let measured = self.operator.possible(&for_all(&self.measured, &expected));
        let surprise = X::lincomb(&[(1.0, &measured), (-1.0, &expected)]);
        let product = |z: &X| self.product(x, at, z);
        let (z, residual) = conjugate_gradients(product, &surprise, self.tolerance, self.most);
        self.residual.set(self.residual.get().max(residual));
        let correction = self.covariance(x, at, &self.operator.adjoint(&z));
        X::lincomb(&[(1.0, &denoised), (1.0, &correction)])
    }
}

/// `sigma^2/alpha`; 0 at pure noise, where nothing is corrected.
fn noise_over_signal(level: Level) -> f64 {
    if drowned(level) { 0.0 } else { level.sigma * (level.sigma / level.alpha) }
}
