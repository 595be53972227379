use crate::table_path::Interpolant;
use crate::{Level, Path, Rate, ScheduleError};

/// More steps than any discrete schedule has; a bound, so that a mistyped number is an error.
const MOST: usize = 1_000_000;

/// The least rise of `-ln alpha_bar` in a step, relative to itself: below, the path between the steps is lost in rounding.
const LEAST_RISE: f64 = 1e-12;

/// The largest `-ln alpha_bar` but for infinity: `alpha` is a normal number there.
const MOST_DECAY: f64 = 700.0;

/// The discrete schedule of DDPM, a `beta` for each of `T` steps, and the continuous path through it.
///
/// Timestep `i` in `0..T` is the level `t = (i + 1)/T` with `alpha^2 = alpha_bar_i = (1 - beta_0) ... (1 - beta_i)`,
/// `sigma^2 = 1 - alpha_bar_i`; `t = 0` is data. Ho et al. 2020, arXiv:2006.11239, equation 4. As a [`Path`] it passes
/// through every one of them; between, `-ln alpha^2` is a cubic with continuous slope that rises strictly (see
/// [`BetaTable::new`]), so that every sampler of continuous time runs on a table.
#[derive(Clone, Debug, PartialEq)]
pub struct BetaTable {
    betas: Vec<f64>,
    levels: Vec<Level>,
    between: Interpolant,
}

impl BetaTable {
    /// The table of given betas, each in (0, 1); the last may be 1, which is a table with zero terminal SNR.
    ///
    /// `b = -ln alpha_bar` is summed up from `ln(1 - beta)` with compensation, so neither factor loses digits. Between
    /// the steps `b` is a cubic in `t` with Steffen's slopes (1990, Astron. Astrophys. 239, 443): positive and at most
    /// twice the smaller of the two neighbouring secants, hence strictly rising. Into `alpha = 0` the last piece is a
    /// falling parabola in `alpha` instead. So the log-SNR falls strictly and its rate is continuous, but not the rate's
    /// own slope.
    ///
    /// # Errors
    /// [`ScheduleError`] for fewer than 2 betas or more than a million, and for a beta out of range, or after which
    /// `-ln alpha_bar` has risen by less than 1e-12 of itself or is above 700, with its index.
    pub fn new(betas: Vec<f64>) -> Result<BetaTable, ScheduleError> {
        let steps = betas.len();
        if !(2..=MOST).contains(&steps) {
            return Err(ScheduleError::Steps { given: steps, least: 2, most: MOST });
        }
        let fits = |i: usize, beta: f64| beta > 0.0 && (beta < 1.0 || beta == 1.0 && i + 1 == steps);
        if let Some((index, &value)) = betas.iter().enumerate().find(|&(i, &beta)| !fits(i, beta)) {
            return Err(ScheduleError::Beta { index, value, steps });
        }
        let decay = sums(betas.iter().map(|&beta| -(-beta).ln_1p()));
        // A beta too small for f64 to see, or a product of them that leaves it.
        let rises = |i: usize, b: f64| if i == 0 { b > 0.0 } else { b - decay[i - 1] >= LEAST_RISE * decay[i - 1] };
        let seen = |i: usize, b: f64| rises(i, b) && (b <= MOST_DECAY || betas[i] == 1.0);
        if let Some((index, &b)) = decay.iter().enumerate().find(|&(i, &b)| !seen(i, b)) {
            return Err(ScheduleError::NotFalling { index, alpha_bar: (-b).exp() });
        }
        let level = |(i, &b): (usize, &f64)| Level::decayed((i + 1) as f64 / steps as f64, b);
        let levels = decay.iter().enumerate().map(level).collect();
        Ok(BetaTable { betas, levels, between: Interpolant::new(&decay) })
    }

    /// The table of a variance-preserving path at `t = i/T`: `beta_i = min(1 - alpha_i^2 / alpha_{i-1}^2, most)`.
    ///
    /// The first one is taken from exact data, `beta_0 = 1 - alpha(1/T)^2`, also where the path has noise at `t = 0`, so
    /// with `most = 1` the table passes through the path's levels at all its timesteps.
    ///
    /// `most` in (0, 1] is Nichol & Dhariwal's clip, 0.999 (arXiv:2102.09672, section 3.2); 1 keeps pure noise.
    ///
    /// # Errors
    /// [`ScheduleError`] for a path that does not preserve variance, for `most` out of range, and as
    /// [`BetaTable::new`].
    pub fn of(path: &dyn Path, steps: usize, most: f64) -> Result<BetaTable, ScheduleError> {
        crate::error::within("most", most, 0.0, 1.0)?;
        if !(2..=MOST).contains(&steps) {
            return Err(ScheduleError::Steps { given: steps, least: 2, most: MOST });
        }
        let levels: Vec<Level> = (0..=steps).map(|i| path.at(path.end() * (i as f64 / steps as f64))).collect();
        let preserved = |l: &Level| (l.alpha * l.alpha + l.sigma * l.sigma - 1.0).abs() < 1e-9;
        if let Some(&Level { t, alpha, sigma }) = levels.iter().find(|level| !preserved(level)) {
            return Err(ScheduleError::NotVariancePreserving { t, alpha, sigma });
        }
        let levels: Vec<Level> = [Level::DATA].into_iter().chain(levels.into_iter().skip(1)).collect();
        let lost = |pair: &[Level]| {
            let (a, b) = (pair[0], pair[1]);
            // The difference of whichever factors are small: `alpha_a^2 - alpha_b^2 = sigma_b^2 - sigma_a^2`.
            let fall = if b.sigma < b.alpha {
                (b.sigma - a.sigma) * (b.sigma + a.sigma)
            } else {
                (a.alpha - b.alpha) * (a.alpha + b.alpha)
            };
            (fall / (a.alpha * a.alpha)).min(most)
        };
        BetaTable::new(levels.windows(2).map(lost).collect())
    }

