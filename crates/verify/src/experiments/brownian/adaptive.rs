//! Steps that a solver chooses by what it sees on the path.

use ito_noise::{BrownianPath, Stream};
use ito_sde::Solver;
use ito_sde::process::GeometricBrownianMotion;
use ito_sde::solver::adaptive::Adaptive;
use ito_sde::solver::{Exact, Milstein};
use ndarray::Array2;

use super::SEED;
use crate::{Claim, Context, Errors, Findings, Plot};

pub fn adaptive_steps(_: &Context) -> Findings {
    let gbm = GeometricBrownianMotion::new(0.3, 0.8).unwrap();
    let one = |sample: u64, rows: usize| {
        BrownianPath::consecutive(Stream::new(SEED, "verify/adaptive"), sample, rows, 0.0, 1.0).unwrap()
    };
    let run = |tolerance: f64| Adaptive::new(tolerance, tolerance).unwrap();
    let mut found = Findings::default();
    // On the path: the error is proportional to the tolerance.
    let error = |tolerance: f64| {
        let start = Array2::<f64>::ones((16, 1));
        let square = |batch: u64| {
            let mut path = one(16 * batch, 16);
            let done = run(tolerance).solve(&Milstein, &gbm, 0.0, 1.0, start.clone(), &mut path).unwrap();
            let exact = Exact.step(&gbm, 0.0, 1.0, &start, &mut path);
            (done.state - exact).mapv(|e| e * e).sum()
        };
        ((0..100).map(square).sum::<f64>() / 1600.0).sqrt()
    };
    let errors = [0.016, 0.008, 0.004, 0.002].map(|tolerance| (tolerance, error(tolerance)));
    let errors = Errors::new("Milstein", errors, 1.0);
    found.claim(Claim::order("error as a power of the tolerance", &errors).seed(SEED));
    found.plot(Plot::orders("Root mean square error against tolerance (in place of the step)", vec![errors]));
    // In law: one path a batch, so that each decides for itself.
    let (mut logs, mut rejected) = (Vec::new(), 0);
    for sample in 0..2000 {
        let start = Array2::<f64>::ones((1, 1));
        let done = run(0.005).solve(&Milstein, &gbm, 0.0, 1.0, start, &mut one(sample, 1)).unwrap();
        logs.push(done.state[[0, 0]].ln());
        rejected += done.rejected;
    }
    let [mean, variance] = gbm.log_law(1.0).unwrap();
    let around: Vec<f64> = logs.iter().map(|x| x - mean).collect();
    let each = rejected as f64 / 2000.0;
    found.claim(Claim::mean("mean of ln X(1)", &logs, mean).seed(SEED).note(format!("{each:.1} rejections a path")));
    found.claim(Claim::normal_variance("variance of ln X(1)", &around, variance).seed(SEED));
    found
}
