use crate::{GridError, Level, Path};

/// More steps than any sampler needs; a bound, so that a mistyped number is an error and not an exhausted memory.
const MOST_STEPS: usize = 1_000_000;

/// The levels a sampler visits, from noise to data: `N + 1` levels for `N` steps, strictly falling in time.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    levels: Vec<Level>,
    last: LastStep,
}

/// What becomes of the noise at the end of a grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LastStep {
    /// The sampler's own step takes it away: the last level is data, `sigma = 0`.
    ToZero,
    /// It stays: the last level is the cleanest one with noise, and what is drawn has the law of that level.
    ToSigmaMin,
    /// As [`LastStep::ToSigmaMin`], and then the state is replaced by its estimate `E[x0 | x]`: one more evaluation. By
    /// Tweedie's formula `(x + sigma^2 grad log p(x)) / alpha`.
    Tweedie,
}

impl Grid {
    /// Uniform in the path's own time, `t_i = from_t + (i/N) (to_t - from_t)`, both ends exact,
    /// `0 <= to_t < from_t <= end` of the path.
    ///
    /// # Errors
    /// [`GridError`] for no or too many steps, an end that is not on the path, or ends that do not fall.
    pub fn uniform(path: &dyn Path, from_t: f64, to_t: f64, steps: usize) -> Result<Grid, GridError> {
        between("from_t", from_t, 0.0, path.end())?;
        between("to_t", to_t, 0.0, path.end())?;
        Grid::proven(nodes(from_t, to_t, steps)?.map(|t| path.at(t)).collect())
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
    /// `s_i = (s_max^(1/rho) + i/(N-1) (s_min^(1/rho) - s_max^(1/rho)))^rho` for `i` in `0..N`, then the level `t = 0`.
    ///
    /// One step is `s_max` and data. Karras et al. 2022, arXiv:2206.00364, equation 5; there `rho = 7`,
    /// `s_min = 0.002`, `s_max = 80`.
    ///
    /// # Errors
    /// [`GridError`] for no or too many steps, a sigma that is not positive or beyond the path's own, `rho` outside of
    /// [0.1, 100], or `sigma_min >= sigma_max`.
    pub fn karras(path: &dyn Path, sigma_min: f64, sigma_max: f64, rho: f64, steps: usize) -> Result<Grid, GridError> {
        let (low, high) = (f64::MIN_POSITIVE, path.at(path.end()).noise_to_signal());
        between("sigma_min", sigma_min, low, high)?;
        between("sigma_max", sigma_max, low, high)?;
        between("rho", rho, 0.1, 100.0)?;
        let level = |sigma: f64| path.at_log_snr(-2.0 * sigma.ln());
        if sigma_min >= sigma_max {
            return Err(GridError::NotFalling { from: level(sigma_max).t, to: level(sigma_min).t });
        }
        checked(steps)?;
        let mut levels = vec![level(sigma_max)];
        if steps > 1 {
            let inner = nodes(sigma_max.powf(rho.recip()), sigma_min.powf(rho.recip()), steps - 1)?;
            levels.extend(inner.skip(1).take(steps - 2).map(|root| level(root.powf(rho))));
            levels.push(level(sigma_min));
        }
        levels.push(path.at(0.0));
        Grid::proven(levels)
    }

    /// All levels, noisiest first.
    pub fn levels(&self) -> &[Level] {
        &self.levels
    }

    /// The steps `(from, to)` in order.
    pub fn steps(&self) -> impl ExactSizeIterator<Item = (Level, Level)> {
        self.levels.windows(2).map(|pair| (pair[0], pair[1]))
    }

    /// The same with another end: data is added as the last level, or taken away.
    ///
    /// # Errors
    /// [`GridError::Steps`] if no step would be left.
    pub fn ending(mut self, last: LastStep) -> Result<Grid, GridError> {
        let at_data = self.levels[self.levels.len() - 1].sigma == 0.0;
        match last {
            LastStep::ToZero if !at_data => self.levels.push(Level::DATA),
            LastStep::ToSigmaMin | LastStep::Tweedie if at_data => {
                self.levels.pop();
            }
            _ => {}
        }
        checked(self.levels.len() - 1)?;
        Ok(Grid { last, ..self })
    }

    /// What becomes of the noise at the end.
    pub fn last_step(&self) -> LastStep {
        self.last
    }

    /// The number of steps, at least 1 and one less than the levels.
    #[expect(clippy::len_without_is_empty, reason = "a grid has at least one step")]
    pub fn len(&self) -> usize {
        self.levels.len() - 1
    }

    /// The proof every constructor ends with: times fall strictly and levels grow strictly cleaner. NaN fails too.
    fn proven(levels: Vec<Level>) -> Result<Grid, GridError> {
        let falls = |a: Level, b: Level| a.t > b.t && a.log_snr() < b.log_snr();
        let at_data = levels.last().is_some_and(|level| level.sigma == 0.0);
        match levels.windows(2).find(|pair| !falls(pair[0], pair[1])) {
            Some(pair) => Err(GridError::NotFalling { from: pair[0].t, to: pair[1].t }),
            None => Ok(Grid { levels, last: if at_data { LastStep::ToZero } else { LastStep::ToSigmaMin } }),
        }
    }
}

/// `steps + 1` evenly spaced values with exact ends.
fn nodes(from: f64, to: f64, steps: usize) -> Result<impl Iterator<Item = f64>, GridError> {
    checked(steps)?;
    let at = move |i: usize| from + (to - from) * (i as f64 / steps as f64);
    Ok((0..=steps).map(move |i| if i == steps { to } else { at(i) }))
}

fn checked(steps: usize) -> Result<(), GridError> {
    if (1..=MOST_STEPS).contains(&steps) { Ok(()) } else { Err(GridError::Steps { given: steps, most: MOST_STEPS }) }
}

fn between(name: &'static str, value: f64, low: f64, high: f64) -> Result<(), GridError> {
    match value {
        v if !v.is_finite() => Err(GridError::NotFinite { name, value }),
        v if v < low || v > high => Err(GridError::OutOfRange { name, value, low, high }),
        _ => Ok(()),
    }
}
