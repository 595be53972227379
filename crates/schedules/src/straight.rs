use crate::{Level, Path, Rate};

/// The straight (conditional optimal transport) path of flow matching: `alpha = 1 - t`, `sigma = t`.
///
/// Lipman et al. 2023, arXiv:2210.02747, equation 20 with `sigma_min = 0` and time reversed; Liu et al. 2022,
/// arXiv:2209.03003. Pure noise (`alpha = 0`) at `t = 1`, exact data (`sigma = 0`) at `t = 0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Straight;

impl Path for Straight {
    fn at(&self, t: f64) -> Level {
        let t = t.clamp(0.0, 1.0);
        Level { t, alpha: 1.0 - t, sigma: t }
    }

    fn derivative(&self, _t: f64) -> Rate {
        Rate { alpha: -1.0, sigma: 1.0 }
    }

    fn at_log_snr(&self, lambda: f64) -> Level {
        let sigma = (1.0 + (lambda / 2.0).exp()).recip();
        Level { t: sigma, alpha: (1.0 + (-lambda / 2.0).exp()).recip(), sigma }
    }
}
