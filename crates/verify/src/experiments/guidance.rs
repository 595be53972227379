//! Guided, corrected, conditioned and interpolated: what is drawn, against what would be wanted.

use ito_noise::{SampleNoise, Stream};
use ito_samplers::conditional::{Mask, Posterior};
use ito_samplers::guidance::Guided;
use ito_samplers::inversion::interpolate;
use ito_samplers::particles::{FeynmanKac, Particles, Resample};
use ito_samplers::{Denoiser, Name, sample};
use ito_schedules::{Edm, Grid, Level, Path, Straight};
use ito_state::Noise;
use ito_testkit::{Fresh, Gaussian, GaussianData, LinearForm, MixtureNd, largest};
use ndarray::{Array1, Array2, array};

use crate::{Claim, Context, Errors, Experiment, Findings, Plot};

pub const EXPERIMENTS: &[Experiment] = &[
    Experiment {
        name: "guided-laws",
        title: "Guided samplers reach their own laws, and not the tilted one",
        theory: &[4, 26],
        faults: &[],
        run: guided_laws,
    },
    Experiment {
        name: "corrected-particles",
        title: "Feynman-Kac weights reach the tilted law and its normaliser",
        theory: &[4, 26],
        faults: &[],
        run: corrected_particles,
    },
    Experiment {
        name: "posterior-guidance",
        title: "The posterior of Gaussian data given a measurement",
        theory: &[4, 34],
        faults: &[],
        run: posterior,
    },
    Experiment {
        name: "interpolation",
        title: "From one datum to another through the latent of the flow",
        theory: &[4, 5],
        faults: &[],
        run: interpolation,
    },
];

const SEED: u64 = 29;

/// Conditional N(1, 0.5^2), unconditional N(0, 1); at weight 2 the tilted law is N(8/7, 1/7).
fn models() -> [GaussianData; 2] {
    [GaussianData::new(&[1.0], &[0.25], 0.0), GaussianData::new(&[0.0], &[1.0], 0.0)]
}

const TILTED: (f64, f64) = (8.0 / 7.0, 0.377_964_473_009_227_2);

/// From `sigma = 80` to data on Karras et al.'s grid. The exact guided laws are integrals, here to three digits: the flow's 1.374, 0.250,
/// the SDE's 1.250, 0.331.
fn guided_laws(_: &Context) -> Findings {
    let path = Edm::default();
    let grid = Grid::karras(&path, 0.002, 80.0, 7.0, 512).unwrap();
    let end = |name: Name, weight: f64| {
        let [conditional, unconditional] = models();
        let model = Guided::classifier_free(conditional, unconditional, weight).unwrap();
        let mut noise = Fresh::default();
        let x: LinearForm = noise.draw(&Gaussian::isotropic(1, 80.0));
        let mut sampler = name.build_linear().unwrap();
        let law = sample(&model, &path, &grid, sampler.as_mut(), x, &mut noise, &mut |_, _, _| {}).unwrap().law();
        (law.mean[0], law.covariance[[0, 0]].sqrt())
    };
    let mut found = Findings::default();
    for name in [Name::Heun, Name::Dpmpp2m, Name::Edm, Name::DpmppSde, Name::Dpmpp2mSde, Name::TunableNoise] {
        let own = if name.order().noise { (1.250, 0.331) } else { (1.374, 0.250) };
        let (mean, deviation) = end(name, 2.0);
        found.claim(Claim::within(format!("{name}, weight 2: mean"), mean, own.0, 1e-3));
        found.claim(Claim::within(format!("{name}, weight 2: deviation"), deviation, own.1, 1e-3));
        let off = (mean - TILTED.0).hypot(deviation - TILTED.1);
        found.claim(Claim::at_least(format!("{name}, weight 2: distance from the tilted law"), off, 0.1));
        let (mean, deviation) = end(name, 1.0);
        // Of the exact process, which started without the conditional mean.
        let (start, top, bottom) = (Gaussian::isotropic(1, 80.0), grid.levels()[0], Level::DATA);
        let [alone, _] = models();
        let exact =
            if name.order().noise { alone.reverse(&start, top, bottom) } else { alone.flow(&start, top, bottom) };
        let off = (mean - exact.mean[0]).hypot(deviation - exact.covariance[[0, 0]].sqrt());
        found.claim(Claim::at_most(format!("{name}, weight 1: distance from the conditional law"), off, 1e-3));
    }
    found
}

