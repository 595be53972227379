use crate::error::within;
use crate::{Level, Prediction, Rate, ScheduleError};

/// How much a level's error counts in the loss, `w |x0_hat - x0|^2`, whatever the network predicts.
///
/// One weight of the data's error is all there is: that of another prediction `p`, with `x0 = c_x x + c_p p`, follows
/// from `|x0_hat - x0|^2 = c_p^2 |p_hat - p|^2` as `w_p = w c_p^2`. So min-SNR has one meaning for eps, x0, v and
/// velocity, and no case of its own for any.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weight(Kind);

/// Weights of the data's error with the signal-to-noise ratio `snr`.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Data,
    Noise,
    MinSnr { gamma: f64 },
    Edm { data_deviation: f64 },
    Sigmoid { bias: f64 },
    P2 { k: f64, gamma: f64 },
}

impl Weight {
    /// The data's error as it is: `w = 1`.
    pub const UNIFORM_X0: Weight = Weight(Kind::Data);

    /// The noise's error as it is, DDPM's `L_simple`: `w = snr`.
    pub const UNIFORM_EPS: Weight = Weight(Kind::Noise);

    /// `w = min(snr, gamma)`, `gamma` in (0, 1e6]; 5 in the paper. Hang et al. 2023, arXiv:2303.09556.
    ///
    /// For eps that is `min(snr, gamma)/snr`, for v on a variance-preserving path `min(snr, gamma)/(snr + 1)`.
    ///
    /// # Errors
    /// [`ScheduleError`] when gamma is out of range or not a number.
    pub fn min_snr(gamma: f64) -> Result<Weight, ScheduleError> {
        within("gamma", gamma, 0.0, 1e6)?;
        Ok(Weight(Kind::MinSnr { gamma }))
    }

    /// `w = (s^2 + d^2)/(s d)^2` with `s = sigma/alpha` and `d` the data's deviation in (0, 1e6], so 1 for
    /// [`Prediction::F`]. Karras et al. 2022, arXiv:2206.00364, table 1.
    ///
    /// # Errors
    /// [`ScheduleError`] when the deviation is out of range or not a number.
    pub fn edm(data_deviation: f64) -> Result<Weight, ScheduleError> {
        within("data_deviation", data_deviation, 0.0, 1e6)?;
        Ok(Weight(Kind::Edm { data_deviation }))
    }

    /// `w = snr S(bias - lambda)` with `S` the logistic function: the noise's error counts where the log-SNR `lambda` is
    /// below `bias`, in (-50, 50]. A smooth min-SNR with `gamma = exp(bias)`. Kingma & Gao 2023, arXiv:2303.00848;
    /// Hoogeboom et al. 2024, arXiv:2410.19324.
    ///
    /// # Errors
    /// [`ScheduleError`] when the bias is out of range or not a number.
    pub fn sigmoid(bias: f64) -> Result<Weight, ScheduleError> {
        within("bias", bias, -50.0, 50.0)?;
        Ok(Weight(Kind::Sigmoid { bias }))
    }

    /// `w = snr / (k + snr)^gamma`, `k` in (0, 1e6] and `gamma` in (0, 10]; both 1 in the paper. Choi et al. 2022,
    /// arXiv:2204.00227.
    ///
    /// # Errors
    /// [`ScheduleError`] names the parameter that is out of range or not a number.
    pub fn p2(k: f64, gamma: f64) -> Result<Weight, ScheduleError> {
        within("k", k, 0.0, 1e6)?;
        within("gamma", gamma, 0.0, 10.0)?;
        Ok(Weight(Kind::P2 { k, gamma }))
    }

    /// The weight of `|x0_hat - x0|^2`. Infinite at data for all but [`Weight::UNIFORM_X0`], min-SNR, the sigmoid and P2
    /// with `gamma >= 1`.
    pub fn x0(self, level: Level) -> f64 {
        let snr = level.snr();
        match self.0 {
            Kind::Data => 1.0,
            Kind::MinSnr { gamma } => snr.min(gamma),
            Kind::Edm { data_deviation } => snr + data_deviation.powi(-2),
            Kind::Noise => snr,
            Kind::Sigmoid { bias } => (snr.recip() + (-bias).exp()).recip(),
            Kind::P2 { k, gamma } if snr > 1.0 => snr.powf(1.0 - gamma) / (k / snr + 1.0).powf(gamma),
            Kind::P2 { k, gamma } => snr / (k + snr).powf(gamma),
        }
    }

    /// The weight of `|p_hat - p|^2`, finite wherever the weights here and the prediction are.
    ///
    /// Near data it is the noise's weight times `(d eps/d p)^2`, so that no infinite weight meets a factor of zero.
    pub fn of(self, prediction: Prediction, level: Level, rate: Rate) -> f64 {
        if prediction == Prediction::X0 {
            return self.x0(level);
        }
        let (a, b) = prediction.target(level, rate);
        let determinant = level.alpha * b - level.sigma * a;
        if level.sigma < level.alpha {
            self.eps(level.noise_to_signal().powi(2)) * (level.alpha / determinant).powi(2)
        } else {
            self.x0(level) * (level.sigma / determinant).powi(2)
        }
    }

    /// The weight of the noise's error, `w / snr`, from the inverse of the ratio.
    fn eps(self, inverse: f64) -> f64 {
        match self.0 {
            Kind::Data => inverse,
            Kind::Noise => 1.0,
            Kind::MinSnr { gamma } => (gamma * inverse).min(1.0),
            Kind::Edm { data_deviation } => 1.0 + inverse * data_deviation.powi(-2),
            Kind::Sigmoid { bias } => inverse / (inverse + (-bias).exp()),
            Kind::P2 { k, gamma } => (inverse / (k * inverse + 1.0)).powf(gamma),
        }
    }
}
