//! The bridge between two known points.

use ito_noise::{BrownianBridge, BrownianError, BrownianPath, Stream};

const ROWS: usize = 8000;

fn path() -> BrownianPath {
    BrownianPath::consecutive(Stream::new(5, "bridge"), 0, ROWS, -1.0, 2.0).unwrap()
}

#[test]
fn a_bridge_stands_on_its_ends() {
    let bridge = BrownianBridge::new(0.1, 0.7, -0.3, 1.7).unwrap();
    for (t, expected) in [(0.1, -0.3), (0.7, 1.7)] {
        let mut x = vec![f64::NAN; 2 * ROWS];
        bridge.fill(&mut path(), t, &mut x);
        assert!(x.iter().all(|x| *x == expected), "X({t})");
        assert_eq!((bridge.mean(t), bridge.variance(t)), (expected, 0.0));
    }
}

/// Two times, one false alarm in 1e6 each: means, variances and the covariance against the closed form.
#[test]
fn a_bridge_has_its_mean_variance_and_covariance() {
    let bridge = BrownianBridge::new(0.1, 0.7, -0.3, 1.7).unwrap();
    for (s, t) in [(0.2, 0.3), (0.15, 0.65), (0.4, 0.4), (-0.5, -0.2), (0.9, 1.8), (-0.1, 0.3), (0.2, 0.9), (-0.2, 0.9)]
    {
        let mut path = path();
        let (mut x, mut y) = (vec![0.0; ROWS], vec![0.0; ROWS]);
        bridge.fill(&mut path, s, &mut x);
        bridge.fill(&mut path, t, &mut y);
        let [mean_x, mean_y] = [bridge.mean(s), bridge.mean(t)];
        within(&format!("E X({s})"), x.iter().copied(), mean_x);
        within(&format!("Var X({s})"), x.iter().map(|x| (x - mean_x).powi(2)), bridge.variance(s));
        let products = x.iter().zip(&y).map(|(x, y)| (x - mean_x) * (y - mean_y));
        within(&format!("Cov(X({s}), X({t}))"), products, bridge.covariance(s, t));
    }
}

#[test]
fn the_variance_of_a_bridge_is_what_is_left_of_the_motion() {
    let bridge = BrownianBridge::new(0.0, 4.0, 0.0, 0.0).unwrap();
    assert_eq!([1.0, 2.0, 3.0].map(|t| bridge.variance(t)), [0.75, 1.0, 0.75]);
    assert_eq!(bridge.covariance(1.0, 3.0), 0.25);
    assert_eq!([-1.5, 4.5].map(|t| bridge.variance(t)), [1.5, 0.5]);
}

#[test]
fn bridges_that_do_not_stand_are_refused() {
    for (from, to) in [(1.0, 1.0), (1.0, 0.0), (f64::NAN, 1.0), (0.0, f64::INFINITY)] {
        assert!(matches!(BrownianBridge::new(from, to, 0.0, 0.0), Err(BrownianError::Clock { .. })));
    }
    let refused = BrownianBridge::new(0.0, 1.0, 0.0, f64::INFINITY).unwrap_err();
    assert_eq!(refused, BrownianError::NotFinite { name: "end", value: f64::INFINITY });
    assert_eq!(refused.to_string(), "the bridge's end must be a finite number, not inf");
}

/// A mean within 4.8916 of its standard errors: false-alarm rate 1e-6.
fn within(claim: &str, values: impl Iterator<Item = f64>, expected: f64) {
    let values: Vec<f64> = values.collect();
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (count - 1.0);
    let error = (variance / count).sqrt();
    assert!((mean - expected).abs() <= 4.8916 * error, "{claim}: {mean} +- {error}, expected {expected}");
}

#[test]
fn a_time_that_is_not_a_number_has_no_covariance() {
    let bridge = BrownianBridge::new(0.0, 1.0, 2.0, -1.0).unwrap();
    assert!(bridge.covariance(0.5, f64::NAN).is_nan() && bridge.covariance(f64::NAN, 0.5).is_nan());
    assert!(bridge.variance(f64::NAN).is_nan());
}
