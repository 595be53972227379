//! Every sampler by name, on every path: its declared order, against the exact law of its own output.

use ito_samplers::{Name, sample};
use ito_schedules::{
    Edm, Grid, LastStep, Path, Polynomial, ShiftedStraight, Straight, SubVp, Trigonometric, Ve, VpCosine, VpLinear,
    VpLogLinear, VpScaledLinear, VpSigmoid, VpSigmoidBeta,
};
use ito_testkit::{Fresh, Gaussian, GaussianData, LinearForm, Slope, largest};
use ndarray::Array1;

/// And on the worst path no more than that: some leading terms vanish on one, as the midpoint's on the straight path.
#[test]
fn every_sampler_has_its_declared_order_on_every_path_in_log_snr() {
    let worst = orders(|path, n| {
        let [low, high] = [path.end(), 0.0].map(|t| path.at(t).log_snr());
        Grid::uniform_log_snr(path, low.max(-2.0), high.min(3.0), n).unwrap()
    });
    for (name, order) in worst {
        assert!((order - f64::from(name.order().order)).abs() <= 0.1, "{name}: {order} on its worst path");
    }
}

#[test]
fn every_sampler_has_its_declared_order_on_every_path_in_time() {
    orders(|path, n| {
        let [from, to] = [path.at_log_snr(-3.0), path.at_log_snr(3.0)].map(|level| level.t);
        Grid::uniform(path, from, to, n).unwrap()
    });
}

