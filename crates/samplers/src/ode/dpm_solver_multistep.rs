use ito_schedules::Level;
use ito_state::{Batch, Noise};

use super::history::{History, reaching};
use super::order::OrderError;
use super::weights::{exponential_moments, lagrange};
use crate::{Failure, Order, Sampler, Step};

/// Multistep DPM-Solver++ of one, two or three nodes (`dpm++2m`, `dpm++3m`): a polynomial in `lambda = ln(alpha/sigma)` through the
/// last estimates, and the exact flow for it.
///
/// With `h = lambda' - lambda`, `r_0 = (lambda_0 - lambda_1)/h`, `r_1 = (lambda_1 - lambda_2)/h` and the estimates `m_0` (newest),
/// `m_1`, `m_2`:
/// - first: `x' = (sigma'/sigma) x - alpha' (exp(-h) - 1) m_0`, DDIM;
/// - second: the same with `m_0 + (m_0 - m_1)/(2 r_0)` for `m_0` (the paper's, diffusers' `solver_type="midpoint"`);
/// - third: with `d_0 = (m_0 - m_1)/r_0`, `d_1 = (m_1 - m_2)/r_1`, `D_2 = (d_0 - d_1)/(r_0 + r_1)` and `D_1 = d_0 + r_0 D_2`,
///   `x' = (sigma'/sigma) x + alpha' ((1 - exp(-h)) m_0 + phi_2 D_1 - 2 phi_3 D_2)`, `phi_2 = (exp(-h) - 1)/h + 1`,
///   `phi_3 = phi_2/h - 1/2`.
///
/// One evaluation a step, no noise. The first step is of order 1 and the second of order 2 at most, as there is nothing to remember
/// yet, so the global order of `third` is 2; after an accurate warm-up it is 3. A step from pure noise or to data is of order 1, and
/// pure noise is no node. A step may also go up in noise; one that does not go on where the last ended begins anew.
/// Lu et al. 2022, arXiv:2211.01095, algorithm 2; the third order from its code.
///
/// The polynomial is not extrapolated far: where the step is more than 2 times longer in `lambda` than one of the steps between
/// its nodes, the parabola gives way to the line, and beyond 3 times the line to `m_0` held. Estimates
/// nearer together than 1/50 of the step count once. (The published formulas have
/// no bound: in 10 steps uniform in time from 1 to `1e-5` on the straight path the third widens the law 7 times.)
///
/// The paper's code, diffusers and k-diffusion have `phi_3 D_2` for `2 phi_3 D_2`. But `D_2` is half of the second derivative,
/// `m_0 + D_1 u + D_2 u^2` with `u` from 0 to 1, and the integral of `u^2` is `-2 phi_3`: with half of the curvature lost, the
/// order is 2 after any warm-up. That formula, without a bound on
/// its reach, is [`DpmppMultistep::third_as_published`].
#[derive(Clone, Debug)]
pub struct DpmppMultistep<X> {
    nodes: Nodes,
    estimates: History<X>,
    left: Option<usize>,
}

#[derive(Clone, Copy, Debug)]
enum Nodes {
    One,
    Two,
    Three,
    /// Three with half of the curvature.
    ThreeAsPublished,
}

impl<X> DpmppMultistep<X> {
    /// Order 1: [`Ddim`](crate::Ddim).
    pub fn first() -> Self {
        Self::through(Nodes::One)
    }

    /// Order 2, `dpm++2m`.
    pub fn second() -> Self {
        Self::through(Nodes::Two)
    }

    /// Order 3 once warm, `dpm++3m`.
    pub fn third() -> Self {
        Self::through(Nodes::Three)
    }

    /// The formula of three nodes as published and as in diffusers, of order 2: for comparison with them.
    pub fn third_as_published() -> Self {
        Self::through(Nodes::ThreeAsPublished)
    }

    fn through(nodes: Nodes) -> Self {
        DpmppMultistep { nodes, estimates: History::holding(nodes.count()), left: None }
    }

