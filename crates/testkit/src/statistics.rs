//! Statistical assertions: fixed seeds, two-sided, each with a false-alarm rate of 1e-6 where its values are near to normal.
//!
//! By their own standard error the values of a skewed law alarm more often: squares of normals at a rate near 1.2e-5 with
//! 1000 values and 2.8e-6 with 4000. The variance of normal values has [`assert_normal_variance`], which is free of this.

/// Deviations of a normal beyond which 1e-6 of it lies, both sides together.
pub const FALSE_ALARM_DEVIATIONS: f64 = 4.8916;

/// Panics unless the mean of independent values is `expected`, by their own standard error. Wants some 1000 values, and
/// 20000 where they are skewed.
pub fn assert_mean(claim: &str, values: &[f64], expected: f64) {
    let (mean, error) = mean_and_error(values);
    assert_within(claim, mean, expected, error);
}

/// Panics unless the variance of independent normal values with known mean is `expected`: the sum of squares over it is
/// chi-square with as many degrees of freedom as there are values.
pub fn assert_normal_variance(claim: &str, values: &[f64], mean: f64, expected: f64) {
    let squares: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
    let deviations = wilson_hilferty(squares / expected, values.len() as f64);
    assert!(
        deviations.abs() <= FALSE_ALARM_DEVIATIONS,
        "{claim}: variance {}, expected {expected}: chi-square is {deviations:.1} deviations off",
        squares / values.len() as f64
    );
}

/// Panics unless the variance of independent values of any law, with mean `mean`, is `expected`; wants 20000 values.
pub fn assert_variance(claim: &str, values: &[f64], mean: f64, expected: f64) {
    let squares: Vec<f64> = values.iter().map(|x| (x - mean).powi(2)).collect();
    assert_mean(claim, &squares, expected);
}

/// Panics unless `measured`, normal with standard error `error`, agrees with `expected`.
pub fn assert_within(claim: &str, measured: f64, expected: f64, error: f64) {
    let deviations = (measured - expected) / error;
    assert!(
        deviations.abs() <= FALSE_ALARM_DEVIATIONS,
        "{claim}: {measured} +- {error}, expected {expected}: {deviations:.1} standard errors off"
    );
}

/// The mean and its standard error.
pub fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (mean, (variance / count).sqrt())
}

/// Panics unless counts of independent draws follow these probabilities: [`chi_square_deviations`] within
/// [`FALSE_ALARM_DEVIATIONS`].
pub fn assert_counts(claim: &str, counts: &[u64], probabilities: &[f64]) {
    let deviations = chi_square_deviations(counts, probabilities);
    assert!(
        deviations.abs() <= FALSE_ALARM_DEVIATIONS,
        "{claim}: chi-square is {deviations:.1} deviations off: {counts:?}"
    );
}

/// Pearson's chi-square of counts of independent draws, as a nearly standard normal deviate. Bins that expect fewer than
/// 20 draws are pooled with the next ones; NaN with fewer than 4 left. Two-sided: too good a fit is an error too.
///
/// # Panics
/// If there is not one probability a bin.
pub fn chi_square_deviations(counts: &[u64], probabilities: &[f64]) -> f64 {
    assert_eq!(counts.len(), probabilities.len(), "one probability a bin");
    let total = counts.iter().sum::<u64>() as f64;
    let (mut squares, mut bins, mut seen, mut expected) = (0.0, 0.0, 0.0, 0.0);
    let mut left: f64 = probabilities.iter().sum::<f64>() * total;
    for (count, probability) in counts.iter().zip(probabilities) {
        seen += *count as f64;
        expected += probability * total;
        left -= probability * total;
        if expected >= 20.0 && left >= 20.0 {
            squares += (seen - expected).powi(2) / expected;
            bins += 1.0;
            (seen, expected) = (0.0, 0.0);
        }
    }
    squares += (seen - expected).powi(2) / expected;
    if bins < 3.0 {
        return f64::NAN;
    }
    wilson_hilferty(squares, bins)
}

/// Chi-square as a nearly standard normal deviate: the cube root of it over its freedom (Wilson & Hilferty 1931).
fn wilson_hilferty(chi_square: f64, freedom: f64) -> f64 {
    let spread = 2.0 / (9.0 * freedom);
    ((chi_square / freedom).cbrt() - (1.0 - spread)) / spread.sqrt()
}

/// Panics unless independent values follow this distribution function: Kolmogorov's test, one-sided in its nature.
pub fn assert_distribution(claim: &str, values: &[f64], cdf: impl Fn(f64) -> f64) {
    let largest = kolmogorov(values, cdf);
    // P(sqrt(n) D > x) <= 2 exp(-2 x^2) (Massart 1990) is 1e-6 at x = 2.694.
    let limit = 2.694 / (values.len() as f64).sqrt();
    assert!(largest <= limit, "{claim}: the distribution functions are {largest:.3e} apart, allowed {limit:.3e}");
}

/// Kolmogorov's distance between independent values and a distribution function; NaN if there is a NaN among them.
pub fn kolmogorov(values: &[f64], cdf: impl Fn(f64) -> f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let count = sorted.len() as f64;
    let gap = |(i, x): (usize, &f64)| f64::max(cdf(*x) - i as f64 / count, (i + 1) as f64 / count - cdf(*x));
    // f64::max would leave out a NaN.
    sorted
        .iter()
        .enumerate()
        .map(gap)
        .fold(0.0, |largest: f64, gap| if gap > largest || gap.is_nan() { gap } else { largest })
}
