//! Likelihoods and dimensions of data whose density is known.

use std::cell::RefCell;

use ito_noise::{SampleNoise, Stream};
use ito_samplers::likelihood::{Divergence, FlowDensity, InformationEstimate, Probe, intrinsic_dimension};
use ito_samplers::{Denoiser, Pullback};
use ito_schedules::{Level, Path, Straight, VpLinear};
use ito_state::{Noise, Rows};
use ito_testkit::{GaussianData, Mixture, MixtureNd, largest, normal_density};
use ndarray::{Array1, Array2, array};

use crate::{Claim, Context, Curve, Experiment, Fault, Findings, Plot};

pub const EXPERIMENTS: &[Experiment] = &[
    Experiment {
        name: "flow-likelihood",
        title: "The density of data by the flow, with and without probes",
        theory: &[2, 9],
        faults: &[Fault::RedrawnProbe],
        run: flow_likelihood,
    },
    Experiment {
        name: "information-likelihood",
        title: "The density of data by its denoising errors: a second way to the same number",
        theory: &[2],
        faults: &[],
        run: information_likelihood,
    },
    Experiment {
        name: "intrinsic-dimension",
        title: "The dimension of data from the score",
        theory: &[3],
        faults: &[],
        run: dimension,
    },
];

const SEED: u64 = 23;

fn noise(rows: usize) -> SampleNoise {
    SampleNoise::consecutive(Stream::new(SEED, "verify/likelihood"), 0, rows)
}

/// Three dimensions, turned, of deviations 1.2, 0.5 and 0.1.
fn data() -> GaussianData {
    GaussianData::new(&[0.7, -0.4, 0.2], &[1.44, 0.25, 0.01], 0.6)
}

fn points() -> Array2<f64> {
    array![[0.7, -0.4, 0.2], [1.5, 0.2, 0.1], [-0.9, -0.8, 0.5]]
}

fn log_density(at: Level, x: &Array1<f64>) -> f64 {
    MixtureNd::new(vec![(1.0, data().marginal(at))]).log_density(x)
}

/// The prior's log-density where the exact flow takes `x`, and the logarithm of what the flow stretches on the way.
fn carried(x: &Array1<f64>, from: Level, to: Level) -> f64 {
    let deviation = |s: f64, at: Level| (at.alpha * s).hypot(at.sigma);
    let data = data();
    let along = |(axis, s): (Array1<f64>, f64)| {
        let (mean, stretch) = (axis.dot(data.mean()), deviation(s, to) / deviation(s, from));
        let end = (to.alpha * mean + stretch * (axis.dot(x) - from.alpha * mean)) / to.sigma;
        stretch.ln() + normal_density(end).ln() - to.sigma.ln()
    };
    data.axes().map(along).sum()
}

const PROBES: usize = 100;
const MOST_STEPS: usize = 300;

