//! The samplers by name, and what they make of Gaussian data.

use ito_samplers::UniPcVariant::{Bh1, Bh2};
use ito_samplers::{Deis, Denoiser, Ipndm, Pndm, Sampler, Step, UniPc, sample};
use ito_schedules::{Edm, Grid, Level, Path, Straight, SubVp, Ve, VpCosine, VpLinear};
use ito_state::Noise;
use ito_testkit::{Fresh, Gaussian, GaussianData, LinearForm, Slope};
use ndarray::{Array1, Array2};

type Boxed = Box<dyn Sampler<LinearForm>>;

/// A new sampler for so many steps.
pub type Build = Box<dyn Fn(usize) -> Boxed>;

/// All samplers under test.
pub fn samplers() -> Vec<(String, Build)> {
    let mut all: Vec<(String, Build)> = vec![
        ("ipndm".into(), Box::new(|_| Box::new(Ipndm::new()))),
        ("pndm".into(), Box::new(|_| Box::new(Pndm::new()))),
        ("deis 1".into(), Box::new(|_| Box::new(Deis::first()))),
        ("deis 2".into(), Box::new(|_| Box::new(Deis::second()))),
        ("deis 3".into(), Box::new(|_| Box::new(Deis::third()))),
    ];
    for (variant, told) in [(Bh1, "bh1"), (Bh2, "bh2")] {
        for (k, make) in [UniPc::first, UniPc::second, UniPc::third].into_iter().enumerate() {
            all.push((format!("unipc {} {told}", k + 1), Box::new(move |_| Box::new(make(variant)))));
            let lowered = move |n| -> Boxed { Box::new(make(variant).lowering_at_the_end(n).unwrap()) };
            all.push((format!("unipc {} {told} lowered", k + 1), Box::new(lowered)));
        }
    }
    all
}

/// The number in a sampler's name, how many estimates it uses.
pub fn nodes(name: &str) -> usize {
    name.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(1)
}

pub fn paths() -> [Box<dyn Path>; 6] {
    [
        Box::new(Straight),
        Box::new(VpLinear::default()),
        Box::new(VpCosine::default()),
        Box::new(SubVp::default()),
        Box::new(Ve::default()),
        Box::new(Edm::default()),
    ]
}

pub fn data() -> GaussianData {
    GaussianData::new(&[0.7, -0.4], &[0.8, 0.25], 0.6)
}

/// What a sampler makes of `N(0, sigma^2 I)` at the grid's first level, and what the exact flow makes of it.
pub struct Run {
    pub law: Gaussian,
    pub exact: Gaussian,
}

impl Run {
    pub fn new(path: &dyn Path, grid: &Grid, sampler: &mut dyn Sampler<LinearForm>) -> Run {
        Run::on(&data(), path, grid, sampler)
    }

    pub fn on(data: &GaussianData, path: &dyn Path, grid: &Grid, sampler: &mut dyn Sampler<LinearForm>) -> Run {
        let (from, to) = (grid.levels()[0], grid.levels()[grid.len()]);
        let start = Gaussian::isotropic(2, from.sigma);
        let mut noise = Fresh::default();
        let x = noise.draw(&start);
        let end = sample(data, path, grid, sampler, x, &mut noise, &mut |_, _, _| {}).unwrap();
        Run { law: end.law(), exact: data.flow(&start, from, to) }
    }
}

/// The orders in mean and covariance.
pub fn slopes(path: &dyn Path, grid: &dyn Fn(usize) -> Grid, build: &Build) -> [Slope; 2] {
    let counts = [512, 609, 724, 861, 1024];
    let runs = counts.map(|n| (n, Run::new(path, &grid(n), build(n).as_mut())));
    let fit = |error: fn(&Run) -> f64| Slope::fit(runs.iter().map(|(n, run)| (*n, error(run))).collect());
    [fit(|run| run.law.mean_error(&run.exact)), fit(|run| run.law.covariance_error(&run.exact))]
}

/// Asserts the order of a sampler whose first `exact` steps start at, and are replaced by, exact states; `N` from 128 to 256, above
/// rounding.
pub fn warm(path: &dyn Path, grid: &dyn Fn(usize) -> Grid, build: &dyn Fn() -> Boxed, exact: usize, order: f64) {
    let data = data();
    let errors = [128, 152, 181, 215, 256].map(|n| {
        let (grid, mut sampler) = (grid(n), build());
        let start = Gaussian::isotropic(2, grid.levels()[0].sigma);
        let truth = |x: &LinearForm, from: Level, to: Level| flow(&data, x, from, to);
        let mut x = Fresh::default().draw(&start);
        for (k, (from, to)) in grid.steps().enumerate() {
            let at = Step { model: &data, path, from, to };
            let stepped = sampler.step(&at, &x, &mut Fresh::default()).unwrap();
            x = if k < exact { truth(&x, from, to) } else { stepped };
        }
        let flowed = data.flow(&start, grid.levels()[0], grid.levels()[n]);
        (n, x.law().covariance_error(&flowed) + x.law().mean_error(&flowed))
    });
    Slope::fit(errors.to_vec()).assert("with an exact warm-up", order, 0.1);
}

/// Where the flow takes a state.
fn flow(data: &GaussianData, x: &LinearForm, from: Level, to: Level) -> LinearForm {
    let mut matrix = Array2::zeros((2, 2));
    for (axis, s) in data.axes() {
        let deviation = |at: Level| (at.alpha * s).hypot(at.sigma);
        let column = axis.clone().insert_axis(ndarray::Axis(1));
        matrix = matrix + column.dot(&column.t()) * (deviation(to) / deviation(from));
    }
    let shift: Array1<f64> = data.mean() * to.alpha - matrix.dot(data.mean()) * from.alpha;
    x.affine(&matrix, &shift)
}

pub fn step<X: ito_state::Batch>(
    sampler: &mut dyn Sampler<X>,
    model: &dyn Denoiser<X>,
    from: Level,
    to: Level,
    x: &X,
) -> X
where
    Fresh: Noise<X>,
{
    sampler.step(&Step { model, path: &Straight, from, to }, x, &mut Fresh::default()).unwrap()
}

pub fn denoised(data: &GaussianData, x: &LinearForm, at: Level) -> LinearForm {
    data.denoise(x, &[at])
}

/// Two random vectors of nearly one law.
pub fn assert_near(a: &LinearForm, b: &LinearForm) {
    let error = a.law().mean_error(&b.law()) + a.law().covariance_error(&b.law());
    assert!(error < 1e-14, "{error:e}");
}

/// The estimate of a noise prediction `1 + 3 u - 5 u^2` at time `u` of the straight path, whatever the state.
pub struct Polynomial;

impl Denoiser<Array2<f64>> for Polynomial {
    fn denoise(&self, x: &Array2<f64>, at: &[Level]) -> Array2<f64> {
        let u = at[0].t;
        (x - u * (1.0 + 3.0 * u - 5.0 * u * u)) / (1.0 - u)
    }
}

/// Noise that nobody asks for.
pub struct Silent;

impl Noise<Array2<f64>> for Silent {
    fn normal_like(&mut self, _like: &Array2<f64>) -> Array2<f64> {
        panic!("no draw is needed")
    }

    fn uniform_rows(&mut self, _like: &Array2<f64>) -> Vec<f64> {
        panic!("no draw is needed")
    }
}
