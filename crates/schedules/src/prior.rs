use crate::Path;

/// How far the path's end is from what a sampler starts with: `KL(N(a m, a^2 s^2 + b^2) || N(0, p^2))` in nats for one
/// entry, with `a`, `b` the factors at the noisiest level.
///
/// The data's entry is normal with mean `mean` and standard deviation `deviation`; entries that are independent add up.
/// `prior` is the deviation of the start, usually the noisiest level's `sigma`; 1 on the variance-preserving paths of
/// papers. It is 0 where the path ends in pure noise, and `(a m / p)^2 / 2 + d^2 / 4` nearly if small, with
/// `d = (a^2 s^2 + b^2)/p^2 - 1`. Ho et al. 2020, arXiv:2006.11239, the term `L_T`, averaged over the data with the
/// mixture taken together: never more than theirs. Not a number for a `prior` that is not positive.
pub fn prior_mismatch(path: &dyn Path, mean: f64, deviation: f64, prior: f64) -> f64 {
    if prior.is_nan() || prior <= 0.0 {
        return f64::NAN;
    }
    let level = path.at(path.end());
    let (mean, deviation) = (level.alpha * mean / prior, level.alpha * deviation / prior);
    let noise = level.sigma / prior;
    let excess = deviation * deviation + (noise - 1.0) * (noise + 1.0);
    0.5 * (mean * mean + excess - excess.ln_1p())
}
