use std::f64::consts::FRAC_PI_2;

use crate::grid::checked;
use crate::{Grid, GridError, Level, Path};

impl Grid {
    /// Uniform in the path's own time, `t_i = from_t + (i/N) (to_t - from_t)`, both ends exact,
    /// `0 <= to_t < from_t <= end` of the path.
    ///
    /// # Errors
    /// [`GridError`] for no or too many steps, an end that is not on the path, or ends that do not fall.
    pub fn uniform(path: &dyn Path, from_t: f64, to_t: f64, steps: usize) -> Result<Grid, GridError> {
        Grid::bent(path, from_t, to_t, steps, |u| from_t + u * (to_t - from_t))
    }

    /// Quadratic in time, `sqrt(t_i) = sqrt(from_t) + (i/N) (sqrt(to_t) - sqrt(from_t))`: fine near data. Both ends exact.
    ///
    /// Song, Meng & Ermon 2021 (DDIM), arXiv:2010.02502, appendix D.2, in continuous time.
    ///
    /// # Errors
    /// As [`Grid::uniform`].
    pub fn quadratic(path: &dyn Path, from_t: f64, to_t: f64, steps: usize) -> Result<Grid, GridError> {
        Grid::bent(path, from_t, to_t, steps, |u| {
            let root = from_t.sqrt() + u * (to_t.sqrt() - from_t.sqrt());
            root * root
        })
    }

    /// A half cosine in time, `t_i = to_t + (from_t - to_t) (1 + cos(pi i/N))/2`: fine at both ends, which are exact.
    ///
    /// # Errors
    /// As [`Grid::uniform`].
    pub fn cosine(path: &dyn Path, from_t: f64, to_t: f64, steps: usize) -> Result<Grid, GridError> {
        Grid::bent(path, from_t, to_t, steps, |u| to_t + (from_t - to_t) * (FRAC_PI_2 * u).cos().powi(2))
    }

    /// Uniform in log-SNR, from `from` (low: noise) to `to` (high: data), both finite and on the path.
    ///
    /// # Errors
    /// [`GridError`] for no or too many steps, an end beyond the path's own, or ends that do not go towards data.
    pub fn uniform_log_snr(path: &dyn Path, from: f64, to: f64, steps: usize) -> Result<Grid, GridError> {
        let (low, high) = (path.at(path.end()).log_snr(), path.at(0.0).log_snr());
        between("from (log-SNR)", from, low, high)?;
        between("to (log-SNR)", to, low, high)?;
        Grid::proven(nodes(from, to, steps)?.map(|lambda| path.at_log_snr(lambda)).collect())
    }

    /// Karras et al.'s grid in `sigma/alpha`, then data:
    /// `s_i = (s_max^(1/rho) + i/(N-1) (s_min^(1/rho) - s_max^(1/rho)))^rho` for `i` in `0..N`, then `sigma = 0`.
    ///
    /// One step is `s_max` and data. Karras et al. 2022, arXiv:2206.00364, equation 5; there `rho = 7`,
    /// `s_min = 0.002`, `s_max = 80`.
    ///
    /// # Errors
    /// [`GridError`] for no or too many steps, a sigma that is not positive or beyond the path's own, `rho` outside of
    /// [0.1, 100], or `sigma_min >= sigma_max`.
    pub fn karras(path: &dyn Path, sigma_min: f64, sigma_max: f64, rho: f64, steps: usize) -> Result<Grid, GridError> {
        between("rho", rho, 0.1, 100.0)?;
        let (top, bottom) = (sigma_max.powf(rho.recip()), sigma_min.powf(rho.recip()));
        Grid::in_sigma(path, sigma_min, sigma_max, steps, |u| (top + u * (bottom - top)).powf(rho))
    }

    /// k-diffusion's poly-exponential grid in `sigma/alpha`, then data:
    /// `ln s_i = ln s_min + (1 - i/(N-1))^rho (ln s_max - ln s_min)` for `i` in `0..N`, then `sigma = 0`.
    ///
    /// `rho = 1` is the exponential grid, even in log-SNR.
    ///
    /// # Errors
    /// As [`Grid::karras`].
    pub fn polyexponential(
        path: &dyn Path,
        sigma_min: f64,
        sigma_max: f64,
        rho: f64,
        steps: usize,
    ) -> Result<Grid, GridError> {
        between("rho", rho, 0.1, 100.0)?;
        let span = (sigma_max / sigma_min).ln();
        Grid::in_sigma(path, sigma_min, sigma_max, steps, |u| sigma_min * ((1.0 - u).powf(rho) * span).exp())
    }

    /// `steps + 1` levels at `time(i/N)`, both ends exact.
    fn bent(path: &dyn Path, from: f64, to: f64, steps: usize, time: impl Fn(f64) -> f64) -> Result<Grid, GridError> {
        between("from_t", from, 0.0, path.end())?;
        between("to_t", to, 0.0, path.end())?;
        checked(steps)?;
        let exact = |i: usize| match i {
            0 => from,
            i if i == steps => to,
            i => time(i as f64 / steps as f64),
        };
        Grid::proven((0..=steps).map(|i| path.at(exact(i))).collect())
    }

    /// `steps` levels at `sigma/alpha = s(i/(N-1))`, both ends exact, and then data.
    fn in_sigma(path: &dyn Path, min: f64, max: f64, steps: usize, s: impl Fn(f64) -> f64) -> Result<Grid, GridError> {
        let (low, high) = (path.at(0.0).noise_to_signal(), path.at(path.end()).noise_to_signal());
        between("sigma_min", min, low.max(f64::MIN_POSITIVE), high)?;
        between("sigma_max", max, low.max(f64::MIN_POSITIVE), high)?;
        let level = |sigma: f64| match sigma {
            s if s >= high => path.at(path.end()),
            s if s <= low => path.at(0.0),
            s => path.at_log_snr(-2.0 * s.ln()),
        };
        if min >= max {
            return Err(GridError::not_falling(level(max), level(min)));
        }
        checked(steps)?;
        let sigma = |i: usize| match i {
            0 => max,
            i if i + 1 == steps => min,
            i => s(i as f64 / (steps - 1) as f64),
        };
        Grid::proven((0..steps).map(|i| level(sigma(i))).chain([Level::DATA]).collect())
    }
}

/// `steps + 1` evenly spaced values with exact ends.
fn nodes(from: f64, to: f64, steps: usize) -> Result<impl Iterator<Item = f64>, GridError> {
    checked(steps)?;
    let at = move |i: usize| from + (to - from) * (i as f64 / steps as f64);
    Ok((0..=steps).map(move |i| if i == steps { to } else { at(i) }))
}

fn between(name: &'static str, value: f64, low: f64, high: f64) -> Result<(), GridError> {
    match value {
        v if !v.is_finite() => Err(GridError::NotFinite { name, value }),
        v if v < low || v > high => Err(GridError::OutOfRange { name, value, low, high }),
        _ => Ok(()),
    }
}