    /// The same with `alpha = 0` at its end: `alpha' = (alpha - alpha_T) alpha_0 / (alpha_0 - alpha_T)`.
    ///
    /// Lin et al. 2024, arXiv:2305.08891, algorithm 1. The first level stays, the last beta becomes exactly 1. Written
    /// in the falls of alpha, `beta' = r (2 - r)` with `r` the step's share of all that is still to fall, which does not
    /// cancel. A table that has zero terminal SNR stays as it is.
    ///
    /// # Errors
    /// [`ScheduleError::NotFalling`] for a table that comes so close to pure noise that f64 cannot tell its last steps.
    pub fn zero_terminal_snr(&self) -> Result<BetaTable, ScheduleError> {
        if self.betas.last() == Some(&1.0) {
            return Ok(self.clone());
        }
        // alpha_{i-1} - alpha_i = alpha_{i-1} beta_i / (1 + sqrt(1 - beta_i)), for i >= 1.
        let mut left = 0.0;
        let mut betas = self.betas.clone();
        for i in (1..betas.len()).rev() {
            let fall = self.levels[i - 1].alpha * betas[i] / (1.0 + (1.0 - betas[i]).sqrt());
            left += fall;
            let share = fall / left;
            betas[i] = share * (2.0 - share);
        }
        BetaTable::new(betas)
    }

    /// `beta_i`, `T` of them.
    pub fn betas(&self) -> &[f64] {
        &self.betas
    }

    /// The level of each timestep, cleanest first: `levels()[i].alpha^2` is `alpha_bar_i`.
    pub fn levels(&self) -> &[Level] {
        &self.levels
    }

    /// `alpha_bar_i`, `T` of them.
    pub fn alpha_bars(&self) -> Vec<f64> {
        self.levels.iter().map(|level| level.alpha * level.alpha).collect()
    }

    /// The variance of `x_{i-1}` given `x_i` and `x0`, `beta_i (1 - alpha_bar_{i-1}) / (1 - alpha_bar_i)`, `T` of them.
    ///
    /// The first is 0 (`x_{-1}` is data) and is given the value of the second, as DDPM does to take its logarithm. Ho et
    /// al. 2020, arXiv:2006.11239, equation 7.
    pub fn posterior_variances(&self) -> Vec<f64> {
        let ratio = |pair: &[Level]| (pair[0].sigma / pair[1].sigma).powi(2);
        let mut found: Vec<f64> = self.levels.windows(2).zip(&self.betas[1..]).map(|(l, b)| b * ratio(l)).collect();
        found.insert(0, found[0]);
        found
    }

    /// The table of `beta(u)` at `u = 0, 1/(T-1), ..., 1`.
    pub(crate) fn even(steps: usize, beta: impl Fn(f64) -> f64) -> Result<BetaTable, ScheduleError> {
        let most = steps.min(MOST + 1); // refused by `new` if beyond, without filling the memory
        let last = most.saturating_sub(1).max(1) as f64;
        BetaTable::new((0..most).map(|i| beta(i as f64 / last)).collect())
    }
}

impl Path for BetaTable {
    fn at(&self, t: f64) -> Level {
        self.between.at(t.clamp(0.0, 1.0))
    }

    fn derivative(&self, t: f64) -> Rate {
        self.between.rate(t.clamp(0.0, 1.0))
    }

    fn at_log_snr(&self, lambda: f64) -> Level {
        self.between.at_log_snr(lambda)
    }

    /// `-d ln alpha^2 / dt`; `beta_i T` on average over step `i` as `T` grows.
    fn noise_rate(&self, t: f64) -> f64 {
        -2.0 * self.drift_rate(t)
    }
}

/// Running sums, compensated (Neumaier 1974).
fn sums(terms: impl Iterator<Item = f64>) -> Vec<f64> {
    let (mut sum, mut lost) = (0.0f64, 0.0);
    terms
        .map(|term| {
            let next = sum + term;
            if next.is_finite() {
                lost += if sum >= term { (sum - next) + term } else { (term - next) + sum };
            }
            sum = next;
            sum + lost
        })
        .collect()
}
