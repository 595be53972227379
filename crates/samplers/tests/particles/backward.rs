//! Weighted expectations of a run without Monte Carlo: the discrete Kolmogorov equation, backwards, through the sampler's own steps.

use ito_samplers::Denoiser;
use ito_samplers::particles::{FeynmanKac, Particles};
use ito_schedules::{Grid, Level};
use ito_testkit::{Nodes, integrate};
use ndarray::Array2;

/// What a start in the unnormalised density `q` of the first level comes to.
#[derive(Clone, Copy, Debug)]
pub struct Weighted {
    /// `log E[w]` for a start in `q / Z`: `log(Z_end / Z_start)` but for the steps.
    pub log_ratio: f64,
    /// `E[w x] / E[w]`.
    pub mean: f64,
    /// The weighted variance.
    pub variance: f64,
}

const EDGE: f64 = 6.5;
const CELLS: usize = 160;

/// For one number a particle. `f(x) = E[w | x]` and the weighted means of `x` and `x^2` given where the particle is, one level
/// after another; each level's on an even mesh, with polynomials of degree 5 between.
pub fn backward<D: Denoiser<Array2<f64>>>(
    sampler: &FeynmanKac<D>,
    levels: &[Level],
    log_density: impl Fn(f64) -> f64,
) -> Weighted {
    let mesh: Vec<f64> = (0..=CELLS).map(|k| EDGE * (2.0 * k as f64 / CELLS as f64 - 1.0)).collect();
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
            let there = rows.clone().map(|row| [0, 1, 2].map(|i| between(&known[i], end.x[[row, 0]])));
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
    let weight = |x: f64| between(&known[0], x).exp();
    let (mass, total) = (over(&|_| 1.0), over(&weight));
    let mean = over(&|x| weight(x) * between(&known[1], x)) / total;
    let square = over(&|x| weight(x) * between(&known[2], x)) / total;
    Weighted { log_ratio: (total / mass).ln(), mean, variance: square - mean * mean }
}

/// Lagrange's polynomial through the six nearest points of the mesh; beyond its ends a parabola through wide points, which does not
/// blow rounding up.
fn between(values: &[f64], x: f64) -> f64 {
    let place = (x + EDGE) / (2.0 * EDGE) * CELLS as f64;
    let points: Vec<f64> = if place < 0.0 {
        vec![0.0, 10.0, 20.0]
    } else if place > CELLS as f64 {
        [20, 10, 0].map(|k| (CELLS - k) as f64).to_vec()
    } else {
        let first = (place.floor() - 2.0).clamp(0.0, (CELLS - 5) as f64);
        (0..6).map(|k| first + f64::from(k)).collect()
    };
    let basis = |i: f64| points.iter().filter(|j| **j != i).map(|j| (place - j) / (i - j)).product::<f64>();
    points.iter().map(|&i| values[i as usize] * basis(i)).sum()
}
