//! Every sampler by name, on every path, against the exact law of its own output: no Monte Carlo.

use ito_samplers::{Counted, Name, sample};
use ito_schedules::{Edm, Grid, LastStep, Path, Straight, SubVp, Ve, VpCosine, VpLinear};
use ito_testkit::{Fresh, Gaussian, GaussianData, LinearForm, Slope, largest};
use ndarray::Array1;

use crate::{Claim, Context, Curve, Errors, Experiment, Findings, Plot};

mod norms;

pub const EXPERIMENTS: &[Experiment] = &[
    Experiment {
        name: "sampler-orders",
        title: "Every sampler has its declared order on every path",
        theory: &[8, 32, 33, 36],
        faults: &[],
        run: orders,
    },
    Experiment {
        name: "error-against-evaluations",
        title: "What a sampler's error costs, in evaluations of the model",
        theory: &[8, 32, 33],
        faults: &[],
        run: work,
    },
];

/// Paths with the label of the report.
fn paths() -> [(&'static str, Box<dyn Path>); 6] {
    [
        ("straight", Box::new(Straight)),
        ("VP linear", Box::new(VpLinear::default())),
        ("VP cosine", Box::new(VpCosine::default())),
        ("VE", Box::new(Ve::default())),
        ("sub-VP", Box::new(SubVp::default())),
        ("sigma = t", Box::new(Edm::default())),
    ]
}

fn data() -> GaussianData {
    GaussianData::new(&[0.7, -0.4], &[0.8, 0.25], 0.6)
}

/// All but those that need norms.
fn linear() -> impl Iterator<Item = Name> {
    Name::ALL.into_iter().filter(|name| name.build_linear::<LinearForm>().is_some())
}

/// Of mean and covariance together, in the middle of the path: towards its ends the flow is so plain that warm-up errors are lost.
/// Some leading terms vanish on one path (the midpoint's on the straight one), so the order is that of the worst path, and at least
/// declared on each.
fn orders(_: &Context) -> Findings {
    let mut found = Findings::default();
    let paths = paths();
    for name in linear().filter(|name| name.order().order > 0) {
        let theory = f64::from(name.order().order);
        // Order 4 is down to rounding at more steps.
        let steps = if theory < 3.0 { [512, 724, 1024] } else { [256, 362, 512] };
        let errors = paths.each_ref().map(|(label, path)| {
            let path = path.as_ref();
            let [low, high] = [path.end(), 0.0].map(|t| path.at(t).log_snr());
            let grid = |n| Grid::uniform_log_snr(path, low.max(-2.0), high.min(3.0), n).unwrap();
            let slope = Slope::fit(steps.map(|n| (n, Run::new(path, &grid(n), name).distance())).to_vec());
            Errors::of(*label, &slope, theory)
        });
        for errors in &errors {
            let least =
                Claim::at_least(format!("{name}, {}: order of the law", errors.label), errors.fitted(), theory - 0.1);
            found.claim(least);
        }
        let worst = errors.iter().map(Errors::fitted).fold(f64::INFINITY, f64::min);
        found.claim(Claim::within(format!("{name}: order on its worst path"), worst, theory, 0.1));
    }
    found
}

/// From the noisiest level to data, each sampler on the grid of Karras et al.
fn work(_: &Context) -> Findings {
    let mut found = Findings::default();
    for (label, path) in paths() {
        let path = path.as_ref();
        let grid = |n| full(path, n);
        let mut curves = Vec::new();
        for name in linear() {
            let runs = [4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256].map(|n| Run::new(path, &grid(n), name));
            let points: Vec<(f64, f64)> = runs.iter().map(|run| (run.evaluations, run.error())).collect();
            // At the same 256 steps, whatever they cost.
            found.claim(Claim::at_most(format!("{name}, {label}: error at 256 steps"), points[12].1, bound(name)));
            curves.push(Curve::new(name.to_string(), points));
        }
        curves.push(Curve::new(Name::DormandPrince.to_string(), norms::adaptive(path)));
        let drawn = norms::drawn(path);
        let name = format!("{}, {label}: error at 256 steps, by draws", Name::PredictorCorrector);
        found.claim(Claim::at_most(name, drawn[drawn.len() - 1].1, 0.2).seed(norms::SEED));
        curves.push(Curve::new(Name::PredictorCorrector.to_string() + " by draws", drawn));
        let title =
            format!("Error of the law against evaluations, {label}: (mean + deviation) / deviation of the data");
        found.plot(Plot::curves(title, "evaluations", "error", curves).log_x().log_y());
    }
    found
}

/// As seen on the worst path, with some room: Langevin steps at every level 0.06, first order 0.073, the rest 6e-4.
fn bound(name: Name) -> f64 {
    match (name, name.order().order) {
        (Name::AnnealedLangevin, _) | (_, 1) => 0.1,
        _ => 1e-3,
    }
}

fn full(path: &dyn Path, steps: usize) -> Grid {
    let [top, bottom] = [path.end(), 0.0].map(|t| path.at(t).noise_to_signal());
    Grid::karras(path, bottom.max(0.002), top.min(80.0), 7.0, steps).unwrap().ending(LastStep::ToZero).unwrap()
}

/// What a sampler made of `N(0, sigma^2 I)` at the grid's first level, and what the exact process makes of it.
struct Run {
    law: Gaussian,
    exact: Gaussian,
    evaluations: f64,
}

impl Run {
    fn new(path: &dyn Path, grid: &Grid, name: Name) -> Run {
        let (data, from, to) = (data(), grid.levels()[0], grid.levels()[grid.len()]);
        let start = Gaussian::isotropic(2, from.sigma);
        let mut noise = Fresh::default();
        let x = noise.draw(&start);
        let model = Counted::new(&data);
        let mut sampler = name.build_linear().unwrap();
        let end = sample(&model, path, grid, sampler.as_mut(), x, &mut noise, &mut |_, _, _| {}).unwrap();
        let exact = if name.order().noise { data.reverse(&start, from, to) } else { data.flow(&start, from, to) };
        Run { law: end.law(), exact, evaluations: model.evaluations() as f64 }
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
}