    /// Lowers the order towards the end of a trajectory of `steps` steps: the last step is of order 1, the one before of order 2 at
    /// most, as diffusers does (`lower_order_final`) for fewer than 15 steps, where extrapolating to data is unsafe. The sampler then
    /// counts its steps.
    ///
    /// # Errors
    /// [`OrderError::AboveSteps`] if there are not as many steps as the order.
    pub fn lowering_at_the_end(self, steps: usize) -> Result<Self, OrderError> {
        if steps < self.nodes.count() {
            return Err(OrderError::AboveSteps { order: self.nodes.count() as u32, steps });
        }
        Ok(DpmppMultistep { left: Some(steps), ..self })
    }

    /// The nodes that the next step may use, by the count of the steps that are left.
    fn allowed(&mut self) -> usize {
        let most = self.nodes.count();
        let Some(left) = &mut self.left else { return most };
        let allowed = (*left).clamp(1, most);
        *left = left.saturating_sub(1);
        allowed
    }
}

impl Nodes {
    fn count(self) -> usize {
        match self {
            Nodes::One => 1,
            Nodes::Two => 2,
            Nodes::Three | Nodes::ThreeAsPublished => 3,
        }
    }

    /// What `u` and `u^2` integrate to over the step, `int_0^1 exp(-h (1 - u)) u^i h du`, or what the method takes for it, given
    /// how many nodes before the newest are used.
    fn moments(self, h: f64, earlier: usize) -> Vec<f64> {
        let [first, second, _] = exponential_moments(h);
        match (self, earlier) {
            (_, 0) => vec![],
            (_, 1) => vec![-0.5 * (-h).exp_m1()],
            (Nodes::ThreeAsPublished, _) => vec![first, 0.5 * second],
            (_, _) => vec![first, second],
        }
    }
}

impl<X: Batch> Sampler<X> for DpmppMultistep<X> {
    fn order(&self) -> Order {
        Order { order: self.nodes.count().min(2) as u32, evaluations: 1, noise: false }
    }

    fn step(&mut self, at: &Step<X>, x: &X, _noise: &mut dyn Noise<X>) -> Result<X, Failure> {
        at.leaves_noise()?;
        let Step { from, to, .. } = *at;
        let allowed = self.allowed();
        let denoised = at.denoised(x, from);
        self.estimates.follow(from, to);
        let h = half_log_snr(to) - half_log_snr(from);
        let past: Vec<(f64, &X)> =
            self.estimates.iter().map(|(lambda, m)| ((lambda - half_log_snr(from)) / h, m)).collect();
        let all: Vec<f64> = past.iter().map(|(node, _)| *node).collect();
        let most = if h.is_finite() { allowed - 1 } else { 0 };
        let kept = match self.nodes {
            Nodes::ThreeAsPublished => (0..most.min(all.len())).collect(),
            _ => reaching(&all, most),
        };
        let (nodes, earlier): (Vec<f64>, Vec<&X>) = kept.into_iter().map(|k| past[k]).unzip();
        // D(u) = m_0 + sum_k (m_k - m_0) L_k(u), u from 0 to 1 over the step.
        let weights = lagrange(&nodes, &self.nodes.moments(h, nodes.len()));
        let keep = to.sigma / from.sigma;
        let newest = to.alpha - from.alpha * keep - to.alpha * weights.iter().sum::<f64>();
        let terms = weights.iter().zip(&earlier).map(|(weight, estimate)| (to.alpha * weight, *estimate));
        let next = X::lincomb(&[(keep, x), (newest, &denoised)].into_iter().chain(terms).collect::<Vec<_>>());
        self.estimates.push(half_log_snr(from), denoised);
        Ok(next)
    }
}

/// `ln(alpha/sigma)`, the papers' lambda.
fn half_log_snr(level: Level) -> f64 {
    0.5 * level.log_snr()
}
