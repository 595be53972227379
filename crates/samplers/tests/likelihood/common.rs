use ito_noise::{SampleNoise, Stream};
use ito_samplers::{Denoiser, Pullback};
use ito_schedules::{Edm, Level, Path, Straight, SubVp, Ve, VpCosine, VpLinear};
use ito_state::{Noise, Real};
use ito_testkit::{Gaussian, GaussianData, Mixture, MixtureNd};
use ndarray::{Array, Array1, Array2, Axis, RemoveAxis, array};

/// With and without data at the noisiest level, of constant and of falling `alpha`, variance-preserving and not.
pub fn paths() -> [(&'static str, Box<dyn Path>); 6] {
    [
        ("straight", Box::new(Straight)),
        ("vp linear", Box::new(VpLinear::default())),
        ("vp cosine", Box::new(VpCosine::default())),
        ("sub-vp", Box::new(SubVp::new(0.1, 20.0).unwrap())),
        ("edm", Box::new(Edm::default())),
        ("ve", Box::new(Ve::new(1e-4, 50.0).unwrap())),
    ]
}

/// Data whose entries are independent, each with this law, in any shape and precision.
pub struct Entries(pub Mixture);

impl Entries {
    fn map<A: Real, D: RemoveAxis>(&self, x: &Array<A, D>, at: &[Level], f: impl Fn((f64, f64)) -> f64) -> Array<A, D> {
        let mut out = x.clone();
        for (row, mut entries) in out.axis_iter_mut(Axis(0)).enumerate() {
            entries.mapv_inplace(|v| A::of(f(self.0.denoised(v.wide(), at[row.min(at.len() - 1)]))));
        }
        out
    }
}

impl<A: Real, D: RemoveAxis> Denoiser<Array<A, D>> for Entries {
    fn denoise(&self, x: &Array<A, D>, at: &[Level]) -> Array<A, D> {
        self.map(x, at, |(value, _)| value)
    }
}

impl<A: Real, D: RemoveAxis> Pullback<Array<A, D>> for Entries {
    fn pullback(&self, x: &Array<A, D>, at: &[Level], v: &Array<A, D>) -> (Array<A, D>, Array<A, D>) {
        let slope = self.map(x, at, |(_, slope)| slope);
        (self.denoise(x, at), &slope * v)
    }
}

/// Three dimensions, turned, of deviations 1.2, 0.5 and 0.1.
pub fn turned() -> GaussianData {
    GaussianData::new(&[0.7, -0.4, 0.2], &[1.44, 0.25, 0.01], 0.6)
}

/// Points of the law of [`turned`], so many of its deviations from the mean along each axis: likely, unlikely and in between.
pub fn points() -> Array2<f64> {
    let at = [[0.0, 0.0, 0.0], [1.0, -1.0, 1.0], [-2.0, 0.5, 0.3], [0.3, 1.0, -4.0]];
    let mut points = Array2::zeros((4, 3));
    for (mut point, along) in points.rows_mut().into_iter().zip(at) {
        point += turned().mean();
        turned().axes().zip(along).for_each(|((axis, s), along)| point += &(axis * (s * along)));
    }
    points
}

/// Two modes in the plane, one of them thin and oblique.
pub fn plane() -> MixtureNd {
    let round = Gaussian { mean: array![-1.0, 0.5], covariance: array![[0.3, 0.0], [0.0, 0.2]] };
    let thin = Gaussian { mean: array![0.8, -0.3], covariance: array![[0.5, 0.3], [0.3, 0.25]] };
    MixtureNd::new(vec![(0.4, round), (0.6, thin)])
}

pub fn plane_points() -> Array2<f64> {
    array![[-1.0, 0.5], [0.8, -0.3], [0.0, 0.1], [1.5, 0.9]]
}

/// `log N(x; 0, deviation^2 I)`.
pub fn log_prior(x: &Array1<f64>, deviation: f64) -> f64 {
    MixtureNd::new(vec![(1.0, Gaussian::isotropic(x.len(), deviation))]).log_density(x)
}

/// `log p` of the law of `x0 + (sigma/alpha) eps`, and of the data without noise at `sigma = 0`.
pub fn log_gaussian(data: &GaussianData, at: Level, x: &Array1<f64>) -> f64 {
    MixtureNd::new(vec![(1.0, data.marginal(at))]).log_density(x)
}

/// A state's noise for so many rows.
pub fn noise(rows: usize) -> SampleNoise {
    SampleNoise::consecutive(Stream::new(11, "likelihood"), 0, rows)
}

/// The level of unscaled data with noise of this size.
pub fn unscaled(at: Level) -> Level {
    Level { t: at.t, alpha: 1.0, sigma: at.sigma / at.alpha }
}

/// All patterns of signs, a row each, the same at every call: the mean over the rows of anything quadratic in the noise is exactly its
/// expectation.
pub struct Signs;

impl Noise<Array2<f64>> for Signs {
    fn normal_like(&mut self, like: &Array2<f64>) -> Array2<f64> {
        Array2::from_shape_fn(like.raw_dim(), |(row, k)| if row >> k & 1 == 0 { 1.0 } else { -1.0 })
    }
    fn uniform_rows(&mut self, like: &Array2<f64>) -> Vec<f64> {
        vec![0.5; like.nrows()]
    }
}
