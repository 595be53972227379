//! Correctors and annealed Langevin dynamics: stationary laws in closed form on Gaussian data.

use ito_noise::{SampleNoise, Stream};
use ito_samplers::{
    Ancestral, AnnealedLangevin, Corrector, Denoiser, EulerMaruyama, FixedLangevin, PredictorCorrector,
    ReverseDiffusion, Sampler, SnrLangevin, Step,
};
use ito_schedules::{Grid, Level, Path, Straight};
use ito_state::Noise;
use ito_testkit::{Gaussian, GaussianData};
use ndarray::{Array2, array, s};

use crate::common::{data, law, paths, start};

/// Many small corrections after one step of any predictor: nothing is left of the start, the bias of the step is `v / (1 - c sigma^2
/// / (2v))`, and both mean and variance are those of the level the step went to. A corrector that runs before the predictor, at the
/// level before, fails here.
#[test]
fn a_predictor_and_corrector_end_in_the_known_law_of_the_level_they_reach() {
    for (name, path) in paths() {
        let grid = Grid::uniform(path.as_ref(), 0.8, 0.4, 2).unwrap();
        for share in [0.3, 0.8] {
            let corrector = FixedLangevin::new(share, 400).unwrap();
            let samplers: [Box<dyn Sampler<_>>; 3] = [
                Box::new(PredictorCorrector::new(Ancestral, corrector)),
                Box::new(PredictorCorrector::new(ReverseDiffusion, corrector)),
                Box::new(PredictorCorrector::new(EulerMaruyama, corrector)),
            ];
            for mut sampler in samplers {
                let made = law(&data(), path.as_ref(), &grid, sampler.as_mut(), &start(grid.levels()[0]));
                stationary(&made, grid.levels()[2], share, name);
            }
        }
    }
}

/// `eps = 2 share s_last^2`.
#[test]
fn annealed_langevin_ends_in_its_known_law_at_every_level() {
    for (name, path) in paths() {
        let grid = Grid::uniform(path.as_ref(), 1.0, 0.4, 3).unwrap();
        let last = grid.levels()[3].noise_to_signal();
        let mut sampler = AnnealedLangevin::new(0.6 * last * last, last, 400).unwrap();
        let made = law(&data(), path.as_ref(), &grid, &mut sampler, &start(grid.levels()[0]));
        stationary(&made, grid.levels()[3], 0.3, name);
    }
}

/// One Langevin step at the second level: first `y = x/alpha` is kept, then `y + (eps_s/2) score + sqrt(eps_s) z`.
#[test]
fn annealed_langevin_keeps_its_own_scaling_between_levels() {
    let datum = GaussianData::new(&[2.0], &[1e-30], 0.0);
    let grid = Grid::uniform(&Straight, 0.5, 0.2, 1).unwrap();
    let (eps, s) = (0.03, 0.25);
    let mut sampler = AnnealedLangevin::new(eps, 0.25, 1).unwrap();
    let made = law(&datum, &Straight, &grid, &mut sampler, &Gaussian { mean: array![3.0], covariance: array![[0.0]] });
    // y = 6 at the start, the score is (2 - y) / s^2, and x = 0.8 y.
    let (mean, variance) = (0.8 * (6.0 + 0.5 * eps * (2.0 - 6.0) / (s * s)), 0.64 * eps);
    assert!((made.mean[0] - mean).abs() < 1e-13 && (made.covariance[[0, 0]] - variance).abs() < 1e-13, "{made:?}");
}

#[test]
fn corrections_mend_a_coarse_predictor() {
    for (name, path) in paths() {
        let grid = Grid::uniform(path.as_ref(), 0.95, 0.05, 16).unwrap();
        let start = start(grid.levels()[0]);
        let exact = data().marginal(grid.levels()[16]);
        let error =
            |sampler: &mut dyn Sampler<_>| law(&data(), path.as_ref(), &grid, sampler, &start).covariance_error(&exact);
        let [alone, mended] = [0, 1].map(|corrected| match corrected {
            0 => error(&mut ReverseDiffusion),
            _ => error(&mut PredictorCorrector::new(ReverseDiffusion, FixedLangevin::new(0.05, 3).unwrap())),
        });
        assert!(mended < alone, "{name}: {mended} {alone}");
    }
}

