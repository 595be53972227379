//! The equations that have no place among the ready-made processes.

use ito_sde::{Additive, Sde};
use ito_state::Pointwise;
use ndarray::{Array2, Axis, stack};

pub fn drift(t: f64, x: f64) -> f64 {
    0.8 * (x + t).sin() + 0.3
}

pub fn diffusion(t: f64, x: f64) -> f64 {
    (0.6 + 0.25 * x.cos()) * (1.0 + 0.5 * t)
}

pub fn noise_alone(_: f64, x: f64) -> f64 {
    0.6 + 0.6 * x.cos()
}

pub fn observed(x: f64) -> f64 {
    (x - 0.4).cos() + 0.5 * (2.0 * x).sin()
}

/// The drift above with additive noise that grows in time.
#[derive(Clone, Copy)]
pub struct Timed;

impl<X: Pointwise> Sde<X> for Timed {
    fn drift(&self, t: f64, x: &X) -> X {
        x.map_entries(|x| drift(t, x))
    }
    fn diffuse(&self, t: f64, _x: &X, dw: &X) -> X {
        X::lincomb(&[(1.2 + 0.6 * t, dw)])
    }
    fn wiener_like(&self, x: &X) -> X {
        x.clone()
    }
}

impl<X: Pointwise> Additive<X> for Timed {}

/// `dX1 = dW1`, `dX2 = dW2`, `dX3 = X1 dW2`, the simplest noise that does not commute. Ito's reading and Stratonovich's agree.
/// Two noises, three coordinates. (Of Levy's area, `X1 dW2 - X2 dW1`, Euler-Maruyama and Heun make the same steps.)
#[derive(Clone, Copy)]
pub struct Area;

impl Sde<Array2<f64>> for Area {
    fn drift(&self, _t: f64, x: &Array2<f64>) -> Array2<f64> {
        Array2::zeros(x.raw_dim())
    }
    fn diffuse(&self, _t: f64, x: &Array2<f64>, dw: &Array2<f64>) -> Array2<f64> {
        let area = &x.column(0) * &dw.column(1);
        stack(Axis(1), &[dw.column(0), dw.column(1), area.view()]).expect("columns of one length")
    }
    fn wiener_like(&self, x: &Array2<f64>) -> Array2<f64> {
        Array2::zeros((x.nrows(), 2))
    }
}
