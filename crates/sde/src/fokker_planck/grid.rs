use super::FokkerPlanckError;
use crate::SdeError;
use crate::error::{finite, positive};

/// The cells of an interval, given by their faces. Cheap to clone next to any run.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid1 {
    faces: Vec<f64>,
}

impl Grid1 {
    /// A face needs a neighbour on each side, and a ring needs three cells.
    const LEAST: usize = 3;

    /// `cells` equal cells on `[from, to]`.
    ///
    /// # Errors
    /// Fewer than 3 cells, more than memory holds, an end that is not finite, `to <= from`.
    pub fn uniform(from: f64, to: f64, cells: usize) -> Result<Grid1, FokkerPlanckError> {
        let width = (to - from) / cells as f64;
        Grid1::of(cells, |i| if i == cells { to } else { from + width * i as f64 })
    }

    /// Stretched: cells narrowest at `around`, where they are as if `[from, to]` were `around + width sinh(xi)` and `xi`
    /// had equal cells. The smaller `width`, the stronger the stretching; `width` of the order of the interval is nearly
    /// uniform.
    ///
    /// # Errors
    /// As [`Grid1::uniform`]; a width that is not above zero.
    pub fn clustered(from: f64, to: f64, cells: usize, around: f64, width: f64) -> Result<Grid1, FokkerPlanckError> {
        finite("around", around)?;
        positive("width", width)?;
        let (low, high) = (((from - around) / width).asinh(), ((to - around) / width).asinh());
        let face = |i: usize| match i {
            0 => from,
            i if i == cells => to,
            i => around + width * (low + (high - low) * i as f64 / cells as f64).sinh(),
        };
        Grid1::of(cells, face)
    }

    fn of(cells: usize, face: impl Fn(usize) -> f64) -> Result<Grid1, FokkerPlanckError> {
        let mut faces = Vec::new();
        let room = faces.try_reserve_exact(cells.saturating_add(1));
        room.map_err(|_| SdeError::TooMany { name: "cells", count: cells })?;
        faces.extend((0..=cells).map(face));
        Grid1::new(faces)
    }

    /// These faces. The solver is of order 2 where widths change smoothly from cell to cell.
    ///
    /// # Errors
    /// Fewer than 3 cells, a face that is not finite, faces that do not strictly rise.
    pub fn new(faces: Vec<f64>) -> Result<Grid1, FokkerPlanckError> {
        let found = faces.len().saturating_sub(1);
        if found < Grid1::LEAST {
            return Err(FokkerPlanckError::TooFewCells { found, least: Grid1::LEAST });
        }
        faces.iter().try_for_each(|face| finite("a face", *face))?;
        finite("the width of the grid", faces[found] - faces[0])?;
        for (i, pair) in faces.windows(2).enumerate() {
            if pair[1] <= pair[0] {
                return Err(FokkerPlanckError::FacesNotRising { index: i + 1, before: pair[0], after: pair[1] });
            }
        }
        Ok(Grid1 { faces })
    }

    /// The number of cells.
    pub fn cells(&self) -> usize {
        self.faces.len() - 1
    }

    /// All faces, one more than cells.
    pub fn faces(&self) -> &[f64] {
        &self.faces
    }

    /// The left end.
    pub fn from(&self) -> f64 {
        self.faces[0]
    }

    /// The right end.
    pub fn to(&self) -> f64 {
        self.faces[self.cells()]
    }

    /// The middle of cell `i`.
    pub fn center(&self, i: usize) -> f64 {
        0.5 * (self.faces[i] + self.faces[i + 1])
    }

    /// The width of cell `i`.
    pub fn width(&self, i: usize) -> f64 {
        self.faces[i + 1] - self.faces[i]
    }

    /// The middles of all cells.
    pub fn centers(&self) -> Vec<f64> {
        (0..self.cells()).map(|i| self.center(i)).collect()
    }

    /// The widths of all cells.
    pub fn widths(&self) -> Vec<f64> {
        (0..self.cells()).map(|i| self.width(i)).collect()
    }

    /// The cell that holds `x`; none outside.
    pub fn cell_of(&self, x: f64) -> Option<usize> {
        if !(x >= self.from() && x <= self.to()) {
            return None;
        }
        Some((self.faces.partition_point(|face| *face <= x).max(1) - 1).min(self.cells() - 1))
    }
}

/// What happens at one side of an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// No flux passes: `J = 0`.
    Reflecting,
    /// What arrives is gone: `p = 0` at the face.
    Absorbing,
    /// The density continues flat behind the face, so that it does not diffuse through, and what the flow
    /// `v = b - dD/dx` carries outward leaves; nothing enters: `J = max(v, 0) p` outward. Exact where the density is
    /// negligible or flat at the face: put it there.
    Open,
}

/// What happens at both sides of an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edges {
    /// The right end is the left end. Coefficients must be periodic too; at the seam those of the left end hold.
    Periodic,
    /// Each side for itself.
    Sides {
        /// At the left end.
        left: Side,
        /// At the right end.
        right: Side,
    },
}

impl Edges {
    /// No flux at either side.
    pub const REFLECTING: Edges = Edges::Sides { left: Side::Reflecting, right: Side::Reflecting };
    /// The density is zero at both sides.
    pub const ABSORBING: Edges = Edges::Sides { left: Side::Absorbing, right: Side::Absorbing };
    /// What flows out at either side leaves.
    pub const OPEN: Edges = Edges::Sides { left: Side::Open, right: Side::Open };
}
