use super::chain::Chain;
use super::exponential::{Exit, Kernel, Propagates};
use super::{FokkerPlanckError, Grid1};

/// The discrete generator at one time: Fokker-Planck forward, Kolmogorov backward, one the exact transpose of the other.
///
/// `<L f, p> = <f, L* p>` with `<f, p> = sum f_i p_i w_i`, `w_i` the widths of the cells: to rounding, for all boundaries.
#[derive(Clone, Debug, PartialEq)]
pub struct Generator1 {
    pub(super) grid: Grid1,
    pub(super) chain: Chain,
}

impl Generator1 {
    /// `L* p = -d(b p)/dx + d^2(D p)/dx^2` of cell averages, without the source. Order 2.
    ///
    /// # Errors
    /// If there is not one entry a cell.
    pub fn forward(&self, density: &[f64]) -> Result<Vec<f64>, FokkerPlanckError> {
        one_a_cell(self.grid.cells(), density)?;
        let mut out = vec![0.0; density.len()];
        self.chain.add_forward(|i| density[i] * self.grid.width(i), |i, change| out[i] += change);
        out.iter_mut().enumerate().for_each(|(i, entry)| *entry /= self.grid.width(i));
        Ok(out)
    }

    /// `L f = b df/dx + D d^2f/dx^2` at the cells' centres. `f` is 0 behind an absorbing or open side.
    ///
    /// # Errors
    /// If there is not one entry a cell.
    pub fn backward(&self, f: &[f64]) -> Result<Vec<f64>, FokkerPlanckError> {
        one_a_cell(self.grid.cells(), f)?;
        let mut out = vec![0.0; f.len()];
        self.chain.add_backward(|i| f[i], |i, change| out[i] += change);
        Ok(out)
    }

    /// The largest Crank-Nicolson step that keeps every density positive: 2 over the fastest cell's rate.
    pub fn crank_nicolson_bound(&self) -> f64 {
        2.0 / self.fastest()
    }
}

pub(super) fn one_a_cell(cells: usize, entries: &[f64]) -> Result<(), FokkerPlanckError> {
    if entries.len() == cells { Ok(()) } else { Err(FokkerPlanckError::OtherGrid) }
}

impl Propagates for Generator1 {
    type Kernel = Kernel1;

    fn fastest(&self) -> f64 {
        (0..self.chain.cells()).map(|i| self.chain.rate(i)).fold(0.0, f64::max)
    }

    fn crank_nicolson_bound(&self) -> f64 {
        Generator1::crank_nicolson_bound(self)
    }

    fn kernel(&self, rate: f64) -> Kernel1 {
        let (chain, last) = (&self.chain, self.chain.cells() - 1);
        let share = |x: f64| x / rate;
        let mut kernel = Kernel1 {
            before: (0..=last).map(|i| if i == 0 { 0.0 } else { share(chain.right[i - 1]) }).collect(),
            stay: (0..=last).map(|i| (1.0 - share(chain.rate(i))).max(0.0)).collect(),
            after: (0..=last).map(|i| if i == last { 0.0 } else { share(chain.left[i + 1]) }).collect(),
            exits: Vec::new(),
        };
        if chain.periodic {
            (kernel.before[0], kernel.after[last]) = (share(chain.right[last]), share(chain.left[0]));
        }
        let sides = chain.exits().into_iter().zip([0, last]).enumerate();
        let leaves = sides.map(|(side, (exit, cell))| Exit { cell, side, share: share(exit) });
        kernel.exits.extend(leaves.filter(|exit| exit.share > 0.0));
        kernel
    }

    fn transposed_kernel(&self, rate: f64) -> Kernel1 {
        let (chain, last) = (&self.chain, self.chain.cells() - 1);
        let inside = |i: usize, edge: usize| chain.periodic || i != edge;
        let neighbour = |rates: &[f64], edge: usize| {
            (0..=last).map(|i| if inside(i, edge) { rates[i] / rate } else { 0.0 }).collect()
        };
        let stay = (0..=last).map(|i| (1.0 - chain.rate(i) / rate).max(0.0)).collect();
        Kernel1 { before: neighbour(&chain.left, 0), stay, after: neighbour(&chain.right, last), exits: Vec::new() }
    }