/// 64 groups of 250 particles on 256 steps from pure noise. The weights are of order 1 in the step: 2.5 over the steps is allowed for the
/// moments and 3.5 for the normaliser, besides the error of the draws.
fn corrected_particles(_: &Context) -> Findings {
    const STEPS: usize = 256;
    let (groups, size) = (64, 250);
    let [conditional, unconditional] = models();
    let mut levels = vec![Straight.at(1.0)];
    levels.extend(Grid::uniform_log_snr(&Straight, -8.0, 10.0, STEPS).unwrap().levels());
    levels.push(Level::DATA);
    let grid = Grid::new(levels).unwrap();
    let mut noise = SampleNoise::consecutive(Stream::new(SEED, "verify/particles"), 0, groups * size);
    let start: Array2<f64> = noise.normal_like(&Array2::zeros((groups * size, 1)));
    let sampler =
        FeynmanKac::new(vec![(2.0, conditional), (-1.0, unconditional)], 1.0, Resample::Below(0.5), groups).unwrap();
    let end = sampler.sample(&grid, Particles::equal(start), &mut noise).unwrap();
    let (x, weights) = (&end.particles.x, end.particles.weights());
    // Mean of `value` with the error of the ratio of sums, over the groups, which never meet.
    let moment = |value: &dyn Fn(f64) -> f64| {
        let mean: f64 = weights.iter().enumerate().map(|(row, w)| w * value(x[[row, 0]])).sum();
        let off = |g: usize| {
            (size * g..size * (g + 1)).map(|row| weights[row] * (value(x[[row, 0]]) - mean)).sum::<f64>().powi(2)
        };
        (mean, (0..groups).map(off).sum::<f64>().sqrt())
    };
    let mut found = Findings::default();
    // Student's t with 63 degrees of freedom is beyond 5.5 at a rate below 1e-6.
    let mut near = |name: &str, (measured, error): (f64, f64), exact: f64, bias: f64| {
        let tolerance = 5.5 * error + bias / STEPS as f64;
        found.claim(Claim::within(name, measured, exact, tolerance).seed(SEED));
    };
    near("mean", moment(&|x| x), TILTED.0, 2.5);
    near("variance", moment(&|x| (x - TILTED.0).powi(2)), TILTED.1.powi(2), 2.5);
    // int p_c^2/p_u of N(1, 0.5^2) and N(0, 1): 4 / (sqrt 7) exp(-4 + 32/7).
    let exact = (4.0 / 7.0_f64.sqrt()).ln() - 4.0 + 32.0 / 7.0;
    near("logarithm of the normaliser", (end.log_normaliser.value, end.log_normaliser.error), exact, 3.5);
    let (mean, error) = moment(&|x| x);
    found.claim(Claim::at_most("standard error of the mean", error, 0.01).seed(SEED));
    found.claim(
        Claim::at_least("mean's distance from that of the guided SDE, 1.250", (mean - 1.25).abs(), 0.05).seed(SEED),
    );
    found
}

