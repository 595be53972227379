//! What holds for any grid, any sides, any coefficients and any step: mass balances, nothing goes negative, and the
//! backward operator is the transpose.

mod fokker_planck_support;

use fokker_planck_support::{sound, steps};
use ito_sde::fokker_planck::{Density1, Density2, Edges, Equation1, Equation2, Grid1, Grid2, Scheme, Side};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

/// Widths, sides and rough coefficients: a wave with jumps, a diffusion that is zero on parts of the line.
#[derive(Clone, Debug)]
struct Case {
    widths: Vec<f64>,
    edges: Edges,
    speed: f64,
    waves: f64,
    diffusion: f64,
    holes: bool,
    source: bool,
    step: f64,
    masses: Vec<f64>,
}

impl Case {
    fn grid(&self) -> Grid1 {
        let faces = self.widths.iter().scan(-1.0, |x, w| {
            *x += w;
            Some(*x)
        });
        Grid1::new(std::iter::once(-1.0).chain(faces).collect()).unwrap()
    }

    fn drift(&self, t: f64, x: f64) -> f64 {
        let wave = (self.waves * x + 3.0 * t).sin();
        self.speed * (wave + if wave > 0.5 { 2.0 } else { 0.0 })
    }

    fn diffusion(&self, t: f64, x: f64) -> f64 {
        let hole = self.holes && (self.waves * x).cos() > 0.3;
        if hole { 0.0 } else { self.diffusion * (1.0 + 0.9 * (7.0 * x - t).sin()) }
    }

    fn equation(&self, grid: &Grid1) -> Equation1<'_> {
        let equation =
            Equation1::new(grid, |t, x| self.drift(t, x), |t, x| self.diffusion(t, x)).with_edges(self.edges);
        if self.source { equation.with_source(|t, x| (t + x).sin().powi(2)) } else { equation }
    }

    fn start(&self, grid: &Grid1) -> Density1 {
        let values = (0..grid.cells()).map(|i| self.masses[i % self.masses.len()] / grid.width(i)).collect();
        Density1::new(grid, values).unwrap()
    }
}

fn side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Reflecting), Just(Side::Absorbing), Just(Side::Open)]
}

fn case() -> impl Strategy<Value = Case> {
    let edges =
        prop_oneof![Just(Edges::Periodic), (side(), side()).prop_map(|(left, right)| Edges::Sides { left, right }),];
    let widths = prop::collection::vec((-6.0..0.0_f64).prop_map(f64::exp), 3..40);
    let masses = prop::collection::vec(prop_oneof![Just(0.0), 0.0..1.0_f64, Just(1e-300)], 1..40)
        .prop_filter("some mass", |masses| masses.iter().take(3).sum::<f64>() > 1e-3);
    let shape = (-5.0..5.0_f64, 0.0..20.0_f64, (-9.0..0.0_f64).prop_map(f64::exp), any::<bool>(), any::<bool>());
    (widths, edges, shape, (-8.0..1.5_f64).prop_map(f64::exp), masses).prop_map(
        |(widths, edges, (speed, waves, diffusion, holes, source), step, masses)| Case {
            widths,
            edges,
            speed,
            waves,
            diffusion,
            holes,
            source,
            step,
            masses,
        },
    )
}

#[test]
fn mass_balances_and_nothing_goes_negative_on_any_line() {
    check(200, |case| {
        let grid = case.grid();
        let (equation, start) = (case.equation(&grid), case.start(&grid));
        for scheme in [Scheme::Exponential, Scheme::ImplicitEuler] {
            let run = equation.evolve(&start, &steps(4.0 * case.step, 4), scheme).unwrap();
            sound(&run.balance);
            assert!((run.density.mass() - run.balance.after).abs() <= 1e-13 * run.balance.after);
        }
        let bound = (0..9).map(|k| equation.generator(0.05 * f64::from(k)).unwrap().crank_nicolson_bound());
        let step = bound.fold(0.1, f64::min) * 0.5;
        if step > 1e-9 {
            sound(&equation.evolve(&start, &steps(4.0 * step, 4), Scheme::CrankNicolson).unwrap().balance);
        }
    });
}

#[test]
fn mass_balances_and_nothing_goes_negative_in_any_rectangle() {
    check(60, |case| {
        let (grid, edges) = plane(case);
        let equation = across(case, &grid, edges);
        let values = (0..grid.cells()).map(|i| case.masses[(i * 7) % case.masses.len()]).collect();
        let Ok(start) = Density2::new(&grid, values) else { return };
        for scheme in [Scheme::Exponential, Scheme::ImplicitEuler] {
            sound(&equation.evolve(&start, &steps(2.0 * case.step, 2), scheme).unwrap().balance);
        }
        let step = equation.generator(0.0).unwrap().crank_nicolson_bound().min(0.1) * 0.5;
        if step > 1e-9 {
            sound(&equation.evolve(&start, &steps(2.0 * step, 2), Scheme::CrankNicolson).unwrap().balance);
        }
    });
}

