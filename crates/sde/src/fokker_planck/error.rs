use std::error::Error;
use std::fmt;

use crate::SdeError;

/// What the Fokker-Planck solver refuses, with the numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FokkerPlanckError {
    /// An argument that other rooms know too.
    Argument(SdeError),
    /// A grid with fewer cells than a flux needs.
    TooFewCells {
        /// What it has.
        found: usize,
        /// What it needs.
        least: usize,
    },
    /// The faces of a grid do not rise.
    FacesNotRising {
        /// The face that breaks the order.
        index: usize,
        /// The face before it.
        before: f64,
        /// The face.
        after: f64,
    },
    /// A coefficient, a source, or a density given as a function is NaN or infinite somewhere.
    NotFinite {
        /// Which function.
        name: &'static str,
        /// The time.
        t: f64,
        /// The place.
        x: f64,
        /// Its second coordinate, in the plane.
        y: Option<f64>,
        /// What the function said.
        value: f64,
    },
    /// A diffusion below zero.
    NegativeDiffusion {
        /// The time.
        t: f64,
        /// The place.
        x: f64,
        /// Its second coordinate, in the plane.
        y: Option<f64>,
        /// What the function said.
        value: f64,
    },
    /// An entry of a density is negative, NaN or infinite.
    BadDensity {
        /// The cell.
        cell: usize,
        /// Its entry.
        value: f64,
    },
    /// A density without mass.
    NoMass,
    /// A density or function that is not of the equation's grid.
    OtherGrid,
    /// Times that do not rise.
    TimesFall {
        /// A time.
        from: f64,
        /// The next.
        to: f64,
    },
    /// A step of Crank-Nicolson above its bound: the density could go negative.
    StepTooLarge {
        /// The time at the step's middle.
        t: f64,
        /// The step.
        step: f64,
        /// The largest step that keeps every density positive.
        bound: f64,
    },
    /// An exponential step that would take more products than anybody waits for, or a step that overflows.
    TooStiff {
        /// The fastest cell's rate times the step.
        products: f64,
        /// The largest one taken.
        limit: f64,
    },
    /// A point outside of the grid.
    Outside {
        /// The point.
        x: f64,
        /// The grid's left end.
        from: f64,
        /// The grid's right end.
        to: f64,
    },
    /// Nothing stays: mass leaves and no source replaces it.
    MassLeaves,
    /// Nothing balances: a source, and no side through which mass leaves.
    MassGrows,
    /// Mass from this cell cannot reach the last cell eliminated: more than one density is stationary, or (in the plane
    /// and on a ring, where the diffusion vanishes) the only one is zero there.
    NotConnected {
        /// The cell.
        cell: usize,
    },
}

impl fmt::Display for FokkerPlanckError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        use FokkerPlanckError::*;
        let place = |x: f64, y: Option<f64>| match y {
            Some(y) => format!("({x}, {y})"),
            None => format!("{x}"),
        };
        match self {
            Argument(error) => error.fmt(f),
            TooFewCells { found, least } => write!(f, "a grid needs {least} cells or more, not {found}"),
            FacesNotRising { index, before, after } => {
                write!(f, "face {index} of the grid, {after} after {before}, does not rise")
            }
            NotFinite { name, t, x, y, value } => {
                write!(f, "{name} is {value} at time {t}, place {}", place(*x, *y))
            }
            NegativeDiffusion { t, x, y, value } => {
                write!(f, "the diffusion is {value}, below zero, at time {t}, place {}", place(*x, *y))
            }
            BadDensity { cell, value } => write!(f, "the density in cell {cell} is {value}"),
            NoMass => write!(f, "the density has no mass"),
            OtherGrid => write!(f, "the density is not of the equation's grid"),
            TimesFall { from, to } => write!(f, "time must rise, but {to} follows {from}"),
            StepTooLarge { t, step, bound } => write!(
                f,
                "a Crank-Nicolson step of {step} at time {t} is above {bound}, the largest that keeps densities positive"
            ),
            TooStiff { products, limit } => write!(
                f,
                "this step takes {products:e} products, more than {limit:e}: shorten it, widen the cells or use implicit Euler"
            ),
            Outside { x, from, to } => write!(f, "the point {x} is outside of the grid, [{from}, {to}]"),
            MassLeaves => write!(f, "mass leaves and no source replaces it: only zero is stationary"),
            MassGrows => write!(f, "a source, and no side through which mass leaves: nothing is stationary"),
            NotConnected { cell } => {
                write!(f, "mass from cell {cell} cannot reach the last cell eliminated: no stationary density is found")
            }
        }
    }
}

impl Error for FokkerPlanckError {}

impl From<SdeError> for FokkerPlanckError {
    fn from(error: SdeError) -> Self {
        FokkerPlanckError::Argument(error)
    }
}
