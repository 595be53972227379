use crate::grid::MOST_STEPS;
use crate::{BetaTable, Grid, GridError, Level};

/// Which of a table's `T` timesteps a grid of `N` steps visits, as diffusers names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Spacing {
    /// `i floor(T/N)` for `i = N-1, ..., 0`: never the noisiest one. DDIM's own.
    Leading,
    /// `round(i (T-1)/(N-1))` for `i = N-1, ..., 0`, halves to the even number: both ends.
    Linspace,
    /// `round(T - i T/N) - 1` for `i = 0, ..., N-1`, halves to the even number: the noisiest one, and not the cleanest.
    Trailing,
}

impl Spacing {
    /// All of them, in the order of their names here.
    pub const ALL: [Spacing; 3] = [Spacing::Leading, Spacing::Linspace, Spacing::Trailing];

    /// The name used in configuration files.
    pub fn name(self) -> &'static str {
        match self {
            Spacing::Leading => "leading",
            Spacing::Linspace => "linspace",
            Spacing::Trailing => "trailing",
        }
    }

    /// The timesteps, noisiest first: exactly `steps` different ones in `0..of`.
    ///
    /// One step is the noisiest timestep, whatever the spacing: from the cleanest one (diffusers' `leading` and `linspace`
    /// for `N = 1`) nothing could be drawn. Lin et al. 2024, arXiv:2305.08891, table 2.
    ///
    /// # Errors
    /// [`GridError::Steps`] for no step, or more than there are timesteps, or more than a million timesteps.
    pub fn timesteps(self, steps: usize, of: usize) -> Result<Vec<usize>, GridError> {
        if of > MOST_STEPS {
            return Err(GridError::Steps { given: of, most: MOST_STEPS });
        }
        if !(1..=of).contains(&steps) {
            return Err(GridError::Steps { given: steps, most: of });
        }
        if steps == 1 {
            return Ok(vec![of - 1]);
        }
        let timestep = |i: usize| match self {
            Spacing::Leading => (steps - 1 - i) * (of / steps),
            Spacing::Linspace => even((steps - 1 - i) * (of - 1), steps - 1),
            Spacing::Trailing => even((steps - i) * of, steps) - 1,
        };
        Ok((0..steps).map(timestep).collect())
    }
}

impl Grid {
    /// Some of a table's timesteps, noisiest first, and then data. Levels between the timesteps: any other grid on the
    /// table as a path.
    ///
    /// A step goes from one timestep to the next one of the grid. (diffusers' DDIM goes to `timestep - floor(T/N)`, which
    /// `linspace` and most `trailing` grids do not hold; candle's `trailing` takes 31 steps for 30.)
    ///
    /// # Errors
    /// [`GridError::Steps`] for no step, or more than there are timesteps.
    pub fn on_table(table: &BetaTable, spacing: Spacing, steps: usize) -> Result<Grid, GridError> {
        let timesteps = spacing.timesteps(steps, table.levels().len())?;
        let levels = timesteps.into_iter().map(|i| table.levels()[i]);
        Grid::proven(levels.chain([Level::DATA]).collect())
    }
}

/// `numerator/denominator`, rounded, halves to the even number: exact in integers.
fn even(numerator: usize, denominator: usize) -> usize {
    let (floor, rest) = (numerator / denominator, numerator % denominator);
    let up = match (2 * rest).cmp(&denominator) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal => floor % 2 == 1,
        std::cmp::Ordering::Greater => true,
    };
    floor + usize::from(up)
}
