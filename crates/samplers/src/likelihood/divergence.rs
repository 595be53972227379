use ito_schedules::Level;
use ito_state::{Noise, Rows};

use super::LikelihoodError;
use super::error::at_least;
use crate::Pullback;

/// How the trace of a denoiser's Jacobian is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Divergence {
    /// `sum_k <e_k, J^T e_k>` over the unit vectors of a row, whatever its shape: a pullback an entry, no error.
    #[default]
    Exact,
    /// The mean of `<z, J^T z>` over probes with `E[z z^T] = I`: a pullback a probe, unbiased, and its standard error from their
    /// spread. The probes are drawn once for a whole solve and held: a fresh probe at every call would hand an adaptive solver a field
    /// that is no function, and it would shrink its steps without end. Hutchinson 1990; Grathwohl et al. 2019, arXiv:1810.01367.
    Hutchinson {
        /// Of which law.
        probe: Probe,
        /// How many, at least 2: one has no spread.
        count: usize,
    },
}

/// The law of a probe's entries, of mean 0 and variance 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// 1 or -1, each with probability 1/2: the least variance, `2 sum_{i != j} S_ij^2` for the symmetric part `S` of the matrix whose
    /// trace is wanted, so 0 for a diagonal one.
    Rademacher,
    /// N(0, 1): variance `2 sum_{i, j} S_ij^2`.
    Normal,
}

impl Divergence {
    pub(super) fn checked(self) -> Result<Self, LikelihoodError> {
        if let Divergence::Hutchinson { count, .. } = self {
            at_least("probes", count, 2)?;
        }
        Ok(self)
    }

    /// Draws the probes.
    pub(super) fn trace<X: Rows>(self, like: &X, noise: &mut dyn Noise<X>) -> Trace<X> {
        let Divergence::Hutchinson { probe, count } = self else { return Trace::Exact };
        let draw = |_| match probe {
            Probe::Rademacher => of_uniforms(like, noise, |u| if u < 0.5 { -1.0 } else { 1.0 }),
            Probe::Normal => noise.normal_like(like),
        };
        Trace::Probes((0..count).map(draw).collect())
    }
}

/// A way to find traces, with its probes.
pub(super) enum Trace<X> {
    Exact,
    Probes(Vec<X>),
}

impl<X: Rows> Trace<X> {
    /// How many estimates of one trace there are.
    pub(super) fn estimates(&self) -> usize {
        match self {
            Trace::Exact => 1,
            Trace::Probes(probes) => probes.len(),
        }
    }

    /// Pullbacks a trace.
    pub(super) fn pullbacks(&self, like: &X) -> usize {
        match self {
            Trace::Exact => like.row_len(),
            Trace::Probes(probes) => probes.len(),
        }
    }

    /// The trace of the identity by the same estimates, `<z, z>`: `[estimate][row]`.
    pub(super) fn of_identity(&self, like: &X) -> Vec<Vec<f64>> {
        match self {
            Trace::Exact => vec![vec![like.row_len() as f64; like.row_count()]],
            Trace::Probes(probes) => probes.iter().map(|probe| probe.dot_rows(probe)).collect(),
        }
    }

    /// `D(x)`, and of every estimate its `tr J(x)`, one a row: `[estimate][row]`.
    pub(super) fn of(&self, model: &dyn Pullback<X>, x: &X, at: Level) -> (X, Vec<Vec<f64>>) {
        match self {
            Trace::Exact => {
                let mut denoised = None;
                let mut sum = vec![0.0; x.row_count()];
                for entry in 0..x.row_len() {
                    let unit = x.unit_like(entry);
                    let (found, pulled) = model.pullback(x, &[at], &unit);
                    pulled.dot_rows(&unit).iter().zip(&mut sum).for_each(|(part, sum)| *sum += part);
                    denoised = Some(found);
                }
                (denoised.unwrap_or_else(|| model.denoise(x, &[at])), vec![sum])
            }
            Trace::Probes(probes) => {
                let mut denoised = None;
                let estimate = |probe: &X| {
                    let (found, pulled) = model.pullback(x, &[at], probe);
                    denoised = Some(found);
                    pulled.dot_rows(probe)
                };
                let traces = probes.iter().map(estimate).collect();
                (denoised.unwrap_or_else(|| model.denoise(x, &[at])), traces)
            }
        }
    }
}

/// `f(u)` with its own uniform `u` in (0, 1) for every entry. States show no entries, so this adds up unit vectors: as much work as
/// the square of a row's length, once.
pub(super) fn of_uniforms<X: Rows>(like: &X, noise: &mut dyn Noise<X>, f: impl Fn(f64) -> f64) -> X {
    let ones = vec![1.0; like.row_count()];
    (0..like.row_len()).fold(like.fill_like(0.0), |sum, entry| {
        let values: Vec<f64> = noise.uniform_rows(like).into_iter().map(&f).collect();
        X::lincomb_rows(&[(&ones, &sum), (&values, &like.unit_like(entry))])
    })
}
