use ito_noise::{Stream, Vectors};
use ito_state::{Real, Tile};

use super::EnsembleError;

/// Where the paths begin; `A` is the type of the states, f64 or f32.
#[derive(Clone, Copy)]
pub enum Start<'a, A, const DIM: usize> {
    /// All at one point.
    Point([A; DIM]),
    /// Drawn from a normal law: path `k` from blocks `2^61, 2^61 + 1, ...` of sample `k`, which no step reaches.
    Normal(NormalLaw<DIM>),
    /// A function of the sample's number.
    Each(&'a (dyn Fn(u64) -> [A; DIM] + Sync)),
}

/// A normal law by mean and covariance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NormalLaw<const DIM: usize> {
    mean: [f64; DIM],
    /// Lower triangular, its square the covariance.
    root: [[f64; DIM]; DIM],
}

impl<const DIM: usize> NormalLaw<DIM> {
    /// A covariance may be singular: some directions without spread.
    ///
    /// # Errors
    /// [`EnsembleError`] for a mean that is not finite, or a matrix that is no covariance.
    pub fn new(mean: [f64; DIM], covariance: [[f64; DIM]; DIM]) -> Result<Self, EnsembleError> {
        finite(&mean)?;
        // Cholesky, a column at a time; a direction without spread leaves a zero column.
        let mut root = [[0.0; DIM]; DIM];
        for column in 0..DIM {
            for row in column..DIM {
                let entry = covariance[row][column];
                let known: f64 = (0..column).map(|k| root[row][k] * root[column][k]).sum();
                let (left, diagonal) = (entry - known, covariance[row][row]);
                if entry != covariance[column][row] || !entry.is_finite() {
                    return Err(EnsembleError::NotACovariance { row, value: entry });
                }
                let rounding = 1e-13 * (diagonal * covariance[column][column]).abs().sqrt();
                root[row][column] = if row == column {
                    if left < -rounding {
                        return Err(EnsembleError::NotACovariance { row, value: left });
                    }
                    if left > rounding { left.sqrt() } else { 0.0 }
                } else if root[column][column] > 0.0 {
                    left / root[column][column]
                } else if left.abs() > rounding {
                    return Err(EnsembleError::NotACovariance { row, value: entry });
                } else {
                    0.0
                };
            }
        }
        Ok(NormalLaw { mean, root })
    }
}

/// The blocks that the start is drawn from.
const START: u64 = 1 << 61;

impl<A: Real, const DIM: usize> Start<'_, A, DIM> {
    pub(super) fn check(&self) -> Result<(), EnsembleError> {
        match self {
            Start::Point(point) => finite(&point.map(A::wide)),
            _ => Ok(()),
        }
    }

    /// The states of the samples `first, first + 1, ...`.
    pub(super) fn tile<const LANES: usize>(&self, level: Vectors, stream: Stream, first: u64) -> Tile<A, DIM, LANES> {
        match self {
            Start::Point(point) => Tile::from_rows(|_| *point),
            Start::Each(of) => Tile::from_rows(|lane| of(first.wrapping_add(lane as u64))),
            Start::Normal(law) => {
                // In f64 for both kinds of states, so that they start alike.
                let mut normals = vec![[[0.0; LANES]; 4]; DIM.div_ceil(4)];
                for (block, normals) in normals.iter_mut().enumerate() {
                    stream.normal_lanes_f64(level, first, START + block as u64, normals);
                }
                Tile::from_rows(|lane| {
                    let mut row = [A::default(); DIM];
                    for (i, value) in row.iter_mut().enumerate() {
                        let spread: f64 = (0..=i).map(|k| law.root[i][k] * normals[k / 4][k % 4][lane]).sum();
                        *value = A::of(law.mean[i] + spread);
                    }
                    row
                })
            }
        }
    }
}

fn finite(point: &[f64]) -> Result<(), EnsembleError> {
    match point.iter().position(|x| !x.is_finite()) {
        Some(coordinate) => Err(EnsembleError::StartNotFinite { coordinate, value: point[coordinate] }),
        None => Ok(()),
    }
}
