use super::chain::Chain;
use super::exponential::{Exit, Kernel, Propagates};
use super::generator::{crank_nicolson, one_a_cell, stencil};
use super::{FokkerPlanckError, Grid2};

/// The discrete generator in the plane at one time, a chain for every row and every column of cells.
///
/// `<L f, p> = <f, L* p>` with `<f, p> = sum f p area`: to rounding, for all boundaries.
#[derive(Clone, Debug, PartialEq)]
pub struct Generator2 {
    pub(super) grid: Grid2,
    /// Along x, one for each `j`.
    pub(super) rows: Vec<Chain>,
    /// Along y, one for each `i`.
    pub(super) columns: Vec<Chain>,
}

impl Generator2 {
    /// `L* p = -div(b p) + d_xx(D_x p) + d_yy(D_y p)` of cell averages, without the source. Order 2.
    ///
    /// # Errors
    /// If there is not one entry a cell.
    pub fn forward(&self, density: &[f64]) -> Result<Vec<f64>, FokkerPlanckError> {
        one_a_cell(self.grid.cells(), density)?;
        let mut out = vec![0.0; density.len()];
        self.each_line(|_, chain, at| {
            chain.add_forward(|k| density[at(k)] * self.grid.area(at(k)), |k, change| out[at(k)] += change);
        });
        out.iter_mut().enumerate().for_each(|(cell, entry)| *entry /= self.grid.area(cell));
        Ok(out)
    }

    /// `L f = b . grad f + D_x f_xx + D_y f_yy` at the cells' centres. `f` is 0 behind an absorbing or open side.
    ///
    /// # Errors
    /// If there is not one entry a cell.
    pub fn backward(&self, f: &[f64]) -> Result<Vec<f64>, FokkerPlanckError> {
        one_a_cell(self.grid.cells(), f)?;
        let mut out = vec![0.0; f.len()];
        self.each_line(|_, chain, at| chain.add_backward(|k| f[at(k)], |k, change| out[at(k)] += change));
        Ok(out)
    }

    /// The largest Crank-Nicolson step that keeps every density positive: each of the split steps below its own bound.
    pub fn crank_nicolson_bound(&self) -> f64 {
        f64::min(2.0 / fastest(&self.rows), 4.0 / fastest(&self.columns))
    }

    /// Every row (axis 0) and column (axis 1) with the entry of each of its cells.
    fn each_line(&self, mut see: impl FnMut(usize, &Chain, &dyn Fn(usize) -> usize)) {
        let nx = self.rows[0].cells();
        for (j, row) in self.rows.iter().enumerate() {
            see(0, row, &|i| i + nx * j);
        }
        for (i, column) in self.columns.iter().enumerate() {
            see(1, column, &|j| i + nx * j);
        }
    }

    fn rate(&self, cell: usize) -> f64 {
        let (i, j) = self.grid.place(cell);
        self.rows[j].rate(i) + self.columns[i].rate(j)
    }

    fn along_x(&self, mass: &mut [f64], mut solve: impl FnMut(&Chain, &mut [f64]) -> Solved) -> Solved {
        let mut left = [0.0; 2];
        for (row, line) in self.rows.iter().zip(mass.chunks_exact_mut(self.rows[0].cells())) {
            let [low, high] = solve(row, line)?;
            left = [left[0] + low, left[1] + high];
        }
        Ok(left)
    }

    fn along_y(&self, mass: &mut [f64], mut solve: impl FnMut(&Chain, &mut [f64]) -> Solved) -> Solved {
        let (nx, mut left) = (self.columns.len(), [0.0; 2]);
        for (i, column) in self.columns.iter().enumerate() {
            let mut line: Vec<f64> = mass.iter().skip(i).step_by(nx).copied().collect();
            let [low, high] = solve(column, &mut line)?;
            mass.iter_mut().skip(i).step_by(nx).zip(line).for_each(|(m, solved)| *m = solved);
            left = [left[0] + low, left[1] + high];
        }
        Ok(left)
    }
}

type Solved = Result<[f64; 2], FokkerPlanckError>;

fn fastest(chains: &[Chain]) -> f64 {
    chains.iter().flat_map(|chain| (0..chain.cells()).map(|k| chain.rate(k))).fold(0.0, f64::max)
}

impl Propagates for Generator2 {
    type Kernel = Kernel2;

    fn fastest(&self) -> f64 {
        (0..self.grid.cells()).map(|cell| self.rate(cell)).fold(0.0, f64::max)
    }

