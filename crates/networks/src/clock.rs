//! The time that a network is told.
use ito_schedules::{Level, Path};

/// Steps of the published discrete schedules.
const STEPS: f64 = 1000.0;

/// How a level becomes the time that a network is told. A network keeps the clock that it was trained with.
///
/// With `s = sigma / alpha`; those of a published preconditioning are the `c_noise` of Karras et al. 2022, arXiv:2206.00364,
/// table 1, and functions of s alone, whatever the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// In [0, 1]: the path's own time where it ends at 1, else `s / (1 + s)`, as on sigma = t, whose own time runs to 80.
    Unit,
    /// 1000 times [`Clock::Unit`]: flow matching in diffusers.
    Thousand,
    /// The timestep `N t - 1` of a path through a table of N steps, counted from 0: DDPM and diffusers. Between the steps a
    /// number between; below 0 where less noise is left than after one step.
    Timestep {
        /// N.
        steps: usize,
    },
    /// `ln(s) / 4`: EDM.
    Edm,
    /// `999 t`, t the time of the VP path with beta from 0.1 to 20 at that s: `s^2 = e^(19.9 t^2 / 2 + 0.1 t) - 1`.
    Vp,
    /// `ln(s / 2)`: the VE network.
    Ve,
    /// The timestep from 0 to 999 of iDDPM's cosine schedule whose noise is nearest to s.
    Iddpm,
}

impl Clock {
    /// The time of a level of a path.
    pub fn time(self, path: &dyn Path, level: Level) -> f64 {
        let s = level.noise_to_signal();
        match self {
            Clock::Unit => unit(path, level),
            Clock::Thousand => STEPS * unit(path, level),
            Clock::Timestep { steps } => steps as f64 * unit(path, level) - 1.0,
            Clock::Edm => 0.25 * s.ln(),
            Clock::Vp => (STEPS - 1.0) * vp_time(s),
            Clock::Ve => (0.5 * s).ln(),
            Clock::Iddpm => iddpm_step(s),
        }
    }
}

/// [`Clock::Unit`]'s time of a level.
pub fn clock(path: &dyn Path, level: Level) -> f64 {
    unit(path, level)
}

/// The level of a path at a time of [`Clock::Unit`]; beyond the path's ends the nearer end.
pub fn at_clock(path: &dyn Path, time: f64) -> Level {
    if path.end() == 1.0 { path.at(time) } else { path.at_log_snr(2.0 * ((1.0 - time) / time).ln()) }
}

fn unit(path: &dyn Path, level: Level) -> f64 {
    if path.end() == 1.0 { level.t } else { level.sigma / (level.alpha + level.sigma) }
}

/// `(sqrt(b^2 + 2 d ln(1 + s^2)) - b) / d`, `b = 0.1`, `d = 19.9`.
fn vp_time(s: f64) -> f64 {
    let (b, d) = (0.1, 19.9);
    // 1 + s^2 overflows only far beyond any schedule; there ln(1 + s^2) = 2 ln s.
    let grown = if s > 1e100 { 2.0 * s.ln() } else { (s * s).ln_1p() };
    ((b * b + 2.0 * d * grown).sqrt() - b) / d
}

/// `999 - j`, `u_j` nearest to s: `u_1000 = 0`, `u_(j-1) = sqrt((u_j^2 + 1) / max(a_(j-1) / a_j, 0.001) - 1)`,
/// `a_j = sin^2(pi j / (2 (1.008) 1000))`. Karras et al. 2022, table 1, with C1 = 0.001 and C2 = 0.008.
fn iddpm_step(s: f64) -> f64 {
    let cumulative = |j: usize| (std::f64::consts::FRAC_PI_2 * j as f64 / (STEPS * 1.008)).sin().powi(2);
    let (mut u, mut nearest) = (0.0f64, (STEPS - 1.0, f64::INFINITY));
    for j in (1..=STEPS as usize).rev() {
        u = ((u * u + 1.0) / (cumulative(j - 1) / cumulative(j)).max(0.001) - 1.0).sqrt();
        let index = j - 1;
        if (u - s).abs() < nearest.1 {
            nearest = (STEPS - 1.0 - index as f64, (u - s).abs());
        }
    }
    nearest.0
}
