use std::f64::consts::{E, LN_2, PI};

use ito_samplers::likelihood::{BoundTerms, ChainBound, LikelihoodError, Pixels, ReverseVariance};
use ito_schedules::{Grid, LastStep, Level, Path, Straight, VpLinear};
use ito_sde::measure::{Estimate, NoisingChain};
use ito_testkit::{GaussianData, Slope, normal_cdf};
use ndarray::{Array1, Array2, Array4, array};

use crate::common::*;

const VARIANCES: [ReverseVariance; 2] = [ReverseVariance::Small, ReverseVariance::Large];

/// Of one point, over all patterns of signs as noise, which makes the means of squares exact: `E|x0 - D|^2` adds
/// `(1 - alpha g)^2 (x0 - m)^2 + g^2 sigma^2` an axis, `g = alpha s^2 / v`.
#[test]
fn every_term_has_its_closed_form_on_turned_gaussian_data() {
    let data = turned();
    for (name, path) in paths() {
        let grid = levels(path.as_ref(), 12);
        for variance in VARIANCES {
            for point in points().rows() {
                let x0 = point.to_owned();
                let rows = Array2::from_shape_fn((8, 3), |(_, k)| x0[k]);
                let bound = ChainBound::new(&grid, variance).unwrap().prior(1.3 * grid.levels()[0].sigma).unwrap();
                let terms = bound.continuous(&data, &rows, &mut Signs).unwrap();
                let first = grid.levels()[0];
                let p2 = (1.3 * first.sigma).powi(2);
                let signal = first.alpha.powi(2) * x0.dot(&x0);
                close(name, &terms.prior, 3.0 * divergence(first.sigma.powi(2), p2) + 0.5 * signal / p2);
                for (term, (from, to)) in terms.steps.iter().zip(grid.steps()) {
                    let step = Kernel::new(from, to, variance);
                    let exact = 3.0 * divergence(step.posterior, step.model)
                        + step.pull.powi(2) * mmse(&data, &x0, from) / (2.0 * step.model);
                    close(name, term, exact);
                }
                assert_eq!(terms.steps.len(), grid.len());
                let last = grid.levels()[grid.len()];
                let d = last.noise_to_signal().powi(2);
                close(name, &terms.decoder, 1.5 * (2.0 * PI * d).ln() + mmse(&data, &x0, last) / (2.0 * d));
            }
        }
    }
}

/// Over the data too, the gap to the entropy is a sum of divergences between the exact reverse kernels and the model's, of the same mean:
/// to 1e-10, and never below zero.
#[test]
fn the_gap_to_the_entropy_is_the_divergence_of_the_reverse_kernels() {
    for (name, path) in paths() {
        for variance in VARIANCES {
            for steps in [1, 2, 3, 20, 200] {
                let grid = levels(path.as_ref(), steps);
                let (found, exact) = (gap(&grid, variance), exact_gap(&grid, variance));
                assert!((found - exact.iter().sum::<f64>()).abs() < 1e-9, "{name}, {steps}: {found} {exact:?}");
                assert!(exact.iter().all(|part| *part >= 0.0), "{name}, {steps}: {exact:?}");
            }
        }
    }
}

/// What the prior and the decoder leave does not depend on the number of steps; the rest falls with order 1.
#[test]
fn the_steps_part_of_the_gap_closes_with_first_order() {
    for (name, path) in paths() {
        for variance in VARIANCES {
            let rest = |n: usize| {
                let grid = levels(path.as_ref(), n);
                let parts = exact_gap(&grid, variance);
                gap(&grid, variance) - parts[0] - parts[parts.len() - 1]
            };
            Slope::measure(rest).assert(&format!("{name}, {variance:?}"), 1.0, 0.05);
            assert!((0.0..0.05).contains(&rest(1024)), "{name}, {variance:?}: {}", rest(1024));
        }
    }
}

