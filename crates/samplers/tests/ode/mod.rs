//! What the tests of the deterministic samplers share: the catalogue, the paths, and runs whose exact law is known.
#![allow(dead_code, reason = "every test file uses its part")]

use ito_samplers::{Dpm2, Dpmpp2s, DpmppMultistep, Euler, Heun, Lms, Midpoint, Rk4, Sampler, sample};
use ito_schedules::{Edm, Grid, LastStep, Level, Path, Straight, SubVp, Ve, VpCosine, VpLinear};
use ito_state::Batch;
use ito_testkit::{Fresh, Gaussian, GaussianData, LinearForm, largest};
use ndarray::Array1;

/// Every sampler of these tests that is bounded by `Batch`, by name.
pub const NAMES: [&str; 10] =
    ["euler", "midpoint", "heun", "rk4", "dpm2", "dpm++2s", "dpm++1m", "dpm++2m", "dpm++3m", "lms"];

pub fn build<X: Batch + 'static>(name: &str) -> Box<dyn Sampler<X>> {
    match name {
        "euler" => Box::new(Euler),
        "midpoint" => Box::new(Midpoint),
        "heun" => Box::new(Heun),
        "rk4" => Box::new(Rk4),
        "dpm2" => Box::new(Dpm2),
        "dpm++2s" => Box::new(Dpmpp2s),
        "dpm++1m" => Box::new(DpmppMultistep::first()),
        "dpm++2m" => Box::new(DpmppMultistep::second()),
        "dpm++3m" => Box::new(DpmppMultistep::third()),
        "lms" => Box::new(Lms::default()),
        _ => panic!("{name} is not in the catalogue"),
    }
}

pub fn paths() -> [(&'static str, Box<dyn Path>); 6] {
    [
        ("straight", Box::new(Straight)),
        ("VP linear", Box::new(VpLinear::default())),
        ("VP cosine", Box::new(VpCosine::default())),
        ("sub-VP", Box::new(SubVp::default())),
        ("VE", Box::new(Ve::new(0.005, 80.0).unwrap())),
        ("EDM", Box::new(Edm::default())),
    ]
}

pub fn data() -> GaussianData {
    GaussianData::new(&[0.7, -0.4], &[0.8, 0.25], 0.6)
}

/// From the path's noisiest level to data: uniform in time where that is usual, by Karras et al.'s rule on VE and EDM.
pub fn full(path: &dyn Path, steps: usize) -> Grid {
    let (noisiest, cleanest) = (path.at(path.end()), path.at(0.0).noise_to_signal());
    if noisiest.alpha < 1.0 {
        return Grid::uniform(path, path.end(), 0.0, steps).unwrap();
    }
    let grid = Grid::karras(path, (2.0 * cleanest).max(0.002), noisiest.sigma, 7.0, steps).unwrap();
    grid.ending(LastStep::ToZero).unwrap()
}

/// What a sampler made of `N(0, sigma^2 I)` at the grid's first level, and what the exact flow makes of it.
pub struct Run {
    data: GaussianData,
    pub law: Gaussian,
    pub exact: Gaussian,
}

impl Run {
    pub fn new(data: &GaussianData, path: &dyn Path, grid: &Grid, sampler: &mut dyn Sampler<LinearForm>) -> Run {
        let start = Gaussian::isotropic(data.mean().len(), grid.levels()[0].sigma);
        Run::from(data, path, grid, sampler, &start)
    }

    pub fn from(
        data: &GaussianData,
        path: &dyn Path,
        grid: &Grid,
        sampler: &mut dyn Sampler<LinearForm>,
        start: &Gaussian,
    ) -> Run {
        let (from, to) = ends(grid);
        let mut noise = Fresh::default();
        let x = noise.draw(start);
        let end = sample(data, path, grid, sampler, x, &mut noise, &mut |_, _, _| {}).unwrap();
        Run { data: data.clone(), law: end.law(), exact: data.flow(start, from, to) }
    }

    pub fn mean_error(&self) -> f64 {
        self.law.mean_error(&self.exact)
    }

    pub fn covariance_error(&self) -> f64 {
        self.law.covariance_error(&self.exact)
    }

    pub fn error_of_law(&self) -> f64 {
        self.mean_error() + self.covariance_error()
    }

    /// `(|mean error| + |deviation error|) / s` in the worst principal direction, `s` the data's deviation there.
    pub fn error(&self) -> f64 {
        let along = |(axis, s): (Array1<f64>, f64)| {
            let mean = (&self.law.mean - &self.exact.mean).dot(&axis).abs();
            (mean + (self.law.deviation_along(&axis) - self.exact.deviation_along(&axis)).abs()) / s
        };
        largest(self.data.axes().map(along))
    }
}

pub fn ends(grid: &Grid) -> (Level, Level) {
    (grid.levels()[0], grid.levels()[grid.len()])
}