/// A probe that is drawn anew at every evaluation makes the field no function of the state, so no step of an adaptive solver
/// is small enough.
fn flow_likelihood(context: &Context) -> Findings {
    let (exact_model, redrawn) = (data(), Redrawn { model: data(), noise: RefCell::new(noise(3)) });
    let model: &dyn Pullback<Array2<f64>> = if context.planted(Fault::RedrawnProbe) { &redrawn } else { &exact_model };
    let mut found = Findings::default();
    let paths: [(&str, &dyn Path); 2] = [("straight", &Straight), ("VP linear", &VpLinear::default())];
    for (name, path) in paths {
        let (from, to) = (path.at_log_snr(6.0), path.at(path.end()));
        let flow = FlowDensity::new(path, from, to).unwrap().tolerance(1e-7, 1e-7).unwrap().max_steps(MOST_STEPS);
        let exact = flow.at_level(&exact_model, &points(), &mut noise(3)).unwrap();
        let closed = |row: usize| carried(&points().row(row).to_owned(), from, to);
        let worst = largest((0..3).map(|row| (exact.items[row].nats - closed(row)).abs()));
        found.claim(Claim::at_most(format!("{name}: largest error in nats, exact divergence"), worst, 1e-6));
        // What the data leave at the path's end, which the prior does not know.
        let left = |row: usize| (closed(row) - log_density(from, &points().row(row).to_owned())).abs();
        let bound = if to.alpha == 0.0 { 1e-12 } else { 0.02 };
        let worst = largest((0..3).map(left));
        found.claim(Claim::at_most(format!("{name}: nats that the prior is off"), worst, bound));
        let probes = Divergence::Hutchinson { probe: Probe::Rademacher, count: PROBES };
        let probed = |tolerance: f64| {
            let flow = flow.divergence(probes).unwrap().tolerance(tolerance, tolerance).unwrap();
            flow.at_level(model, &points(), &mut noise(3)).ok()
        };
        let fine = probed(1e-7);
        // A solve that gave up took all the steps it had, of six evaluations each.
        let spent = fine.as_ref().map_or(6 * MOST_STEPS, |scores| scores.evaluations) as f64;
        let name_of = |what: &str| format!("{name}: {what}");
        found.claim(
            Claim::at_most(
                name_of("evaluations with probes over those without"),
                spent / exact.evaluations as f64,
                1.5,
            )
            .seed(SEED),
        );
        let coarse = probed(1e-5);
        let moved = match (&coarse, &fine) {
            (Some(a), Some(b)) => largest(a.items.iter().zip(&b.items).map(|(a, b)| (a.nats - b.nats).abs())),
            _ => f64::NAN,
        };
        found
            .claim(Claim::at_most(name_of("what a hundredth of the tolerance moves, in nats"), moved, 1e-3).seed(SEED));
        for row in 0..3 {
            let (nats, error) = fine.as_ref().map_or((f64::NAN, f64::NAN), |s| (s.items[row].nats, s.items[row].error));
            let name = format!("{name}: log-density of point {row} by {PROBES} probes");
            found.claim(Claim::estimate(name, nats, exact.items[row].nats, error).seed(SEED));
        }
    }
    found
}

/// As one library has it: whatever probe it is handed, another one. `<z, w> = <z', J^T z'>` for the `w` it gives back, so that the
/// trace is that of the new probe.
struct Redrawn {
    model: GaussianData,
    noise: RefCell<SampleNoise>,
}

impl Denoiser<Array2<f64>> for Redrawn {
    fn denoise(&self, x: &Array2<f64>, at: &[Level]) -> Array2<f64> {
        self.model.denoise(x, at)
    }
}

impl Pullback<Array2<f64>> for Redrawn {
    fn pullback(&self, x: &Array2<f64>, at: &[Level], v: &Array2<f64>) -> (Array2<f64>, Array2<f64>) {
        let normals: Array2<f64> = self.noise.borrow_mut().normal_like(x);
        let fresh = normals.mapv(f64::signum);
        let (denoised, pulled) = self.model.pullback(x, at, &fresh);
        let mut back = v.clone();
        for (row, (trace, square)) in pulled.dot_rows(&fresh).into_iter().zip(v.dot_rows(v)).enumerate() {
            back.row_mut(row).mapv_inplace(|v| v * trace / square);
        }
        (denoised, back)
    }
}

