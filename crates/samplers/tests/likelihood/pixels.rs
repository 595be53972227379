use std::f64::consts::{E, LN_2, PI};

use ito_samplers::likelihood::{FlowDensity, LikelihoodError, LogDensity, Pixels};
use ito_samplers::{Denoiser, Pullback};
use ito_schedules::{Level, Path, Straight};
use ito_testkit::{integrate, normal_cdf, normal_density};
use ndarray::{Array2, Array4, Axis};

use crate::common::*;

/// The density of a uniform law is known, and its flow runs through the solver: every one of the 256 levels, dequantised, costs 8 bits. Without
/// dequantisation and the scaling's log-determinant it would be 1.0057, and a level that all pictures share would come out negative (the
/// complaint score_sde#24). The outermost bins differ by the noise of `sigma/alpha = 0.0002`, one 39th of a bin.
#[test]
fn a_uniform_law_over_256_levels_costs_eight_bits_a_dimension() {
    let pixels = Pixels::new(256, -1.0, 1.0).unwrap();
    let law = Uniform { low: -1.0 - 0.5 * pixels.width(), high: 1.0 + 0.5 * pixels.width() };
    let levels = Array2::from_shape_fn((64, 4), |(i, j)| -1.0 + (4 * i + j) as f64 * pixels.width());
    let x0 = pixels.dequantise(&levels, &mut noise(64));
    let flow = FlowDensity::new(&Straight, Straight.at(2e-4), Straight.at(1.0)).unwrap();
    let scores = flow.tolerance(1e-7, 1e-7).unwrap().of_data(&law, &x0, &mut noise(64)).unwrap();
    for (row, item) in scores.items.iter().enumerate() {
        let bits = pixels.log_probability(*item, 4).bits_per_dim(4).value;
        let inside = (1..63).contains(&row);
        assert!((bits - 8.0).abs() < if inside { 1e-4 } else { 0.1 }, "row {row}: {bits}");
    }
    let one = LogDensity { nats: 16.0 * (1.0 / (law.high - law.low)).ln(), error: 0.0 };
    assert!((pixels.log_probability(one, 16).bits_per_dim(16).value - 8.0).abs() < 1e-12);
    assert!((one.bits_per_dim(16).value - 1.0057).abs() < 1e-4);
}

/// Levels with the probabilities of N(0, s^2) in their bins: the mean over levels and bins of the bound is the cross entropy, by quadrature in
/// every bin. It is `1/2 log2(2 pi e s^2) - log2 width` to a few parts of the bin's own (width/s)^2/24, and not below the entropy.
#[test]
fn a_gaussian_costs_its_differential_entropy_less_the_logarithm_of_the_width() {
    let (pixels, s) = (Pixels::new(256, -1.0, 1.0).unwrap(), 0.15_f64);
    let half = 0.5 * pixels.width();
    let (mut bound, mut entropy) = (0.0, 0.0);
    for i in 0..256 {
        let x = -1.0 + f64::from(i) * pixels.width();
        let mass = normal_cdf((x + half) / s) - normal_cdf((x - half) / s);
        let log_density = |x: f64| (normal_density(x / s) / s).ln();
        let nats = integrate(log_density, x - half, x + half, 1) / pixels.width();
        let bits = pixels.log_probability(LogDensity { nats, error: 0.0 }, 1).bits_per_dim(1);
        assert!(bits.value >= -mass.log2() - 1e-12 || mass < 1e-8, "{i}: {} {}", bits.value, -mass.log2());
        bound += mass * bits.value;
        entropy -= if mass > 0.0 { mass * mass.log2() } else { 0.0 };
    }
    let exact = 0.5 * (2.0 * PI * E * s * s).log2() - pixels.width().log2();
    let excess = pixels.width().powi(2) / (12.0 * s * s) / LN_2;
    assert!(bound >= entropy && bound - entropy < excess, "{bound} {entropy}");
    assert!((bound - exact).abs() < excess, "{bound} {exact}");
}

