use super::density::{GAUSS, check_entries};
use super::sum::compensated;
use super::{Density1, FokkerPlanckError, Grid1};

/// The cells of a rectangle, products of two intervals' cells. Cell `(i, j)` is entry `i + nx j` of every list.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid2 {
    x: Grid1,
    y: Grid1,
}

impl Grid2 {
    /// The product of two grids.
    pub fn new(x: Grid1, y: Grid1) -> Grid2 {
        Grid2 { x, y }
    }

    /// Along the first axis.
    pub fn x(&self) -> &Grid1 {
        &self.x
    }

    /// Along the second axis.
    pub fn y(&self) -> &Grid1 {
        &self.y
    }

    /// The number of cells.
    pub fn cells(&self) -> usize {
        self.x.cells() * self.y.cells()
    }

    /// The indices `(i, j)` of an entry.
    pub fn place(&self, cell: usize) -> (usize, usize) {
        (cell % self.x.cells(), cell / self.x.cells())
    }

    /// The middle of a cell.
    pub fn center(&self, cell: usize) -> [f64; 2] {
        let (i, j) = self.place(cell);
        [self.x.center(i), self.y.center(j)]
    }

    /// The area of a cell.
    pub fn area(&self, cell: usize) -> f64 {
        let (i, j) = self.place(cell);
        self.x.width(i) * self.y.width(j)
    }
}

/// A density on a rectangle, as averages over the cells of a grid. Its mass need not be 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Density2 {
    grid: Grid2,
    values: Vec<f64>,
}

impl Density2 {
    /// These cell averages, entry `i + nx j` for cell `(i, j)`.
    ///
    /// # Errors
    /// If there is not one entry a cell, an entry is negative, NaN or infinite, or all are zero.
    pub fn new(grid: &Grid2, values: Vec<f64>) -> Result<Density2, FokkerPlanckError> {
        check_entries(grid.cells(), &values)?;
        Ok(Density2 { grid: grid.clone(), values })
    }

    /// The cell averages of a function, by Gauss's quadrature with 5 x 5 points a cell; not normalised.
    ///
    /// # Errors
    /// As [`Density2::new`].
    pub fn from_function(grid: &Grid2, density: impl Fn([f64; 2]) -> f64) -> Result<Density2, FokkerPlanckError> {
        Density2::new(grid, averages(grid, density))
    }

    pub(super) fn from_masses(grid: &Grid2, masses: Vec<f64>) -> Density2 {
        let values = masses.into_iter().enumerate().map(|(cell, mass)| mass / grid.area(cell)).collect();
        Density2 { grid: grid.clone(), values }
    }

    /// Scaled to mass 1; NaN in all cells if nothing is left.
    pub fn normalised(mut self) -> Density2 {
        let mass = self.mass();
        self.values.iter_mut().for_each(|value| *value /= mass);
        self
    }

    /// The grid.
    pub fn grid(&self) -> &Grid2 {
        &self.grid
    }

    /// The cell averages.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The masses of the cells.
    pub fn masses(&self) -> Vec<f64> {
        self.values.iter().enumerate().map(|(cell, value)| value * self.grid.area(cell)).collect()
    }

    /// `int p dx dy`.
    pub fn mass(&self) -> f64 {
        compensated(self.masses())
    }

    /// The least cell average.
    pub fn minimum(&self) -> f64 {
        self.values.iter().copied().fold(f64::INFINITY, f64::min)
    }

    /// `int f p / int p`, with `f` at the cells' centres: error of order 2.
    pub fn expectation(&self, f: impl Fn([f64; 2]) -> f64) -> f64 {
        let masses = self.masses();
        let weighted = masses.iter().enumerate().map(|(cell, mass)| mass * f(self.grid.center(cell)));
        weighted.sum::<f64>() / masses.iter().sum::<f64>()
    }

    /// The mean.
    pub fn mean(&self) -> [f64; 2] {
        [self.expectation(|[x, _]| x), self.expectation(|[_, y]| y)]
    }

    /// The covariance of the cells' centres: `xx`, `xy`, `yy`.
    pub fn covariance(&self) -> [f64; 3] {
        let [mx, my] = self.mean();
        let of = |f: fn(f64, f64) -> f64| self.expectation(|[x, y]| f(x - mx, y - my));
        [of(|x, _| x * x), of(|x, y| x * y), of(|_, y| y * y)]
    }

    /// The mass on the rectangle between two corners, flat in each cell.
    pub fn probability(&self, from: [f64; 2], to: [f64; 2]) -> f64 {
        let share = |grid: &Grid1, i: usize, axis: usize| {
            let (low, high) = (grid.faces()[i].max(from[axis]), grid.faces()[i + 1].min(to[axis]));
            ((high - low) / grid.width(i)).max(0.0)
        };
        let inside = |(cell, mass): (usize, f64)| {
            let (i, j) = self.grid.place(cell);
            mass * share(&self.grid.x, i, 0) * share(&self.grid.y, j, 1)
        };
        self.masses().into_iter().enumerate().map(inside).sum()
    }

    /// The density of the first coordinate.
    pub fn marginal_x(&self) -> Density1 {
        self.marginal(&self.grid.x, |(i, _)| i)
    }

    /// The density of the second coordinate.
    pub fn marginal_y(&self) -> Density1 {
        self.marginal(&self.grid.y, |(_, j)| j)
    }

    fn marginal(&self, grid: &Grid1, axis: fn((usize, usize)) -> usize) -> Density1 {
        let mut masses = vec![0.0; grid.cells()];
        for (cell, mass) in self.masses().into_iter().enumerate() {
            masses[axis(self.grid.place(cell))] += mass;
        }
        Density1::from_masses(grid, masses)
    }

    /// `int |p - q|` on the same grid.
    ///
    /// # Errors
    /// [`FokkerPlanckError::OtherGrid`] if `other` has another grid.
    pub fn l1_distance(&self, other: &Density2) -> Result<f64, FokkerPlanckError> {
        if self.grid != other.grid {
            return Err(FokkerPlanckError::OtherGrid);
        }
        let pairs = self.values.iter().zip(&other.values).enumerate();
        Ok(pairs.map(|(cell, (p, q))| (p - q).abs() * self.grid.area(cell)).sum())
    }
}

pub(super) fn averages(grid: &Grid2, f: impl Fn([f64; 2]) -> f64) -> Vec<f64> {
    let average = |cell| {
        let ((i, j), [x, y]) = (grid.place(cell), grid.center(cell));
        let at =
            |(u, wu): (f64, f64), (v, wv): (f64, f64)| wu * wv * f([x + u * grid.x.width(i), y + v * grid.y.width(j)]);
        GAUSS.iter().flat_map(|u| GAUSS.iter().map(move |v| (*u, *v))).map(|(u, v)| at(u, v)).sum()
    };
    (0..grid.cells()).map(average).collect()
}
