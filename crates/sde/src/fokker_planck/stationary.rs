use super::chain::Chain;
use super::{Density1, Equation1, FokkerPlanckError};
use crate::SdeError;
use crate::error::finite;

impl Equation1<'_> {
    /// The stationary density of the coefficients at time `t`, without any time step.
    ///
    /// Closed sides, no source: the null vector of mass 1. Between reflecting sides no flux passes any face, so it is the
    /// product of the faces' ratios, the discrete `exp(int b/D) / D`; on a ring by elimination.
    /// With a source and a side through which mass leaves: the density at which they balance.
    ///
    /// # Errors
    /// Bad coefficients; [`MassLeaves`](FokkerPlanckError::MassLeaves), [`MassGrows`](FokkerPlanckError::MassGrows) or
    /// [`NotConnected`](FokkerPlanckError::NotConnected) where there is none, or not only one;
    /// masses that overflow.
    pub fn stationary(&self, t: f64) -> Result<Density1, FokkerPlanckError> {
        let (chain, grid) = (self.generator(t)?.chain, self.grid());
        let closed = chain.exits() == [0.0; 2];
        let masses = match (self.has_source(), closed) {
            (false, false) => return Err(FokkerPlanckError::MassLeaves),
            (true, _) => {
                let mut masses: Vec<f64> =
                    self.source(t)?.into_iter().enumerate().map(|(i, s)| s * grid.width(i)).collect();
                chain.solve(0.0, 1.0, &mut masses)?;
                masses
            }
            (false, true) if chain.periodic => around(&chain)?,
            (false, true) => by_ratios(&chain)?,
        };
        let total = total(&masses, self.has_source())?;
        Ok(Density1::from_masses(grid, masses.into_iter().map(|mass| mass / total).collect()))
    }
}

/// Masses above it are scaled down, long before they overflow.
pub(super) const LARGEST: f64 = 1e200;

/// What to divide masses by: their sum, or 1 where a source says how much there is.
pub(super) fn total(masses: &[f64], fed: bool) -> Result<f64, SdeError> {
    let sum: f64 = masses.iter().sum();
    finite("the mass of the stationary density", sum)?;
    Ok(if fed { 1.0 } else { sum })
}

/// `m_{i+1} / m_i = right_i / left_{i+1}`, in logarithms: neither overflow nor cancellation.
fn by_ratios(chain: &Chain) -> Result<Vec<f64>, FokkerPlanckError> {
    let mut logs = vec![0.0_f64];
    for i in 0..chain.cells() - 1 {
        let (right, left, here) = (chain.right[i], chain.left[i + 1], logs[i]);
        // Nothing from the left can be to the right, and nothing comes back.
        let never_reached = right == 0.0 || here == f64::NEG_INFINITY;
        if left == 0.0 && never_reached {
            return Err(FokkerPlanckError::NotConnected { cell: i });
        }
        if left == 0.0 {
            // Nothing returns: all mass is further right.
            logs.iter_mut().for_each(|log| *log = f64::NEG_INFINITY);
        }
        logs.push(if left == 0.0 { 0.0 } else { here + right.ln() - left.ln() });
    }
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Ok(logs.into_iter().map(|log| (log - largest).exp()).collect())
}

/// Elimination of all cells but the last, whose mass is set; Grassmann, Taksar & Heyman 1985.
fn around(chain: &Chain) -> Result<Vec<f64>, FokkerPlanckError> {
    let last = chain.cells() - 1;
    // The ring is cut at the last cell: what it sends is the source of the others, what it gets is lost.
    let cut = Chain { right: chain.right[..last].to_vec(), left: chain.left[..last].to_vec(), periodic: false };
    let mut masses = vec![0.0; last];
    masses[0] += chain.right[last];
    masses[last - 1] += chain.left[last];
    let scale = cut.solve_scaled(0.0, 1.0, &mut masses, LARGEST).map_err(|error| match error {
        FokkerPlanckError::MassGrows => FokkerPlanckError::NotConnected { cell: last - 1 },
        other => other,
    })?;
    masses.push(scale);
    Ok(masses)
}
