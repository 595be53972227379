use super::MeasureError;
use crate::SdeError;
use crate::error::{finite, positive};

/// A transition kernel on the line, held on a uniform grid: kernels compose, and their stationary law is found without a draw.
///
/// The integral of Chapman and Kolmogorov, `p(z | x) = int p(z | y) p(y | x) dy`, is the sum over the grid. For smooth kernels
/// that vanish at the ends it converges faster than any power of the spacing, once the spacing is below the kernel's deviation.
#[derive(Clone, Debug, PartialEq)]
pub struct GridKernel {
    from: f64,
    spacing: f64,
    points: usize,
    /// Row `i` holds `p(y_j | x_i) dy`.
    weights: Vec<f64>,
}

impl GridKernel {
    /// Of `log p(y | x) = log_density(x, y)`, on `points` points from end to end.
    ///
    /// # Errors
    /// [`SdeError`] if an end is not finite, the ends do not rise, there are fewer than two points, or a density is NaN or infinite.
    pub fn new(
        from: f64,
        to: f64,
        points: usize,
        log_density: impl Fn(f64, f64) -> f64,
    ) -> Result<GridKernel, SdeError> {
        finite("from", from)?;
        finite("to", to)?;
        positive("the length of the grid", to - from)?;
        if points < 2 {
            return Err(SdeError::Empty { name: "the grid after its first point" });
        }
        let spacing = (to - from) / (points - 1) as f64;
        let at = |i: usize| from + spacing * i as f64;
        let weight = |k: usize| log_density(at(k / points), at(k % points)).exp() * spacing;
        let weights: Vec<f64> = (0..points * points).map(weight).collect();
        weights.iter().try_for_each(|weight| finite("a density", *weight))?;
        Ok(GridKernel { from, spacing, points, weights })
    }

    /// The points of the grid.
    pub fn points(&self) -> Vec<f64> {
        (0..self.points).map(|i| self.from + self.spacing * i as f64).collect()
    }

    /// The density of the next state, at all points, given the point `i`.
    ///
    /// # Panics
    /// If there is no such point.
    pub fn density(&self, i: usize) -> Vec<f64> {
        self.weights[i * self.points..(i + 1) * self.points].iter().map(|weight| weight / self.spacing).collect()
    }

    /// The kernel of this step followed by the other: Chapman-Kolmogorov.
    ///
    /// # Errors
    /// [`MeasureError`] if the grids differ.
    pub fn then(&self, next: &GridKernel) -> Result<GridKernel, MeasureError> {
        if self.points != next.points {
            return Err(SdeError::Dimension { name: "the grid", expected: self.points, found: next.points }.into());
        }
        let (first, second) = ((self.from, self.spacing), (next.from, next.spacing));
        if first != second {
            return Err(MeasureError::GridsDiffer { first, second });
        }
        let mut weights = vec![0.0; self.weights.len()];
        for (sum, row) in weights.chunks_mut(self.points).zip(self.weights.chunks(self.points)) {
            for (way, onward) in row.iter().zip(next.weights.chunks(self.points)) {
                sum.iter_mut().zip(onward).for_each(|(sum, w)| *sum += way * w);
            }
        }
        Ok(GridKernel { weights, ..self.clone() })
    }

    /// The law after a step from this density.
    ///
    /// # Errors
    /// [`SdeError`] if the density has not one value a point.
    pub fn push(&self, density: &[f64]) -> Result<Vec<f64>, SdeError> {
        if density.len() != self.points {
            return Err(SdeError::Dimension { name: "the density", expected: self.points, found: density.len() });
        }
        let mut next = vec![0.0; self.points];
        for (mass, row) in density.iter().zip(self.weights.chunks(self.points)) {
            next.iter_mut().zip(row).for_each(|(sum, weight)| *sum += mass * weight);
        }
        Ok(next)
    }

    /// The stationary density, by squaring the kernel until all starts agree to within `tolerance` (of a probability a point).
    /// What leaves the grid is put back in proportion.
    ///
    /// # Errors
    /// [`MeasureError::NotStationary`] after `2^60` steps.
    pub fn stationary(&self, tolerance: f64) -> Result<Vec<f64>, MeasureError> {
        let mut kernel = self.clone();
        let mut change = f64::INFINITY;
        for _ in 0..60 {
            for row in kernel.weights.chunks_mut(self.points) {
                let mass: f64 = row.iter().sum();
                positive("the mass that stays on the grid", mass)?;
                row.iter_mut().for_each(|weight| *weight /= mass);
            }
            change = kernel.disagreement();
            if change <= tolerance {
                return Ok(kernel.density(self.points / 2));
            }
            kernel = kernel.then(&kernel)?;
        }
        Err(MeasureError::NotStationary { steps: 2.0_f64.powi(60), change })
    }

    /// The largest difference of two starts in the probability of a point.
    fn disagreement(&self) -> f64 {
        let first = &self.weights[..self.points];
        let differ = |row: &[f64]| row.iter().zip(first).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        self.weights.chunks(self.points).map(differ).fold(0.0, f64::max)
    }
}
