use std::fmt;

use crate::{Grid, Level, Path, Rate, Singular};

/// What a network predicts from `x = alpha x0 + sigma eps`: always a combination `p = a x0 + b eps`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Prediction {
    /// The data, `p = x0`.
    X0,
    /// The noise, `p = eps` (Ho et al. 2020, arXiv:2006.11239). Does not determine the data at `alpha = 0`.
    Eps,
    /// `p = alpha eps - sigma x0` (Salimans & Ho 2022, arXiv:2202.00512, section 4).
    V,
    /// The path's own velocity, `p = alpha' x0 + sigma' eps` (Lipman et al. 2023, arXiv:2210.02747, equation 13, for a
    /// path that runs towards noise). Infinite where a rate is, so at `t = 0` of the VP paths.
    Velocity,
    /// The score of the noise given the data, `p = -eps/sigma`, whose mean given `x` is `grad log p(x)` (Vincent 2011).
    /// Infinite at `sigma = 0`, and does not determine the data at `alpha = 0`.
    Score,
    /// The network of EDM's preconditioning, `p = F` in `x0 = c_skip y + c_out F` with `y = x/alpha`, `s = sigma/alpha`,
    /// `c_skip = d^2/(s^2 + d^2)`, `c_out = s d/sqrt(s^2 + d^2)` (Karras et al. 2022, arXiv:2206.00364, table 1), which
    /// is `F = (sigma x0/d - alpha d eps)/sqrt(sigma^2 + alpha^2 d^2)`: regular everywhere.
    F {
        /// `d`, the standard deviation of the data: positive, which [`Prediction::check`] proves.
        data_deviation: f64,
    },
}

impl Prediction {
    /// All of them, in the order of their names here; F for EDM's data of deviation 0.5.
    pub const ALL: [Prediction; 6] = [
        Prediction::X0,
        Prediction::Eps,
        Prediction::V,
        Prediction::Velocity,
        Prediction::Score,
        Prediction::F { data_deviation: 0.5 },
    ];

    /// The name used in configuration files.
    pub fn name(self) -> &'static str {
        match self {
            Prediction::X0 => "x0",
            Prediction::Eps => "eps",
            Prediction::V => "v",
            Prediction::Velocity => "velocity",
            Prediction::Score => "score",
            Prediction::F { .. } => "f",
        }
    }

    /// The target as `(a, b)` with `p = a x0 + b eps`.
    pub fn target(self, level: Level, rate: Rate) -> (f64, f64) {
        match self {
            Prediction::X0 => (1.0, 0.0),
            Prediction::Eps => (0.0, 1.0),
            Prediction::V => (-level.sigma, level.alpha),
            Prediction::Velocity => (rate.alpha, rate.sigma),
            Prediction::Score => (0.0, -level.sigma.recip()),
            Prediction::F { data_deviation: d } => {
                let length = level.sigma.hypot(level.alpha * d);
                (level.sigma / (d * length), -level.alpha * d / length)
            }
        }
    }

    /// The data as `(c_x, c_p)` with `x0 = c_x x + c_p p`: Cramer's rule on `x = alpha x0 + sigma eps`,
    /// `p = a x0 + b eps`. Not finite exactly where [`Prediction::check`] says so.
    pub fn data(self, level: Level, rate: Rate) -> (f64, f64) {
        self.convert(Prediction::X0, level, rate)
    }

    /// Another prediction `q` from this one, as `(c_x, c_p)` with `q = c_x x + c_p p`.
    ///
    /// Cramer's rule on `x = alpha x0 + sigma eps`, `p = a x0 + b eps` for `q = a' x0 + b' eps`. Where the two are
    /// multiples of each other `x` is not needed, so a score is an eps even at `alpha = 0`. Not finite where `p` and `x` do
    /// not determine `q`, or one of the two is infinite.
    pub fn convert(self, to: Prediction, level: Level, rate: Rate) -> (f64, f64) {
        let ((a, b), (to_a, to_b)) = (self.target(level, rate), to.target(level, rate));
        let across = to_a * b - to_b * a;
        if across == 0.0 {
            return (0.0, if a.abs() > b.abs() { to_a / a } else { to_b / b });
        }
        let determinant = level.alpha * b - level.sigma * a;
        (across / determinant, (level.alpha * to_b - level.sigma * to_a) / determinant)
    }

    /// Whether this prediction can be used at a level.
    ///
    /// # Errors
    /// [`Singular`] where the prediction does not determine the data (eps and score at `alpha = 0`) or is infinite
    /// (velocity where a rate is, score at `sigma = 0`), and for an F whose data deviation is not positive and finite.
    pub fn check(self, level: Level, rate: Rate) -> Result<(), Singular> {
        let ((a, b), (x, p)) = (self.target(level, rate), self.data(level, rate));
        let positive = !matches!(self, Prediction::F { data_deviation: d } if !(d > 0.0 && d.is_finite()));
        if positive && [a, b, x, p].iter().all(|c| c.is_finite()) {
            return Ok(());
        }
        Err(Singular { prediction: self, t: level.t, alpha: level.alpha, sigma: level.sigma })
    }

    /// Whether this prediction can be used on a path from time `cleanest` to `noisiest`: at both, and so between, where no
    /// path here has a singularity.
    ///
    /// # Errors
    /// [`Singular`] at the end where it cannot.
    pub fn check_between(self, path: &dyn Path, cleanest: f64, noisiest: f64) -> Result<(), Singular> {
        [noisiest, cleanest].into_iter().try_for_each(|t| self.check(path.at(t), path.derivative(t)))
    }

    /// Whether this prediction can be used at every level of a grid on `path` where a model is asked: all but data.
    ///
    /// # Errors
    /// [`Singular`] at the first level where it cannot.
    pub fn check_grid(self, path: &dyn Path, grid: &Grid) -> Result<(), Singular> {
        let asked = grid.levels().iter().filter(|level| level.sigma > 0.0);
        asked.copied().try_for_each(|level| self.check(level, path.derivative(level.t)))
    }
}

impl fmt::Display for Prediction {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(self.name())
    }
}
