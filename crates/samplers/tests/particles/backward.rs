//! Weighted expectations of a run without Monte Carlo: the discrete Kolmogorov equation, backwards, through the sampler's own steps.

use ito_samplers::Denoiser;
use ito_samplers::particles::{FeynmanKac, Particles};
use ito_schedules::{Grid, Level};
use ito_testkit::{Mesh, Nodes, integrate};
use ndarray::Array2;

/// What a start in the unnormalised density `q` of the first level comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weighted {
    /// `log E[w]` for a start in `q / Z`: `log(Z_end / Z_start)` but for the steps.
    pub log_ratio: f64,
    /// `E[w x] / E[w]`.
    pub mean: f64,
    /// The weighted variance.
    pub variance: f64,
}

const EDGE: f64 = 6.5;

/// For one number a particle. `f(x) = E[w | x]` and the weighted means of `x` and `x^2` given where the particle is, one level
/// after another; each level's on an even mesh, with polynomials of degree 5 between.
pub fn backward<D: Denoiser<Array2<f64>>>(
    sampler: &FeynmanKac<D>,
    levels: &[Level],
    log_density: impl Fn(f64) -> f64,
) -> Weighted {
    let even = Mesh::new(EDGE, 160);
    let mesh = even.points();
    let x = Array2::from_shape_vec((mesh.len(), 1), mesh.clone()).unwrap();
    let mut nodes = Nodes::product(&[16]);
    let mut known = [vec![0.0; mesh.len()], mesh.clone(), mesh.iter().map(|x| x * x).collect()];
    for pair in levels.windows(2).rev() {
        let start = nodes.repeat(&x);
        let one = Grid::new(pair.to_vec()).unwrap();
        let end = sampler.sample(&one, Particles::equal(start), &mut nodes).unwrap().particles;
        let count = nodes.weights().len();
        let mut earlier = [(); 3].map(|()| Vec::with_capacity(mesh.len()));
        for k in 0..mesh.len() {
            let rows = k * count..(k + 1) * count;
            let there = rows.clone().map(|row| [0, 1, 2].map(|i| even.between(&known[i], end.x[[row, 0]])));
            let logs: Vec<[f64; 3]> = there.zip(&end.log_weights[rows]).map(|([f, m, s], l)| [f + l, m, s]).collect();
            let top = logs.iter().map(|l| l[0]).fold(f64::NEG_INFINITY, f64::max);
            let mut sums = [0.0; 3];
            for ([log, m, s], weight) in logs.iter().zip(nodes.weights()) {
                let share = weight * (log - top).exp();
                [share, share * m, share * s].iter().zip(&mut sums).for_each(|(part, sum)| *sum += part);
            }
            earlier[0].push(top + sums[0].ln());
            earlier[1].push(sums[1] / sums[0]);
            earlier[2].push(sums[2] / sums[0]);
        }
        known = earlier;
    }
    let over = |f: &dyn Fn(f64) -> f64| integrate(|x| log_density(x).exp() * f(x), -EDGE, EDGE, 400);
    let weight = |x: f64| even.between(&known[0], x).exp();
    let (mass, total) = (over(&|_| 1.0), over(&weight));
    let mean = over(&|x| weight(x) * even.between(&known[1], x)) / total;
    let square = over(&|x| weight(x) * even.between(&known[2], x)) / total;
    Weighted { log_ratio: (total / mass).ln(), mean, variance: square - mean * mean }
}