/// On a mixture of two modes and on Gaussian data, from 4000 draws an item. What the cut of the range leaves out is below 1e-5.
fn information_likelihood(_: &Context) -> Findings {
    let law = Mixture::two_modes();
    let x = array![[-1.5], [-0.2], [1.0], [2.2]];
    let estimate = InformationEstimate::new(4000).unwrap();
    let mut found = Findings::default();
    let scores = estimate.of_data(&law, &Straight, &x, &mut noise(4)).unwrap();
    let (from, to) = (Straight.at_log_snr(14.0), Straight.at(1.0));
    let flow = FlowDensity::new(&Straight, from, to).unwrap().of_data(&law, &x, &mut noise(4)).unwrap();
    for (row, item) in scores.items.iter().enumerate() {
        let x = x[[row, 0]];
        let name = format!("mixture: log-density at {x}");
        found.claim(Claim::estimate(name, item.nats, law.log_density(x), item.error).seed(SEED));
        let name = format!("mixture: log-density at {x}, off that of the flow");
        found.claim(Claim::estimate(name, item.nats - flow.items[row].nats, 0.0, item.error).seed(SEED));
    }
    let scores = estimate.of_data(&data(), &Straight, &points(), &mut noise(3)).unwrap();
    for (row, item) in scores.items.iter().enumerate() {
        let exact = log_density(Level::DATA, &points().row(row).to_owned());
        let name = format!("Gaussian data: log-density of point {row}");
        found.claim(Claim::estimate(name, item.nats, exact, item.error).seed(SEED));
    }
    let grid: Vec<f64> = (0..=60).map(|i| -3.0 + f64::from(i) / 10.0).collect();
    let column = Array2::from_shape_fn((grid.len(), 1), |(i, _)| grid[i]);
    let few = InformationEstimate::new(400).unwrap();
    let drawn = few.of_data(&law, &Straight, &column, &mut noise(grid.len())).unwrap();
    let measured: Vec<(f64, f64)> = grid.iter().zip(&drawn.items).map(|(x, item)| (*x, item.nats)).collect();
    let curves = vec![
        Curve::function("exact", -3.0, 3.0, |x| law.log_density(x)),
        Curve::new("by denoising errors, 400 draws", measured),
    ];
    found.plot(Plot::curves("Log-density of a mixture", "x", "nats", curves));
    found
}

/// A plane of deviations 1 and 0.7 in four dimensions, of thickness 1e-5: its dimension is 2 at scales between, and 4 far below.
fn dimension(_: &Context) -> Findings {
    let (variances, thin) = ([1.0, 0.49, 1e-10, 1e-10], 1e-5);
    let data = GaussianData::new(&[0.3, -0.2, 0.1, 0.4], &variances, 0.5);
    let mut x = Array2::zeros((1, 4));
    for ((axis, s), along) in data.axes().zip([0.4, -0.6, 0.0, 0.0]) {
        x += &(axis * (s * along));
    }
    x += data.mean();
    let at = |scale: f64| {
        let level = Straight.at_log_snr(-2.0 * scale.ln());
        intrinsic_dimension(&data, &x, level, Divergence::Exact, &mut noise(1)).unwrap()[0].value
    };
    let closed = |scale: f64| {
        let along = [0.4, -0.6, 0.0, 0.0];
        variances
            .iter()
            .zip(along)
            .map(|(s2, along)| {
                let v = s2 + scale * scale;
                s2 / v + scale * scale * s2 * along * along / (v * v)
            })
            .sum::<f64>()
    };
    let mut found = Findings::default();
    for scale in [1e-6, 1e-5, 1e-3, 0.1, 1.0] {
        let name = format!("FLIPD at the scale {scale}, as its closed form");
        found.claim(Claim::within(name, at(scale), closed(scale), 1e-6));
    }
    found.claim(Claim::within("dimension at the scale 0.001", at(1e-3), 2.0, 1e-3));
    found.claim(Claim::within("dimension far below the thickness", at(1e-2 * thin), 4.0, 1e-3));
    let scales = (-70..=10).map(|i| 10.0_f64.powf(f64::from(i) / 10.0));
    let curve = Curve::new("FLIPD", scales.map(|scale| (scale, at(scale))).collect::<Vec<_>>());
    let title = "Dimension of a plane of thickness 1e-5 in four dimensions";
    found.plot(Plot::curves(title, "scale sigma/alpha", "dimension", vec![curve]).log_x());
    found
}
