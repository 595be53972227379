//! A model trained under one path, sampled under another.

use ito_samplers::{Ddim, Denoiser, Heun, Pullback, Rescaled, sample};
use ito_schedules::{Edm, Grid, Level, Path, Straight, SubVp, Ve, VpCosine, VpLinear};
use ito_testkit::{Fresh, GaussianData, LinearForm};
use ndarray::{Array2, array};

fn data() -> GaussianData {
    GaussianData::new(&[0.7, -1.2], &[0.25, 1.5], 0.4)
}

/// The exact denoiser of Gaussian data, but only for levels of one path: any other is told by its `alpha`.
struct Trained<'a> {
    data: GaussianData,
    path: &'a dyn Path,
}

impl Trained<'_> {
    fn shown(&self, at: &[Level]) {
        for level in at {
            let there = self.path.at(level.t);
            let same =
                (there.alpha - level.alpha).abs() < 1e-9 && (there.sigma - level.sigma).abs() < 1e-9 * there.sigma;
            assert!(same, "{level:?} is not on the path the model was trained under: {there:?}");
        }
    }
}

impl<X> Denoiser<X> for Trained<'_>
where
    GaussianData: Denoiser<X>,
{
    fn denoise(&self, x: &X, at: &[Level]) -> X {
        self.shown(at);
        self.data.denoise(x, at)
    }
}

fn paths() -> [Box<dyn Path>; 6] {
    [
        Box::new(Straight),
        Box::new(VpLinear::default()),
        Box::new(VpCosine::default()),
        Box::new(SubVp::default()),
        Box::new(Ve::default()),
        Box::new(Edm::default()),
    ]
}

/// All 36 pairs: the law of what is drawn is that of the model trained under the path itself.
#[test]
fn a_model_trained_under_any_path_samples_under_any_other() {
    for (trained, path) in paths().iter().flat_map(|a| paths().map(|b| (a, b))) {
        let grid = Grid::uniform_log_snr(path.as_ref(), -7.0, 7.0, 16).unwrap();
        let model = Trained { data: data(), path: trained.as_ref() };
        let rescaled = Rescaled::new(&model, trained.as_ref(), &grid).unwrap();
        let draw = |model: &dyn Denoiser<LinearForm>| {
            let mut fresh = Fresh::default();
            let start = fresh.draw(&data().marginal(grid.levels()[0]));
            sample(model, path.as_ref(), &grid, &mut Heun, start, &mut fresh, &mut |_, _, _| {}).unwrap().law()
        };
        let (found, expected) = (draw(&rescaled), draw(&data()));
        assert!(found.mean_error(&expected) < 1e-9 && found.covariance_error(&expected) < 1e-9);
    }
}

/// Karras et al.'s remark: DDIM is one sampler for all paths. Trained and sampled on the VP path, or on EDM's, to data.
#[test]
fn pure_noise_and_the_step_to_data_are_ordinary() {
    let (cosine, grid) = (VpCosine::default(), Grid::uniform(&Straight, 1.0, 0.0, 8).unwrap());
    let model = Trained { data: data(), path: &cosine };
    let rescaled = Rescaled::new(&model, &cosine, &grid).unwrap();
    let mut fresh = Fresh::default();
    let start = fresh.draw(&data().marginal(Straight.at(1.0)));
    let law = sample(&rescaled, &Straight, &grid, &mut Ddim, start, &mut fresh, &mut |_, _, _| {}).unwrap().law();
    let mut fresh = Fresh::default();
    let start = fresh.draw(&data().marginal(Straight.at(1.0)));
    let expected = sample(&data(), &Straight, &grid, &mut Ddim, start, &mut fresh, &mut |_, _, _| {}).unwrap().law();
    assert!(law.mean_error(&expected) < 1e-12 && law.covariance_error(&expected) < 1e-12);
}

/// `E[x0 | x]` of N(1, 0.5^2), and its slope, with a level a row or one for all.
struct Normal;

impl Pullback<Array2<f64>> for Normal {
    fn pullback(&self, x: &Array2<f64>, at: &[Level], v: &Array2<f64>) -> (Array2<f64>, Array2<f64>) {
        let level = |row: usize| at[row.min(at.len() - 1)];
        let gain = |l: Level| 0.25 * l.alpha / (0.25 * l.alpha * l.alpha + l.sigma * l.sigma);
        let denoised = Array2::from_shape_fn(x.dim(), |(i, j)| 1.0 + gain(level(i)) * (x[(i, j)] - level(i).alpha));
        (denoised, Array2::from_shape_fn(x.dim(), |(i, j)| gain(level(i)) * v[(i, j)]))
    }
}

impl Denoiser<Array2<f64>> for Normal {
    fn denoise(&self, x: &Array2<f64>, at: &[Level]) -> Array2<f64> {
        self.pullback(x, at, x).0
    }
}

/// One level a row, and the derivative's product.
#[test]
fn rows_at_their_own_levels_and_the_pullback_are_those_of_the_path() {
    let (trained, path) = (Edm::default(), VpLinear::default());
    let grid = Grid::uniform(&path, 0.85, 0.0, 4).unwrap();
    let rescaled = Rescaled::new(Normal, &trained, &grid).unwrap();
    let x: Array2<f64> = array![[0.3, -2.0], [1.1, 0.4], [-0.6, 0.9]];
    let v = array![[1.0, 0.5], [-0.2, 2.0], [0.7, -1.0]];
    for levels in [vec![path.at(0.4)], vec![path.at(0.1), path.at(0.5), path.at(0.8)]] {
        let ((d, j), (d_exact, j_exact)) = (rescaled.pullback(&x, &levels, &v), Normal.pullback(&x, &levels, &v));
        let near = |a: &Array2<f64>, b: &Array2<f64>| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12);
        assert!(near(&d, &d_exact) && near(&j, &j_exact) && near(&rescaled.denoise(&x, &levels), &d_exact));
    }
}

#[test]
fn noise_the_model_never_saw_is_refused() {
    let grid = Grid::uniform(&Straight, 1.0, 0.0, 4).unwrap();
    let trained = VpLinear::default();
    let refused = Rescaled::new(&data(), &trained, &grid).unwrap_err();
    assert_eq!((refused.t, refused.log_snr, refused.low), (1.0, f64::NEG_INFINITY, trained.at(1.0).log_snr()));
    let within = Grid::uniform(&Straight, 0.99, 0.0, 4).unwrap();
    assert!(Rescaled::new(&data(), &trained, &within).is_ok());
}
