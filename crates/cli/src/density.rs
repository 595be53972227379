//! How densely points lie.

/// A density on `side * side` cells of a window, row by row from below, by Gaussian kernels of deviation `width` cells; its unit
/// is points a cell over the number of points. Points outside of the window count as there, but are not seen.
pub fn density(points: &[[f64; 2]], low: [f64; 2], high: [f64; 2], side: usize, width: f64) -> Vec<f64> {
    let mut cells = vec![0.0; side * side];
    for point in points {
        let cell = [0, 1].map(|i| ((point[i] - low[i]) / (high[i] - low[i]) * side as f64).floor());
        if cell.iter().all(|c| (0.0..side as f64).contains(c)) {
            cells[cell[1] as usize * side + cell[0] as usize] += 1.0 / points.len() as f64;
        }
    }
    let reach = (4.0 * width).ceil() as isize;
    let kernel: Vec<f64> = (-reach..=reach).map(|k| (-0.5 * (k as f64 / width).powi(2)).exp()).collect();
    let sum: f64 = kernel.iter().sum();
    let along = |cells: &[f64], stride: usize, across: usize| {
        let mut out = vec![0.0; cells.len()];
        for line in 0..side {
            for k in 0..side as isize {
                let weighted = (-reach..=reach).zip(&kernel).filter(|(d, _)| (0..side as isize).contains(&(k + d)));
                let value: f64 = weighted.map(|(d, w)| w * cells[line * across + (k + d) as usize * stride]).sum();
                out[line * across + k as usize * stride] = value / sum;
            }
        }
        out
    };
    along(&along(&cells, 1, side), side, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_becomes_a_kernel_of_mass_one_about_its_place() {
        let cells = density(&[[0.5, -0.5], [9.0, 9.0]], [-1.0, -1.0], [1.0, 1.0], 40, 1.5);
        let mass: f64 = cells.iter().sum();
        assert!((mass - 0.5).abs() < 1e-12, "{mass}");
        let largest = (0..1600).max_by(|a, b| cells[*a].total_cmp(&cells[*b])).unwrap();
        assert_eq!((largest % 40, largest / 40), (30, 10));
        let ratio = cells[10 * 40 + 33] / cells[largest];
        assert!((ratio - (-2.0f64).exp()).abs() < 1e-12, "{ratio}");
    }
}
