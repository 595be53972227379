//! The orders of the underdamped integrators, as they declare them: in law and along paths.
//!
//! A [`Recorded`] path of linear forms keeps increments and areas on a fine grid and answers for any interval made of its cells, so
//! that in a harmonic well the error along paths is exact; in the double well it is a mean over rows.

use ito_noise::{BrownianPath, SampleNoise, Stream};
use ito_sde::langevin::{Baoab, DoubleWell, Harmonic, Quicsort, Underdamped};
use ito_sde::{NoiseKind, Solver, Times, solve};
use ito_state::{Batch, Noise, Phase, Rows};
use ito_testkit::{Fresh, Gaussian, LinearForm, Slope};
use ndarray::Array2;

type Well = Underdamped<Harmonic>;

#[test]
fn baoab_has_its_declared_orders_in_a_harmonic_well() {
    let order = declared(&Baoab);
    assert_eq!((order.strong, order.weak), (Some(1.0), 2.0));
    weak_order("BAOAB", &Baoab, 2.0);
    strong_order("BAOAB", &Baoab, 1.0, [32, 45, 64, 90, 128], 16);
}

#[test]
fn quicsort_has_its_declared_orders_in_a_harmonic_well() {
    let order = declared(&Quicsort);
    assert_eq!((order.strong, order.weak), (Some(3.0), 3.0));
    weak_order("QUICSORT", &Quicsort, 3.0);
    strong_order("QUICSORT", &Quicsort, 3.0, [32, 45, 64, 90, 128], 4);
}

/// 512 Brownian paths that answer the same at every step; a quarter of the smallest step is the reference.
#[test]
fn quicsort_has_strong_order_three_in_a_double_well() {
    let rows = 512;
    let sde = Underdamped::new(DoubleWell::new(0.5, 1.0).unwrap(), 1.0, 1.0).unwrap();
    let path = BrownianPath::consecutive(Stream::new(23, "underdamped/orders"), 0, rows, 0.0, 2.0).unwrap();
    let start = Phase { position: Array2::<f64>::zeros((rows, 1)), velocity: Array2::ones((rows, 1)) };
    let end = |steps: usize| {
        let times = Times::uniform(0.0, 2.0, steps).unwrap();
        solve(&Quicsort, &sde, &times, start.clone(), &mut path.clone())
    };
    let exact = end(1024);
    let error = |steps: usize| {
        let off = Phase::lincomb(&[(1.0, &end(steps)), (-1.0, &exact)]);
        (off.dot_rows(&off).iter().sum::<f64>() / rows as f64).sqrt()
    };
    let errors = [32, 64, 128, 256].map(|n| (n, error(n)));
    Slope::fit(errors.to_vec()).assert("QUICSORT in a double well", 3.0, 0.1);
}

/// What the noise's areas are, from the path itself: `H = 1/h int (B - u/h B(h)) du`, `K = 1/h^2 int (B - u/h B(h))(h/2 - u) du`.
#[test]
fn recorded_areas_are_integrals_of_the_recorded_path() {
    let mut noise = SampleNoise::consecutive(Stream::new(2, "underdamped/areas"), 0, 3);
    let (like, cells, span) = (Array2::<f64>::zeros((3, 1)), 4000, 2.0);
    let mut path = Recorded::draw(&like, span, cells, &mut noise);
    let (from, to) = (500, 3500);
    let [w, area, second] = path.increment_with_areas(span * 500.0 / 4000.0, span * 3500.0 / 4000.0, &like);
    let (cell, h) = (span / cells as f64, span * 3000.0 / 4000.0);
    for row in 0..3 {
        let (mut b, mut first, mut last) = (0.0, 0.0, 0.0);
        for (i, [dw, ..]) in path.cells[from..to].iter().enumerate() {
            let (u, middle) = (cell * (i as f64 + 0.5), b + dw[[row, 0]] / 2.0);
            let bridge = middle - u / h * w[[row, 0]];
            first += bridge * cell / h;
            last += bridge * (h / 2.0 - u) * cell / (h * h);
            b += dw[[row, 0]];
        }
        assert!((b - w[[row, 0]]).abs() < 1e-12);
        assert!((first - area[[row, 0]]).abs() < 1e-3 && (last - second[[row, 0]]).abs() < 1e-3);
    }
    let size = |x: &Array2<f64>| x.iter().map(|v| v.abs()).sum::<f64>();
    assert!(size(&area) > 0.1 && size(&second) > 0.02, "areas that can be told from 0: {area} {second}");
}

fn well() -> Well {
    Underdamped::new(Harmonic::new(2.0).unwrap(), 1.2, 0.7).unwrap()
}

fn declared<M: Solver<Well, Phase<LinearForm>, LinearForm>>(method: &M) -> ito_sde::Order {
    let [(NoiseKind::Additive, order)] = method.orders() else { panic!("one kind of noise") };
    *order
}

