use ito_state::{Batch, Noise};

use super::history::{History, reaching};
use crate::{Failure, Order, Sampler, Step};

/// LMS of k-diffusion: the linear multistep (Adams-Bashforth) method of four steps on `dy/ds = eps`, `y = x/alpha`, `s = sigma/alpha`.
///
/// `y' = y + sum_j c_j eps_j` over the last four slopes `eps_j = (x_j - alpha_j D_j)/sigma_j`, where `c_j` is the integral from `s` to
/// `s'` of Lagrange's polynomial that is 1 at `s_j` and 0 at the other nodes. As `sum_j c_j = s' - s`, this is
/// `x' = alpha' D + sigma' eps + alpha' sum_j c_j (eps_j - eps)` with the newest `D` and `eps`, in which no large number cancels.
///
/// One evaluation a step, no noise. The first steps have fewer slopes to go by, and the first of all is a DDIM step: the global
/// order is 2, and 4 after an accurate warm-up. Pure noise, where `s` is infinite, is no node, and a step from it is a DDIM step;
/// a step to data is an ordinary one, as the flow is smooth in `s` there. A step may also go up in noise; one that does not go on
/// where the last ended begins anew. Fewer slopes are used where they lie too near together for a long step, as in
/// [`DpmppMultistep`](crate::DpmppMultistep) (there in `lambda`, here in `s`). k-diffusion's `sample_lms`, which integrates
/// numerically; Hairer, Norsett & Wanner 1993, section III.5 for uneven steps.
#[derive(Clone, Debug)]
pub struct Lms<X> {
    slopes: History<X>,
}

impl<X> Default for Lms<X> {
    fn default() -> Self {
        Lms { slopes: History::holding(4) }
    }
}

impl<X: Batch> Sampler<X> for Lms<X> {
    fn order(&self) -> Order {
        Order { order: 2, evaluations: 1, noise: false }
    }

    fn step(&mut self, at: &Step<X>, x: &X, _noise: &mut dyn Noise<X>) -> Result<X, Failure> {
        at.leaves_noise()?;
        let Step { from, to, .. } = *at;
        let denoised = at.denoised(x, from);
        let slope = X::lincomb(&[(from.sigma.recip(), x), (-from.alpha / from.sigma, &denoised)]);
        self.slopes.follow(from, to);
        let (s, end) = (from.noise_to_signal(), to.noise_to_signal());
        let past: Vec<(f64, &X)> = self.slopes.iter().collect();
        let relative: Vec<f64> = past.iter().map(|(node, _)| (node - s) / (end - s)).collect();
        let kept = reaching(&relative, if from.alpha > 0.0 && to.alpha > 0.0 { 3 } else { 0 });
        let stepped = if kept.is_empty() {
            at.held(x, &denoised)
        } else {
            let nodes: Vec<f64> = std::iter::once(s).chain(kept.iter().map(|k| past[*k].0)).collect();
            let weight = |j| to.alpha * lagrange_integral(&nodes, j, s, end);
            let older: Vec<f64> = (1..nodes.len()).map(weight).collect();
            let newest = to.sigma - older.iter().sum::<f64>();
            let slopes = older.iter().zip(&kept).map(|(weight, k)| (*weight, past[*k].1));
            X::lincomb(&[(to.alpha, &denoised), (newest, &slope)].into_iter().chain(slopes).collect::<Vec<_>>())
        };
        self.slopes.push(s, slope);
        Ok(stepped)
    }
}

/// The integral from `from` to `to` of the polynomial that is 1 at `nodes[j]` and 0 at the other nodes: by Gauss and Legendre's
/// rule of two points, exact up to degree 3.
fn lagrange_integral(nodes: &[f64], j: usize, from: f64, to: f64) -> f64 {
    let polynomial = |s: f64| {
        let others = nodes.iter().enumerate().filter(|(k, _)| *k != j);
        others.map(|(_, node)| (s - node) / (nodes[j] - node)).product::<f64>()
    };
    let (middle, half) = (0.5 * (from + to), 0.5 * (to - from));
    let offset = half / 3.0_f64.sqrt();
    half * (polynomial(middle - offset) + polynomial(middle + offset))
}
