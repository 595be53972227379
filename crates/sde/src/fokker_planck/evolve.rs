use super::FokkerPlanckError;
use super::exponential::{self, Propagates};
use super::sum::{Sum, compensated};
use crate::Times;
use crate::error::finite;

/// How a density moves in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// The matrix exponential of the generator at the step's middle. Positive at any step; exact in time for steady
    /// coefficients, order 2 for others (Magnus 1954, midpoint rule). Costs about (fastest rate) x (time) products,
    /// however the time is cut into steps, each half a nanosecond a cell on an interval: few very narrow cells make all
    /// of them dear.
    Exponential,
    /// Positive at any step, order 1. On an interval one elimination a step; in the plane one a line, first along x, then
    /// along y (Lie's splitting). For grids too stiff for the exponential.
    ImplicitEuler,
    /// Order 2, positive only up to the bound that each generator computes; a longer step is refused. In the plane split
    /// after Strang, y half, x, y half.
    CrankNicolson,
}

/// Where a run's mass came from and went to. Compensated sums.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Balance {
    /// The mass at the start.
    pub before: f64,
    /// The mass at the end.
    pub after: f64,
    /// The mass that left through each side: left, right, bottom, top.
    pub outflow: [f64; 4],
    /// The mass that the source brought, negative for a sink.
    pub source: f64,
    /// The least cell average after any step. Below zero only where a sink took more than there was.
    pub minimum: f64,
    /// Products with `I + A/q` (exponential) or steps (others).
    pub work: u64,
    /// The largest part of the mass that rounding made or lost in an exponential step, before it was scaled away; some
    /// 1e-16 a product at most.
    pub drift: f64,
}

impl Balance {
    /// `after + outflow - source - before`: rounding, below 1e-12 of the mass.
    pub fn residual(&self) -> f64 {
        compensated(self.outflow.into_iter().chain([self.after, -self.source, -self.before]))
    }

    /// The mass that left through all sides.
    pub fn total_outflow(&self) -> f64 {
        self.outflow.iter().sum()
    }
}

/// A density that was moved, and the account of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Run<P> {
    /// At the last time.
    pub density: P,
    /// Of the whole run.
    pub balance: Balance,
}

/// What the time schemes ask of an equation.
pub(super) trait Evolves {
    type Generator: Propagates;

    fn generator_at(&self, t: f64) -> Result<Self::Generator, FokkerPlanckError>;
    /// Mass a unit of time that the source brings to each cell.
    fn injected_at(&self, t: f64) -> Result<Option<Vec<f64>>, FokkerPlanckError>;
    /// Whether the generator is the same at all times.
    fn is_steady(&self) -> bool;
    /// The volume of a cell.
    fn volume(&self, cell: usize) -> f64;
}

pub(super) fn evolve(
    equation: &impl Evolves,
    mut mass: Vec<f64>,
    times: &Times,
    scheme: Scheme,
) -> Result<(Vec<f64>, Balance), FokkerPlanckError> {
    let before = compensated(mass.iter().copied());
    let (mut outflow, mut source) = ([Sum::default(); 4], Sum::default());
    let (mut minimum, mut work, mut drift) = (f64::INFINITY, 0, 0.0_f64);
    let mut kept = None;
    for (from, to) in times.pairs() {
        let step = to - from;
        if step < 0.0 {
            return Err(FokkerPlanckError::TimesFall { from, to });
        }
        let at = if scheme == Scheme::ImplicitEuler { to } else { from + 0.5 * step };
        let generator = match kept {
            Some(generator) if equation.is_steady() => generator,
            _ => equation.generator_at(at)?,
        };
        let injected = equation.injected_at(at)?;
        let hops = step * generator.fastest();
        if !hops.is_finite() {
            return Err(FokkerPlanckError::TooStiff { products: hops, limit: f64::MAX });
        }
        let left = match scheme {
            Scheme::Exponential => {
                let done = exponential::step(&generator, step, injected.as_deref(), &mut mass)?;
                work += done.products;
                drift = drift.max(done.drift.abs());
                done.outflow
            }
            Scheme::ImplicitEuler => {
                work += 1;
                inject(&mut mass, step, injected.as_deref());
                generator.implicit_euler(step, &mut mass)?
            }
            Scheme::CrankNicolson => {
                work += 1;
                let bound = generator.crank_nicolson_bound();
                if step > bound {
                    return Err(FokkerPlanckError::StepTooLarge { t: at, step, bound });
                }
                inject(&mut mass, 0.5 * step, injected.as_deref());
                let left = generator.crank_nicolson(step, &mut mass)?;
                inject(&mut mass, 0.5 * step, injected.as_deref());
                left
            }
        };
        outflow.iter_mut().zip(left).for_each(|(sum, left)| sum.add(left));
        injected.iter().flatten().for_each(|s| source.add(step * s));
        minimum = mass.iter().enumerate().map(|(i, m)| m / equation.volume(i)).fold(minimum, f64::min);
        kept = Some(generator);
    }
    let after = compensated(mass.iter().copied());
    let (outflow, source) = (outflow.map(Sum::value), source.value());
    Ok((mass, Balance { before, after, outflow, source, minimum, work, drift }))
}

fn inject(mass: &mut [f64], time: f64, injected: Option<&[f64]>) {
    if let Some(injected) = injected {
        mass.iter_mut().zip(injected).for_each(|(m, s)| *m += time * s);
    }
}

/// `E[f(X_end) | X_start = x_i]`: the steps of the exponential scheme transposed, last to first.
pub(super) fn evolve_backward(
    equation: &impl Evolves,
    mut f: Vec<f64>,
    times: &Times,
) -> Result<Vec<f64>, FokkerPlanckError> {
    f.iter().try_for_each(|f| finite("an entry of f", *f))?;
    let mut kept = None;
    let pairs: Vec<(f64, f64)> = times.pairs().collect();
    for (from, to) in pairs.into_iter().rev() {
        if to < from {
            return Err(FokkerPlanckError::TimesFall { from, to });
        }
        let generator = match kept {
            Some(generator) if equation.is_steady() => generator,
            _ => equation.generator_at(0.5 * (from + to))?,
        };
        exponential::backward_step(&generator, to - from, &mut f)?;
        kept = Some(generator);
    }
    Ok(f)
}