/// The same for the other paths, with fewer steps.
#[test]
fn every_sampler_has_its_declared_order_on_the_paths_less_used() {
    let mut wrong = Vec::new();
    for name in linear().filter(|name| name.order().order > 0) {
        for (label, path) in more_paths() {
            let grid = |n| Grid::uniform_log_snr(path.as_ref(), -2.0, 3.0, n).unwrap();
            let error = |n| (n, Run::new(path.as_ref(), &grid(n), name).distance());
            let slope = Slope::fit([128, 181, 256].map(error).to_vec());
            let declared = f64::from(name.order().order);
            println!("{name}, {label}: {:.3}", slope.value);
            // A path through a table is smooth once only, which shows in errors below 1e-9, RK4's.
            let below = label == "table of betas" && slope.errors[0].1 < 1e-9;
            if !below && (slope.value.is_nan() || slope.value < declared - 0.1) {
                wrong.push(format!("{name}, {label}: {slope}, declared {declared}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// From the noisiest level to data, uniformly in time: the means within a fifth of a deviation of where the exact process takes the
/// same start, and no more spread than four times the data's. Not annealed Langevin, whose steps are too small to get anywhere in
/// three levels; and the methods that step in time or in `sigma` on the usual paths only, without VE, where `sigma` falls 5000-fold.
#[test]
fn every_sampler_is_sensible_in_one_two_and_three_steps_on_every_path() {
    let mut wrong = Vec::new();
    for (name, (label, path)) in
        linear().flat_map(|name| paths().into_iter().chain(more_paths()).map(move |path| (name, path)))
    {
        let usual = label != "VE" && paths().iter().any(|(known, _)| *known == label);
        if name == Name::AnnealedLangevin || !usual && !exponential(name) {
            continue;
        }
        for steps in [1, 2, 3] {
            let grid = Grid::uniform(path.as_ref(), path.end(), 0.0, steps).unwrap().ending(LastStep::ToZero).unwrap();
            let (mean, spread) = Run::new(path.as_ref(), &grid, name).in_deviations();
            if !(mean < 0.2 && spread < 4.0) {
                wrong.push(format!("{name}, {label}, N = {steps}: {mean} {spread}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// From the noisiest level to data, on the grid of Karras et al.: within 5 % of the data's deviation at 512 steps.
#[test]
fn every_sampler_comes_close_over_the_full_range_of_every_path() {
    for name in linear().filter(|name| name.order().order > 0) {
        for (label, path) in paths() {
            let error = Run::new(path.as_ref(), &full(path.as_ref(), 512), name).error();
            assert!(error < 0.05, "{name}, {label}: {error}");
        }
    }
}

/// All but those that need norms; they are judged by quadrature.
fn linear() -> impl Iterator<Item = Name> {
    Name::ALL.into_iter().filter(|name| name.build_linear::<LinearForm>().is_some())
}

/// Whether it solves the decay of the noise exactly, whatever the step.
fn exponential(name: Name) -> bool {
    use Name::{Dpm2, Edm, Euler, EulerMaruyama, Heun, LargeVariance, Midpoint, ReverseDiffusion, Rk4};
    ![Euler, Midpoint, Heun, Rk4, EulerMaruyama, Dpm2, Edm, LargeVariance, ReverseDiffusion].contains(&name)
}

/// Nowhere less than declared; the order on the worst path of each. In the middle of the paths, where warm-up errors are not lost in
/// plain flow.
fn orders(grid: impl Fn(&dyn Path, usize) -> Grid) -> Vec<(Name, f64)> {
    let (mut wrong, mut all) = (Vec::new(), Vec::new());
    // Langevin steps at every level tend to the law that they keep, not to the exact one.
    for name in linear().filter(|name| name.order().order > 0) {
        let (declared, mut worst) = (f64::from(name.order().order), f64::INFINITY);
        // Order 4 is down to rounding at more steps.
        let steps = if declared < 3.0 { [512, 724, 1024] } else { [256, 362, 512] };
        for (label, path) in paths() {
            let error = |n| (n, Run::new(path.as_ref(), &grid(path.as_ref(), n), name).distance());
            let slope = Slope::fit(steps.map(error).to_vec());
            println!("{name}, {label}: {:.3}", slope.value);
            if slope.value.is_nan() || slope.value < declared - 0.1 {
                wrong.push(format!("{name}, {label}: {slope}, declared {declared}"));
            }
            worst = worst.min(slope.value);
        }
        all.push((name, worst));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    all
}

/// What a sampler made of `N(0, sigma^2 I)` at the grid's first level, and what the exact process makes of it.
struct Run {
    law: Gaussian,
    exact: Gaussian,
}

impl Run {
    fn new(path: &dyn Path, grid: &Grid, name: Name) -> Run {
        let (data, from, to) = (data(), grid.levels()[0], grid.levels()[grid.len()]);
        let start = Gaussian::isotropic(data.mean().len(), from.sigma);
        let mut noise = Fresh::default();
        let x = noise.draw(&start);
        let mut sampler = name.build_linear().unwrap();
        let end = sample(&data, path, grid, sampler.as_mut(), x, &mut noise, &mut |_, _, _| {}).unwrap();
        let exact = if name.order().noise { data.reverse(&start, from, to) } else { data.flow(&start, from, to) };
        Run { law: end.law(), exact }
    }

    fn distance(&self) -> f64 {
        self.law.mean_error(&self.exact) + self.law.covariance_error(&self.exact)
    }

    /// The largest `(|mean error| + |deviation error|) / s` of the principal directions, `s` the data's deviation there.
    fn error(&self) -> f64 {
        let along = |(axis, s): (Array1<f64>, f64)| {
            let mean = (&self.law.mean - &self.exact.mean).dot(&axis).abs();
            (mean + (self.law.deviation_along(&axis) - self.exact.deviation_along(&axis)).abs()) / s
        };
        largest(data().axes().map(along))
    }

    /// The largest error of the mean and the largest deviation, in deviations of the data.
    fn in_deviations(&self) -> (f64, f64) {
        let off = &self.law.mean - &self.exact.mean;
        let mean = largest(data().axes().map(|(axis, s)| off.dot(&axis).abs() / s));
        (mean, largest(data().axes().map(|(axis, s)| self.law.deviation_along(&axis) / s)))
    }
}

fn data() -> GaussianData {
    GaussianData::new(&[0.7, -0.4], &[0.8, 0.25], 0.6)
}

/// The grid of Karras et al. from the noisiest level to data.
fn full(path: &dyn Path, steps: usize) -> Grid {
    let [top, bottom] = [path.end(), 0.0].map(|t| path.at(t).noise_to_signal());
    Grid::karras(path, bottom.max(0.002), top.min(80.0), 7.0, steps).unwrap()
}

fn paths() -> [(&'static str, Box<dyn Path>); 6] {
    [
        ("straight", Box::new(Straight)),
        ("VP linear", Box::new(VpLinear::default())),
        ("VP cosine", Box::new(VpCosine::default())),
        ("VE", Box::new(Ve::default())),
        ("sub-VP", Box::new(SubVp::default())),
        ("EDM", Box::new(Edm::default())),
    ]
}

fn more_paths() -> [(&'static str, Box<dyn Path>); 9] {
    [
        ("VP scaled-linear", Box::new(VpScaledLinear::default())),
        ("VP sigmoid", Box::new(VpSigmoid::default())),
        ("VP sigmoid betas", Box::new(VpSigmoidBeta::default())),
        ("VP log-linear", Box::new(VpLogLinear::default())),
        ("polynomial", Box::new(Polynomial::new(2.0).unwrap())),
        ("trigonometric", Box::new(Trigonometric::default())),
        ("shifted trigonometric", Box::new(Trigonometric::for_size(128).unwrap())),
        ("shifted straight", Box::new(ShiftedStraight::new(3.0).unwrap())),
        ("table of betas", Box::new(VpLinear::default().table(1000).unwrap())),
    ]
}
