use std::fmt;

use super::density2::averages;
use super::evolve::{self, Evolves};
use super::flux::Line;
use super::generator::one_a_cell;
use super::{Density2, Edges, FokkerPlanckError, Generator2, Grid2, Run, Scheme};
use crate::Times;

type Vector<'a> = Box<dyn Fn(f64, [f64; 2]) -> [f64; 2] + 'a>;
type Scalar<'a> = Box<dyn Fn(f64, [f64; 2]) -> f64 + 'a>;

/// `d_t p = -div(b p) + d_xx(D_x p) + d_yy(D_y p) + s` on a rectangle: the density of `dX_i = b_i dt + g_i dW_i` in Ito's
/// reading, `D_i = g_i^2 / 2`, every coefficient a function of time and both coordinates.
///
/// The fluxes of [`Equation1`](super::Equation1) along both axes, with the same guarantees. The two noises are independent:
/// a diffusion matrix with entries off its diagonal (cross-diffusion) is not for this grid; rotate the coordinates.
pub struct Equation2<'a> {
    grid: Grid2,
    edges: [Edges; 2],
    steady: bool,
    drift: Vector<'a>,
    diffusion: Vector<'a>,
    source: Option<Scalar<'a>>,
}

impl<'a> Equation2<'a> {
    /// Coefficients `b(t, [x, y])` and `[D_x, D_y](t, [x, y])`; reflecting sides, no source.
    pub fn new(
        grid: &Grid2,
        drift: impl Fn(f64, [f64; 2]) -> [f64; 2] + 'a,
        diffusion: impl Fn(f64, [f64; 2]) -> [f64; 2] + 'a,
    ) -> Self {
        Equation2 {
            grid: grid.clone(),
            edges: [Edges::REFLECTING; 2],
            steady: false,
            drift: Box::new(drift),
            diffusion: Box::new(diffusion),
            source: None,
        }
    }

    /// Coefficients that do not know the time.
    pub fn steady(
        grid: &Grid2,
        drift: impl Fn([f64; 2]) -> [f64; 2] + 'a,
        diffusion: impl Fn([f64; 2]) -> [f64; 2] + 'a,
    ) -> Self {
        Equation2 { steady: true, ..Equation2::new(grid, move |_, at| drift(at), move |_, at| diffusion(at)) }
    }

    /// With these sides along each axis.
    pub fn with_edges(self, x: Edges, y: Edges) -> Self {
        Equation2 { edges: [x, y], ..self }
    }

    /// With a source `s(t, [x, y])`; a negative one is a sink, and positivity is no longer promised.
    pub fn with_source(self, source: impl Fn(f64, [f64; 2]) -> f64 + 'a) -> Self {
        Equation2 { source: Some(Box::new(source)), ..self }
    }

    /// The grid.
    pub fn grid(&self) -> &Grid2 {
        &self.grid
    }

    /// The discrete generator at time `t`.
    ///
    /// # Errors
    /// If a coefficient is not finite somewhere, or a diffusion negative.
    pub fn generator(&self, t: f64) -> Result<Generator2, FokkerPlanckError> {
        let (x, y) = (self.grid.x(), self.grid.y());
        let refusal = |name, [x, y]: [f64; 2], value: f64| match value.is_finite() {
            true => FokkerPlanckError::NegativeDiffusion { t, x, y: Some(y), value },
            false => FokkerPlanckError::NotFinite { name, t, x, y: Some(y), value },
        };
        let row = |j: usize| {
            let at = |x: f64| [x, y.center(j)];
            let (drift, diffusion) = (|x| (self.drift)(t, at(x))[0], |x| (self.diffusion)(t, at(x))[0]);
            let refuse = |name, x, value| refusal(name, at(x), value);
            Line { grid: x, edges: self.edges[0], drift: &drift, diffusion: &diffusion, refuse: &refuse }.chain()
        };
        let column = |i: usize| {
            let at = |y: f64| [x.center(i), y];
            let (drift, diffusion) = (|y| (self.drift)(t, at(y))[1], |y| (self.diffusion)(t, at(y))[1]);
            let refuse = |name, y, value| refusal(name, at(y), value);
            Line { grid: y, edges: self.edges[1], drift: &drift, diffusion: &diffusion, refuse: &refuse }.chain()
        };
        Ok(Generator2 {
            grid: self.grid.clone(),
            rows: (0..y.cells()).map(row).collect::<Result<_, _>>()?,
            columns: (0..x.cells()).map(column).collect::<Result<_, _>>()?,
        })
    }

    /// The cell averages of the source at time `t`, zero without one.
    ///
    /// # Errors
    /// If it is not finite somewhere.
    pub fn source(&self, t: f64) -> Result<Vec<f64>, FokkerPlanckError> {
        let Some(source) = &self.source else { return Ok(vec![0.0; self.grid.cells()]) };
        let values = averages(&self.grid, |at| source(t, at));
        match values.iter().position(|value| !value.is_finite()) {
            Some(cell) => {
                let ([x, y], value) = (self.grid.center(cell), values[cell]);
                Err(FokkerPlanckError::NotFinite { name: "the source", t, x, y: Some(y), value })
            }
            None => Ok(values),
        }
    }

    /// Moves a density through all the times, one step between two.
    ///
    /// # Errors
    /// As [`Equation1::evolve`](super::Equation1::evolve).
    pub fn evolve(&self, start: &Density2, times: &Times, scheme: Scheme) -> Result<Run<Density2>, FokkerPlanckError> {
        if start.grid() != &self.grid {
            return Err(FokkerPlanckError::OtherGrid);
        }
        let (masses, balance) = evolve::evolve(self, start.masses(), times, scheme)?;
        Ok(Run { density: Density2::from_masses(&self.grid, masses), balance })
    }

    /// `E[f(X_end) | X_start]` at the cells' centres; see [`Equation1::expectation`](super::Equation1::expectation).
    ///
    /// # Errors
    /// As [`evolve`](Equation2::evolve).
    pub fn expectation(&self, f: &[f64], times: &Times) -> Result<Vec<f64>, FokkerPlanckError> {
        one_a_cell(self.grid.cells(), f)?;
        evolve::evolve_backward(self, f.to_vec(), times)
    }

    pub(super) fn has_source(&self) -> bool {
        self.source.is_some()
    }
}

impl Evolves for Equation2<'_> {
    type Generator = Generator2;

    fn generator_at(&self, t: f64) -> Result<Generator2, FokkerPlanckError> {
        self.generator(t)
    }

    fn injected_at(&self, t: f64) -> Result<Option<Vec<f64>>, FokkerPlanckError> {
        if self.source.is_none() {
            return Ok(None);
        }
        let averages = self.source(t)?;
        Ok(Some(averages.into_iter().enumerate().map(|(cell, s)| s * self.grid.area(cell)).collect()))
    }

    fn is_steady(&self) -> bool {
        self.steady
    }

    fn volume(&self, cell: usize) -> f64 {
        self.grid.area(cell)
    }
}

impl fmt::Debug for Equation2<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Equation2 { grid, edges, steady, .. } = self;
        f.debug_struct("Equation2").field("grid", grid).field("edges", edges).field("steady", steady).finish()
    }
}