    fn implicit_euler(&self, step: f64, mass: &mut [f64]) -> Result<[f64; 4], FokkerPlanckError> {
        self.chain.solve(1.0, step, mass)?;
        Ok(leaving(&self.chain, step, mass))
    }

    fn crank_nicolson(&self, step: f64, mass: &mut [f64]) -> Result<[f64; 4], FokkerPlanckError> {
        let [left, right] = crank_nicolson(&self.chain, step, mass)?;
        Ok([left, right, 0.0, 0.0])
    }
}

fn leaving(chain: &Chain, step: f64, mass: &[f64]) -> [f64; 4] {
    let [left, right] = chain.exits();
    [step * left * mass[0], step * right * mass[mass.len() - 1], 0.0, 0.0]
}

/// `(I - h/2 A)^-1 (I + h/2 A) m`; returns what left. Positive for `h` up to `2 / max rate`, where `I + h/2 A` has no
/// negative entry.
pub(super) fn crank_nicolson(chain: &Chain, step: f64, mass: &mut [f64]) -> Result<[f64; 2], FokkerPlanckError> {
    let half = 0.5 * step;
    let old = leaving(chain, half, mass);
    mass.copy_from_slice(&chain.explicit(half, mass));
    chain.solve(1.0, half, mass)?;
    let new = leaving(chain, half, mass);
    Ok([old[0] + new[0], old[1] + new[1]])
}

/// `I + A / rate`, row by row; no entry is negative.
pub(super) struct Kernel1 {
    before: Vec<f64>,
    stay: Vec<f64>,
    after: Vec<f64>,
    exits: Vec<Exit>,
}

impl Kernel for Kernel1 {
    fn exits(&self) -> &[Exit] {
        &self.exits
    }

    #[inline]
    fn apply(&self, from: &[f64], to: &mut [f64]) {
        let n = from.len();
        stencil(from, from[n - 1], from[0], [&self.before, &self.stay, &self.after], to);
    }
}

/// `to_i = before_i m_{i-1} + stay_i m_i + after_i m_{i+1}`, with these neighbours of the first and the last.
#[inline]
pub(super) fn stencil(m: &[f64], first: f64, last: f64, [before, stay, after]: [&[f64]; 3], to: &mut [f64]) {
    let n = m.len();
    to[0] = before[0] * first + stay[0] * m[0] + after[0] * m[1];
    to[n - 1] = before[n - 1] * m[n - 2] + stay[n - 1] * m[n - 1] + after[n - 1] * last;
    let inner = n - 2;
    let (west, here, east) = (&m[..inner], &m[1..=inner], &m[2..]);
    let (before, stay, after) = (&before[1..=inner], &stay[1..=inner], &after[1..=inner]);
    let to = &mut to[1..=inner];
    for i in 0..inner {
        to[i] = before[i] * west[i] + stay[i] * here[i] + after[i] * east[i];
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Density1, Equation1, Grid1};
    use super::crank_nicolson;

    /// Why the bound is kept: 400 cells, 100 steps where 1250 are needed, and a start in one cell.
    #[test]
    fn crank_nicolson_above_its_bound_goes_negative() {
        let grid = Grid1::uniform(-4.0, 4.0, 400).unwrap();
        let generator = Equation1::steady(&grid, |x| -x, |_| 0.5).generator(0.0).unwrap();
        let least = |step: f64| {
            let mut mass = Density1::point(&grid, 1.0).unwrap().masses();
            crank_nicolson(&generator.chain, step, &mut mass).unwrap();
            mass.into_iter().fold(f64::INFINITY, f64::min)
        };
        assert!(least(0.01) < -0.6 && least(0.02) < -0.7, "{} {}", least(0.01), least(0.02));
        assert!(least(generator.crank_nicolson_bound()) >= 0.0);
    }
}