/// Covariances against the exact transition's, from a start at rest at 1.
fn weak_order<M: Solver<Well, Phase<LinearForm>, LinearForm>>(claim: &str, method: &M, order: f64) {
    let exact = well().transition(1.5).unwrap();
    let law = |steps| {
        let mut noise = Fresh::default();
        let mut one = Gaussian::isotropic(1, 0.0);
        one.mean[0] = 1.0;
        let start = Phase { position: noise.draw(&one), velocity: noise.draw(&Gaussian::isotropic(1, 0.0)) };
        solve(method, &well(), &Times::uniform(0.0, 1.5, steps).unwrap(), start, &mut noise)
    };
    let variances = |x: &Phase<LinearForm>| [&x.position, &x.velocity].map(|x| x.law().covariance[[0, 0]]);
    let means = |x: &Phase<LinearForm>| [&x.position, &x.velocity].map(|x| x.law().mean[0]);
    let far = |a: [f64; 2], b: [f64; 2]| (a[0] - b[0]).abs() + (a[1] - b[1]).abs();
    let spread = [exact.covariance[0][0], exact.covariance[1][1]];
    let errors = [64, 90, 128, 181, 256].map(|n| (n, far(variances(&law(n)), spread)));
    Slope::fit(errors.to_vec()).assert(&format!("variances of {claim}"), order, 0.1);
    let errors = [64, 90, 128, 181, 256].map(|n| (n, far(means(&law(n)), [exact.matrix[0][0], exact.matrix[1][0]])));
    Slope::fit(errors.to_vec()).assert(&format!("means of {claim}"), order, 0.1);
}

/// The root of the mean squared distance to the same method at steps `finer` times smaller on the same path: a fixed share of the
/// error itself.
fn strong_order<M>(claim: &str, method: &M, order: f64, counts: [usize; 5], finer: usize)
where
    M: Solver<Well, Phase<LinearForm>, LinearForm>,
{
    let error = |steps: usize| {
        let mut noise = Fresh::default();
        let zero = noise.draw(&Gaussian::isotropic(1, 0.0));
        let start = Phase { position: zero.clone(), velocity: zero };
        let path = Recorded::draw(&start.position, 1.5, steps * finer, &mut noise);
        let end =
            |steps| solve(method, &well(), &Times::uniform(0.0, 1.5, steps).unwrap(), start.clone(), &mut path.clone());
        let off = Phase::lincomb(&[(1.0, &end(steps)), (-1.0, &end(steps * finer))]);
        [off.position, off.velocity].map(|x| x.law().covariance[[0, 0]]).iter().sum::<f64>().sqrt()
    };
    Slope::fit(counts.map(|n| (n, error(n))).to_vec()).assert(&format!("paths of {claim}"), order, 0.1);
}

/// A Brownian path on `[0, span]`, known by its increment and areas on equal cells.
#[derive(Clone)]
struct Recorded<X> {
    cell: f64,
    cells: Vec<[X; 3]>,
}

impl<X: Batch> Recorded<X> {
    fn draw(like: &X, span: f64, count: usize, noise: &mut impl Noise<X>) -> Self {
        let cell = span / count as f64;
        Recorded { cell, cells: (0..count).map(|_| noise.increment_with_areas(0.0, cell, like)).collect() }
    }
}

impl<X: Batch> Noise<X> for Recorded<X> {
    fn normal_like(&mut self, _like: &X) -> X {
        panic!("a recorded path has increments alone")
    }

    fn uniform_rows(&mut self, _like: &X) -> Vec<f64> {
        panic!("a recorded path has increments alone")
    }

    fn increment(&mut self, from: f64, to: f64, like: &X) -> X {
        let [w, ..] = self.increment_with_areas(from, to, like);
        w
    }

    /// From `int B du` and `int B u du` over the interval. In a cell of width `c` that starts at `u = a` with `B = b`:
    /// `int B du = c (b + w/2 + H)` and `int B u du = b (a c + c^2/2) + a c (w/2 + H) + c^2 (w/3 + H/2 - K)`.
    fn increment_with_areas(&mut self, from: f64, to: f64, _like: &X) -> [X; 3] {
        let (c, first, last) = (self.cell, (from / self.cell).round() as usize, (to / self.cell).round() as usize);
        let h = c * (last - first) as f64;
        let (mut w, mut area, mut second) = (Vec::new(), Vec::new(), Vec::new());
        for (i, [dw, dh, dk]) in self.cells[first..last].iter().enumerate() {
            let (a, left) = (c * i as f64, h - c * (i + 1) as f64);
            // This cell's increment is in `B` at all later cells: `left` is their width.
            let later = (h * h - (h - left).powi(2)) / 2.0;
            w.push((1.0, dw));
            area.push((left + c / 2.0, dw));
            area.push((c, dh));
            second.push((later + a * c / 2.0 + c * c / 3.0, dw));
            second.push((a * c + c * c / 2.0, dh));
            second.push((-c * c, dk));
        }
        let (w, integral, moment) = (X::lincomb(&w), X::lincomb(&area), X::lincomb(&second));
        let area = X::lincomb(&[(1.0 / h, &integral), (-0.5, &w)]);
        let second = X::lincomb(&[(0.5, &area), (-1.0 / (h * h), &moment), (1.0 / 3.0, &w)]);
        [w, area, second]
    }
}
