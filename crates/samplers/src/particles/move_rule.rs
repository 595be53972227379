use ito_schedules::Level;

/// The proposal over one step with `D = sum_i w_i D_i` held: `x' = keep x + pull D + spread (B(r') - B(r))` on the clock
/// `r = (alpha/sigma)^2`.
///
/// With `y = x/alpha`, `tau = 1/r`, `W` the sum of the exponents and `a = (1 + c) W / 2`, the equation
/// `dY = (1 + c)/2 (D - W Y)/tau du + sqrt(c) dB`, `u = -tau`, has `Y' - D/W = (tau'/tau)^a (Y - D/W)` plus noise of variance
/// `c tau' (1 - (tau'/tau)^(2a - 1)) / (2a - 1)`.
pub(super) struct Move {
    pub keep: f64,
    pub pull: f64,
    pub spread: f64,
}

impl Move {
    /// `noise` is `sqrt(c)`. A step to data is to `D/W`, without noise; pure noise (with `W = 1`) is an ordinary start.
    pub fn between(from: Level, to: Level, total: f64, noise: f64) -> Move {
        if to.sigma == 0.0 {
            return Move { keep: 0.0, pull: to.alpha / total, spread: 0.0 };
        }
        let c = noise * noise;
        let power = (1.0 + c) * total - 1.0;
        let fall = to.noise_to_signal() / from.noise_to_signal(); // sqrt(tau'/tau)
        // At pure noise alpha (tau'/tau)^a / alpha = (sigma'/sigma) (tau'/tau)^(a - 1/2).
        let keep = to.sigma / from.sigma * fall.powf(power);
        let pull = to.alpha * (1.0 - fall.powf(power + 1.0)) / total;
        let renewed = if power == 0.0 { -2.0 * fall.ln() } else { (1.0 - fall.powf(2.0 * power)) / power };
        let spread = if noise == 0.0 { 0.0 } else { noise * to.sigma * (renewed / (to.snr() - from.snr())).sqrt() };
        Move { keep, pull, spread }
    }
}