/// Both estimate the same bound, one from terms and one from whole paths: within 4.9 standard errors (false alarm 1e-6) at one point.
#[test]
fn it_agrees_with_the_bound_of_whole_paths() {
    let (data, rows) = (GaussianData::new(&[0.4], &[0.3], 0.0), 4000);
    let path = VpLinear::default();
    let grid = Grid::uniform(&path, 1.0, 0.1, 8).unwrap();
    let x0 = Array2::from_elem((rows, 1), 0.9);
    let terms = ChainBound::new(&grid, ReverseVariance::Small).unwrap();
    let terms = Estimate::mean(&terms.continuous(&data, &x0, &mut noise(rows)).unwrap().total()).unwrap();
    let rising: Vec<Level> = std::iter::once(Level::DATA).chain(grid.levels().iter().rev().copied()).collect();
    let chain = NoisingChain::through(&rising).unwrap();
    let reverse = |i: usize, x: &Array2<f64>| {
        let (from, to) = (rising[i], rising[i - 1]);
        let denoised = ito_samplers::Denoiser::denoise(&data, x, &[from]);
        if to.sigma == 0.0 {
            return (denoised, from.noise_to_signal().powi(2));
        }
        let kernel = Kernel::new(from, to, ReverseVariance::Small);
        (x * kernel.keep + denoised * kernel.pull, kernel.posterior)
    };
    let prior = |x: &Array2<f64>| {
        let deviation = grid.levels()[0].sigma;
        x.rows().into_iter().map(|row| log_prior(&row.to_owned(), deviation)).collect()
    };
    let mut other = ito_noise::SampleNoise::consecutive(ito_noise::Stream::new(12, "paths"), 0, rows);
    let whole = Estimate::mean(&chain.bound(&x0, reverse, prior, &mut other).unwrap()).unwrap();
    let error = terms.error.hypot(whole.error);
    assert!((terms.value + whole.value).abs() < 4.9 * error, "{terms:?} {whole:?}");
    assert!(terms.error < whole.error, "{terms:?} {whole:?}");
}

/// The decoder of pictures against plain differences of the distribution function, entry by entry, in all bins and both outermost ones.
#[test]
fn the_decoder_of_pictures_is_the_mass_of_every_bin() {
    let pixels = Pixels::new(8, -1.0, 1.0).unwrap();
    let data = GaussianData::new(&[0.2, -0.1], &[0.3, 0.1], 0.5);
    let level = |i: usize| -1.0 + i as f64 * pixels.width();
    let x0 = Array2::from_shape_fn((64, 2), |(row, k)| level(if k == 0 { row % 8 } else { row / 8 }));
    for t in [0.02, 0.2, 0.6] {
        let grid = Grid::uniform(&Straight, 1.0, t, 3).unwrap();
        let last = grid.levels()[3];
        let d = last.noise_to_signal();
        let bound = ChainBound::new(&grid, ReverseVariance::Large).unwrap();
        let terms = bound.pictures(&data, &x0, pixels, &mut Signs).unwrap();
        let z = ito_state::Noise::normal_like(&mut Signs, &x0);
        let mean = ito_samplers::Denoiser::denoise(&data, &(&x0 * last.alpha + &z * last.sigma), &[last]);
        for row in 0..64 {
            let bin = |k: usize| {
                let (x, half) = (x0[[row, k]], 0.5 * pixels.width());
                let above = if x > 1.0 - half { f64::INFINITY } else { (x + half - mean[[row, k]]) / d };
                let below = if x < -1.0 + half { f64::NEG_INFINITY } else { (x - half - mean[[row, k]]) / d };
                // In the tail where it is not one less a little.
                let mass = if below > 0.0 { cdf(-below) - cdf(-above) } else { cdf(above) - cdf(below) };
                -mass.ln()
            };
            let (exact, found) = (bin(0) + bin(1), terms.decoder[row]);
            assert!((found - exact).abs() < 1e-9 * exact.abs().max(1.0), "{t}, {row}: {found} {exact}");
        }
    }
}

/// Over all levels of one entry around one estimate the masses sum to 1: it is a law, so no picture costs fewer than 0 bits. Narrow bins and far
/// tails keep their digits.
#[test]
fn the_masses_of_all_levels_sum_to_one_and_fine_bins_tend_to_the_density() {
    let data = GaussianData::new(&[0.1], &[1e-20], 0.0);
    for (levels, scale) in [(2, 0.3), (16, 0.05), (256, 0.01), (256, 1.0)] {
        let pixels = Pixels::new(levels, -1.0, 1.0).unwrap();
        let at = Straight.at_log_snr(-2.0 * f64::ln(scale));
        let grid = Grid::uniform(&Straight, 1.0, at.t, 2).unwrap();
        let x0 = Array2::from_shape_fn((levels as usize, 1), |(i, _)| -1.0 + i as f64 * pixels.width());
        let bound = ChainBound::new(&grid, ReverseVariance::Small).unwrap();
        let terms = bound.pictures(&data, &x0, pixels, &mut Signs).unwrap();
        assert!(terms.decoder.iter().all(|nats| *nats > -1e-12 && nats.is_finite()), "{terms:?}");
        let sum: f64 = terms.decoder.iter().map(|nats| (-nats).exp()).sum();
        assert!((sum - 1.0).abs() < 1e-9, "{levels}, {scale}: {sum}");
    }
    // 2^20 levels: each bin has the density's mass, far out too, at 30 deviations.
    let pixels = Pixels::new(1 << 20, -40.0, 40.0).unwrap();
    let at = Straight.at_log_snr(0.0);
    let grid = Grid::uniform(&Straight, 1.0, at.t, 2).unwrap();
    let nearest = |x: f64| -40.0 + ((x + 40.0) / pixels.width()).round() * pixels.width();
    let x0 = array![[nearest(0.1)], [nearest(3.0)], [nearest(-30.0)]];
    let terms = ChainBound::new(&grid, ReverseVariance::Small).unwrap();
    let terms = terms.pictures(&data, &x0, pixels, &mut Signs).unwrap();
    for (nats, x0) in terms.decoder.iter().zip(&x0) {
        let exact = 0.5 * (x0 - 0.1).powi(2) + 0.5 * (2.0 * PI).ln() - pixels.width().ln();
        assert!((nats - exact).abs() < 1e-6, "{nats} {exact}");
    }
}

