use std::f64::consts::{PI, TAU};

use ito_state::Noise;
use ndarray::{Array1, Array2, Axis, concatenate};

/// Nodes and weights of the Gauss-Hermite rule for a standard normal: exact for polynomials up to degree `2 count - 1`.
pub fn gauss_hermite(count: usize) -> Vec<(f64, f64)> {
    // Orthonormal Hermite polynomials: h_{n+1} = (x h_n - sqrt(n) h_{n-1}) / sqrt(n + 1).
    let last_two = |x: f64| {
        let next =
            |(before, h): (f64, f64), n: usize| (h, (x * h - (n as f64).sqrt() * before) / (n as f64 + 1.0).sqrt());
        (0..count).fold((0.0, 1.0), next)
    };
    let (edge, cuts) = (2.0 * (count as f64).sqrt() + 1.0, 400 * count);
    let at = |i: usize| edge * (2.0 * i as f64 / cuts as f64 - 1.0) + 1e-9;
    let changes = (0..cuts).filter(|&i| last_two(at(i)).1.signum() != last_two(at(i + 1)).1.signum());
    let root = |i: usize| {
        let (mut low, mut high) = (at(i), at(i + 1));
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            let same = last_two(middle).1.signum() == last_two(low).1.signum();
            *if same { &mut low } else { &mut high } = middle;
        }
        let x = 0.5 * (low + high);
        (x, 1.0 / (count as f64 * last_two(x).0.powi(2)))
    };
    let rule: Vec<_> = changes.map(root).collect();
    assert_eq!(rule.len(), count, "as many roots as the degree");
    rule
}

/// Noise for quadrature: each normal asked for is the next dimension of a product rule, one row a node.
#[derive(Clone, Debug)]
pub struct Nodes {
    dimensions: Vec<Array1<f64>>,
    weights: Array1<f64>,
    /// Each row of a state is repeated this often, once a node, by [`Nodes::repeat`].
    next: usize,
}

impl Nodes {
    /// The product of Gauss-Hermite rules, as many nodes a dimension as listed.
    pub fn product(counts: &[usize]) -> Nodes {
        let mut nodes = vec![(vec![], 1.0)];
        for &count in counts {
            let rule = gauss_hermite(count);
            let with = |(z, w): &(Vec<f64>, f64)| {
                rule.iter().map(|(x, v)| ([z.as_slice(), &[*x]].concat(), w * v)).collect::<Vec<_>>()
            };
            nodes = nodes.iter().flat_map(with).collect();
        }
        let dimension = |d: usize| nodes.iter().map(|(z, _)| z[d]).collect();
        Nodes {
            dimensions: (0..counts.len()).map(dimension).collect(),
            weights: nodes.iter().map(|(_, w)| *w).collect(),
            next: 0,
        }
    }

    /// The weight of each node.
    pub fn weights(&self) -> &Array1<f64> {
        &self.weights
    }

    /// Every row once a node: rows `k n .. (k + 1) n` are copies of row `k`. The dimensions start anew.
    pub fn repeat(&mut self, x: &Array2<f64>) -> Array2<f64> {
        self.next = 0;
        let picks: Vec<usize> = (0..x.nrows()).flat_map(|k| vec![k; self.weights.len()]).collect();
        x.select(Axis(0), &picks)
    }

    /// The mean over the nodes of each repeated row.
    pub fn mean(&self, x: &Array2<f64>) -> Array2<f64> {
        let rows = x.axis_chunks_iter(Axis(0), self.weights.len());
        let means: Vec<_> = rows.map(|rows| self.weights.dot(&rows).insert_axis(Axis(0))).collect();
        concatenate(Axis(0), &means.iter().map(|row| row.view()).collect::<Vec<_>>()).expect("rows of one width")
    }
}

/// Every column is a dimension of its own.
impl Noise<Array2<f64>> for Nodes {
    fn normal_like(&mut self, like: &Array2<f64>) -> Array2<f64> {
        let count = self.weights.len();
        let first = self.next;
        self.next += like.ncols();
        Array2::from_shape_fn(like.raw_dim(), |(row, column)| self.dimensions[first + column][row % count])
    }

