use std::cell::Cell;

use ito_schedules::Level;

/// The best guess of the data, `E[x0 | x]` for `x = alpha x0 + sigma eps`: all that a sampler knows of the data.
///
/// `at` holds one level for all rows, or one a row (so training and sampling share preconditioning). Guidance,
/// thresholding and casts are wrappers.
pub trait Denoiser<X> {
    /// The estimate, in the shape of `x`.
    fn denoise(&self, x: &X, at: &[Level]) -> X;
}

/// A denoiser whose derivative is known, as the product of a vector with its Jacobian `J = dD/dx`: for divergences, likelihoods and
/// posterior guidance. The Jacobian of an exact denoiser is symmetric, `J = (alpha / sigma^2) Cov[x0 | x]`.
pub trait Pullback<X>: Denoiser<X> {
    /// `(D(x), J(x)^T v)`, row by row; `v` in the shape of `x`.
    fn pullback(&self, x: &X, at: &[Level], v: &X) -> (X, X);
}

/// A reference to a denoiser denoises, so wrappers own or borrow their models as the caller likes.
impl<X, D: Denoiser<X> + ?Sized> Denoiser<X> for &D {
    fn denoise(&self, x: &X, at: &[Level]) -> X {
        (**self).denoise(x, at)
    }
}

impl<X, D: Pullback<X> + ?Sized> Pullback<X> for &D {
    fn pullback(&self, x: &X, at: &[Level], v: &X) -> (X, X) {
        (**self).pullback(x, at, v)
    }
}

/// A denoiser that counts how often it was asked.
pub struct Counted<'a, X> {
    model: &'a dyn Denoiser<X>,
    count: Cell<u64>,
}

impl<'a, X> Counted<'a, X> {
    /// Starts at zero.
    pub fn new(model: &'a dyn Denoiser<X>) -> Self {
        Counted { model, count: Cell::new(0) }
    }

    /// How many evaluations so far.
    pub fn evaluations(&self) -> u64 {
        self.count.get()
    }
}

impl<X> Denoiser<X> for Counted<'_, X> {
    fn denoise(&self, x: &X, at: &[Level]) -> X {
        self.count.set(self.count.get() + 1);
        self.model.denoise(x, at)
    }
}
