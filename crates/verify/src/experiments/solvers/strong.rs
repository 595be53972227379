//! Strong orders on shared Brownian paths.

use ito_noise::{SampleNoise, Stream};
use ito_sde::process::{KuboOscillator, SinhDiffusion};
use ito_sde::solver::{EulerMaruyama, Exact, Milstein, PlatenWeak2, Sra1, Sriw1, StochasticHeun, Stratonovich};
use ito_sde::{Solver, solve};
use ito_state::{Batch, Phase};
use ito_testkit::{Cells, root_mean_square};
use ndarray::{Array2, Axis, concatenate};

use super::equations::{Area, Timed};
use super::planted::Planted;
use super::{SEED, claims, steps};
use crate::{Context, Errors, Fault, Findings};

const PATHS: usize = 2000;

/// Nonlinear with multiplicative noise and a solution on the path; a nonlinear one with additive noise against a fine run.
pub fn orders(context: &Context) -> Findings {
    let (sinh, timed) = (SinhDiffusion::new(0.1, 0.6).unwrap(), Timed);
    let paths = Paths::draw(context, 128, 1);
    let start = paths.start();
    let exact = solve(&Exact, &sinh, &steps(1), paths.start(), &mut paths.cells.clone());
    let mut all = vec![
        paths.errors("Euler-Maruyama", 0.5, &EulerMaruyama, &sinh, &start, &exact),
        paths.errors("Milstein", 1.0, &Milstein, &sinh, &start, &exact),
        paths.errors("Platen", 1.0, &PlatenWeak2, &sinh, &start, &exact),
        paths.errors("SRIW1", 1.5, &Sriw1, &sinh, &start, &exact),
        if context.planted(Fault::DroppedItoCorrection) {
            paths.errors("stochastic Heun", 1.0, &StochasticHeun, &Stratonovich(sinh), &start, &exact)
        } else {
            paths.errors("stochastic Heun", 1.0, &StochasticHeun, &Stratonovich::of_ito(sinh), &start, &exact)
        },
    ];
    let (kubo, phase) =
        (KuboOscillator::new(0.5, 0.8).unwrap(), Phase { position: paths.start(), velocity: paths.start() });
    let turned = solve(&Exact, &kubo, &steps(1), phase.clone(), &mut paths.cells.clone());
    all.push(paths.errors("SRIW1, scalar noise", 1.5, &Sriw1, &kubo, &phase, &turned));

    let paths = Paths::draw(context, 1024, 2);
    let zero = Array2::zeros((PATHS, 3));
    let fine = solve(&EulerMaruyama, &Area, &steps(1024), zero.clone(), &mut paths.cells.clone());
    all.extend([
        paths.errors("Euler-Maruyama, general noise", 0.5, &EulerMaruyama, &Area, &zero, &fine),
        paths.errors("stochastic Heun, general noise", 0.5, &StochasticHeun, &Stratonovich(Area), &zero, &fine),
    ]);

    let paths = Paths::draw(context, 1024, 1);
    let fine = solve(&Sra1, &timed, &steps(1024), paths.start(), &mut paths.cells.clone());
    all.extend([
        paths.errors("Euler-Maruyama, additive noise", 1.0, &EulerMaruyama, &timed, &start, &fine),
        paths.errors("stochastic Heun, additive noise", 1.0, &StochasticHeun, &Stratonovich(timed), &start, &fine),
        paths.errors("SRA1, additive noise", 1.5, &Sra1, &timed, &start, &fine),
    ]);
    claims("strong", all, Some(SEED))
}

/// The same Brownian paths for all methods.
struct Paths {
    cells: Cells,
    wrong: bool,
}

impl Paths {
    fn draw(context: &Context, cells: usize, columns: usize) -> Paths {
        let mut noise = SampleNoise::consecutive(Stream::new(SEED, "strong orders"), 0, PATHS);
        let cells = Cells::draw(0.0, 1.0, cells, &Array2::zeros((PATHS, columns)), &mut noise);
        Paths { cells, wrong: context.planted(Fault::SqrtHForH) }
    }

    fn start(&self) -> Array2<f64> {
        Array2::from_elem((PATHS, 1), 0.3)
    }

    fn errors<S, X, M>(&self, label: &str, order: f64, method: &M, sde: &S, start: &X, exact: &X) -> Errors
    where
        X: Batch + Flat,
        M: Solver<S, X, Array2<f64>>,
    {
        let error = |count: usize| {
            let mut noise = Planted { noise: self.cells.clone(), wrong: self.wrong };
            let end = solve(method, sde, &steps(count), start.clone(), &mut noise);
            (1.0 / count as f64, root_mean_square(&end.flat(), &exact.flat()))
        };
        Errors::new(label, [16, 32, 64, 128].map(error), order)
    }
}

/// All coordinates side by side.
trait Flat {
    fn flat(&self) -> Array2<f64>;
}

impl Flat for Array2<f64> {
    fn flat(&self) -> Array2<f64> {
        self.clone()
    }
}

impl Flat for Phase<Array2<f64>> {
    fn flat(&self) -> Array2<f64> {
        concatenate(Axis(1), &[self.position.view(), self.velocity.view()]).expect("equal rows")
    }
}
