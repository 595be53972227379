use ito_schedules::Level;

/// The proposal over one step with `D = sum_i w_i D_i` held: `x' = keep x + pull D + spread (B(r') - B(r))` on the clock
/// `r = (alpha/sigma)^2`.
///
/// With `y = x/alpha`, `tau = 1/r`, `W` the sum of the exponents and `kappa = (W - 1)/2`, the equation is
/// `dY = (1 + c)/2 (D - W Y)/tau du + kappa Y/(1 + tau) du + sqrt(c) dB`, `u = -tau`. The share of noise `f = tau/(1 + tau)` in
/// `kappa f Y/tau` is held too, at its mean over `ln tau` in the step, with which the decay is exact. Then with
/// `a = (1 + c) W / 2 - kappa f` the fixed point is `Y* = (1 + c) D / (2 a)` and `Y' - Y* = (tau'/tau)^a (Y - Y*)` plus noise of
/// variance `c tau' (1 - (tau'/tau)^(2a - 1)) / (2a - 1)`.
pub(super) struct Move {
    pub keep: f64,
    pub pull: f64,
    pub spread: f64,
}

impl Move {
    /// `noise` is `sqrt(c)`. A step to data is to `D/W`, without noise; pure noise is an ordinary start.
    pub fn between(from: Level, to: Level, total: f64, noise: f64) -> Move {
        if to.sigma == 0.0 {
            return Move { keep: 0.0, pull: to.alpha / total, spread: 0.0 };
        }
        let (c, kappa) = (noise * noise, 0.5 * (total - 1.0));
        let fall = (to.noise_to_signal() / from.noise_to_signal()).ln(); // half of ln(tau'/tau), infinite from pure noise
        let rest = kappa * (from.snr().ln_1p() - to.snr().ln_1p()); // kappa (1 - f) ln(tau'/tau)
        let power = c * total + rest / fall; // 2a - 1
        // (tau'/tau)^(a - 1/2) = e^decay, which is finite from pure noise too: alpha'/alpha times the root of tau'/tau is sigma'/sigma.
        let decay = if c == 0.0 { rest } else { power * fall };
        let keep = to.sigma / from.sigma * decay.exp();
        let pull = -to.alpha * (1.0 + c) * (fall + decay).exp_m1() / (power + 1.0);
        let renewed = if power == 0.0 { -2.0 * fall } else { -(2.0 * decay).exp_m1() / power };
        let spread = if noise == 0.0 { 0.0 } else { noise * to.sigma * (renewed / (to.snr() - from.snr())).sqrt() };
        Move { keep, pull, spread }
    }
}