#[test]
fn the_backward_operator_is_the_transpose_on_any_line() {
    check(200, |case| {
        let grid = case.grid();
        let generator = case.equation(&grid).generator(0.3).unwrap();
        let (f, p) = functions(grid.cells());
        let inner = |a: &[f64], b: &[f64]| pair(a, b, |i| grid.width(i));
        let (lf, lp) = (generator.backward(&f).unwrap(), generator.forward(&p).unwrap());
        transposed(inner(&lf, &p), inner(&f, &lp), 1e-13);
    });
}

#[test]
fn the_backward_operator_is_the_transpose_in_any_rectangle() {
    check(60, |case| {
        let (grid, edges) = plane(case);
        let generator = across(case, &grid, edges).generator(0.3).unwrap();
        let (f, p) = functions(grid.cells());
        let inner = |a: &[f64], b: &[f64]| pair(a, b, |i| grid.area(i));
        let (lf, lp) = (generator.backward(&f).unwrap(), generator.forward(&p).unwrap());
        transposed(inner(&lf, &p), inner(&f, &lp), 1e-13);
    });
}

/// `(I - h A) p_1 = p_0 + h s`: elimination on a line and around a ring, at any step.
#[test]
fn an_implicit_step_solves_its_equation_on_any_line() {
    check(200, |case| {
        let grid = case.grid();
        let (equation, start) = (case.equation(&grid), case.start(&grid));
        let end = equation.evolve(&start, &steps(case.step, 1), Scheme::ImplicitEuler).unwrap().density;
        let change = equation.generator(case.step).unwrap().forward(end.values()).unwrap();
        let source = equation.source(case.step).unwrap();
        let rate = 2.0 / equation.generator(case.step).unwrap().crank_nicolson_bound();
        for i in 0..grid.cells() {
            let (p, q) = (end.values()[i], start.values()[i]);
            let wrong = p - case.step * (change[i] + source[i]) - q;
            let size = (1.0 + case.step * rate) * end.mass() / grid.width(i);
            assert!(wrong.abs() <= 1e-13 * size, "cell {i}: {wrong:e} of {size:e}");
        }
    });
}

/// `E[f(X_T)]` by the backward equation from every start, or by the forward one from all together.
#[test]
fn expectations_backward_are_those_of_the_density_forward() {
    check(60, |case| {
        let case = Case { source: false, ..case.clone() };
        let grid = case.grid();
        let (equation, start, times) = (case.equation(&grid), case.start(&grid), steps(3.0 * case.step, 3));
        let (f, _) = functions(grid.cells());
        let u = equation.expectation(&f, &times).unwrap();
        let run = equation.evolve(&start, &times, Scheme::Exponential).unwrap();
        let inner = |a: &[f64], b: &[f64]| pair(a, b, |i| grid.width(i));
        let rounding = 1e-13 + 1e-16 * run.balance.work as f64;
        transposed(inner(&u, start.values()), inner(&f, run.density.values()), rounding);
    });
}

fn plane(case: &Case) -> (Grid2, [Edges; 2]) {
    let other = Grid1::clustered(-0.5, 1.0, 3 + case.masses.len() % 5, 0.2, 0.4).unwrap();
    let second = if case.holes { Edges::Periodic } else { Edges::Sides { left: Side::Absorbing, right: Side::Open } };
    (Grid2::new(case.grid(), other), [case.edges, second])
}

fn across<'a>(case: &'a Case, grid: &Grid2, [along, across]: [Edges; 2]) -> Equation2<'a> {
    let equation = Equation2::new(
        grid,
        |t, [x, y]| [case.drift(t, x + y), case.drift(t, x - 2.0 * y)],
        |t, [x, y]| [case.diffusion(t, x + y), case.diffusion(t, x * y)],
    )
    .with_edges(along, across);
    if case.source { equation.with_source(|t, [x, y]| (t + x * y).sin().powi(2)) } else { equation }
}

/// A wavy function, and one of a single sign: what is compared does not vanish by symmetry.
fn functions(cells: usize) -> (Vec<f64>, Vec<f64>) {
    let f = (0..cells).map(|i| (1.7 * i as f64).sin() + 0.3).collect();
    (f, (0..cells).map(|i| 1.0 + (0.9 * i as f64).cos()).collect())
}

/// The sum, and the sum of sizes, which rounding is relative to.
fn pair(a: &[f64], b: &[f64], volume: impl Fn(usize) -> f64) -> (f64, f64) {
    let terms: Vec<f64> = a.iter().zip(b).enumerate().map(|(i, (a, b))| a * b * volume(i)).collect();
    (terms.iter().sum(), terms.iter().map(|term| term.abs()).sum())
}

fn transposed((left, size_left): (f64, f64), (right, size_right): (f64, f64), rounding: f64) {
    let size = size_left.max(size_right);
    assert!((left - right).abs() <= rounding * size, "{left} and {right} differ by {:e} of {size}", left - right);
}

fn check(cases: u32, law: impl Fn(&Case)) {
    let config = Config { cases, rng_seed: RngSeed::Fixed(11), failure_persistence: None, ..Config::default() };
    proptest!(config, |(case in case())| law(&case));
}