    fn uniform_rows(&mut self, _like: &Array2<f64>) -> Vec<f64> {
        panic!("a normal rule has no uniform numbers")
    }
}

/// Expectations on the circle: for coefficients and functions of period `2 pi`, `E[f(X(T)) | X(0)]` of a scheme and of the SDE
/// itself, both to rounding and without Monte Carlo, by Gauss-Hermite nodes and trigonometric interpolation.
#[derive(Clone, Debug)]
pub struct Circle {
    points: usize,
}

impl Circle {
    /// An odd number of points.
    pub fn new(points: usize) -> Circle {
        assert!(!points.is_multiple_of(2), "trigonometric interpolation wants an odd number of points");
        Circle { points }
    }

    fn at(&self, k: usize) -> f64 {
        TAU * k as f64 / self.points as f64
    }

    /// The interpolation of unit values at point `k`.
    fn cardinal(&self, x: f64, k: usize) -> f64 {
        let (n, half) = (self.points as f64, 0.5 * (x - self.at(k)));
        let sin = half.sin();
        if sin.abs() < 1e-12 { 1.0 } else { (n * half).sin() / (n * sin) }
    }

    /// `E[f(X_n)]` from every point, for a scheme that steps a column of states over `times`.
    pub fn expect(
        &self,
        times: &[f64],
        nodes: &mut Nodes,
        step: impl Fn(f64, f64, &Array2<f64>, &mut Nodes) -> Array2<f64>,
        f: impl Fn(f64) -> f64,
    ) -> Array1<f64> {
        let grid = Array2::from_shape_fn((self.points, 1), |(k, _)| self.at(k));
        let mut values = Array1::from_shape_fn(self.points, |k| f(self.at(k)));
        for pair in times.windows(2).rev() {
            let starts = nodes.repeat(&grid);
            let ends = step(pair[0], pair[1], &starts, nodes);
            let interpolated = ends.mapv(|x| (0..self.points).map(|k| self.cardinal(x, k) * values[k]).sum::<f64>());
            values = nodes.mean(&interpolated).remove_axis(Axis(1));
        }
        values
    }

    /// `E[f(X(to))]` from every point at `from` for `dX = drift dt + diffusion dW` in Ito's reading: the backward equation
    /// `-du/dt = drift u' + diffusion^2 u'' / 2`, spectral in space, 2000 Runge-Kutta steps in time.
    pub fn exact(
        &self,
        from: f64,
        to: f64,
        drift: impl Fn(f64, f64) -> f64,
        diffusion: impl Fn(f64, f64) -> f64,
        f: impl Fn(f64) -> f64,
    ) -> Array1<f64> {
        let n = self.points;
        let derivative = Array2::from_shape_fn((n, n), |(i, k)| {
            let sign = if (i + k).is_multiple_of(2) { 0.5 } else { -0.5 };
            if i == k { 0.0 } else { sign / (PI * (i as f64 - k as f64) / n as f64).sin() }
        });
        let second = derivative.dot(&derivative);
        let rate = |t: f64, u: &Array1<f64>| {
            let (slope, curve) = (derivative.dot(u), second.dot(u));
            let at = |k| drift(t, self.at(k)) * slope[k] + 0.5 * diffusion(t, self.at(k)).powi(2) * curve[k];
            Array1::from_shape_fn(n, at)
        };
        let mut u = Array1::from_shape_fn(n, |k| f(self.at(k)));
        let steps = 2000;
        let h = (to - from) / f64::from(steps);
        for i in 0..steps {
            let t = to - h * f64::from(i);
            let k1 = rate(t, &u);
            let k2 = rate(t - 0.5 * h, &(&u + &(&k1 * (0.5 * h))));
            let k3 = rate(t - 0.5 * h, &(&u + &(&k2 * (0.5 * h))));
            let k4 = rate(t - h, &(&u + &(&k3 * h)));
            u = u + (k1 + 2.0 * (k2 + k3) + k4) * (h / 6.0);
        }
        u
    }
}