/// For any shape, in f32 too, and ended at data or at noise alike.
#[test]
fn pictures_of_any_shape_and_precision_have_the_same_bound() {
    let law = Entries(ito_testkit::Mixture::two_modes());
    let pixels = Pixels::new(256, -1.0, 1.0).unwrap();
    let x0 = Array4::from_shape_fn((3, 1, 2, 2), |(row, _, i, j)| -1.0 + (80 * row + 30 * i + 11 * j) as f64 / 127.5);
    let noisy = Grid::uniform(&Straight, 1.0, 0.02, 5).unwrap();
    let ended = noisy.clone().ending(LastStep::ToZero).unwrap();
    let bound = |grid: &Grid| ChainBound::new(grid, ReverseVariance::Small).unwrap();
    let wide: BoundTerms = bound(&noisy).pictures(&law, &x0, pixels, &mut noise(3)).unwrap();
    assert_eq!(wide, bound(&ended).pictures(&law, &x0, pixels, &mut noise(3)).unwrap());
    let single = bound(&noisy).pictures(&law, &x0.mapv(|v| v as f32), pixels, &mut noise(3)).unwrap();
    for (row, (wide, single)) in wide.total().iter().zip(single.total()).enumerate() {
        assert!((wide - single).abs() < 2e-4 * wide.abs(), "{wide} {single}");
        assert!(
            (wide / (4.0 * LN_2)
                - bound(&noisy).pictures(&law, &x0, pixels, &mut noise(3)).unwrap().bits_per_dim()[row])
                .abs()
                < 1e-12
        );
    }
}

/// Off by a little, by bytes that were not scaled, outside, and not a number; rounded to f32 they are levels still.
#[test]
fn pictures_that_are_not_made_of_levels_are_refused_with_their_row() {
    let (law, pixels) = (Entries(ito_testkit::Mixture::two_modes()), Pixels::new(256, -1.0, 1.0).unwrap());
    let bound = ChainBound::new(&Grid::uniform(&Straight, 1.0, 0.02, 5).unwrap(), ReverseVariance::Small).unwrap();
    let level = |i: f64| -1.0 + i * pixels.width();
    for bad in [0.5, 7.0, -3.0, 1.0 + pixels.width(), f64::NAN, f64::INFINITY] {
        let x0 = array![[level(0.0), level(255.0)], [level(128.0), bad]];
        let refused = bound.pictures(&law, &x0, pixels, &mut noise(2)).unwrap_err();
        assert_eq!(refused, LikelihoodError::NotLevels { row: 1, entries: 1, levels: 256 });
    }
    let told = "1 entries of row 1 are none of the 256 levels: pictures must be in the units of their levels";
    assert_eq!(LikelihoodError::NotLevels { row: 1, entries: 1, levels: 256 }.to_string(), told);
    let single = Array2::from_shape_fn((64, 4), |(i, j)| level((4 * i + j) as f64) as f32);
    assert!(bound.pictures(&law, &single, pixels, &mut noise(64)).is_ok());
}

