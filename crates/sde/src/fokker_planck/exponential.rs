//! `exp(h A) m` as a series of positive terms.

use super::FokkerPlanckError;
use super::sum::compensated;

/// More products than this are refused; they would take hours.
const MOST_PRODUCTS: f64 = 1e9;
/// Weights below this part of the largest are left out.
const NEGLIGIBLE: f64 = 1e-20;

/// Mass that leaves a cell through a side, a product.
pub(super) struct Exit {
    pub cell: usize,
    /// 0 left, 1 right, 2 bottom, 3 top.
    pub side: usize,
    pub share: f64,
}

/// `I + A / q` without negative entries: where a hop of the uniformised chain leads.
pub(super) trait Kernel {
    fn apply(&self, from: &[f64], to: &mut [f64]);
    fn exits(&self) -> &[Exit];
}

/// A generator that the time schemes can use. Vectors are masses of cells.
pub(super) trait Propagates {
    type Kernel: Kernel;

    /// The largest rate at which mass leaves a cell.
    fn fastest(&self) -> f64;
    fn crank_nicolson_bound(&self) -> f64;
    fn kernel(&self, rate: f64) -> Self::Kernel;
    fn transposed_kernel(&self, rate: f64) -> Self::Kernel;
    /// Replaces the masses and returns what left through each side.
    fn implicit_euler(&self, step: f64, mass: &mut [f64]) -> Result<[f64; 4], FokkerPlanckError>;
    fn crank_nicolson(&self, step: f64, mass: &mut [f64]) -> Result<[f64; 4], FokkerPlanckError>;
}

/// What a step did besides moving mass.
#[derive(Default)]
pub(super) struct Done {
    pub outflow: [f64; 4],
    pub products: u64,
    /// The part of the mass that rounding had made or lost, and that was taken out again.
    pub drift: f64,
}

/// Replaces `m` by `exp(h A) m + int_0^h exp(u A) s du`, by uniformisation:
/// `exp(h A) = sum_k Poisson(k; q h) (I + A/q)^k` with `q` the fastest rate.
///
/// Every term is a product of numbers that are not negative, so the result is not negative, in floating point too, at any
/// `h` and for any `s >= 0`. Products: `q h` and some `9 sqrt(q h)` more. Jensen 1953; Grassmann 1977.
pub(super) fn step(
    generator: &impl Propagates,
    time: f64,
    source: Option<&[f64]>,
    mass: &mut Vec<f64>,
) -> Result<Done, FokkerPlanckError> {
    let rate = generator.fastest();
    if rate == 0.0 {
        if let Some(source) = source {
            mass.iter_mut().zip(source).for_each(|(m, s)| *m += time * s);
        }
        return Ok(Done::default());
    }
    let weights = Weights::poisson(rate * time)?;
    let injected: Option<Vec<f64>> = source.map(|s| s.iter().map(|s| s / rate).collect());
    let brought = compensated(source.into_iter().flatten().map(|s| time * s));
    let whole = compensated(mass.iter().copied().chain([brought]));
    let mut done = series(&generator.kernel(rate), &weights, injected.as_deref(), mass);
    balance(whole, mass, &mut done);
    Ok(done)
}

/// Scales masses and outflow to the whole that they are parts of: a product rounds by some 1e-17 of it, always to the same
/// side once the density is nearly stationary, and there may be millions of products.
fn balance(whole: f64, mass: &mut [f64], done: &mut Done) {
    let found = compensated(mass.iter().copied().chain(done.outflow));
    done.drift = found / whole - 1.0;
    // A fault, or a sink that took nearly everything, is no rounding: it is left to be seen.
    if done.drift.abs() < 1e-15 * (100.0 + done.products as f64) {
        mass.iter_mut().chain(&mut done.outflow).for_each(|part| *part *= whole / found);
    }
}

/// Replaces `f` by `exp(h A^T) f`: the exact transpose of [`step`] without its source.
pub(super) fn backward_step(generator: &impl Propagates, time: f64, f: &mut Vec<f64>) -> Result<(), FokkerPlanckError> {
    let rate = generator.fastest();
    if rate > 0.0 {
        series(&generator.transposed_kernel(rate), &Weights::poisson(rate * time)?, None, f);
    }
    Ok(())
}

/// `sum_k w_k v_k` with `v_0 = m`, `v_{k+1} = kernel v_k + injected`.
fn series(kernel: &impl Kernel, weights: &Weights, injected: Option<&[f64]>, mass: &mut Vec<f64>) -> Done {
    let mut sum = vec![0.0; mass.len()];
    let mut next = vec![0.0; mass.len()];
    let (mut left, mut outflow) = ([0.0; 4], [0.0; 4]);
    for k in 0..=weights.last() {
        if let Some(weight) = weights.at(k) {
            sum.iter_mut().zip(mass.iter()).for_each(|(s, m)| *s += weight * m);
            outflow.iter_mut().zip(left).for_each(|(out, left)| *out += weight * left);
        }
        if k == weights.last() {
            break;
        }
        for exit in kernel.exits() {
            left[exit.side] += exit.share * mass[exit.cell];
        }
        kernel.apply(mass, &mut next);
        if let Some(injected) = injected {
            next.iter_mut().zip(injected).for_each(|(m, s)| *m += s);
        }
        std::mem::swap(mass, &mut next);
    }
    *mass = sum;
    Done { outflow, products: weights.last() as u64, drift: 0.0 }
}

/// The weights of a Poisson law around its mode, with sum 1.
struct Weights {
    first: usize,
    values: Vec<f64>,
}

impl Weights {
    /// From the mode outward by ratios, so that nothing under- or overflows. Fox & Glynn 1988.
    fn poisson(mean: f64) -> Result<Weights, FokkerPlanckError> {
        if mean > MOST_PRODUCTS {
            return Err(FokkerPlanckError::TooStiff { products: mean, limit: MOST_PRODUCTS });
        }
        let mode = mean.floor();
        let (mut below, mut k, mut weight) = (Vec::new(), mode, 1.0);
        while k > 0.0 && weight > NEGLIGIBLE {
            weight *= k / mean;
            k -= 1.0;
            below.push(weight);
        }
        let first = k as usize;
        let mut values: Vec<f64> = below.into_iter().rev().collect();
        values.push(1.0);
        (k, weight) = (mode, 1.0);
        while weight > NEGLIGIBLE {
            k += 1.0;
            weight *= mean / k;
            values.push(weight);
        }
        let total: f64 = values.iter().sum();
        values.iter_mut().for_each(|weight| *weight /= total);
        Ok(Weights { first, values })
    }

    fn last(&self) -> usize {
        self.first + self.values.len() - 1
    }

    fn at(&self, k: usize) -> Option<f64> {
        k.checked_sub(self.first).map(|i| self.values[i])
    }
}

#[cfg(test)]
mod tests {
    use super::Weights;

    #[test]
    fn poisson_weights_have_the_mean_and_the_variance_of_the_law() {
        for mean in [1e-9, 0.3, 1.0, 7.5, 745.0, 3e5] {
            let weights = Weights::poisson(mean).unwrap();
            let moment = |power: i32| -> f64 {
                weights.values.iter().zip(weights.first..).map(|(w, k)| w * (k as f64 - mean).powi(power)).sum()
            };
            assert!((moment(0) - 1.0).abs() < 1e-13, "{mean}");
            assert!(moment(1).abs() < 1e-11 * mean.max(1.0), "{mean}: {}", moment(1));
            assert!((moment(2) / mean - 1.0).abs() < 1e-11, "{mean}: {}", moment(2));
        }
    }
}
