//! Exact laws of samplers on linear forms, their orders, and the paths and grids they are measured on.

use ito_samplers::{Denoiser, Sampler, sample};
use ito_schedules::{Edm, Grid, Level, Path, Straight, SubVp, Ve, VpCosine, VpLinear};
use ito_testkit::{Fresh, Gaussian, GaussianData, LinearForm, Slope};
use ndarray::{Array2, array};

/// A sampler for one trajectory of so many steps.
pub type Build<'a> = &'a dyn Fn(usize) -> Box<dyn Sampler<LinearForm>>;

/// Where the exact process takes a start.
pub type Exact<'a> = &'a dyn Fn(&GaussianData, &Gaussian, Level, Level) -> Gaussian;

pub fn data() -> GaussianData {
    GaussianData::new(&[0.7, -0.4], &[0.8, 0.25], 0.6)
}

/// Paths with their names.
pub fn paths() -> Vec<(&'static str, Box<dyn Path>)> {
    vec![
        ("straight", Box::new(Straight)),
        ("VP linear", Box::new(VpLinear::default())),
        ("VP cosine", Box::new(VpCosine::default())),
        ("sub-VP", Box::new(SubVp::default())),
        ("VE", Box::new(Ve::new(0.01, 100.0).unwrap())),
        ("EDM", Box::new(Edm::new(60.0).unwrap())),
    ]
}

/// The grids on which orders are measured, with their names. Not over all of VE: there the first-order error of Euler-Maruyama's
/// variance adds up to zero from pure noise to data.
pub fn grids(path_name: &str, path: &dyn Path, steps: usize) -> [(&'static str, Grid); 2] {
    let (end, [to, to_t]) = (path.end(), if path_name == "VE" { [1.0, 0.5] } else { [8.0, 0.05] });
    [
        ("uniform in log-SNR", Grid::uniform_log_snr(path, -8.0, to, steps).unwrap()),
        ("uniform in t", Grid::uniform(path, 0.95 * end, to_t * end, steps).unwrap()),
    ]
}

/// A start off the marginal, so that errors of the mean show.
pub fn start(from: Level) -> Gaussian {
    let s = from.sigma;
    Gaussian { mean: array![0.4 * s, -0.3 * s], covariance: Array2::eye(2) * (1.2 * s * s) }
}

/// What a sampler makes of a start.
pub fn law(
    model: &dyn Denoiser<LinearForm>,
    path: &dyn Path,
    grid: &Grid,
    sampler: &mut dyn Sampler<LinearForm>,
    start: &Gaussian,
) -> Gaussian {
    let mut noise = Fresh::default();
    let x = noise.draw(start);
    sample(model, path, grid, sampler, x, &mut noise, &mut |_, _, _| {}).unwrap().law()
}

/// How an order shows in the mean.
#[derive(Clone, Copy, PartialEq)]
pub enum Mean {
    /// Of the declared order.
    Errs,
    /// No error but rounding, on any grid.
    Exact,
    /// No error where `alpha = 1`, of the declared order elsewhere.
    ExactIfExploding,
}

/// Asserts the declared order, within 0.1, in covariance and mean on every path and grid, and that the error of the
/// covariance at 512 steps is below `bound`.
pub fn check_order(build: Build, exact: Exact, mean: Mean, bound: f64) {
    check_order_where(&|_| true, build, exact, mean, bound);
}

/// As [`check_order`], for some names "path, grid".
pub fn check_order_where(wanted: &dyn Fn(&str) -> bool, build: Build, exact: Exact, mean: Mean, bound: f64) {
    let order = f64::from(build(512).order().order);
    for (path_name, path) in paths() {
        for kind in [0, 1] {
            let (grid_name, grid) = &grids(path_name, path.as_ref(), 1)[kind];
            let claim = format!("{path_name}, {grid_name}");
            // In log-SNR VP cosine visits the levels of VP linear.
            if !wanted(&claim) || claim == "VP cosine, uniform in log-SNR" {
                continue;
            }
            let [means, covariances] = errors((path_name, path.as_ref()), kind, build, exact, &start);
            let covariance = Slope::fit(covariances);
            covariance.assert(&format!("covariance, {claim}"), order, 0.1);
            assert!(covariance.errors[0].1 < bound, "covariance, {claim}: {covariance}");
            let exploding = grid.levels()[0].alpha == 1.0;
            if mean == Mean::Exact || mean == Mean::ExactIfExploding && exploding {
                assert!(means.iter().all(|(_, error)| *error < 1e-13), "mean, {claim}: {means:?}");
            } else {
                Slope::fit(means).assert(&format!("mean, {claim}"), order, 0.1);
            }
        }
    }
}

/// Errors of mean and covariance, in units of `sqrt(alpha^2 + sigma^2)` at the end, at 512 and 1024 steps on one of the [`grids`].
pub fn errors(
    (name, path): (&str, &dyn Path),
    kind: usize,
    build: Build,
    exact: Exact,
    start: &dyn Fn(Level) -> Gaussian,
) -> [Vec<(usize, f64)>; 2] {
    let both = [512, 1024].map(|n| {
        let grid = grids(name, path, n)[kind].1.clone();
        let (from, to) = (grid.levels()[0], grid.levels()[n]);
        let made = law(&data(), path, &grid, build(n).as_mut(), &start(from));
        let exact = exact(&data(), &start(from), from, to);
        let scale = to.alpha.hypot(to.sigma);
        [(n, made.mean_error(&exact) / scale), (n, made.covariance_error(&exact) / scale.powi(2))]
    });
    [0, 1].map(|k| both.map(|errors| errors[k]).to_vec())
}
