//! Nonlinear SDEs of period 2 pi with coefficients that depend on time, too.

use ito_sde::process::Elementwise;
use ito_sde::{Additive, Sde};
use ito_state::Pointwise;

pub fn drift(t: f64, x: f64) -> f64 {
    0.8 * (x + t).sin() + 0.3
}

pub fn diffusion(t: f64, x: f64) -> f64 {
    (0.6 + 0.25 * x.cos()) * (1.0 + 0.5 * t)
}

fn slope(t: f64, x: f64) -> f64 {
    -0.25 * x.sin() * (1.0 + 0.5 * t)
}

/// What is expected at the end.
pub fn test(x: f64) -> f64 {
    (x - 0.4).cos() + 0.5 * (2.0 * x).sin()
}

pub type Function = fn(f64, f64) -> f64;

pub fn multiplicative() -> Elementwise<Function, Function, Function> {
    Elementwise::new(drift, diffusion, slope)
}

/// No drift, and noise that varies much: what is odd in `sqrt h` stands out.
pub fn driftless() -> Elementwise<Function, Function, Function> {
    Elementwise::new(|_, _| 0.0, driftless_diffusion, |_, x| -0.6 * x.sin())
}

pub fn driftless_diffusion(_: f64, x: f64) -> f64 {
    0.6 + 0.6 * x.cos()
}

/// The drift above with noise that depends on time alone.
#[derive(Clone, Copy)]
pub struct TimedNoise;

pub fn timed(t: f64, _: f64) -> f64 {
    1.2 * (1.0 + 0.5 * t)
}

impl<X: Pointwise> Sde<X> for TimedNoise {
    fn drift(&self, t: f64, x: &X) -> X {
        x.map_entries(|x| drift(t, x))
    }
    fn diffuse(&self, t: f64, _x: &X, dw: &X) -> X {
        X::lincomb(&[(timed(t, 0.0), dw)])
    }
    fn wiener_like(&self, x: &X) -> X {
        x.clone()
    }
}

impl<X: Pointwise> Additive<X> for TimedNoise {}
