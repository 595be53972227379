use super::sum::compensated;
use super::{FokkerPlanckError, Grid1};

/// A density on an interval, as averages over the cells of a grid. Its mass need not be 1: some may have left.
#[derive(Clone, Debug, PartialEq)]
pub struct Density1 {
    grid: Grid1,
    values: Vec<f64>,
}

impl Density1 {
    /// These cell averages.
    ///
    /// # Errors
    /// If there is not one entry a cell, an entry is negative, NaN or infinite, or all are zero.
    pub fn new(grid: &Grid1, values: Vec<f64>) -> Result<Density1, FokkerPlanckError> {
        check_entries(grid.cells(), &values)?;
        Ok(Density1 { grid: grid.clone(), values })
    }

    /// The cell averages of a function, by Gauss's quadrature with 5 points a cell; not normalised.
    ///
    /// # Errors
    /// As [`Density1::new`].
    pub fn from_function(grid: &Grid1, density: impl Fn(f64) -> f64) -> Result<Density1, FokkerPlanckError> {
        Density1::new(grid, averages(grid, density))
    }

    /// All of a mass 1 in the cell that holds `x`, spread evenly over it.
    ///
    /// # Errors
    /// [`FokkerPlanckError::Outside`] if `x` is outside.
    pub fn point(grid: &Grid1, x: f64) -> Result<Density1, FokkerPlanckError> {
        let cell = grid.cell_of(x).ok_or(FokkerPlanckError::Outside { x, from: grid.from(), to: grid.to() })?;
        let mut values = vec![0.0; grid.cells()];
        values[cell] = 1.0 / grid.width(cell);
        Density1::new(grid, values)
    }

    /// What a run made of the masses of the cells.
    pub(super) fn from_masses(grid: &Grid1, masses: Vec<f64>) -> Density1 {
        let values = masses.into_iter().enumerate().map(|(i, mass)| mass / grid.width(i)).collect();
        Density1 { grid: grid.clone(), values }
    }

    /// Scaled to mass 1; NaN in all cells if nothing is left.
    pub fn normalised(mut self) -> Density1 {
        let mass = self.mass();
        self.values.iter_mut().for_each(|value| *value /= mass);
        self
    }

    /// The grid.
    pub fn grid(&self) -> &Grid1 {
        &self.grid
    }

    /// The cell averages.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The masses of the cells.
    pub fn masses(&self) -> Vec<f64> {
        self.values.iter().enumerate().map(|(i, value)| value * self.grid.width(i)).collect()
    }

    /// `int p dx`.
    pub fn mass(&self) -> f64 {
        compensated(self.masses())
    }

    /// The least cell average.
    pub fn minimum(&self) -> f64 {
        self.values.iter().copied().fold(f64::INFINITY, f64::min)
    }

    /// `int f p dx / int p dx`, with `f` at the cells' centres: error of order 2.
    pub fn expectation(&self, f: impl Fn(f64) -> f64) -> f64 {
        let masses = self.masses();
        let weighted = masses.iter().enumerate().map(|(i, mass)| mass * f(self.grid.center(i)));
        weighted.sum::<f64>() / masses.iter().sum::<f64>()
    }

    /// The mean.
    pub fn mean(&self) -> f64 {
        self.expectation(|x| x)
    }

    /// The variance of the cells' centres. The law that is flat in each cell has `E w^2 / 12` more.
    pub fn variance(&self) -> f64 {
        let mean = self.mean();
        self.expectation(|x| (x - mean).powi(2))
    }

    /// The mass left of `x`, flat in each cell. Up to [`mass`](Density1::mass), which need not be 1.
    pub fn cumulative(&self, x: f64) -> f64 {
        let below = |i: usize| ((x - self.grid.faces()[i]) / self.grid.width(i)).clamp(0.0, 1.0);
        self.masses().into_iter().enumerate().map(|(i, mass)| mass * below(i)).sum()
    }

    /// The mass on `[from, to]`.
    pub fn probability(&self, from: f64, to: f64) -> f64 {
        self.cumulative(to) - self.cumulative(from)
    }

    /// Where the mass to the left is `share` of the whole; the ends for shares outside of `[0, 1]`, NaN for NaN.
    pub fn quantile(&self, share: f64) -> f64 {
        let mut left = share * self.mass();
        if left.is_nan() {
            return f64::NAN;
        }
        if left <= 0.0 {
            return self.grid.from();
        }
        for (i, mass) in self.masses().into_iter().enumerate() {
            if left <= mass {
                return self.grid.faces()[i] + self.grid.width(i) * left / mass;
            }
            left -= mass;
        }
        self.grid.to()
    }

    /// The mass in each of the bins between rising edges. With edges on faces there is no interpolation.
    pub fn bins(&self, edges: &[f64]) -> Vec<f64> {
        edges.windows(2).map(|pair| self.probability(pair[0], pair[1])).collect()
    }

    /// `int |p - q| dx` on the same grid.
    ///
    /// # Errors
    /// [`FokkerPlanckError::OtherGrid`] if `other` has another grid.
    pub fn l1_distance(&self, other: &Density1) -> Result<f64, FokkerPlanckError> {
        if self.grid != other.grid {
            return Err(FokkerPlanckError::OtherGrid);
        }
        let pairs = self.values.iter().zip(&other.values).enumerate();
        Ok(pairs.map(|(i, (p, q))| (p - q).abs() * self.grid.width(i)).sum())
    }
}

pub(super) fn check_entries(cells: usize, values: &[f64]) -> Result<(), FokkerPlanckError> {
    if values.len() != cells {
        return Err(FokkerPlanckError::OtherGrid);
    }
    if let Some((cell, value)) = values.iter().enumerate().find(|(_, value)| !(value.is_finite() && **value >= 0.0)) {
        return Err(FokkerPlanckError::BadDensity { cell, value: *value });
    }
    match values.iter().sum::<f64>() {
        0.0 => Err(FokkerPlanckError::NoMass),
        _ => Ok(()),
    }
}

/// Gauss and Legendre's points and weights on `[-1/2, 1/2]`.
pub(super) const GAUSS: [(f64, f64); 5] = [
    (-0.453_089_922_969_332, 0.118_463_442_528_094_54),
    (-0.269_234_655_052_841_54, 0.239_314_335_249_683_23),
    (0.0, 0.284_444_444_444_444_46),
    (0.269_234_655_052_841_54, 0.239_314_335_249_683_23),
    (0.453_089_922_969_332, 0.118_463_442_528_094_54),
];

pub(super) fn averages(grid: &Grid1, f: impl Fn(f64) -> f64) -> Vec<f64> {
    let average = |i| GAUSS.iter().map(|(at, weight)| weight * f(grid.center(i) + at * grid.width(i))).sum();
    (0..grid.cells()).map(average).collect()
}