/// The formula re-computed number by number, for three rows of different length and one where the score vanishes.
#[test]
fn a_snr_step_is_the_papers_row_by_row() {
    for (name, path) in paths() {
        let (from, to) = (path.at(0.6), path.at(0.5));
        let still = data().mean() * to.alpha;
        let x = array![[0.3, -0.2], [5.0, 4.0], [still[0], still[1]], [-0.4, 0.9]];
        let mut corrector = SnrLangevin::new(0.16, 1).unwrap();
        let made = corrector.correct(&step(path.as_ref(), from, to), &x, &mut noise(0, 4));
        let z = noise(0, 4).normal_like(&x);
        let score = (data().denoise(&x, &[to]) * to.alpha - &x) / to.sigma.powi(2);
        for k in [0, 1, 3] {
            let norm = |v: &Array2<f64>| v.row(k).dot(&v.row(k)).sqrt();
            let a = (from.alpha / to.alpha).powi(2);
            let eps = 2.0 * a * (0.16 * norm(&z) / norm(&score)).powi(2);
            let expected = &x.row(k) + &(&score.row(k) * eps) + &(&z.row(k) * (2.0 * eps).sqrt());
            let error = ito_testkit::largest((&made.row(k) - &expected).iter().map(|d: &f64| d.abs()));
            assert!(error < 1e-13, "{name}, row {k}: {made} {expected}");
        }
        assert!(made.row(2).iter().all(|v| v.is_finite()), "{name}: {made}");
    }
}

#[test]
fn a_snr_correction_does_not_depend_on_the_batch() {
    let x = Array2::from_shape_fn((9, 1), |(k, _)| 0.7 * k as f64 - 2.0);
    let model = GaussianData::new(&[0.7], &[0.8], 0.0);
    let (from, to) = (Straight.at(0.6), Straight.at(0.5));
    let at = Step { model: &model, path: &Straight, from, to };
    let rows = |first: usize, count: usize| {
        let x = x.slice(s![first..first + count, ..]).to_owned();
        SnrLangevin::new(0.16, 3).unwrap().correct(&at, &x, &mut noise(first as u64, count))
    };
    assert_eq!(rows(4, 2), rows(0, 9).slice(s![4..6, ..]));
}

/// In many dimensions both norms hardly vary: with data `N(m, 1)` on a path of variance `v` the step is `2 a r^2 v` and the law
/// `v / (1 - a r^2)`. Two-sided at 6 standard errors of the mean and of the variance of 100 x 400 about normal numbers: a false
/// alarm in 1e8 seeds, and the seed is fixed. What the norms' variation adds is of the order `1/400`.
#[test]
fn snr_corrections_in_many_dimensions_keep_the_law_up_to_the_size_of_their_step() {
    let data = Normal;
    let (from, to) = (Straight.at(0.501), Straight.at(0.5));
    let v = to.alpha.powi(2) + to.sigma.powi(2);
    let mut noise = noise(0, 100);
    let x = noise.normal_like(&Array2::zeros((100, 400))) * to.sigma;
    let at = Step { model: &data, path: &Straight, from, to };
    let x = SnrLangevin::new(0.16, 200).unwrap().correct(&at, &x, &mut noise);
    let a = (from.alpha / to.alpha).powi(2);
    let expected = v / (1.0 - a * 0.16 * 0.16);
    let (mean, variance) = (x.mean().unwrap(), x.var(1.0));
    assert!((mean - 0.7 * to.alpha).abs() < 6.0 * (v / 4e4).sqrt(), "{mean}");
    assert!((variance / expected - 1.0).abs() < 6.0 * (2.0_f64 / 4e4).sqrt() + 2.0 / 400.0, "{variance} {expected}");
}

/// Along each principal axis the mean of the marginal, and `v / (1 - c sigma^2 / (2v))` of its variance.
fn stationary(made: &Gaussian, at: Level, share: f64, name: &str) {
    let marginal = data().marginal(at);
    assert!(made.mean_error(&marginal) < 1e-12, "{name}: {made:?} {marginal:?}");
    for (axis, _) in data().axes() {
        let v = marginal.deviation_along(&axis).powi(2);
        let expected = v / (1.0 - share * at.sigma.powi(2) / (2.0 * v));
        let found = made.deviation_along(&axis).powi(2);
        assert!((found / expected - 1.0).abs() < 1e-11, "{name}: {found} {expected}");
    }
}

/// `E[x0 | x]` for independent entries `N(0.7, 1)`.
struct Normal;

impl Denoiser<Array2<f64>> for Normal {
    fn denoise(&self, x: &Array2<f64>, at: &[Level]) -> Array2<f64> {
        let Level { alpha, sigma, .. } = at[0];
        x.mapv(|x| 0.7 + alpha / (alpha * alpha + sigma * sigma) * (x - 0.7 * alpha))
    }
}

fn step(path: &dyn Path, from: Level, to: Level) -> Step<'_, Array2<f64>> {
    static DATA: std::sync::LazyLock<GaussianData> = std::sync::LazyLock::new(data);
    Step { model: &*DATA, path, from, to }
}

fn noise(first: u64, rows: usize) -> SampleNoise {
    SampleNoise::consecutive(Stream::new(5, "test/langevin"), first, rows)
}
