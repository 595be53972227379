//! How a multistep sampler weighs what it knows: the integral of the polynomial through a few nodes.

/// The weights `w_k` with `sum_k w_k r_k^i = M_i` for `i = 1..=n`, given `n` different nodes `r_k`, none of them 0, and the
/// moments `M_1..M_n` of a weight function on [0, 1].
///
/// So `sum_k w_k (f(r_k) - f(0))` integrates `f(r) - f(0)` exactly if `f` is a polynomial of degree `n`:
/// `w_k` is the integral of the Lagrange polynomial `(r/r_k) prod_{j != k} (r - r_j)/(r_k - r_j)`.
pub(crate) fn lagrange(nodes: &[f64], moments: &[f64]) -> Vec<f64> {
    let weight = |k: usize| {
        // Coefficients of the numerator without its factor r, lowest first.
        let mut numerator = vec![1.0];
        let mut denominator = nodes[k];
        for (_, node) in nodes.iter().enumerate().filter(|(j, _)| *j != k) {
            let up = std::iter::once(0.0).chain(numerator.iter().copied());
            let level = numerator.iter().copied().chain(std::iter::once(0.0));
            numerator = up.zip(level).map(|(up, level)| up - node * level).collect();
            denominator *= nodes[k] - node;
        }
        numerator.iter().zip(moments).map(|(c, m)| c * m).sum::<f64>() / denominator
    };
    (0..nodes.len()).map(weight).collect()
}

/// `M_i = int_0^1 exp(-h (1 - r)) r^i h dr` for `i = 1..=3`, for any finite `h`: the weight that an estimate at log-SNR
/// `lambda + 2 h r` has in `x'/alpha'`. In the notation of exponential integrators `M_i = i! h phi_{i+1}(-h)`.
///
/// `M_0 = 1 - exp(-h)`, `M_i = 1 - (i/h) M_{i-1}`; for small `h`, where that cancels, its power series.
pub(crate) fn exponential_moments(h: f64) -> [f64; 3] {
    if h.abs() > 1.0 {
        let mut below = -(-h).exp_m1();
        return [1.0, 2.0, 3.0].map(|i| {
            below = 1.0 - i / h * below;
            below
        });
    }
    // h sum_j (-h)^j i! / (i + j + 1)!
    [1.0, 2.0, 3.0].map(|i| {
        let mut term = h / (i + 1.0);
        let mut sum = term;
        for j in 1..20 {
            term *= -h / (i + 1.0 + f64::from(j));
            sum += term;
        }
        sum
    })
}

/// `J_i = int_0^1 r^i / (1 - a r)^2 dr` for `i = 1, 2`, `a < 1`.
pub(super) fn rational_moments(a: f64) -> [f64; 2] {
    if a.abs() > 0.5 {
        // With K_i = int r^i / (1 - a r) dr: J_0 = 1/(1 - a), J_i = (J_{i-1} - K_{i-1}) / a, K_1 = (K_0 - 1) / a.
        let k0 = -(-a).ln_1p() / a;
        let j1 = ((1.0 - a).recip() - k0) / a;
        return [j1, (j1 - (k0 - 1.0) / a) / a];
    }
    // sum_j (j + 1) a^j / (i + j + 1)
    let series = |i: f64| {
        let (mut power, mut sum) = (1.0, 0.0);
        for j in 0..60 {
            sum += f64::from(j + 1) * power / (i + f64::from(j) + 1.0);
            power *= a;
        }
        sum
    };
    [series(1.0), series(2.0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_the_integrals_they_say() {
        for h in [1e-3, 0.03, 0.99, 1.01, 3.0, 40.0, -0.5, -2.0] {
            for (k, moment) in exponential_moments(h).into_iter().enumerate() {
                check(moment, |r: f64| (-h * (1.0 - r)).exp() * h * r.powi(k as i32 + 1));
            }
        }
        for a in [-30.0, -1.0, -0.51, -0.49, -1e-3, 0.3, 0.49, 0.51, 0.9] {
            for (k, moment) in rational_moments(a).into_iter().enumerate() {
                check(moment, |r: f64| r.powi(k as i32 + 1) / (1.0 - a * r).powi(2));
            }
        }
    }

    #[test]
    fn weights_reproduce_the_moments_at_equal_and_unequal_spacing() {
        for nodes in [&[-1.0, -2.0, 1.0] as &[f64], &[-0.7, -1.9], &[-1.0, -2.0], &[1.0], &[-0.01, 1.0]] {
            let moments = exponential_moments(0.8);
            let weights = lagrange(nodes, &moments);
            for (i, moment) in moments.iter().enumerate().take(nodes.len()) {
                let sum: f64 = nodes.iter().zip(&weights).map(|(r, w)| w * r.powi(i as i32 + 1)).sum();
                assert!((sum - moment).abs() < 1e-13, "{nodes:?}: {sum} {moment}");
            }
        }
    }

    /// Simpson's rule on 20000 intervals.
    fn check(moment: f64, f: impl Fn(f64) -> f64) {
        let count = 20000;
        let weight = |k: usize| if k == 0 || k == count { 1.0 } else { 2.0 + 2.0 * (k % 2) as f64 };
        let sum: f64 = (0..=count).map(|k| weight(k) * f(k as f64 / count as f64)).sum();
        let integral = sum / (3 * count) as f64;
        assert!((moment - integral).abs() < 1e-11 * integral.abs().max(1e-3), "{moment} {integral}");
    }
}