    fn crank_nicolson_bound(&self) -> f64 {
        Generator2::crank_nicolson_bound(self)
    }

    fn kernel(&self, rate: f64) -> Kernel2 {
        let mut kernel = self.staying(rate);
        self.each_line(|axis, chain, at| {
            let last = chain.cells() - 1;
            let (before, after) = kernel.neighbours(axis);
            for k in 0..last {
                before[at(k + 1)] = chain.right[k] / rate;
                after[at(k)] = chain.left[k + 1] / rate;
            }
            if chain.periodic {
                (before[at(0)], after[at(last)]) = (chain.right[last] / rate, chain.left[0] / rate);
            }
            let sides = chain.exits().into_iter().zip([0, last]).enumerate().filter(|(_, (exit, _))| *exit > 0.0);
            let exits = sides.map(|(side, (exit, k))| Exit { cell: at(k), side: side + 2 * axis, share: exit / rate });
            kernel.exits.extend(exits);
        });
        kernel
    }

    fn transposed_kernel(&self, rate: f64) -> Kernel2 {
        let mut kernel = self.staying(rate);
        self.each_line(|axis, chain, at| {
            let last = chain.cells() - 1;
            let (before, after) = kernel.neighbours(axis);
            for k in 0..=last {
                before[at(k)] = if k > 0 || chain.periodic { chain.left[k] / rate } else { 0.0 };
                after[at(k)] = if k < last || chain.periodic { chain.right[k] / rate } else { 0.0 };
            }
        });
        kernel
    }

    fn implicit_euler(&self, step: f64, mass: &mut [f64]) -> Result<[f64; 4], FokkerPlanckError> {
        let solve = |chain: &Chain, line: &mut [f64]| {
            chain.solve(1.0, step, line)?;
            let [low, high] = chain.exits();
            Ok([step * low * line[0], step * high * line[line.len() - 1]])
        };
        let [left, right] = self.along_x(mass, solve)?;
        let [bottom, top] = self.along_y(mass, solve)?;
        Ok([left, right, bottom, top])
    }

    fn crank_nicolson(&self, step: f64, mass: &mut [f64]) -> Result<[f64; 4], FokkerPlanckError> {
        let first = self.along_y(mass, |chain, line| crank_nicolson(chain, 0.5 * step, line))?;
        let [left, right] = self.along_x(mass, |chain, line| crank_nicolson(chain, step, line))?;
        let second = self.along_y(mass, |chain, line| crank_nicolson(chain, 0.5 * step, line))?;
        Ok([left, right, first[0] + second[0], first[1] + second[1]])
    }
}

impl Generator2 {
    fn staying(&self, rate: f64) -> Kernel2 {
        let n = self.grid.cells();
        Kernel2 {
            nx: self.columns.len(),
            west: vec![0.0; n],
            east: vec![0.0; n],
            south: vec![0.0; n],
            north: vec![0.0; n],
            stay: (0..n).map(|cell| (1.0 - self.rate(cell) / rate).max(0.0)).collect(),
            exits: Vec::new(),
        }
    }
}

/// `I + A / rate`, row by row; no entry is negative.
pub(super) struct Kernel2 {
    nx: usize,
    west: Vec<f64>,
    stay: Vec<f64>,
    east: Vec<f64>,
    south: Vec<f64>,
    north: Vec<f64>,
    exits: Vec<Exit>,
}

impl Kernel2 {
    fn neighbours(&mut self, axis: usize) -> (&mut Vec<f64>, &mut Vec<f64>) {
        if axis == 0 { (&mut self.west, &mut self.east) } else { (&mut self.south, &mut self.north) }
    }
}

impl Kernel for Kernel2 {
    fn exits(&self) -> &[Exit] {
        &self.exits
    }

    fn apply(&self, from: &[f64], to: &mut [f64]) {
        let (nx, ny) = (self.nx, from.len() / self.nx);
        let row = |j: usize| nx * j..nx * (j + 1);
        for (j, to) in to.chunks_exact_mut(nx).enumerate() {
            let here = row(j);
            let m = &from[here.clone()];
            let lists = [&self.west[here.clone()], &self.stay[here.clone()], &self.east[here.clone()]];
            stencil(m, m[nx - 1], m[0], lists, to);
            let (below, above) = (&from[row((j + ny - 1) % ny)], &from[row((j + 1) % ny)]);
            let (south, north) = (&self.south[here.clone()], &self.north[here]);
            for i in 0..nx {
                to[i] += south[i] * below[i] + north[i] * above[i];
            }
        }
    }
}
