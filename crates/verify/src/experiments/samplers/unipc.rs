//! UniPC as its paper and its reference implementation write it, and two ways in which a port got it wrong.

use ito_samplers::{DpmppMultistep, Failure, Order, Sampler, Step, UniPc, UniPcVariant};
use ito_schedules::{Edm, Grid, Level, Straight};
use ito_state::{Batch, Noise};
use ito_testkit::{Gaussian, GaussianData, LinearForm, Slope};
use ndarray::array;

use super::{data, distance, end_law};
use crate::{Claim, Context, Errors, Fault, Findings, Plot};

/// UniPC of an order, for so many steps of which the last ones are lowered or not.
type Family<'a> = &'a dyn Fn(Option<usize>) -> Box<dyn Sampler<LinearForm>>;

/// The port's late log-SNR costs its predictor of order 2 an order and two thirds of a hundred in error, and makes that of order 3
/// not a number; its added factorials spoil the corrector of order 3.
pub fn unipc(context: &Context) -> Findings {
    let [late, added] = [Fault::UnipcLateLambda, Fault::UnipcFactorialsAdded].map(|fault| context.planted(fault));
    let textbook = |order, corrects, left, late, added| {
        Box::new(Textbook { order, corrects, late, added, left, past: Vec::new(), last: None })
            as Box<dyn Sampler<LinearForm>>
    };
    // The predictor of order 2 alone is DPM-Solver++ 2M. Errors at 64 steps as other implementations have them.
    let shipped: [(&str, usize, bool, f64, Family); 3] = [
        ("the predictor of order 2", 2, false, 6.5e-5, &predictor),
        ("UniPC 2", 2, true, 4.0e-5, &|left| lowered(UniPc::second(UniPcVariant::Bh2), left)),
        ("UniPC 3", 3, true, 5.1e-5, &|left| lowered(UniPc::third(UniPcVariant::Bh2), left)),
    ];
    let mut found = Findings::default();
    let mut all = Vec::new();
    for (name, order, corrects, known, family) in shipped {
        let right = |left| textbook(order, corrects, left, false, false);
        let wrong = |left| textbook(order, corrects, left, late, added);
        let measured: Family = if late || added { &wrong } else { family };
        let theory = if corrects { 3.0 } else { 2.0 };
        let slope = Slope::fit([362, 431, 512, 609, 724].map(|n| (n, straight_error(n, measured))).to_vec());
        let errors = Errors::of(name, &slope, theory);
        found.claim(Claim::order(format!("{name}: order of the law, straight path"), &errors));
        let (law, exact) = known_case(measured);
        let bad = law.mean.iter().chain(&law.covariance).filter(|x| !x.is_finite()).count() as f64;
        found.claim(Claim::within(format!("{name}: numbers that are not finite, 64 steps"), bad, 0.0, 0.0));
        let axis = array![1.0];
        let error = (law.covariance[[0, 0]].sqrt() - exact.deviation_along(&axis)).abs();
        let name_of = format!("{name}: error of the deviation, 64 steps from sigma 10 to 0.1");
        found.claim(Claim::within(name_of, error, known, 0.02 * known));
        let apart = distance(&law, &known_case(&right).0);
        found.claim(Claim::at_most(format!("{name}: distance from the textbook form, 64 steps"), apart, 1e-12));
        all.push(errors);
    }
    let first: Family = &|left| lowered(UniPc::first(UniPcVariant::Bh2), left);
    let apart = distance(&known_case(first).0, &known_case(&|left| textbook(1, true, left, false, false)).0);
    found.claim(Claim::at_most("UniPC 1: distance from the textbook form, 64 steps", apart, 1e-12));
    found.plot(Plot::orders("Error of the law, straight path, log-SNR from -2 to 3 (h = 1/steps)", all));
    found
}

fn predictor(left: Option<usize>) -> Box<dyn Sampler<LinearForm>> {
    let sampler = DpmppMultistep::second();
    Box::new(match left {
        Some(steps) => sampler.lowering_at_the_end(steps).unwrap(),
        None => sampler,
    })
}

fn lowered(sampler: UniPc<LinearForm>, left: Option<usize>) -> Box<dyn Sampler<LinearForm>> {
    Box::new(match left {
        Some(steps) => sampler.lowering_at_the_end(steps).unwrap(),
        None => sampler,
    })
}

/// Off the marginal and without lowered steps, where nothing of the leading error vanishes.
fn straight_error(steps: usize, family: Family) -> f64 {
    let grid = Grid::uniform_log_snr(&Straight, -2.0, 3.0, steps).unwrap();
    let (from, to) = (grid.levels()[0], grid.levels()[steps]);
    let start = Gaussian::isotropic(2, from.sigma);
    distance(&end_law(&data(), &Straight, &grid, &start, &|| family(None)), &data().flow(&start, from, to))
}