#[test]
fn chains_without_data_and_data_that_are_not_finite_are_refused() {
    let grid = Grid::uniform(&Straight, 1.0, 0.0, 1).unwrap();
    let refused = ChainBound::new(&grid, ReverseVariance::Small).map(|_| ());
    assert_eq!(refused, Err(LikelihoodError::PureNoise { t: 1.0 }));
    let grid = Grid::uniform(&Straight, 1.0, 0.1, 4).unwrap();
    let bound = ChainBound::new(&grid, ReverseVariance::Small).unwrap();
    assert!(matches!(bound.clone().prior(0.0).map(|_| ()), Err(LikelihoodError::NotPositive { .. })));
    assert!(matches!(bound.clone().decoder_variance(-1.0).map(|_| ()), Err(LikelihoodError::NotPositive { .. })));
    let nan = array![[0.0], [f64::NAN]];
    let refused = bound.continuous(&GaussianData::new(&[0.0], &[1.0], 0.0), &nan, &mut Signs).unwrap_err();
    assert!(matches!(refused, LikelihoodError::NotFinite { row: 1, .. }), "{refused}");
}

/// From the noisiest level to log-SNR 9, uniform in log-SNR; without data on a path where noise is infinite.
fn levels(path: &dyn Path, steps: usize) -> Grid {
    let low = path.at(path.end()).log_snr().max(-12.0);
    Grid::uniform_log_snr(path, low, 9.0, steps).unwrap()
}

/// `q(x' | x, x0) = N(keep x + pull x0, posterior)` and the model's variance.
struct Kernel {
    keep: f64,
    pull: f64,
    posterior: f64,
    model: f64,
}

impl Kernel {
    fn new(from: Level, to: Level, variance: ReverseVariance) -> Kernel {
        let decay = from.alpha / to.alpha;
        let beta = from.sigma.powi(2) - (decay * to.sigma).powi(2);
        let posterior = beta * (to.sigma / from.sigma).powi(2);
        let keep = decay * (to.sigma / from.sigma).powi(2);
        let model = if variance == ReverseVariance::Small { posterior } else { beta };
        Kernel { keep, pull: to.alpha * beta / from.sigma.powi(2), posterior, model }
    }
}

/// `KL(N(0, a) || N(0, b))`.
fn divergence(a: f64, b: f64) -> f64 {
    0.5 * (a / b - 1.0 - (a / b).ln())
}

/// `E|x0 - D(alpha x0 + sigma z)|^2` at one point.
fn mmse(data: &GaussianData, x0: &Array1<f64>, at: Level) -> f64 {
    let off = x0 - data.mean();
    let axis = |(axis, s): (Array1<f64>, f64)| {
        let g = at.alpha * s * s / ((at.alpha * s).powi(2) + at.sigma.powi(2));
        ((1.0 - at.alpha * g) * axis.dot(&off)).powi(2) + (g * at.sigma).powi(2)
    };
    data.axes().map(axis).sum()
}

/// The bound over data of one deviation 0.6 around 0.3, less their entropy: two data that have the law's mean and variance.
fn gap(grid: &Grid, variance: ReverseVariance) -> f64 {
    let data = GaussianData::new(&[0.3], &[0.36], 0.0);
    let x0 = array![[0.9], [0.9], [-0.3], [-0.3]];
    let bound = ChainBound::new(grid, variance).unwrap();
    let total = bound.continuous(&data, &x0, &mut Signs).unwrap().total();
    total.iter().sum::<f64>() / 4.0 - 0.5 * (2.0 * PI * E * 0.36).ln()
}

/// `KL(q(x_T) || prior)`, of every step `KL` of the exact reverse kernel and the model's, that of the decoder.
fn exact_gap(grid: &Grid, variance: ReverseVariance) -> Vec<f64> {
    let (first, last) = (grid.levels()[0], grid.levels()[grid.len()]);
    let v = |at: Level| (at.alpha * 0.6).powi(2) + at.sigma.powi(2);
    // Of the data, given a noisy version.
    let left = |at: Level| 0.36 * at.sigma.powi(2) / v(at);
    let p2 = first.sigma.powi(2);
    let mut parts = vec![divergence(v(first), p2) + (0.3 * first.alpha).powi(2) / (2.0 * p2)];
    for (from, to) in grid.steps() {
        let kernel = Kernel::new(from, to, variance);
        parts.push(divergence(kernel.posterior + kernel.pull.powi(2) * left(from), kernel.model));
    }
    parts.push(divergence(left(last), last.noise_to_signal().powi(2)));
    parts
}

fn cdf(z: f64) -> f64 {
    match z {
        f64::INFINITY => 1.0,
        f64::NEG_INFINITY => 0.0,
        z => normal_cdf(z),
    }
}

fn close(claim: &str, rows: &[f64], exact: f64) {
    let mean = rows.iter().sum::<f64>() / rows.len() as f64;
    assert!((mean - exact).abs() < 1e-9 * exact.abs().max(1.0), "{claim}: {mean} {exact}");
}
