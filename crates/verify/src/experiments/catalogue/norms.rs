//! The samplers that need norms, and so do not run on linear forms.

use ito_noise::{SampleNoise, Stream};
use ito_samplers::{Counted, Denoiser, DormandPrince, Name, sample};
use ito_schedules::{Level, Path};
use ito_state::Noise;
use ito_testkit::{Gaussian, GaussianData};
use ndarray::{Array2, Axis, s};

use super::{Run, data, full};

pub const SEED: u64 = 5;

/// Dormand-Prince at falling tolerances, in one step from noise to data. The map of a Gaussian law is affine, so three points
/// that share their inner steps tell it.
pub fn adaptive(path: &dyn Path) -> Vec<(f64, f64)> {
    let grid = full(path, 1);
    let (from, to) = (grid.levels()[0], grid.levels()[1]);
    let start = Gaussian::isotropic(2, from.sigma);
    let points = Array2::from_shape_vec((3, 2), vec![0.0, 0.0, from.sigma, 0.0, 0.0, from.sigma]).unwrap();
    let at = |tolerance: f64| {
        let (data, mut noise) = (data(), SampleNoise::consecutive(Stream::new(SEED, "unused"), 0, 3));
        let model = Counted::new(&data);
        let mut solver = DormandPrince::new(tolerance, tolerance).unwrap();
        let x = sample(&model, path, &grid, &mut solver, points.clone(), &mut noise, &mut |_, _, _| {}).unwrap();
        let mean = x.row(0).to_owned();
        let factor = (&x.slice(s![1.., ..]) - &mean).t().to_owned();
        let law = Gaussian { mean, covariance: factor.dot(&factor.t()) };
        let run = Run { law, exact: data.flow(&start, from, to), evaluations: model.evaluations() as f64 };
        (run.evaluations, run.error())
    };
    (2..=18).map(|k| at(10.0_f64.powf(-0.5 * f64::from(k)))).collect()
}

const ROWS: usize = 250;
/// Independent data in a row: the steps of the corrector follow from the norm of a row, and are wild in few dimensions.
const COPIES: usize = 16;

/// The predictor with its corrector, by draws: mean and deviation are known to about a hundredth. What stays, 0.12, is the size of
/// the corrector's steps: it keeps a law that is wider than the level's.
pub fn drawn(path: &dyn Path) -> Vec<(f64, f64)> {
    let at = |steps: usize| {
        let grid = full(path, steps);
        let (from, to) = (grid.levels()[0], grid.levels()[grid.len()]);
        let copies = Copies(data());
        let model = Counted::new(&copies);
        let mut noise = SampleNoise::consecutive(Stream::new(SEED, "verify/catalogue"), 0, ROWS);
        let x: Array2<f64> = noise.normal_like(&Array2::zeros((ROWS, 2 * COPIES))) * from.sigma;
        let mut sampler = Name::PredictorCorrector.build();
        let x = sample(&model, path, &grid, sampler.as_mut(), x, &mut noise, &mut |_, _, _| {}).unwrap();
        let x = items(&x);
        let mean = x.mean_axis(Axis(0)).unwrap();
        let off = &x - &mean;
        let law = Gaussian { mean, covariance: off.t().dot(&off) / x.nrows() as f64 };
        let exact = data().reverse(&Gaussian::isotropic(2, from.sigma), from, to);
        let run = Run { law, exact, evaluations: model.evaluations() as f64 };
        (run.evaluations, run.error())
    };
    [4, 8, 16, 32, 64, 128, 256].map(at).to_vec()
}

/// Independent items of two dimensions, [`COPIES`] a row.
struct Copies(GaussianData);

impl Denoiser<Array2<f64>> for Copies {
    fn denoise(&self, x: &Array2<f64>, at: &[Level]) -> Array2<f64> {
        let denoised = self.0.denoise(&items(x), at);
        Array2::from_shape_vec(x.raw_dim(), denoised.iter().copied().collect()).unwrap()
    }
}

fn items(x: &Array2<f64>) -> Array2<f64> {
    Array2::from_shape_vec((x.len() / 2, 2), x.iter().copied().collect()).unwrap()
}