/// What is known of others: data N(0.7, 0.5^2) on `sigma = t` from 10 to 0.1, 64 steps even in log-SNR, from the marginal, the last
/// steps lowered. The law and the exact one.
fn known_case(family: Family) -> (Gaussian, Gaussian) {
    let (data, path, end) = (GaussianData::new(&[0.7], &[0.25], 0.0), Edm::default(), 2.0 * 10.0_f64.ln());
    let grid = Grid::uniform_log_snr(&path, -end, end, 64).unwrap();
    let [from, to] = [grid.levels()[0], grid.levels()[64]].map(|level| data.marginal(level));
    (end_law(&data, &path, &grid, &from, &|| family(Some(64))), to)
}

/// Zhao et al. 2023, arXiv:2302.04867, data prediction with `B(h) = e^h - 1`, `h = -(lambda' - lambda)`, as diffusers writes it: the
/// weights solve `R rho = b` with `R_ij = r_j^(i-1)`, `b_i = i! phi_{i+1}(h) h / B(h)`.
struct Textbook {
    order: usize,
    corrects: bool,
    /// Planted: the predictor takes the lambda of one step before that of its estimate.
    late: bool,
    /// Planted: `i + 1` for `(i + 1)!`.
    added: bool,
    /// Steps to go, if the last ones are to be lowered.
    left: Option<usize>,
    past: Vec<(Level, LinearForm)>,
    /// Where the last step began, and of which order it was.
    last: Option<(LinearForm, usize)>,
}

impl Sampler<LinearForm> for Textbook {
    fn order(&self) -> Order {
        Order { order: 3, evaluations: 1, noise: false }
    }

    fn step(
        &mut self,
        at: &Step<LinearForm>,
        x: &LinearForm,
        _noise: &mut dyn Noise<LinearForm>,
    ) -> Result<LinearForm, Failure> {
        let estimate = at.model.denoise(x, &[at.from]);
        let x = match self.last.take() {
            Some((before, order)) if self.corrects => self.moved(&before, at.from, order, Some(&estimate)),
            _ => x.clone(),
        };
        self.past.push((at.from, estimate));
        let order = self.order.min(self.past.len()).min(self.left.unwrap_or(usize::MAX));
        self.left = self.left.map(|left| left - 1);
        let stepped = self.moved(&x, at.to, order, None);
        self.last = Some((x, order));
        Ok(stepped)
    }
}

impl Textbook {
    /// From the newest level to another, of this order: the predictor, or with the estimate there the corrector.
    fn moved(&self, x: &LinearForm, to: Level, order: usize, there: Option<&LinearForm>) -> LinearForm {
        let newest = self.past.len() - 1;
        let (from, estimate) = &self.past[newest];
        let lambda = |level: Level| (level.alpha / level.sigma).ln();
        let h = lambda(to) - lambda(*from);
        let late = usize::from(self.late && there.is_none());
        let ratio = |i: usize| (lambda(self.past[newest.saturating_sub(i + late)].0) - lambda(*from)) / h;
        let mut ratios: Vec<f64> = (1..order).map(ratio).collect();
        let slope = |i: usize| {
            LinearForm::lincomb(&[(1.0 / ratios[i - 1], &self.past[newest - i].1), (-1.0 / ratios[i - 1], estimate)])
        };
        let mut slopes: Vec<LinearForm> = (1..order).map(slope).collect();
        if let Some(there) = there {
            slopes.push(LinearForm::lincomb(&[(1.0, there), (-1.0, estimate)]));
            ratios.push(1.0);
        }
        let weights = match (ratios.len(), order) {
            // Where the paper puts 1/2 for the solution.
            (1, _) => vec![0.5],
            (count, _) => solve(count, &ratios, &self.right_side(-h, count)),
        };
        let b = (-h).exp_m1();
        let mut terms = vec![(to.sigma / from.sigma, x), (-to.alpha * b, estimate)];
        terms.extend(weights.iter().map(|rho| -to.alpha * b * rho).zip(&slopes));
        LinearForm::lincomb(&terms)
    }

    fn right_side(&self, h: f64, count: usize) -> Vec<f64> {
        let b = h.exp_m1();
        let (mut phi, mut factorial) = (b / h - 1.0, 1.0);
        (1..=count)
            .map(|i| {
                let value = phi * factorial / b;
                let next = (i + 1) as f64;
                factorial = if self.added { next } else { factorial * next };
                phi = phi / h - 1.0 / factorial;
                value
            })
            .collect()
    }
}

/// `sum_j r_j^(i-1) rho_j = b_i` by elimination.
fn solve(count: usize, ratios: &[f64], right: &[f64]) -> Vec<f64> {
    let mut rows: Vec<Vec<f64>> =
        (0..count).map(|i| ratios.iter().map(|r| r.powi(i as i32)).chain([right[i]]).collect()).collect();
    for k in 0..count {
        for i in 0..count {
            if i != k {
                let factor = rows[i][k] / rows[k][k];
                (k..=count).for_each(|j| rows[i][j] -= factor * rows[k][j]);
            }
        }
    }
    (0..count).map(|k| rows[k][count] / rows[k][k]).collect()
}