/// Two turned dimensions of which the first is measured as 1.1 with noise of deviation 0.3: the estimate at every level, then the
/// points that Heun's method draws.
fn posterior(_: &Context) -> Findings {
    let data = GaussianData::new(&[0.7, -0.4], &[0.8, 0.25], 0.6);
    let (measured, tau) = (1.1, 0.3);
    let law = given(&data, measured, tau);
    let rows = 3;
    let mask = Mask::new(Array2::from_shape_fn((rows, 2), |(_, k)| if k == 0 { 1.0 } else { 0.0 }));
    let y = Array2::from_shape_fn((rows, 2), |(_, k)| if k == 0 { measured } else { 0.0 });
    let model = Posterior::new(&data, mask, y, tau).unwrap().solved_to(1e-12, 50).unwrap();
    let x = array![[0.0, 0.0], [1.0, -1.0], [-2.0, 0.5]];
    let exact = MixtureNd::new(vec![(1.0, law.clone())]);
    let mut found = Findings::default();
    for t in [0.95, 0.5, 0.1] {
        let level = Straight.at(t);
        let estimate = model.denoise(&x, &[level]);
        let off = |row: usize| {
            let (exact, _) = exact.denoised(&x.row(row).to_owned(), level);
            largest((&estimate.row(row) - &exact).iter().map(|e| e.abs()))
        };
        let worst = largest((0..rows).map(off));
        found.claim(Claim::at_most(format!("t = {t}: largest error of the estimate"), worst, 1e-10));
    }
    // The flow is affine: three points tell the law it makes of N(0, sigma^2), with little of the data in it at first.
    let points = array![[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]];
    let errors = [24, 34, 48, 68].map(|steps| {
        let grid = Grid::uniform_log_snr(&Straight, -14.0, 8.0, steps).unwrap();
        let (from, to) = (grid.levels()[0], grid.levels()[steps]);
        let mut noise = SampleNoise::consecutive(Stream::new(SEED, "unused"), 0, rows);
        let (mut sampler, start) = (Name::Heun.build(), &points * from.sigma);
        let x = sample(&model, &Straight, &grid, sampler.as_mut(), start, &mut noise, &mut |_, _, _| {}).unwrap();
        let (law, wanted) = (affine(&x), exact.marginal(to).moments());
        (1.0 / steps as f64, law.mean_error(&wanted) + law.covariance_error(&wanted))
    });
    let errors = Errors::new("Heun", errors, 2.0);
    found.claim(Claim::at_most("Heun, 68 steps: error of the posterior law", errors.points[3].1, 2e-3));
    found.plot(Plot::orders("Error of the posterior law (h = 1/steps)", vec![errors]));
    found
}

/// The law of points whose starts were the origin and the unit vectors.
fn affine(x: &Array2<f64>) -> Gaussian {
    let mean = x.row(0).to_owned();
    let columns = Array2::from_shape_fn((2, 2), |(i, k)| x[[k + 1, i]] - mean[i]);
    Gaussian { covariance: columns.dot(&columns.t()), mean }
}

/// Bayes' rule for the first entry, measured with noise.
fn given(data: &GaussianData, measured: f64, tau: f64) -> Gaussian {
    let Gaussian { mean, covariance } = data.marginal(Level::DATA);
    let column = covariance.column(0).to_owned();
    let total = column[0] + tau * tau;
    let outer = Array2::from_shape_fn((2, 2), |(i, j)| column[i] * column[j] / total);
    Gaussian { mean: mean.clone() + &column * ((measured - mean[0]) / total), covariance: covariance - outer }
}

/// Between two data of a round law: the ends come back at the order of the sampler, and the middle frame is as far from the mean as
/// they are.
fn interpolation(_: &Context) -> Findings {
    let data = GaussianData::new(&[0.2, -0.1], &[0.36, 0.36], 0.0);
    let (a, b) = (array![[0.8, -0.1]], array![[0.2, 0.5]]);
    let frames = |steps: usize| {
        let grid = Grid::uniform_log_snr(&Straight, -10.0, 8.0, steps).unwrap();
        let mut build = || Name::Heun.build();
        interpolate(&data, &Straight, &grid, &mut build, a.clone(), b.clone(), 5).unwrap()
    };
    let apart = |x: &Array2<f64>, y: &Array2<f64>| (x - y).mapv(|d| d * d).sum().sqrt();
    let ends = |steps: usize| {
        let frames = frames(steps);
        apart(&frames[0], &a) + apart(&frames[4], &b)
    };
    let mut found = Findings::default();
    found.claim(Claim::at_most("distance of the ends from the data, 64 steps", ends(64), 1e-3));
    found.claim(Claim::at_least("the same at 32 steps over that at 64", ends(32) / ends(64), 3.5));
    let frames = frames(256);
    let centre: Array1<f64> = data.mean().clone();
    for (k, frame) in frames.iter().enumerate() {
        let radius = (&frame.row(0) - &centre).mapv(|d| d * d).sum().sqrt();
        found.claim(Claim::within(format!("frame {k}: distance from the mean"), radius, 0.6, 5e-3));
    }
    found
}
