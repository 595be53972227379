//! What a multistep sampler integrates exactly.

use ito_samplers::{Denoiser, Dpmpp2mSde, Dpmpp3mSde, Sampler, SecondOrder, Step};
use ito_schedules::{Level, Path, VpLinear};
use ito_testkit::{Fresh, Gaussian, LinearForm, integrate};
use ndarray::{Array2, array};

/// Of the peers' formulas for three steps some take half of the last term, and fail here.
#[test]
fn three_steps_integrate_a_parabola_and_two_a_line_exactly() {
    check(&mut Dpmpp2mSde::new(SecondOrder::Heun), 2, [0.3, -0.7, 0.0]);
    check(&mut Dpmpp3mSde::new(), 2, [0.3, -0.7, 0.0]);
    check(&mut Dpmpp3mSde::new(), 3, [0.3, -0.7, 0.4]);
}

/// With the estimate a polynomial in `u = ln(alpha/sigma)` and `U = (alpha/sigma^2) x`, the mean of `U' - U` is its integral over
/// `e^(2u)`: for the last of so many uneven steps, none of them
/// twice as long as the one before.
fn check(sampler: &mut dyn Sampler<LinearForm>, steps: usize, [a, b, c]: [f64; 3]) {
    let path = VpLinear::default();
    let model = Known(|u: f64| a + b * u + c * u * u);
    let log_snrs = [-3.0, -1.6, -0.6, 1.2];
    let mut noise = Fresh::default();
    let mut x = noise.draw(&Gaussian::isotropic(1, 1.0));
    for pair in log_snrs.windows(2).take(steps) {
        let [from, to] = [0, 1].map(|k| path.at_log_snr(pair[k]));
        let stepped = sampler.step(&Step { model: &model, path: &path, from, to }, &x, &mut noise).unwrap();
        let scaled = |x: &LinearForm, at: Level| x.law().mean[0] * at.alpha / at.sigma.powi(2);
        let gained = scaled(&stepped, to) - scaled(&x, from);
        let exact = integrate(|u| (model.0)(u) * 2.0 * (2.0 * u).exp(), pair[0] / 2.0, pair[1] / 2.0, 50);
        if pair[0] == log_snrs[steps - 1] {
            assert!((gained - exact).abs() < 1e-12, "{steps}: {gained} {exact}");
        }
        x = stepped;
    }
}

/// An estimate that depends on the level alone.
struct Known<F>(F);

impl<F: Fn(f64) -> f64> Denoiser<LinearForm> for Known<F> {
    fn denoise(&self, x: &LinearForm, at: &[Level]) -> LinearForm {
        x.affine(&Array2::zeros((1, 1)), &array![(self.0)(at[0].log_snr() / 2.0)])
    }
}
