//! Neighbours do not know of each other: within a block, and across blocks, samples, streams and seeds.

use ito_noise::Stream;

const COUNT: usize = 1_000_000;

fn normals(stream: Stream, sample: u64) -> Vec<f64> {
    let mut normals = vec![0.0; COUNT];
    stream.fill_normal_f64(sample, 0, &mut normals);
    normals
}

#[test]
fn neighbouring_normals_of_a_sample_are_independent() {
    let x = normals(Stream::new(1, "a"), 0);
    for lag in 1..=9 {
        check(&format!("lag {lag}"), &x[lag..], &x);
    }
}

#[test]
fn neighbouring_samples_are_independent() {
    let stream = Stream::new(2, "a");
    check("samples 0 and 1", &normals(stream, 0), &normals(stream, 1));
    check("samples 0 and 2^32", &normals(stream, 0), &normals(stream, 1 << 32));
}

#[test]
fn streams_of_different_names_are_independent() {
    check("names a and b", &normals(Stream::new(3, "a"), 0), &normals(Stream::new(3, "b"), 0));
    check("names a and \"\"", &normals(Stream::new(3, "a"), 0), &normals(Stream::new(3, ""), 0));
}

#[test]
fn streams_of_different_seeds_are_independent() {
    check("seeds 0 and 1", &normals(Stream::new(0, "a"), 0), &normals(Stream::new(1, "a"), 0));
    check("seeds 0 and 2^32", &normals(Stream::new(0, "a"), 0), &normals(Stream::new(1 << 32, "a"), 0));
}

/// A normal hardly shows its low half, so the words themselves are compared.
#[test]
fn high_and_low_halves_are_independent() {
    let stream = Stream::new(4, "a");
    let bits = |half: u64| {
        (0..COUNT as u64).flat_map(move |block| stream.words(0, block | half)).map(centred).collect::<Vec<_>>()
    };
    check("halves of the words", &bits(0), &bits(1 << 63));
}

fn centred(word: u32) -> f64 {
    (f64::from(word) / 2.0_f64.powi(32) - 0.5) * 12.0_f64.sqrt()
}

/// Correlation of the numbers, and of their squares (the radius that a pair shares shows only there). Two-sided, 5.5 deviations
/// each: false-alarm rate 7.6e-8 a call.
fn check(what: &str, x: &[f64], y: &[f64]) {
    let n = x.len().min(y.len()) as f64;
    let correlation = |f: fn(f64) -> f64| {
        let (mean, scale) = moments(f, x);
        x.iter().zip(y).map(|(&x, &y)| (f(x) - mean) * (f(y) - mean)).sum::<f64>() / scale / n.sqrt()
    };
    for (of, deviations) in [("numbers", correlation(|x| x)), ("squares", correlation(|x| x * x))] {
        assert!(deviations.abs() < 5.5, "{what}: the {of} correlate by {deviations:.1} deviations");
    }
}

fn moments(f: fn(f64) -> f64, x: &[f64]) -> (f64, f64) {
    let n = x.len() as f64;
    let mean = x.iter().map(|&x| f(x)).sum::<f64>() / n;
    (mean, x.iter().map(|&x| (f(x) - mean).powi(2)).sum::<f64>() / n)
}
