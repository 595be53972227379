use super::chain::Chain;
use super::stationary::{LARGEST, total};
use super::{Density2, Equation2, FokkerPlanckError, Generator2, Grid2};

impl Equation2<'_> {
    /// The stationary density of the coefficients at time `t`, without any time step.
    ///
    /// Closed sides, no source: the null vector of mass 1. With a source and a side through which mass leaves: the density
    /// at which they balance. Direct elimination in a band as wide as the shorter axis (twice that where the longer is a
    /// ring): for 100 x 100 cells 1e8 multiplications and 16 MB, both growing fast (`N W^2`, `2 N W`).
    ///
    /// # Errors
    /// As [`Equation1::stationary`](super::Equation1::stationary). [`NotConnected`](FokkerPlanckError::NotConnected) also where the only stationary
    /// density is zero in the last cell eliminated, because mass that left that cell never returns (no diffusion).
    pub fn stationary(&self, t: f64) -> Result<Density2, FokkerPlanckError> {
        let (generator, grid) = (self.generator(t)?, self.grid());
        let closed = generator.rows.iter().chain(&generator.columns).all(|chain| chain.exits() == [0.0; 2]);
        let masses = match (self.has_source(), closed) {
            (false, false) => return Err(FokkerPlanckError::MassLeaves),
            (true, true) => return Err(FokkerPlanckError::MassGrows),
            (true, false) => {
                let source = self.source(t)?;
                let injected: Vec<f64> = source.iter().enumerate().map(|(cell, s)| s * grid.area(cell)).collect();
                Band::of(&generator).solve(Some(&injected))?
            }
            (false, true) => Band::of(&generator).solve(None)?,
        };
        let total = total(&masses, self.has_source())?;
        Ok(Density2::from_masses(grid, masses.into_iter().map(|mass| mass / total).collect()))
    }
}

/// All hops of a chain in the plane, in an order that keeps neighbours near.
struct Band {
    width: usize,
    /// The position of each cell in the order.
    position: Vec<usize>,
    /// Rates from position `k` to `k - width ..= k + width`.
    hops: Vec<f64>,
    /// Rates out of the domain.
    lost: Vec<f64>,
}

impl Band {
    fn of(generator: &Generator2) -> Band {
        let (grid, nx) = (&generator.grid, generator.columns.len());
        let order = Order::of(grid, generator);
        let position: Vec<usize> = (0..grid.cells()).map(|cell| order.position(grid.place(cell))).collect();
        let n = grid.cells();
        let mut band =
            Band { width: order.band(), hops: vec![0.0; n * (2 * order.band() + 1)], lost: vec![0.0; n], position };
        for (j, row) in generator.rows.iter().enumerate() {
            band.add(row, |i| i + nx * j);
        }
        for (i, column) in generator.columns.iter().enumerate() {
            band.add(column, |j| i + nx * j);
        }
        band
    }

    fn add(&mut self, chain: &Chain, cell: impl Fn(usize) -> usize) {
        let last = chain.cells() - 1;
        for k in 0..=last {
            let here = self.position[cell(k)];
            let left = if k > 0 { Some(k - 1) } else { chain.periodic.then_some(last) };
            let right = if k < last { Some(k + 1) } else { chain.periodic.then_some(0) };
            for (to, rate) in [(left, chain.left[k]), (right, chain.right[k])] {
                match to {
                    Some(to) => {
                        let at = self.at(here, self.position[cell(to)]);
                        self.hops[at] += rate;
                    }
                    None => self.lost[here] += rate,
                }
            }
        }
    }

    fn at(&self, from: usize, to: usize) -> usize {
        from * (2 * self.width + 1) + to + self.width - from
    }

    /// Elimination without a subtraction, as in `Chain::solve`. Without a source the last cell's mass is 1.
    fn solve(mut self, injected: Option<&[f64]>) -> Result<Vec<f64>, FokkerPlanckError> {
        let n = self.lost.len();
        let mut m = vec![0.0; n];
        if let Some(injected) = injected {
            self.position.iter().zip(injected).for_each(|(at, s)| m[*at] = *s);
        }
        let mut pivots = vec![0.0; n];
        for k in 0..n - 1 {
            let end = (k + self.width).min(n - 1);
            let ahead = self.hops[self.at(k, k + 1)..=self.at(k, end)].to_vec();
            let pivot = ahead.iter().sum::<f64>() + self.lost[k];
            if pivot <= 0.0 {
                let cell = self.position.iter().position(|at| *at == k).unwrap_or(k);
                return Err(FokkerPlanckError::NotConnected { cell });
            }
            pivots[k] = pivot;
            for i in k + 1..=end {
                m[i] += ahead[i - k - 1] / pivot * m[k];
                let share = self.hops[self.at(i, k)] / pivot;
                if share > 0.0 {
                    self.lost[i] += share * self.lost[k];
                    let row = self.at(i, k + 1)..=self.at(i, end);
                    self.hops[row].iter_mut().zip(&ahead).for_each(|(hop, ahead)| *hop += share * ahead);
                }
            }
        }
        m[n - 1] = if injected.is_some() { m[n - 1] / self.lost[n - 1] } else { 1.0 };
        if !m[n - 1].is_finite() {
            return Err(FokkerPlanckError::MassGrows);
        }
        for k in (0..n - 1).rev() {
            let end = (k + self.width).min(n - 1);
            let back: f64 = (k + 1..=end).map(|i| m[i] * self.hops[self.at(i, k)]).sum();
            m[k] = (m[k] + back) / pivots[k];
            // Without a source only ratios count.
            if injected.is_none() && m[k] > LARGEST {
                m[k..].iter_mut().for_each(|m| *m /= LARGEST);
            }
        }
        Ok(self.position.iter().map(|at| m[*at]).collect())
    }
}

/// Line by line along the longer axis; a ring is folded, so that its seam does not widen the band.
struct Order {
    short: usize,
    long: usize,
    along_y: bool,
    ring: bool,
}

impl Order {
    fn of(grid: &Grid2, generator: &Generator2) -> Order {
        let (nx, ny) = (grid.x().cells(), grid.y().cells());
        let along_y = ny >= nx;
        let ring = if along_y { generator.columns[0].periodic } else { generator.rows[0].periodic };
        Order { short: nx.min(ny), long: nx.max(ny), along_y, ring }
    }

    fn band(&self) -> usize {
        if self.ring { 2 * self.short } else { self.short }
    }

    fn position(&self, (i, j): (usize, usize)) -> usize {
        let (across, along) = if self.along_y { (i, j) } else { (j, i) };
        let line = match self.ring {
            false => along,
            true if 2 * along < self.long => 2 * along,
            true => 2 * (self.long - along) - 1,
        };
        across + self.short * line
    }
}

#[cfg(test)]
mod tests {
    use super::Order;

    #[test]
    fn a_folded_ring_visits_every_line_once_and_keeps_neighbours_within_two() {
        for long in [5, 6, 7, 12] {
            let order = Order { short: 3, long, along_y: true, ring: true };
            let lines: Vec<usize> = (0..long).map(|j| order.position((0, j)) / 3).collect();
            let mut sorted = lines.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..long).collect::<Vec<_>>());
            assert!((0..long).all(|j| lines[j].abs_diff(lines[(j + 1) % long]) <= 2), "{lines:?}");
        }
    }
}
