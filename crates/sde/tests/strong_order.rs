//! Strong orders: `sqrt(E |X_n - X(1)|^2)` on shared Brownian paths, against the solution on the same path or a far finer run
//! of the best method. What a test expects is what the method declares. Seeds are fixed; 1000 paths give a slope to about 0.02.

mod support;

use ito_noise::{BrownianPath, SampleNoise, Stream};
use ito_sde::process::{CoxIngersollRoss, KuboOscillator, LinearPull, SinhDiffusion};
use ito_sde::solver::{
    DriftImplicitEuler, EulerMaruyama, Exact, ExponentialEuler, Milstein, PlatenWeak2, SquareRootImplicit, Sra1, Sriw1,
    StochasticHeun, Stratonovich,
};
use ito_sde::{NoiseKind, Solver, Times, solve};
use ito_state::{Batch, Phase};
use ito_testkit::{Cells, Slope, root_mean_square};
use ndarray::{Array2, Axis, concatenate};
use support::circle::{self, TimedNoise};
use support::linear_system;

#[test]
fn strong_orders_of_diagonal_noise_are_as_declared_on_a_nonlinear_equation_with_a_solution() {
    let (sde, paths) = (SinhDiffusion::new(0.1, 0.6).unwrap(), Paths::draw(1, &[16, 32, 64, 128], 128, 1));
    let (start, diagonal) = (Array2::from_elem((PATHS, 1), 0.3), NoiseKind::Diagonal);
    let exact = paths.run(&Exact, &sde, &start, 1);
    paths.check("Euler-Maruyama", diagonal, &EulerMaruyama, &sde, &start, &exact);
    paths.check("Milstein", diagonal, &Milstein, &sde, &start, &exact);
    paths.check("Platen", diagonal, &PlatenWeak2, &sde, &start, &exact);
    paths.check("SRIW1", diagonal, &Sriw1, &sde, &start, &exact);
    paths.check("stochastic Heun", diagonal, &StochasticHeun, &Stratonovich::of_ito(sde), &start, &exact);
}

/// The same on the crate's own Brownian path, which answers any interval.
#[test]
fn strong_orders_hold_on_a_brownian_path() {
    let (sde, start) = (SinhDiffusion::new(0.1, 0.6).unwrap(), Array2::from_elem((500, 1), 0.3));
    let run = |steps, exact| {
        let times = Times::uniform(0.0, 1.0, steps).unwrap();
        let mut path = BrownianPath::consecutive(Stream::new(9, "strong order"), 0, 500, 0.0, 1.0).unwrap();
        if exact {
            return solve(&Exact, &sde, &times, start.clone(), &mut path);
        }
        solve(&Sriw1, &sde, &times, start.clone(), &mut path)
    };
    let exact = run(1, true);
    // Steps that do not nest: thirds and fifths of the unit.
    let error = |steps| (steps, root_mean_square(&run(steps, false), &exact));
    Slope::fit([12, 20, 48, 80, 96].map(error).to_vec()).assert("SRIW1 on a Brownian path", 1.5, 0.1);
}

#[test]
fn strong_orders_of_diagonal_noise_are_as_declared_where_time_enters() {
    let (sde, paths) = (circle::multiplicative(), Paths::draw(2, &[16, 32, 64, 128], 1024, 1));
    let (start, diagonal) = (Array2::from_elem((PATHS, 1), 0.3), NoiseKind::Diagonal);
    let fine = paths.run(&Sriw1, &sde, &start, 1024);
    paths.check("Euler-Maruyama", diagonal, &EulerMaruyama, &sde, &start, &fine);
    paths.check("Milstein", diagonal, &Milstein, &sde, &start, &fine);
    paths.check("Platen", diagonal, &PlatenWeak2, &sde, &start, &fine);
    paths.check("SRIW1", diagonal, &Sriw1, &sde, &start, &fine);
    paths.check("stochastic Heun", diagonal, &StochasticHeun, &Stratonovich::of_ito(sde), &start, &fine);
}

#[test]
fn strong_orders_of_diagonal_noise_are_as_declared_where_the_drift_couples() {
    let (sde, paths) = (linear_system::diagonal(), Paths::draw(3, &[16, 32, 64, 128], 1024, 2));
    let start = Array2::from_elem((PATHS, 2), 1.0);
    let fine = paths.run(&Sriw1, &sde, &start, 1024);
    paths.check("Milstein", NoiseKind::Diagonal, &Milstein, &sde, &start, &fine);
    paths.check("SRIW1", NoiseKind::Diagonal, &Sriw1, &sde, &start, &fine);
}

#[test]
fn strong_orders_of_scalar_noise_are_as_declared_on_the_kubo_oscillator() {
    let (sde, paths) = (KuboOscillator::new(0.5, 0.8).unwrap(), Paths::draw(4, &[32, 64, 128, 256], 256, 1));
    let column = |value| Array2::from_elem((PATHS, 1), value);
    let (start, scalar) = (Phase { position: column(1.0), velocity: column(-0.5) }, NoiseKind::Scalar);
    let exact = paths.run(&Exact, &sde, &start, 1);
    paths.check("Euler-Maruyama", scalar, &EulerMaruyama, &sde, &start, &exact);
    paths.check("Milstein", scalar, &Milstein, &sde, &start, &exact);
    paths.check("Platen", scalar, &PlatenWeak2, &sde, &start, &exact);
    paths.check("SRIW1", scalar, &Sriw1, &sde, &start, &exact);
    paths.check("stochastic Heun", scalar, &StochasticHeun, &Stratonovich::of_ito(sde), &start, &exact);
}

