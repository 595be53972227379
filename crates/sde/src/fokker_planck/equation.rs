use std::fmt;

use super::density::averages;
use super::evolve::{self, Evolves};
use super::flux::Line;
use super::generator::one_a_cell;
use super::{Density1, Edges, FokkerPlanckError, Generator1, Grid1, Run, Scheme};
use crate::Times;

type Coefficient<'a> = Box<dyn Fn(f64, f64) -> f64 + 'a>;

/// `d_t p = -d(b p)/dx + d^2(D p)/dx^2 + s` on an interval: the density of `dX = b dt + g dW` in Ito's reading,
/// `D = g^2 / 2`.
///
/// Finite volumes: what leaves a cell enters the next, by the flux of Scharfetter & Gummel (1969) and Chang & Cooper
/// (1970), so mass balances and no density goes negative. Order 2 in space where `D > 0`; where `D` vanishes the flux is
/// the upwind one, order 1. All quantities without units.
///
/// ```
/// use ito_sde::Times;
/// use ito_sde::fokker_planck::{Density1, Equation1, Grid1, Scheme};
///
/// let grid = Grid1::uniform(-4.0, 4.0, 100)?;
/// let equation = Equation1::steady(&grid, |x| -x, |_| 0.5); // dX = -X dt + dW
/// let start = Density1::from_function(&grid, |x| (-(x - 1.0).powi(2) / 0.2).exp())?.normalised();
/// let run = equation.evolve(&start, &Times::uniform(0.0, 1.0, 1)?, Scheme::Exponential)?;
/// assert!((run.density.mean() - (-1.0_f64).exp()).abs() < 1e-3);
/// assert!(run.balance.residual().abs() < 1e-12 && run.balance.minimum >= 0.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Equation1<'a> {
    grid: Grid1,
    edges: Edges,
    steady: bool,
    drift: Coefficient<'a>,
    diffusion: Coefficient<'a>,
    source: Option<Coefficient<'a>>,
}

impl<'a> Equation1<'a> {
    /// Coefficients `b(t, x)` and `D(t, x) = g^2 / 2`; reflecting sides, no source.
    pub fn new(grid: &Grid1, drift: impl Fn(f64, f64) -> f64 + 'a, diffusion: impl Fn(f64, f64) -> f64 + 'a) -> Self {
        Equation1 {
            grid: grid.clone(),
            edges: Edges::REFLECTING,
            steady: false,
            drift: Box::new(drift),
            diffusion: Box::new(diffusion),
            source: None,
        }
    }

    /// Coefficients that do not know the time: the exponential scheme is exact in time, and one step is enough.
    pub fn steady(grid: &Grid1, drift: impl Fn(f64) -> f64 + 'a, diffusion: impl Fn(f64) -> f64 + 'a) -> Self {
        Equation1 { steady: true, ..Equation1::new(grid, move |_, x| drift(x), move |_, x| diffusion(x)) }
    }

    /// With these sides.
    pub fn with_edges(self, edges: Edges) -> Self {
        Equation1 { edges, ..self }
    }

    /// With a source `s(t, x)`, density a unit of time; taken at the middle of a step (implicit Euler: its end). Where it is
    /// negative it is a sink, and positivity is no longer promised.
    pub fn with_source(self, source: impl Fn(f64, f64) -> f64 + 'a) -> Self {
        Equation1 { source: Some(Box::new(source)), ..self }
    }

    /// The grid.
    pub fn grid(&self) -> &Grid1 {
        &self.grid
    }

    /// The discrete generator at time `t`.
    ///
    /// # Errors
    /// If a coefficient is not finite somewhere, or the diffusion negative.
    pub fn generator(&self, t: f64) -> Result<Generator1, FokkerPlanckError> {
        let refuse = |name, x, value: f64| match value.is_finite() {
            true => FokkerPlanckError::NegativeDiffusion { t, x, y: None, value },
            false => FokkerPlanckError::NotFinite { name, t, x, y: None, value },
        };
        let (drift, diffusion) = (|x| (self.drift)(t, x), |x| (self.diffusion)(t, x));
        let line = Line { grid: &self.grid, edges: self.edges, drift: &drift, diffusion: &diffusion, refuse: &refuse };
        Ok(Generator1 { grid: self.grid.clone(), chain: line.chain()? })
    }

    /// The cell averages of the source at time `t`, zero without one.
    ///
    /// # Errors
    /// If it is not finite somewhere.
    pub fn source(&self, t: f64) -> Result<Vec<f64>, FokkerPlanckError> {
        let Some(source) = &self.source else { return Ok(vec![0.0; self.grid.cells()]) };
        let values = averages(&self.grid, |x| source(t, x));
        match values.iter().position(|value| !value.is_finite()) {
            Some(i) => {
                let (x, value) = (self.grid.center(i), values[i]);
                Err(FokkerPlanckError::NotFinite { name: "the source", t, x, y: None, value })
            }
            None => Ok(values),
        }
    }

    /// Moves a density through all the times, one step between two.
    ///
    /// # Errors
    /// A density on another grid, falling times, bad coefficients, a Crank-Nicolson step above its bound, an exponential
    /// step of more than 1e9 products.
    pub fn evolve(&self, start: &Density1, times: &Times, scheme: Scheme) -> Result<Run<Density1>, FokkerPlanckError> {
        if start.grid() != &self.grid {
            return Err(FokkerPlanckError::OtherGrid);
        }
        let (masses, balance) = evolve::evolve(self, start.masses(), times, scheme)?;
        Ok(Run { density: Density1::from_masses(&self.grid, masses), balance })
    }

    /// `u(x_i) = E[f(X_end) | X_start = x_i]` from `f` at the cells' centres: Kolmogorov's backward equation by the
    /// exponential scheme. Paths that leave count 0. The exact transpose of [`evolve`](Equation1::evolve):
    /// `<u, p_start> = <f, p_end>` to rounding, a source aside.
    ///
    /// # Errors
    /// As [`evolve`](Equation1::evolve).
    pub fn expectation(&self, f: &[f64], times: &Times) -> Result<Vec<f64>, FokkerPlanckError> {
        one_a_cell(self.grid.cells(), f)?;
        evolve::evolve_backward(self, f.to_vec(), times)
    }

    pub(super) fn has_source(&self) -> bool {
        self.source.is_some()
    }
}

impl Evolves for Equation1<'_> {
    type Generator = Generator1;

    fn generator_at(&self, t: f64) -> Result<Generator1, FokkerPlanckError> {
        self.generator(t)
    }

    fn injected_at(&self, t: f64) -> Result<Option<Vec<f64>>, FokkerPlanckError> {
        if self.source.is_none() {
            return Ok(None);
        }
        let averages = self.source(t)?;
        Ok(Some(averages.into_iter().enumerate().map(|(i, s)| s * self.grid.width(i)).collect()))
    }

    fn is_steady(&self) -> bool {
        self.steady
    }

    fn volume(&self, cell: usize) -> f64 {
        self.grid.width(cell)
    }
}

impl fmt::Debug for Equation1<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Equation1 { grid, edges, steady, .. } = self;
        f.debug_struct("Equation1").field("grid", grid).field("edges", edges).field("steady", steady).finish()
    }
}
