//! Schedules: pinned values of other people's tables, and paths that can be inverted.

use ito_schedules::{Path, Straight, VpCosine, VpLinear};
use ito_testkit::largest;

use crate::{Claim, Context, Curve, Experiment, Fault, Findings, Plot};

mod shifts;
mod velocity;

pub const EXPERIMENTS: &[Experiment] = &[
    Experiment {
        name: "cosine-betas",
        title: "The cosine schedule as DDPM's table of betas",
        theory: &[36],
        faults: &[Fault::CosineIntegerDivision],
        run: cosine_betas,
    },
    Experiment {
        name: "gaussian-paths",
        title: "Gaussian paths: known noise levels, and log-SNR inverted",
        theory: &[10, 28],
        faults: &[],
        run: gaussian_paths,
    },
    Experiment {
        name: "trailing-timesteps",
        title: "Trailing timesteps: as many as were asked for, and these",
        theory: &[36],
        faults: &[Fault::TrailingIntegerStride],
        run: shifts::trailing_timesteps,
    },
    Experiment {
        name: "resolution-shift",
        title: "The resolution shift, once",
        theory: &[10],
        faults: &[Fault::ShiftedTwice],
        run: shifts::resolution_shift,
    },
    Experiment {
        name: "velocity-target",
        title: "The target of flow matching, and its mean given the state",
        theory: &[10],
        faults: &[Fault::CfmTarget],
        run: velocity::velocity_target,
    },
    Experiment {
        name: "prior-mismatch",
        title: "How far a path's end is from the prior",
        theory: &[37],
        faults: &[],
        run: shifts::prior_mismatch,
    },
];

/// Steps of DDPM.
const STEPS: usize = 1000;

/// The betas of Nichol & Dhariwal 2021, arXiv:2102.09672, section 3.2, clipped at 0.999, with what three libraries ship:
/// `beta_i = min(1 - alpha_bar((i + 1)/T) / alpha_bar(i/T), 0.999)`, both numbers whole when they are divided.
fn betas_by_integer_division() -> Vec<f64> {
    let path = VpCosine::default();
    let alpha_bar = |i: usize| path.at((i / STEPS) as f64).alpha.powi(2);
    (0..STEPS).map(|i| (1.0 - alpha_bar(i + 1) / alpha_bar(i)).min(0.999)).collect()
}

/// The pinned values are those of the formula, evaluated with 40 digits apart from this code.
fn cosine_betas(context: &Context) -> Findings {
    let (betas, alpha_bars) = if context.planted(Fault::CosineIntegerDivision) {
        let betas = betas_by_integer_division();
        let product = |product: &mut f64, beta: &f64| {
            *product *= 1.0 - beta;
            Some(*product)
        };
        let alpha_bars = betas.iter().scan(1.0, product).collect();
        (betas, alpha_bars)
    } else {
        let table = VpCosine::default().table(STEPS).unwrap();
        (table.betas().to_vec(), table.alpha_bars())
    };
    let mut found = Findings::default();
    let count = |value: f64| betas.iter().filter(|beta| **beta == value).count() as f64;
    found.claim(Claim::within("betas that are 0", count(0.0), 0.0, 0.0));
    found.claim(Claim::within("betas that are clipped", count(0.999), 1.0, 0.0));
    // A beta is 1 minus a ratio, so its error is a few roundings of 1, whatever its size.
    for (i, pinned) in [(0, 4.12842248217778e-5), (499, 3.14588623047820e-3), (998, 7.49999392901162e-1)] {
        found.claim(Claim::within(format!("beta_{i}"), betas[i], pinned, 2e-15));
    }
    for (i, pinned) in [(499, 4.93843590440638e-1), (998, 2.42876690703447e-6), (999, 2.42876690703447e-9)] {
        found.claim(Claim::within(format!("alpha_bar_{i}"), alpha_bars[i], pinned, 2e-12 * pinned));
    }
    let against_step = |values: &[f64]| values.iter().enumerate().map(|(i, v)| (i as f64, *v)).collect::<Vec<_>>();
    let curves = vec![Curve::new("beta", against_step(&betas)), Curve::new("alpha bar", against_step(&alpha_bars))];
    found.plot(Plot::curves("The cosine table", "step i", "beta, alpha bar", curves).log_y());
    found
}

fn gaussian_paths(_: &Context) -> Findings {
    let mut found = Findings::default();
    // sqrt(exp(19.9 t^2 / 2 + 0.1 t) - 1): score_sde's VP as EDM writes it.
    for (t, sigma) in [(1e-5, 0.001000497627), (1e-3, 0.010485992787), (1.0, 152.166970283946)] {
        let measured = VpLinear::default().at(t).noise_to_signal();
        found.claim(Claim::within(format!("VP linear: sigma/alpha at t = {t}"), measured, sigma, 1e-9 * sigma));
    }
    let paths: [(&str, &dyn Path); 3] =
        [("straight", &Straight), ("VP linear", &VpLinear::default()), ("VP cosine", &VpCosine::default())];
    let times: Vec<f64> = (1..1000).map(|i| f64::from(i) / 1000.0).collect();
    let mut curves = Vec::new();
    for (name, path) in paths {
        let worst = |error: &dyn Fn(f64) -> f64| largest(times.iter().map(|t| error(*t)));
        let back = |t: f64| (path.at_log_snr(path.at(t).log_snr()).t - t).abs();
        found.claim(Claim::at_most(format!("{name}: largest error of t from its log-SNR"), worst(&back), 1e-12));
        found.claim(Claim::at_most(
            format!("{name}: largest defect of the SDE's variance"),
            worst(&|t| defect(path, t)),
            1e-5,
        ));
        curves.push(Curve::new(name, times.iter().map(|t| (*t, path.at(*t).log_snr())).collect::<Vec<_>>()));
    }
    found.plot(Plot::curves("Log-SNR of the paths", "t", "log-SNR", curves));
    found
}

/// How far `(sigma^2/alpha^2)' = g^2/alpha^2` is off, relative to its size, the left side by a central difference: what the
/// forward SDE `dX = (alpha'/alpha) X dt + g dW` needs for the variance of the path.
fn defect(path: &dyn Path, t: f64) -> f64 {
    let step = 1e-4 * t.min(1.0 - t);
    let clock = |t: f64| path.at(t).noise_to_signal().powi(2);
    let rate = path.noise_rate(t) / path.at(t).alpha.powi(2);
    ((clock(t + step) - clock(t - step)) / (2.0 * step) / rate - 1.0).abs()
}