/// Within its bin, of any shape; mean 0 and variance `width^2 / 12` within 4.9 standard errors (false alarm 1e-6 each).
#[test]
fn dequantised_pictures_stay_in_their_bins_and_fill_them_uniformly() {
    let pixels = Pixels::new(4, 0.0, 3.0).unwrap();
    let x = Array4::from_shape_fn((50, 1, 10, 10), |(_, _, i, j)| ((i + j) % 4) as f64);
    let off = &pixels.dequantise(&x, &mut noise(50)) - &x;
    assert!(off.iter().all(|d| d.abs() < 0.5));
    ito_testkit::statistics::assert_mean("shift", &off.iter().copied().collect::<Vec<f64>>(), 0.0);
    let squares: Vec<f64> = off.iter().map(|d| d * d).collect();
    ito_testkit::statistics::assert_mean("spread", &squares, 1.0 / 12.0);
    let columns: Vec<f64> = off.axis_iter(Axis(0)).map(|row| row[[0, 0, 0]] * row[[0, 0, 1]]).collect();
    ito_testkit::statistics::assert_mean("product of neighbours", &columns, 0.0);
}

#[test]
fn bits_and_errors_are_scaled_alike() {
    let bits = LogDensity { nats: -10.0 * LN_2, error: LN_2 }.bits_per_dim(5);
    assert!((bits.value - 2.0).abs() < 1e-15 && (bits.error - 0.2).abs() < 1e-15);
    let pixels = Pixels::new(256, -1.0, 1.0).unwrap();
    assert_eq!((pixels.levels(), pixels.low(), pixels.high(), pixels.width()), (256, -1.0, 1.0, 2.0 / 255.0));
}

#[test]
fn levels_without_a_width_are_refused() {
    let few = LikelihoodError::TooFew { name: "levels", given: 1, least: 2 };
    assert_eq!(Pixels::new(1, 0.0, 1.0), Err(few));
    for (low, high) in [(1.0, 1.0), (1.0, 0.0), (f64::NAN, 1.0), (0.0, f64::INFINITY)] {
        let refused = Pixels::new(256, low, high).unwrap_err();
        assert!(matches!(refused, LikelihoodError::Range { .. }), "{refused}");
    }
}

/// Entries uniform in an interval: `E[x0 | y]` is the mean of a normal cut to it.
struct Uniform {
    low: f64,
    high: f64,
}

impl Uniform {
    /// The estimate and its slope in `x`.
    fn denoised(&self, x: f64, at: Level) -> (f64, f64) {
        if at.alpha < 1e-12 {
            return (0.5 * (self.low + self.high), 0.0);
        }
        let (y, r) = (x / at.alpha, at.sigma / at.alpha);
        let (a, b) = ((self.low - y) / r, (self.high - y) / r);
        if b - a < 1e-3 {
            // A law much narrower than the noise: its own mean, and its variance times the precision.
            return (0.5 * (self.low + self.high), (self.high - self.low).powi(2) / 12.0 * at.alpha / at.sigma.powi(2));
        }
        let mass = if a > 0.0 { normal_cdf(-a) - normal_cdf(-b) } else { normal_cdf(b) - normal_cdf(a) };
        let (low, high) = (normal_density(a) / mass, normal_density(b) / mass);
        let mean = low - high;
        let edge = |z: f64, weight: f64| if weight == 0.0 { 0.0 } else { z * weight };
        let variance = 1.0 + edge(a, low) - edge(b, high) - mean * mean;
        (y + r * mean, variance / at.alpha)
    }
}

impl Denoiser<Array2<f64>> for Uniform {
    fn denoise(&self, x: &Array2<f64>, at: &[Level]) -> Array2<f64> {
        x.mapv(|x| self.denoised(x, at[0]).0)
    }
}

impl Pullback<Array2<f64>> for Uniform {
    fn pullback(&self, x: &Array2<f64>, at: &[Level], v: &Array2<f64>) -> (Array2<f64>, Array2<f64>) {
        (self.denoise(x, at), x.mapv(|x| self.denoised(x, at[0]).1) * v)
    }
}
