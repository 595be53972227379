//! The bound of a Markov chain: equal to the likelihood where the chain is exact, below it by known amounts where it is not.

use ito_noise::{SampleNoise, Stream};
use ito_schedules::{Path, Straight, VpCosine, VpLinear};
use ito_sde::SdeError;
use ito_sde::measure::{Estimate, NoisingChain, normal_log_density};
use ito_state::{Batch, Noise, Rows};
use ito_testkit::statistics::assert_within;
use ndarray::{Array2, array};

/// No error bar: every single path gives the likelihood itself.
#[test]
fn the_bound_of_an_exact_chain_is_the_likelihood_on_every_path() {
    for path in [&Straight as &dyn Path, &VpLinear::default(), &VpCosine::default()] {
        let model = Model::new(path, 1.0);
        let x0 = array![[0.7, -2.0], [3.0, 1.0], [0.0, 0.1]];
        let mut noise = SampleNoise::consecutive(Stream::new(5, "elbo/exact"), 0, 3);
        for _ in 0..4 {
            for (bound, exact) in model.bound(&x0, &mut noise).iter().zip(data_log_density(&x0)) {
                assert!((bound - exact).abs() < 1e-10, "{bound} {exact}");
            }
        }
    }
}

#[test]
fn a_chain_through_levels_has_the_marginals_of_the_path() {
    for path in [&Straight as &dyn Path, &VpLinear::default(), &VpCosine::default()] {
        let ((mean, variance), end) = (Model::new(path, 1.0).prior, path.at(0.9));
        assert!((mean - end.alpha * MEAN).abs() < 1e-14, "{mean}");
        assert!((variance - end.alpha.powi(2) * VARIANCE - end.sigma.powi(2)).abs() < 1e-14, "{variance}");
    }
}

/// A reverse variance too large by a factor `c` costs `(1/c - 1 + log c)/2` nats a step and entry, on data from the law.
#[test]
fn a_wrong_variance_costs_its_divergence() {
    let (count, factor) = (4000, 1.5_f64);
    let model = Model::new(&VpLinear::default(), factor);
    let mut noise = SampleNoise::consecutive(Stream::new(6, "elbo/gap"), 0, count);
    let z = noise.normal_like(&Array2::<f64>::zeros((count, 2)));
    let x0 = z.mapv(|z| MEAN + VARIANCE.sqrt() * z);
    let gaps: Vec<f64> =
        model.bound(&x0, &mut noise).iter().zip(data_log_density(&x0)).map(|(bound, exact)| exact - bound).collect();
    let steps = model.chain.steps().len() as f64;
    let expected = steps * (1.0 / factor - 1.0 + factor.ln());
    let found = Estimate::mean(&gaps).unwrap();
    assert_within("the gap", found.value, expected, found.error);
    assert!(found.value > 20.0 * found.error, "the bound is below the likelihood: {found:?}");
}

/// `E[e^b]` over chains from one datum is what the model itself gives it: its kernels composed from the prior down.
#[test]
fn the_bound_of_many_chains_tightens_to_the_models_own_density() {
    let (count, datum) = (40_000, 1.2);
    let model = Model::new(&VpLinear::default(), 1.2);
    let (mut mean, mut variance) = model.prior;
    for (gain, shift, spread) in model.reverse.iter().rev() {
        (mean, variance) = (gain * mean + shift, gain * gain * variance + spread);
    }
    let exact = normal_log_density(&array![[datum - mean]], variance)[0];
    let mut noise = SampleNoise::consecutive(Stream::new(8, "elbo/tight"), 0, count);
    let bounds = model.bound(&Array2::from_elem((count, 1), datum), &mut noise);
    let tight = Estimate::log_mean(&bounds).unwrap();
    assert_within("log E[e^b]", tight.value, exact, tight.error);
    let loose = Estimate::mean(&bounds).unwrap();
    assert!(loose.value < exact - 10.0 * loose.error, "one chain is below: {loose:?} {exact}");
}

#[test]
fn impossible_chains_are_refused() {
    assert!(matches!(NoisingChain::new(vec![]), Err(SdeError::Empty { name: "the chain" })));
    assert!(matches!(NoisingChain::new(vec![(0.9, 0.0)]), Err(SdeError::NotPositive { .. })));
    assert!(matches!(NoisingChain::new(vec![(f64::NAN, 1.0)]), Err(SdeError::NotFinite { .. })));
    let falling = [Straight.at(0.5), Straight.at(0.2)];
    assert!(matches!(NoisingChain::through(&falling), Err(SdeError::NotPositive { .. })));
    assert!(matches!(NoisingChain::through(&falling[..1]), Err(SdeError::Empty { .. })));
    let chain = NoisingChain::new(vec![(0.9, 0.1)]).unwrap();
    let mut noise = SampleNoise::consecutive(Stream::new(8, "elbo/refused"), 0, 1);
    let still = chain.bound(&array![[1.0]], |_, x: &Array2<f64>| (x.clone(), 0.0), |x| x.dot_rows(x), &mut noise);
    assert!(matches!(still, Err(SdeError::NotPositive { name: "the variance of a reverse kernel", value: 0.0 })));
}

const MEAN: f64 = 0.4;
const VARIANCE: f64 = 0.6;

fn data_log_density(x0: &Array2<f64>) -> Vec<f64> {
    normal_log_density(&x0.mapv(|v| v - MEAN), VARIANCE)
}

/// The exact reversal of a chain on the data `N(MEAN, VARIANCE)`, its variances multiplied by a factor.
struct Model {
    chain: NoisingChain,
    /// `p(x_{i-1} | x_i) = N(gain x_i + shift, spread)`.
    reverse: Vec<(f64, f64, f64)>,
    /// Mean and variance at the noisy end, exactly.
    prior: (f64, f64),
}

impl Model {
    fn new(path: &dyn Path, factor: f64) -> Model {
        let levels: Vec<_> = (0..=12).map(|i| path.at(0.9 * f64::from(i) / 12.0)).collect();
        let chain = NoisingChain::through(&levels).unwrap();
        let (mut mean, mut variance) = (MEAN, VARIANCE);
        let mut reverse = Vec::new();
        for (decay, added) in chain.steps() {
            // Bayes' rule for `N(mean, variance)` seen through `x' = decay x + N(0, added)`.
            let next = decay * decay * variance + added;
            let gain = decay * variance / next;
            reverse.push((gain, mean - gain * decay * mean, factor * variance * added / next));
            (mean, variance) = (decay * mean, next);
        }
        Model { chain, reverse, prior: (mean, variance) }
    }

    fn bound(&self, x0: &Array2<f64>, noise: &mut SampleNoise) -> Vec<f64> {
        let reverse = |i: usize, x: &Array2<f64>| {
            let (gain, shift, spread) = self.reverse[i - 1];
            (Array2::lincomb(&[(gain, x), (shift, &x.fill_like(1.0))]), spread)
        };
        let prior = |x: &Array2<f64>| normal_log_density(&x.mapv(|v| v - self.prior.0), self.prior.1);
        self.chain.bound(x0, reverse, prior, noise).unwrap()
    }
}
