//! `dX = A X dt + sum_k B_k X dW_k`: matrices that do not commute, any number of noises, exact first and second moments.

use ito_sde::{Commutative, Diagonal, ScalarNoise, Sde, Solver, Times};
use ito_testkit::Nodes;
use ndarray::linalg::kron;
use ndarray::{Array2, Axis, array, s};

#[derive(Clone)]
pub struct LinearSystem {
    pub a: Array2<f64>,
    pub b: Vec<Array2<f64>>,
}

/// Two coordinates, three noises.
pub fn general() -> LinearSystem {
    let turn = array![[0.1, -0.4], [0.35, 0.0]];
    let stretch = array![[0.3, 0.0], [0.1, -0.2]];
    let shear = array![[0.0, 0.4], [0.0, 0.1]];
    LinearSystem { a: array![[-0.5, 0.8], [-0.3, 0.2]], b: vec![turn, stretch, shear] }
}

/// Two coordinates, one noise.
pub fn scalar() -> OneNoise {
    let LinearSystem { a, .. } = general();
    OneNoise(LinearSystem { a, b: vec![array![[0.3, -0.5], [0.4, 0.1]]] })
}

impl LinearSystem {
    /// The same process in Stratonovich's reading.
    pub fn stratonovich(&self) -> LinearSystem {
        let a = self.b.iter().fold(self.a.clone(), |a, b| a - b.dot(b) * 0.5);
        LinearSystem { a, b: self.b.clone() }
    }

    /// `E X(time)` and `E X(time) x X(time)` as matrices on the start.
    pub fn moments(&self, time: f64) -> [Array2<f64>; 2] {
        let eye = Array2::eye(self.a.nrows());
        let drift = kron(&self.a, &eye) + kron(&eye, &self.a);
        let second = self.b.iter().fold(drift, |sum, b| sum + kron(b, b));
        [exponential(&(&self.a * time)), exponential(&(second * time))]
    }
}

/// The same of a method in equal steps; its step is linear in the state.
pub fn moments_of<S, M: Solver<S, Array2<f64>>>(
    method: &M,
    sde: &S,
    dim: usize,
    times: &Times,
    nodes: &mut Nodes,
) -> [Array2<f64>; 2] {
    let (from, to) = times.pairs().next().unwrap();
    let starts = nodes.repeat(&Array2::eye(dim));
    let ends = method.step(sde, from, to, &starts, nodes);
    let first = nodes.mean(&ends).reversed_axes();
    let count = nodes.weights().len();
    let mut second = Array2::zeros((dim * dim, dim * dim));
    for (q, weight) in nodes.weights().iter().enumerate() {
        let map = ends.slice(s![q..;count, ..]).reversed_axes();
        second.scaled_add(*weight, &kron(&map, &map));
    }
    [first, second].map(|one| (1..times.steps()).fold(one.clone(), |all, _| all.dot(&one)))
}

fn exponential(x: &Array2<f64>) -> Array2<f64> {
    let halved = x / 1024.0;
    let (mut sum, mut term) = (Array2::eye(x.nrows()), Array2::eye(x.nrows()));
    for k in 1..12 {
        term = term.dot(&halved) / f64::from(k);
        sum += &term;
    }
    (0..10).fold(sum, |sum, _| sum.dot(&sum))
}

impl Sde<Array2<f64>> for LinearSystem {
    fn drift(&self, _t: f64, x: &Array2<f64>) -> Array2<f64> {
        x.dot(&self.a.t())
    }
    fn diffuse(&self, _t: f64, x: &Array2<f64>, dw: &Array2<f64>) -> Array2<f64> {
        let columns = self.b.iter().zip(dw.axis_iter(Axis(1)));
        columns.fold(Array2::zeros(x.raw_dim()), |sum, (b, w)| sum + x.dot(&b.t()) * w.insert_axis(Axis(1)))
    }
    fn wiener_like(&self, x: &Array2<f64>) -> Array2<f64> {
        Array2::zeros((x.nrows(), self.b.len()))
    }
}

/// With one matrix `B`.
#[derive(Clone)]
pub struct OneNoise(pub LinearSystem);

impl Sde<Array2<f64>> for OneNoise {
    fn drift(&self, t: f64, x: &Array2<f64>) -> Array2<f64> {
        self.0.drift(t, x)
    }
    fn diffuse(&self, t: f64, x: &Array2<f64>, dw: &Array2<f64>) -> Array2<f64> {
        self.0.diffuse(t, x, dw)
    }
    fn wiener_like(&self, x: &Array2<f64>) -> Array2<f64> {
        self.0.wiener_like(x)
    }
}

impl Commutative<Array2<f64>> for OneNoise {
    fn diffuse_slope(&self, t: f64, x: &Array2<f64>, w: &Array2<f64>) -> Array2<f64> {
        let twice = self.0.b[0].dot(&self.0.b[0]);
        LinearSystem { a: self.0.a.clone(), b: vec![twice] }.diffuse(t, x, w)
    }
}

impl ScalarNoise<Array2<f64>> for OneNoise {}

/// Two coordinates, each with its own noise in proportion to itself; the drift couples them.
pub fn diagonal() -> OwnNoise {
    let LinearSystem { a, .. } = general();
    OwnNoise(LinearSystem { a, b: vec![array![[0.5, 0.0], [0.0, 0.0]], array![[0.0, 0.0], [0.0, 0.7]]] })
}

/// With `B_k` zero but for its entry `(k, k)`.
#[derive(Clone)]
pub struct OwnNoise(pub LinearSystem);

impl Sde<Array2<f64>> for OwnNoise {
    fn drift(&self, t: f64, x: &Array2<f64>) -> Array2<f64> {
        self.0.drift(t, x)
    }
    fn diffuse(&self, t: f64, x: &Array2<f64>, dw: &Array2<f64>) -> Array2<f64> {
        self.0.diffuse(t, x, dw)
    }
    fn wiener_like(&self, x: &Array2<f64>) -> Array2<f64> {
        x.clone()
    }
}

impl Commutative<Array2<f64>> for OwnNoise {
    fn diffuse_slope(&self, t: f64, x: &Array2<f64>, w: &Array2<f64>) -> Array2<f64> {
        let twice = self.0.b.iter().map(|b| b.dot(b)).collect();
        LinearSystem { a: self.0.a.clone(), b: twice }.diffuse(t, x, w)
    }
}

impl Diagonal<Array2<f64>> for OwnNoise {}