#[test]
fn strong_orders_of_scalar_noise_are_as_declared_where_drift_and_noise_do_not_commute() {
    let (sde, paths) = (linear_system::scalar(), Paths::draw(5, &[16, 32, 64, 128], 1024, 1));
    let start = Array2::from_elem((PATHS, 2), 1.0);
    let fine = paths.run(&Sriw1, &sde, &start, 1024);
    paths.check("Milstein", NoiseKind::Scalar, &Milstein, &sde, &start, &fine);
    paths.check("SRIW1", NoiseKind::Scalar, &Sriw1, &sde, &start, &fine);
}

#[test]
fn strong_orders_of_additive_noise_are_as_declared() {
    let (sde, paths) = (TimedNoise, Paths::draw(6, &[16, 32, 64, 128], 1024, 1));
    let (start, additive) = (Array2::from_elem((PATHS, 1), 0.3), NoiseKind::Additive);
    let fine = paths.run(&Sra1, &sde, &start, 1024);
    paths.check("Euler-Maruyama", additive, &EulerMaruyama, &sde, &start, &fine);
    paths.check("stochastic Heun", additive, &StochasticHeun, &Stratonovich(sde), &start, &fine);
    paths.check("SRA1", additive, &Sra1, &sde, &start, &fine);

    let pulled = LinearPull::new(3.0, sde).unwrap();
    let fine = paths.run(&Sra1, &pulled, &start, 1024);
    paths.check("exponential Euler", additive, &ExponentialEuler, &pulled, &start, &fine);
    paths.check("implicit Euler", additive, &DriftImplicitEuler, &pulled, &start, &fine);
}

/// The reference is a run with 1024 steps: what it lacks itself shifts a slope by 0.014.
#[test]
fn strong_orders_of_general_noise_are_as_declared() {
    let (sde, paths) = (linear_system::general(), Paths::draw(7, &[8, 16, 32, 64], 1024, 3));
    let (start, general) = (Array2::from_elem((PATHS, 2), 1.0), NoiseKind::General);
    let read = Stratonovich(sde.stratonovich());
    let fine = paths.run(&StochasticHeun, &read, &start, 1024);
    paths.check("Euler-Maruyama", general, &EulerMaruyama, &sde, &start, &fine);
    paths.check("stochastic Heun", general, &StochasticHeun, &read, &start, &fine);

    let pulled = LinearPull::new(0.3, sde).unwrap();
    let fine = paths.run(&EulerMaruyama, &pulled, &start, 1024);
    paths.check("exponential Euler", general, &ExponentialEuler, &pulled, &start, &fine);
    paths.check("implicit Euler", general, &DriftImplicitEuler, &pulled, &start, &fine);
}

#[test]
fn strong_orders_on_the_cox_ingersoll_ross_process_are_as_declared() {
    let (sde, paths) = (CoxIngersollRoss::new(1.0, 1.0, 0.6).unwrap(), Paths::draw(8, &[16, 32, 64, 128], 512, 1));
    let (start, diagonal) = (Array2::from_elem((PATHS, 1), 1.0), NoiseKind::Diagonal);
    let fine = paths.run(&Sriw1, &sde, &start, 512);
    paths.check("Alfonsi", diagonal, &SquareRootImplicit, &sde, &start, &fine);
    paths.check("full truncation Euler", diagonal, &EulerMaruyama, &sde, &start, &fine);
    paths.check("full truncation Milstein", diagonal, &Milstein, &sde, &start, &fine);
}

const PATHS: usize = 1000;

/// Brownian paths on [0, 1] and the numbers of steps to run on them.
struct Paths {
    cells: Cells,
    steps: Vec<usize>,
}

impl Paths {
    fn draw(seed: u64, steps: &[usize], cells: usize, columns: usize) -> Paths {
        let mut noise = SampleNoise::consecutive(Stream::new(seed, "strong order"), 0, PATHS);
        let like = Array2::zeros((PATHS, columns));
        Paths { cells: Cells::draw(0.0, 1.0, cells, &like, &mut noise), steps: steps.to_vec() }
    }

    fn run<S, X, M>(&self, method: &M, sde: &S, start: &X, steps: usize) -> X
    where
        X: Batch,
        M: Solver<S, X, Array2<f64>>,
    {
        solve(method, sde, &Times::uniform(0.0, 1.0, steps).unwrap(), start.clone(), &mut self.cells.clone())
    }

    fn check<S, X, M>(&self, name: &str, kind: NoiseKind, method: &M, sde: &S, start: &X, exact: &X)
    where
        X: Batch + Flat,
        M: Solver<S, X, Array2<f64>>,
    {
        let error = |n: &usize| (*n, root_mean_square(&self.run(method, sde, start, *n).flat(), &exact.flat()));
        let slope = Slope::fit(self.steps.iter().map(error).collect());
        println!("{name}, {kind:?}: {slope}");
        let declared = |kind| method.orders().iter().find(|(k, _)| *k == kind).map(|(_, order)| order.strong);
        let order = declared(kind).or(declared(NoiseKind::General)).flatten().expect("a strong order");
        slope.assert(name, order, 0.1);
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
        concatenate(Axis(1), &[self.position.view(), self.velocity.view()]).unwrap()
    }
}
