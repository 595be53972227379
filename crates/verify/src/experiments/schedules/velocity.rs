//! The conditional velocity that flow matching regresses on.

use ito_schedules::{Level, Path, Prediction, Straight, Trigonometric, VpCosine, VpLinear};
use ito_testkit::{Mixture, integrate, largest, normal_density};

use crate::{Claim, Context, Curve, Fault, Findings, Plot};

/// `alpha' x0 + sigma' eps` is the slope of `x` along the path of one datum and one noise, and its mean given `x` is the marginal field
/// `(sigma'/sigma) x + (alpha' - alpha sigma'/sigma) E[x0 | x]`, here that of a mixture by quadrature over the datum.
///
/// The misprint, in its paper's time from noise to data `(x1 - (1 - s) x0) / (1 - (1 - s) t)` with `x0` the noise where `x_t` belongs, is
/// that of the straight path with `s = 0`: too large by `1/(1 - t)`, here by 1 over the time.
pub fn velocity_target(context: &Context) -> Findings {
    let paths: [(&str, &dyn Path); 4] = [
        ("straight", &Straight),
        ("VP linear", &VpLinear::default()),
        ("VP cosine", &VpCosine::default()),
        ("trigonometric", &Trigonometric::default()),
    ];
    let planted = context.planted(Fault::CfmTarget);
    let mut found = Findings::default();
    for (name, path) in paths {
        let target = |t: f64, x0: f64, eps: f64| {
            let (a, b) = Prediction::Velocity.target(path.at(t), path.derivative(t));
            let wrong = if planted && name == "straight" { t.recip() } else { 1.0 };
            wrong * (a * x0 + b * eps)
        };
        let (mut slope, mut mean) = (0.0_f64, 0.0_f64);
        for t in [0.15, 0.4, 0.6, 0.85] {
            for (x0, eps) in [(-1.5, 0.4), (0.3, -1.2), (1.1, 2.0)] {
                let x = |t: f64| path.at(t).alpha * x0 + path.at(t).sigma * eps;
                let central = (x(t + 1e-5) - x(t - 1e-5)) / 2e-5;
                slope = largest([slope, (target(t, x0, eps) - central).abs()]);
                let x = x(t);
                let found = conditional_mean(path.at(t), x, &|x0, eps| target(t, x0, eps));
                mean = largest([mean, (found - field(path, t, x)).abs()]);
            }
        }
        found.claim(Claim::at_most(format!("{name}: largest error of the target as a slope"), slope, 1e-7));
        found.claim(Claim::at_most(format!("{name}: largest error of its mean given x as the field"), mean, 1e-9));
        if name == "straight" {
            let at = path.at(0.5);
            let by = |x: f64| conditional_mean(at, x, &|x0, eps| target(0.5, x0, eps));
            let curves = vec![
                Curve::function("field", -3.0, 3.0, |x| field(path, 0.5, x)),
                Curve::function("mean of the target", -3.0, 3.0, by),
            ];
            found.plot(Plot::curves(
                "Velocity of the straight path at t = 0.5, data of two modes",
                "x",
                "velocity",
                curves,
            ));
        }
    }
    found
}

fn data() -> Mixture {
    Mixture::two_modes()
}

fn field(path: &dyn Path, t: f64, x: f64) -> f64 {
    let (level, rate) = (path.at(t), path.derivative(t));
    let shrink = rate.sigma / level.sigma;
    shrink * x + (rate.alpha - level.alpha * shrink) * data().denoised(x, level).0
}

/// Over the data, weighted by their density and that of the noise which makes them `x`.
fn conditional_mean(at: Level, x: f64, value: &dyn Fn(f64, f64) -> f64) -> f64 {
    let data = data();
    let eps = |x0: f64| (x - at.alpha * x0) / at.sigma;
    let weight = |x0: f64| data.density(x0) * normal_density(eps(x0));
    let total = integrate(weight, -6.0, 6.0, 400);
    integrate(|x0| weight(x0) * value(x0, eps(x0)), -6.0, 6.0, 400) / total
}
