//! What stands around a network so that it sees, and is asked for, numbers of unit size.
use ito_schedules::Level;

/// How a network's output F becomes a prediction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Preconditioning {
    /// F is the prediction.
    None,
    /// Karras et al. 2022 (arXiv:2206.00364, section 5), for any Gaussian path and data with a mean.
    ///
    /// F corrects the exact denoiser of data N(mean, deviation^2 I). With `v = alpha^2 s^2 + sigma^2` and
    /// `y = x - alpha m`:
    ///
    /// `D = m + (alpha s^2 / v) y + (sigma s / sqrt v) F(y / sqrt v)`,
    ///
    /// so F has inputs and targets of unit variance on such data, and F = 0 is their exact answer. On sigma = t with m = 0
    /// these are EDM's c_skip, c_out and c_in.
    Edm {
        /// Mean m of all numbers of the data.
        mean: f64,
        /// Their standard deviation s.
        deviation: f64,
    },
    /// F is eps and sees `x / sqrt(alpha^2 + sigma^2)`: the VP and iDDPM columns of Karras et al. 2022, table 1, whose clocks are
    /// [`Clock::Vp`](crate::Clock::Vp) and [`Clock::Iddpm`](crate::Clock::Iddpm). On a variance-preserving path F sees x itself.
    UnitNoise,
    /// F is -eps and sees `x / alpha`, the data with noise of `s = sigma / alpha` in it: the VE column of the same table, whose
    /// clock is [`Clock::Ve`](crate::Clock::Ve). Not for paths that end without data, `alpha = 0`.
    Ve,
}

/// The network sees `input x + shift`, and the prediction is `skip x + offset + out F`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coefficients {
    /// Factor of x before the network.
    pub input: f64,
    /// Added before the network.
    pub shift: f64,
    /// Factor of x in the prediction.
    pub skip: f64,
    /// Constant in the prediction.
    pub offset: f64,
    /// Factor of the network's output in the prediction.
    pub out: f64,
}

impl Preconditioning {
    /// The coefficients at a level for a prediction `p = a x0 + b eps`, given as `(a, b)`.
    ///
    /// Putting `x0 = D` and `eps = (x - alpha D) / sigma` into p leaves no sigma below a line:
    /// `p = a m + ((b sigma + a alpha s^2) / v) y + ((a sigma - b alpha) s / sqrt v) F`.
    pub fn at(self, level: Level, (a, b): (f64, f64)) -> Coefficients {
        match self {
            Preconditioning::None => Coefficients { input: 1.0, shift: 0.0, skip: 0.0, offset: 0.0, out: 1.0 },
            Preconditioning::Edm { mean, deviation } => {
                let Level { alpha, sigma, .. } = level;
                let variance = (alpha * deviation).powi(2) + sigma * sigma;
                let input = variance.sqrt().recip();
                let skip = (b * sigma + a * alpha * deviation * deviation) / variance;
                let out = (a * sigma - b * alpha) * deviation * input;
                let centre = alpha * mean;
                Coefficients { input, shift: -input * centre, skip, offset: a * mean - skip * centre, out }
            }
            Preconditioning::UnitNoise => noise(level, (a, b), level.alpha.hypot(level.sigma).recip(), 1.0),
            Preconditioning::Ve => noise(level, (a, b), level.alpha.recip(), -1.0),
        }
    }
}

/// `p = (a / alpha) x + (b - a sigma / alpha) eps`, eps the output with a sign; a prediction with no data in it (`a = 0`) stays
/// finite at `alpha = 0`.
fn noise(Level { alpha, sigma, .. }: Level, (a, b): (f64, f64), input: f64, sign: f64) -> Coefficients {
    let skip = if a == 0.0 { 0.0 } else { a / alpha };
    Coefficients { input, shift: 0.0, skip, offset: 0.0, out: sign * (b - skip * sigma) }
}
