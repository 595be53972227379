//! The normals are Box-Muller of their words, and their law is the normal one. False-alarm rates are for a random seed; the seeds
//! here are fixed.

use std::f64::consts::TAU;

use ito_noise::Stream;

const COUNT: usize = 1_000_000;

#[test]
fn f32_normals_are_the_exact_transform_of_their_words_to_1e_6() {
    let stream = Stream::new(1, "transform");
    let mut normals = vec![0.0; COUNT];
    stream.fill_normal_f32(0, 0, &mut normals);
    let unit = |word: u32| (f64::from(word) + 0.5) / 2.0_f64.powi(32);
    check_transform(1e-6, normals.iter().copied().map(f64::from), |block| {
        let [u0, v0, u1, v1] = stream.words(0, block);
        [(unit(u0), unit(!u0), unit(v0)), (unit(u1), unit(!u1), unit(v1))]
    });
}

#[test]
fn f64_normals_are_the_exact_transform_of_their_words_to_1e_14() {
    let stream = Stream::new(2, "transform");
    let mut normals = vec![0.0; COUNT];
    stream.fill_normal_f64(0, 0, &mut normals);
    let unit = |high: u32, low: u32| (f64::from(high) * 2.0_f64.powi(32) + (f64::from(low) + 0.5)) / 2.0_f64.powi(64);
    check_transform(1e-14, normals.iter().copied(), |block| {
        let (high, low) = (stream.words(0, block), stream.words(0, block | 1 << 63));
        [0, 2].map(|i| (unit(high[i], low[i]), unit(!high[i], !low[i]), unit(high[i + 1], low[i + 1])))
    });
}

/// Compares with the platform's libm, from `(u, 1 - u, v)` of the two pairs of a block.
fn check_transform(tolerance: f64, normals: impl Iterator<Item = f64>, units: impl Fn(u64) -> [(f64, f64, f64); 2]) {
    let exact = (0..).flat_map(units).flat_map(|(u, below_one, v)| {
        let ln = if u < 0.5 { u.ln() } else { (-below_one).ln_1p() };
        let r = (-2.0 * ln).sqrt();
        // Less than half a turn either way, so that the reference's own angle is as sharp as it can be.
        let angle = TAU * if v < 0.5 { v } else { v - 1.0 };
        [r * angle.cos(), r * angle.sin()]
    });
    let worst = normals.zip(exact).map(|(x, exact)| (x - exact).abs()).fold(0.0, f64::max);
    println!("largest error {worst:e}");
    assert!(worst < tolerance, "largest error {worst:e}, allowed {tolerance:e}");
}

#[test]
fn f32_and_f64_normals_agree() {
    let stream = Stream::new(3, "agree");
    let (mut single, mut double) = (vec![0.0; COUNT], vec![0.0; COUNT]);
    stream.fill_normal_f32(0, 0, &mut single);
    stream.fill_normal_f64(0, 0, &mut double);
    let mut difference: Vec<f64> = single.iter().zip(&double).map(|(&x, y)| (f64::from(x) - y).abs()).collect();
    difference.sort_by(f64::total_cmp);
    println!("median {:e}, largest {:e}", difference[COUNT / 2], difference[COUNT - 1]);
    assert!(difference[COUNT / 2] < 1e-7, "median difference {:e}", difference[COUNT / 2]);
    assert!(difference[COUNT - 1000] < 1e-6, "99.9 % quantile of the difference {:e}", difference[COUNT - 1000]);
    assert!(difference[COUNT - 1] < 1e-4, "largest difference {:e}", difference[COUNT - 1]);
}

#[test]
fn f32_normals_have_the_normal_law() {
    let mut normals = vec![0.0; COUNT];
    Stream::new(4, "law").fill_normal_f32(0, 0, &mut normals);
    check_law(normals.into_iter().map(f64::from).collect());
}

#[test]
fn f64_normals_have_the_normal_law() {
    let mut normals = vec![0.0; COUNT];
    Stream::new(5, "law").fill_normal_f64(0, 0, &mut normals);
    check_law(normals);
}

#[test]
fn normals_across_samples_have_the_normal_law() {
    let stream = Stream::new(6, "law");
    let mut normals = vec![0.0; COUNT];
    for (sample, row) in (0..).zip(normals.chunks_mut(4)) {
        stream.fill_normal_f64(sample, 0, row);
    }
    check_law(normals);
}

/// Four moments and the Kolmogorov-Smirnov distance, all two-sided. False-alarm rate 4 x 3.8e-8 (5.5 deviations) + 5e-7 < 1e-6.
fn check_law(mut normals: Vec<f64>) {
    let n = normals.len() as f64;
    for (power, moment, variance) in [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0_f64)] {
        let mean = normals.iter().map(|x| x.powi(power)).sum::<f64>() / n;
        let deviations = (mean - moment) / (variance / n).sqrt();
        assert!(deviations.abs() < 5.5, "moment {power} is {mean}, {deviations:.1} deviations from {moment}");
    }
    normals.sort_by(f64::total_cmp);
    let distance = (0..).zip(&normals).fold(0.0_f64, |worst, (rank, &x)| {
        let (cdf, rank) = (normal_cdf(x), f64::from(rank));
        worst.max((cdf - rank / n).abs()).max((cdf - (rank + 1.0) / n).abs())
    });
    // P(sqrt n D > x) = 2 exp(-2 x^2) far out.
    let allowed = ((2.0 / 5e-7_f64).ln() / 2.0 / n).sqrt();
    assert!(distance < allowed, "Kolmogorov-Smirnov distance {distance:e}, allowed {allowed:e}");
    // Expected number beyond 4: 63.3 of a million. Poisson, P(outside 25 ..= 115) < 1e-7.
    let beyond = normals.iter().filter(|x| x.abs() > 4.0).count();
    assert!((25..=115).contains(&beyond), "{beyond} of {n} beyond 4 deviations, expected 63");
}

/// `1/2 + phi(x) (x + x^3/3 + x^5/(3 5) + ...)`, Marsaglia 2004, "Evaluating the normal distribution".
fn normal_cdf(x: f64) -> f64 {
    let (mut sum, mut term, mut k) = (x, x, 1.0);
    while term.abs() > 1e-17 * sum.abs() {
        k += 2.0;
        term *= x * x / k;
        sum += term;
    }
    0.5 + sum * (-x * x / 2.0).exp() / TAU.sqrt()
}

#[test]
fn uniforms_lie_in_the_open_interval_and_are_uniform() {
    let stream = Stream::new(7, "uniform");
    let mut uniforms: Vec<f64> = (0..COUNT as u64).map(|block| stream.uniform(block % 7, block / 7)).collect();
    uniforms.sort_by(f64::total_cmp);
    assert!(uniforms[0] > 0.0 && uniforms[COUNT - 1] < 1.0);
    let n = COUNT as f64;
    let distance = (0..).zip(&uniforms).fold(0.0_f64, |worst, (rank, &x)| {
        worst.max((x - f64::from(rank) / n).abs()).max((x - f64::from(rank + 1) / n).abs())
    });
    // False-alarm rate 1e-6.
    let allowed = ((2.0 / 1e-6_f64).ln() / 2.0 / n).sqrt();
    assert!(distance < allowed, "Kolmogorov-Smirnov distance {distance:e}, allowed {allowed:e}");
}
