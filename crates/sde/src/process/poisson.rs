use std::f64::consts::{PI, TAU};

/// `rate^k exp(-rate) / Gamma(k + 1)` for real `k >= 0`: the weights of Poisson's law, and the density of the gamma law in `rate`.
///
/// In the form of a saddle point, so that no large terms cancel: Loader 2000, "Fast and accurate computation of binomial
/// probabilities".
pub(super) fn poisson_weight(k: f64, rate: f64) -> f64 {
    ln_poisson_weight(k, rate).exp()
}

fn ln_poisson_weight(k: f64, rate: f64) -> f64 {
    if k == 0.0 {
        return -rate;
    }
    -stirling_rest(k) - k * excess((rate - k) / k) - 0.5 * (TAU * k).ln()
}

/// `(e - ln(1 + e)) / e^2` and `(e^2/2 - e + ln(1 + e)) / e^3`, at zero 1/2 and 1/3.
pub(super) fn excess_parts(e: f64) -> [f64; 2] {
    if e.abs() > 0.1 {
        let second = excess(e) / (e * e);
        return [second, (0.5 - second) / e];
    }
    let third = (3..20).rev().fold(0.0, |sum, j| 1.0 / f64::from(j) - e * sum);
    [0.5 - e * third, third]
}

/// `e - ln(1 + e)`, which is `e^2 / 2` near zero: `e v - 2 (v^3/3 + v^5/5 + ...)` with `v = e / (2 + e)`.
fn excess(e: f64) -> f64 {
    if e.abs() > 0.2 {
        return e - e.ln_1p();
    }
    let v = e / (2.0 + e);
    let square = v * v;
    let series = (0..10).rev().fold(0.0, |sum, j| sum * square + 1.0 / f64::from(2 * j + 3));
    v * (e - 2.0 * square * series)
}

/// `ln Gamma(k + 1) - (k + 1/2) ln k + k - ln(2 pi) / 2`.
fn stirling_rest(k: f64) -> f64 {
    if k < 15.0 {
        return ln_gamma(k + 1.0) - (k + 0.5) * k.ln() + k - 0.5 * TAU.ln();
    }
    let s = 1.0 / (k * k);
    (1.0 / 12.0 - s * (1.0 / 360.0 - s * (1.0 / 1260.0 - s * (1.0 / 1680.0 - s / 1188.0)))) / k
}

/// A Poisson number, in a time that does not grow with its mean: by inversion below 500, else by Hormann's rejection PTRS.
/// Hormann 1993, Insurance: Mathematics and Economics 12.
pub(super) fn draw_poisson(mean: f64, uniform: &mut impl FnMut() -> f64) -> f64 {
    if mean > 500.0 {
        return transformed_rejection(mean, uniform);
    }
    let (mut left, mut weight, mut k) = (uniform(), (-mean).exp(), 0.0);
    while left > weight && weight > 0.0 {
        left -= weight;
        k += 1.0;
        weight *= mean / k;
    }
    k
}

fn transformed_rejection(mean: f64, uniform: &mut impl FnMut() -> f64) -> f64 {
    let b = 0.931 + 2.53 * mean.sqrt();
    let a = -0.059 + 0.02483 * b;
    let (inverse_alpha, squeeze) = (1.1239 + 1.1328 / (b - 3.4), 0.9277 - 3.6224 / (b - 2.0));
    loop {
        let (u, v) = (uniform() - 0.5, uniform());
        let edge = 0.5 - u.abs();
        let k = ((2.0 * a / edge + b) * u + mean + 0.43).floor();
        if edge >= 0.07 && v <= squeeze {
            return k;
        }
        if k < 0.0 || (edge < 0.013 && v > edge) {
            continue;
        }
        if (v * inverse_alpha / (a / (edge * edge) + b)).ln() <= ln_poisson_weight(k, mean) {
            return k;
        }
    }
}

/// `ln Gamma(x)`, `x > 0`. Lanczos 1964, with g = 7 and nine terms: about 15 digits.
fn ln_gamma(x: f64) -> f64 {
    const TERMS: [f64; 8] = [
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    if x < 0.5 {
        return (PI / ((PI * x).sin())).ln() - ln_gamma(1.0 - x);
    }
    let x = x - 1.0;
    let series = TERMS.iter().zip(1..).fold(0.999_999_999_999_809_9, |sum, (c, k)| sum + c / (x + f64::from(k)));
    let t = x + 7.5;
    0.5 * TAU.ln() + (x + 0.5) * t.ln() - t + series.ln()
}

/// The regularised incomplete gamma functions, lower and upper, `a > 0`, `x >= 0`: a series below `a + 1`, else Lentz's fraction.
/// Abramowitz & Stegun 1964, 6.5.29 and 6.5.31. Both take of the order of `sqrt a` terms at most.
pub(super) fn gamma_tails(a: f64, x: f64) -> [f64; 2] {
    let front = a * poisson_weight(a, x);
    if x < a + 1.0 {
        let (mut term, mut sum, mut n) = (1.0 / a, 1.0 / a, a);
        while term > sum * 1e-17 {
            n += 1.0;
            term *= x / n;
            sum += term;
        }
        return [front * sum, 1.0 - front * sum];
    }
    let mut b = x + 1.0 - a;
    let (mut c, mut d) = (1e300, 1.0 / b);
    let mut fraction = d;
    for n in 1..100_000 {
        let n = f64::from(n);
        let step = n * (a - n);
        b += 2.0;
        d = 1.0 / (step * d + b);
        c = b + step / c;
        fraction *= d * c;
        if (d * c - 1.0).abs() < 4e-16 {
            break;
        }
    }
    [1.0 - front * fraction, front * fraction]
}
