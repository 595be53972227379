use super::density::averages;
use super::{Equation1, Equation2, FokkerPlanckError, density2};
use crate::SdeError;
use crate::error::positive;

/// How badly something violates an equation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Residual {
    /// The norm of the left side less the right side.
    pub violation: f64,
    /// The norm of the time derivative, to judge it by.
    pub scale: f64,
}

impl Residual {
    /// `violation / scale`; 1 is as bad as not moving at all.
    pub fn relative(&self) -> f64 {
        self.violation / self.scale
    }
}

impl Equation1<'_> {
    /// How badly a density `p(t, x)` violates this equation at time `t`: `int |d_t p - L* p - s| dx` over the grid, in cell
    /// averages, the time derivative by central difference over `t - step` to `t + step`.
    ///
    /// Of the exact density it is the discretisation error: order 2 in the cells' widths and in `step`, where the
    /// diffusion does not vanish and the density is negligible at sides that are not a ring's.
    ///
    /// # Errors
    /// Bad coefficients or a bad source; a step that is not above zero.
    pub fn residual(
        &self,
        density: impl Fn(f64, f64) -> f64,
        t: f64,
        step: f64,
    ) -> Result<Residual, FokkerPlanckError> {
        positive("the step in time", step)?;
        let at = |t: f64| averages(self.grid(), |x| density(t, x));
        let moved = self.generator(t)?.forward(&at(t))?;
        Ok(compare(&at(t - step), &at(t + step), step, &moved, &self.source(t)?, |i| self.grid().width(i)))
    }
}

impl Equation2<'_> {
    /// How badly a density `p(t, [x, y])` violates this equation; see [`Equation1::residual`].
    ///
    /// # Errors
    /// Bad coefficients or a bad source; a step that is not above zero.
    pub fn residual(
        &self,
        density: impl Fn(f64, [f64; 2]) -> f64,
        t: f64,
        step: f64,
    ) -> Result<Residual, FokkerPlanckError> {
        positive("the step in time", step)?;
        let at = |t: f64| density2::averages(self.grid(), |x| density(t, x));
        let moved = self.generator(t)?.forward(&at(t))?;
        Ok(compare(&at(t - step), &at(t + step), step, &moved, &self.source(t)?, |cell| self.grid().area(cell)))
    }
}

fn compare(
    before: &[f64],
    after: &[f64],
    step: f64,
    moved: &[f64],
    source: &[f64],
    volume: impl Fn(usize) -> f64,
) -> Residual {
    let mut residual = Residual { violation: 0.0, scale: 0.0 };
    for i in 0..moved.len() {
        let slope = (after[i] - before[i]) / (2.0 * step);
        residual.violation += (slope - moved[i] - source[i]).abs() * volume(i);
        residual.scale += slope.abs() * volume(i);
    }
    residual
}

/// The equation of the score `s = grad log p` of `dX = f(t, X) dt + g(t) dW` in any dimension:
/// `d_t s = grad( g^2/2 (div s + |s|^2) - f . s - div f )`.
///
/// From `d_t log p = -div f - f . s + g^2/2 (div s + |s|^2)`, the Fokker-Planck equation divided by `p`; Lai et al. 2023,
/// arXiv:2210.04296. For additive noise, equal in all directions.
#[derive(Clone, Copy)]
pub struct ScoreEquation<'a> {
    /// `f(t, x)`.
    pub drift: &'a dyn Fn(f64, &[f64]) -> Vec<f64>,
    /// `g(t)^2`.
    pub noise_rate: &'a dyn Fn(f64) -> f64,
}

impl ScoreEquation<'_> {
    /// How badly a score field `s(t, x)` violates the equation at time `t`: root mean square over these points, of all
    /// components together. Points drawn from `p_t` make it the norm of L2(p_t).
    ///
    /// Derivatives are central differences of order 4 with these steps in time and in space, nested once in space: for
    /// steps of 0.01 of the scales of `s` the exact score is right to some 1e-7.
    ///
    /// # Errors
    /// A step that is not above zero, no points, a score or a drift without one component for each coordinate.
    pub fn residual(
        &self,
        score: &dyn Fn(f64, &[f64]) -> Vec<f64>,
        t: f64,
        points: &[Vec<f64>],
        time_step: f64,
        space_step: f64,
    ) -> Result<Residual, SdeError> {
        positive("the step in time", time_step)?;
        positive("the step in space", space_step)?;
        if points.is_empty() {
            return Err(SdeError::Empty { name: "the list of points" });
        }
        for point in points {
            for (name, found) in [("the score", score(t, point).len()), ("the drift", (self.drift)(t, point).len())] {
                if found != point.len() {
                    return Err(SdeError::Dimension { name, expected: point.len(), found });
                }
            }
        }
        let (mut violation, mut scale) = (0.0, 0.0);
        for point in points {
            let potential = |x: &[f64]| self.log_density_slope(score, t, x, space_step);
            for axis in 0..point.len() {
                let slope = difference(|shift| score(t + shift, point)[axis], time_step);
                let right = difference(|shift| potential(&moved(point, axis, shift)), space_step);
                violation += (slope - right).powi(2);
                scale += slope.powi(2);
            }
        }
        let count = points.len() as f64;
        Ok(Residual { violation: (violation / count).sqrt(), scale: (scale / count).sqrt() })
    }

    /// `d_t log p = g^2/2 (div s + |s|^2) - f . s - div f`.
    fn log_density_slope(&self, score: &dyn Fn(f64, &[f64]) -> Vec<f64>, t: f64, x: &[f64], step: f64) -> f64 {
        let (f, s) = ((self.drift)(t, x), score(t, x));
        let div = |field: &dyn Fn(f64, &[f64]) -> Vec<f64>| -> f64 {
            (0..x.len()).map(|axis| difference(|shift| field(t, &moved(x, axis, shift))[axis], step)).sum()
        };
        let square: f64 = s.iter().map(|s| s * s).sum();
        let along: f64 = f.iter().zip(&s).map(|(f, s)| f * s).sum();
        0.5 * (self.noise_rate)(t) * (div(score) + square) - along - div(self.drift)
    }
}

fn moved(x: &[f64], axis: usize, shift: f64) -> Vec<f64> {
    let mut x = x.to_vec();
    x[axis] += shift;
    x
}

/// `f'(0)` with an error of `h^4 f^(5) / 30`.
fn difference(f: impl Fn(f64) -> f64, h: f64) -> f64 {
    (8.0 * (f(h) - f(-h)) - (f(2.0 * h) - f(-2.0 * h))) / (12.0 * h)
}
