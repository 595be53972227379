use ito_state::{Noise, Pointwise, Rows};

use crate::error::{finite, positive};
use crate::langevin::row_length;
use crate::solver::EulerMaruyama;
use crate::{Diagonal, Isotropic, Sde, SdeError, Solver};

/// The law of the next state given this one, with a density.
pub trait Kernel<X: Rows> {
    /// `log p(y | x)`, one number a row.
    fn log_density(&self, x: &X, y: &X) -> Vec<f64>;

    /// A next state.
    fn draw<N: Noise<X> + ?Sized>(&self, x: &X, noise: &mut N) -> X;
}

/// The transition kernel of an Euler-Maruyama step, `y ~ N(x + f(t, x) h, g(t)^2 |h| I)`; the `h` belongs in the variance.
///
/// Kloeden & Platen 1992, section 10.2. The kernels of `n` steps compose (Chapman-Kolmogorov) to the exact transition at order 1.
#[derive(Clone, Copy)]
pub struct IsotropicKernel<'a, S: ?Sized> {
    sde: &'a S,
    from: f64,
    to: f64,
}

impl<'a, S: ?Sized> IsotropicKernel<'a, S> {
    /// Of the step between two times.
    ///
    /// # Errors
    /// [`SdeError`] if a time is not finite, the step is 0, or there is no noise, so no density.
    pub fn new<X: Rows>(sde: &'a S, from: f64, to: f64) -> Result<Self, SdeError>
    where
        S: Isotropic<X>,
    {
        positive("the length of the step", step(from, to)?.abs())?;
        positive("the noise rate", sde.noise_rate(from))?;
        Ok(IsotropicKernel { sde, from, to })
    }
}

impl<X: Rows, S: Isotropic<X> + ?Sized> Kernel<X> for IsotropicKernel<'_, S> {
    fn log_density(&self, x: &X, y: &X) -> Vec<f64> {
        let off = surprise(self.sde, self.from, self.to, x, y);
        normal_log_density(&off, self.sde.noise_rate(self.from) * (self.to - self.from).abs())
    }

    fn draw<N: Noise<X> + ?Sized>(&self, x: &X, noise: &mut N) -> X {
        EulerMaruyama.step(self.sde, self.from, self.to, x, noise)
    }
}

/// The same kernel for diagonal noise, `y_i ~ N(x_i + f_i h, g_i(t, x)^2 |h|)`.
///
/// Where an entry of `g` is 0 there is no density: the result is infinite or NaN there.
#[derive(Clone, Copy)]
pub struct DiagonalKernel<'a, S: ?Sized> {
    sde: &'a S,
    from: f64,
    to: f64,
}

impl<'a, S: ?Sized> DiagonalKernel<'a, S> {
    /// Of the step between two times.
    ///
    /// # Errors
    /// [`SdeError`] if a time is not finite, or the step is 0.
    pub fn new(sde: &'a S, from: f64, to: f64) -> Result<Self, SdeError> {
        positive("the length of the step", step(from, to)?.abs())?;
        Ok(DiagonalKernel { sde, from, to })
    }
}

impl<X: Pointwise, S: Diagonal<X> + ?Sized> Kernel<X> for DiagonalKernel<'_, S> {
    fn log_density(&self, x: &X, y: &X) -> Vec<f64> {
        let off = surprise(self.sde, self.from, self.to, x, y);
        // For diagonal noise `g` applied to ones is `g` itself.
        let ones = x.fill_like(1.0);
        let g = self.sde.diffuse(self.from, x, &ones);
        let scaled = off.mul(&g.map_entries(f64::recip));
        let widths = g.map_entries(|g| g.abs().ln()).dot_rows(&ones);
        let normal = normal_log_density(&scaled, (self.to - self.from).abs());
        normal.iter().zip(widths).map(|(log, width)| log - width).collect()
    }

    fn draw<N: Noise<X> + ?Sized>(&self, x: &X, noise: &mut N) -> X {
        EulerMaruyama.step(self.sde, self.from, self.to, x, noise)
    }
}

/// `log N(off; 0, variance I)`, one number a row.
pub fn normal_log_density<X: Rows>(off: &X, variance: f64) -> Vec<f64> {
    let width = (2.0 * std::f64::consts::PI * variance).ln();
    let log = |(square, dim): (&f64, f64)| -(square / variance + dim * width) / 2.0;
    off.dot_rows(off).iter().zip(row_length(off)).map(log).collect()
}

/// `y - x - f(from, x) (to - from)`.
fn surprise<X: Rows, S: Sde<X> + ?Sized>(sde: &S, from: f64, to: f64, x: &X, y: &X) -> X {
    X::lincomb(&[(1.0, y), (-1.0, x), (from - to, &sde.drift(from, x))])
}

fn step(from: f64, to: f64) -> Result<f64, SdeError> {
    finite("from", from)?;
    finite("to", to)?;
    Ok(to - from)
}
