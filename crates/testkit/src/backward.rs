use ito_samplers::{Denoiser, Sampler, Step};
use ito_schedules::{Grid, Path};
use ndarray::Array2;

use crate::{Mesh, Nodes};

/// What a sampler's run down the grid makes of functions on the line, without Monte Carlo: the discrete Kolmogorov equation,
/// backwards, through the sampler's own steps.
///
/// Of each function's values at the last level, on the mesh, its expectation given where the run is at the first level. For
/// samplers without history; `normals` are the nodes for each normal that a step draws, none for a deterministic one.
///
/// # Panics
/// If a step fails.
pub fn backward<const N: usize>(
    sampler: &mut dyn Sampler<Array2<f64>>,
    model: &dyn Denoiser<Array2<f64>>,
    path: &dyn Path,
    grid: &Grid,
    normals: &[usize],
    mesh: Mesh,
    functions: [Vec<f64>; N],
) -> [Vec<f64>; N] {
    let points = mesh.points();
    let x = Array2::from_shape_vec((points.len(), 1), points).expect("one number a row");
    let mut nodes = Nodes::product(normals);
    let levels: Vec<_> = grid.steps().collect();
    levels.iter().rev().fold(functions, |known, &(from, to)| {
        let start = nodes.repeat(&x);
        let end = sampler.step(&Step { model, path, from, to }, &start, &mut nodes).expect("an ordinary step");
        let near = end.mapv(|x| mesh.weights(x));
        known.map(|known| {
            let values = near.map(|near| near.iter().map(|(k, weight)| weight * known[*k]).sum());
            nodes.mean(&values).column(0).to_vec()
        })
    })
}
