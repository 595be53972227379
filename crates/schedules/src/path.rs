use crate::{Level, Rate};

/// A Gaussian path `x_t = alpha(t) x0 + sigma(t) eps`, `t` in [0, `end`], with strictly falling log-SNR.
///
/// A path is a plain value that cannot fail: its constructor has proven the parameters. A time outside [0, `end`] is taken
/// as the nearer end.
pub trait Path: Send + Sync {
    /// The latest, noisiest time: 1, but for paths whose time is a noise level.
    fn end(&self) -> f64 {
        1.0
    }

    /// The level at time `t`.
    fn at(&self, t: f64) -> Level;

    /// The rates at time `t`. `sigma` is infinite at `t = 0` where the path starts as `sqrt(t)`: the
    /// VP paths here but [`Trigonometric`](crate::Trigonometric), straight at data, and
    /// [`VpLogLinear`](crate::VpLogLinear), which has noise there.
    fn derivative(&self, t: f64) -> Rate;

    /// The level with log-SNR `lambda = ln(alpha^2 / sigma^2)`; beyond the path's ends, the nearer end.
    ///
    /// `alpha` and `sigma` come from `lambda` itself, so they keep full relative precision where `t` nears 1.
    fn at_log_snr(&self, lambda: f64) -> Level;

    /// The drift's factor `f(t) = alpha'/alpha` of the forward SDE `dX = f X dt + g dW`. Minus infinity where `alpha = 0`.
    fn drift_rate(&self, t: f64) -> f64 {
        self.derivative(t).alpha / self.at(t).alpha
    }

    /// `g(t)^2` of the forward SDE `dX = (alpha'/alpha) X dt + g dW` whose marginals are this path's:
    /// `g^2 = d sigma^2/dt - 2 (alpha'/alpha) sigma^2`. Infinite where `alpha = 0`.
    ///
    /// Song et al. 2021, arXiv:2011.13456, equations 29-31, solved for a given path.
    fn noise_rate(&self, t: f64) -> f64 {
        let (level, rate) = (self.at(t), self.derivative(t));
        2.0 * level.sigma * (rate.sigma - rate.alpha * level.sigma / level.alpha)
    }
}
