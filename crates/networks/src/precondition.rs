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
        }
    }
}
