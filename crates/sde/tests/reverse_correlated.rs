//! Reversal of an SDE whose noise is neither a number nor diagonal, by `ReversedSde::of`: exact laws of linear forms.

use ito_sde::reverse::{ReversedSde, Reversible};
use ito_sde::solver::EulerMaruyama;
use ito_sde::{Sde, Times, solve};
use ito_state::Batch;
use ito_testkit::{Fresh, Gaussian, LinearForm, Slope};
use ndarray::{Array1, Array2, array};

const THETA: f64 = 0.7;

/// `dX = -theta X dt + G dW` with a full matrix `G`.
#[derive(Clone, Copy)]
struct Correlated;

impl Sde<LinearForm> for Correlated {
    fn drift(&self, _t: f64, x: &LinearForm) -> LinearForm {
        LinearForm::lincomb(&[(-THETA, x)])
    }
    fn diffuse(&self, _t: f64, _x: &LinearForm, dw: &LinearForm) -> LinearForm {
        dw.affine(&matrix(), &Array1::zeros(2))
    }
    fn wiener_like(&self, x: &LinearForm) -> LinearForm {
        x.clone()
    }
}

/// `G G^T` does not depend on `x`, so its divergence is zero.
impl Reversible<LinearForm> for Correlated {
    fn pull(&self, _t: f64, _x: &LinearForm, score: &LinearForm) -> LinearForm {
        score.affine(&matrix().dot(&matrix().t()), &Array1::zeros(2))
    }
}

#[test]
fn correlated_noise_is_reversed_at_first_order_at_every_noise_level() {
    let score = |t: f64, x: &LinearForm| {
        let law = marginal(t);
        let precision = -inverse(&law.covariance);
        x.affine(&precision, &(-precision.dot(&law.mean)))
    };
    for level in [0.0, 0.5, 1.0] {
        let reversed = ReversedSde::of(Correlated, &score).with_noise(level).unwrap();
        let end = |steps: usize| {
            let mut noise = Fresh::default();
            let start = noise.draw(&marginal(1.0));
            solve(&EulerMaruyama, &reversed, &Times::uniform(1.0, 0.0, steps).unwrap(), start, &mut noise).law()
        };
        let laws = [256, 362, 512].map(|n| (n, end(n)));
        for (what, error) in [
            ("mean", Gaussian::mean_error as fn(&Gaussian, &Gaussian) -> f64),
            ("covariance", Gaussian::covariance_error),
        ] {
            let errors: Vec<_> = laws.iter().map(|(n, law)| (*n, error(law, &marginal(0.0)))).collect();
            assert!(errors[2].1 < 0.02, "{what} at level {level}: {errors:?}");
            Slope::fit(errors).assert(&format!("{what} at noise level {level}"), 1.0, 0.1);
        }
    }
}

/// Mean `m e^{-theta t}`, covariance `C e^{-2 theta t} + G G^T (1 - e^{-2 theta t}) / (2 theta)`.
fn marginal(t: f64) -> Gaussian {
    let keep = (-THETA * t).exp();
    let added = (1.0 - keep * keep) / (2.0 * THETA);
    let data = array![[0.5, 0.1], [0.1, 0.3]];
    Gaussian { mean: array![0.8, -0.4] * keep, covariance: data * (keep * keep) + matrix().dot(&matrix().t()) * added }
}

fn matrix() -> Array2<f64> {
    array![[0.9, 0.0], [0.6, 0.5]]
}

fn inverse(m: &Array2<f64>) -> Array2<f64> {
    let determinant = m[[0, 0]] * m[[1, 1]] - m[[0, 1]] * m[[1, 0]];
    array![[m[[1, 1]], -m[[0, 1]]], [-m[[1, 0]], m[[0, 0]]]] / determinant
}
