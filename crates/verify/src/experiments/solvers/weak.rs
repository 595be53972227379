//! Weak orders by quadrature on the circle, without Monte Carlo.

use ito_sde::Solver;
use ito_sde::process::Elementwise;
use ito_sde::solver::{
    EulerMaruyama, Milstein, NinomiyaNinomiya, PlatenWeak2, Sra1, Sriw1, StochasticHeun, Stratonovich,
};
use ito_testkit::{Circle, Nodes, largest};
use ndarray::{Array1, Array2};

use super::equations::{Timed, diffusion, drift, noise_alone, observed};
use super::planted::Planted;
use super::{claims, steps};
use crate::{Context, Errors, Fault, Findings};

/// Coefficients of period 2 pi: expectations from every start at once.
pub fn orders(context: &Context) -> Findings {
    let multiplicative = Elementwise::new(drift, diffusion, |t, x: f64| -0.25 * x.sin() * (1.0 + 0.5 * t));
    let curved = Elementwise::new(|_, _| 0.0, noise_alone, |_, x: f64| -0.6 * x.sin());
    let circle = Circle::new(33);
    let exact = circle.exact(0.0, 1.0, drift, diffusion, observed);
    let additive = circle.exact(0.0, 1.0, drift, |t, _| 1.2 + 0.6 * t, observed);
    let alone = circle.exact(0.0, 1.0, |_, _| 0.0, noise_alone, observed);
    let weak = Weak { circle, context };
    let read = if context.planted(Fault::DroppedItoCorrection) { 0.0 } else { 1.0 };
    let half = move |t, x: f64| read * 0.5 * diffusion(t, x) * -0.25 * x.sin() * (1.0 + 0.5 * t);
    let stratonovich = Stratonovich(Elementwise::new(
        move |t, x| drift(t, x) - half(t, x),
        diffusion,
        |t, x: f64| -0.25 * x.sin() * (1.0 + 0.5 * t),
    ));
    let few = [24, 32, 48, 64];
    let all = vec![
        weak.errors("Euler-Maruyama", 1.0, &few, &[12], &EulerMaruyama, &multiplicative, &exact),
        weak.errors("Milstein", 1.0, &few, &[12], &Milstein, &multiplicative, &exact),
        weak.errors("stochastic Heun", 1.0, &few, &[12], &StochasticHeun, &stratonovich, &exact),
        weak.errors("Platen", 2.0, &few, &[12], &PlatenWeak2, &multiplicative, &exact),
        weak.errors("Ninomiya and Ninomiya", 2.0, &few, &[9, 9], &NinomiyaNinomiya, &stratonovich, &exact),
        weak.errors("SRIW1", 1.5, &[128, 192, 256, 384], &[7, 5], &Sriw1, &curved, &alone),
        weak.errors("SRA1, additive noise", 2.0, &few, &[10, 8], &Sra1, &Timed, &additive),
        weak.errors(
            "stochastic Heun, additive noise",
            2.0,
            &few,
            &[12],
            &StochasticHeun,
            &Stratonovich(Timed),
            &additive,
        ),
    ];
    claims("weak", all, None)
}

struct Weak<'a> {
    circle: Circle,
    context: &'a Context,
}

impl Weak<'_> {
    #[expect(clippy::too_many_arguments, reason = "one line of a table")]
    fn errors<S, M>(
        &self,
        label: &str,
        order: f64,
        counts: &[usize],
        nodes: &[usize],
        method: &M,
        sde: &S,
        exact: &Array1<f64>,
    ) -> Errors
    where
        M: Solver<S, Array2<f64>>,
    {
        let wrong = self.context.planted(Fault::SqrtHForH);
        let step = |from, to, x: &_, nodes: &mut Nodes| {
            method.step(sde, from, to, x, &mut Planted { noise: nodes.clone(), wrong })
        };
        let error = |&count: &usize| {
            let found = self.circle.expect(steps(count).as_slice(), &mut Nodes::product(nodes), step, observed);
            let largest = largest((&found - exact).iter().map(|e| e.abs()));
            (1.0 / count as f64, largest)
        };
        Errors::new(label, counts.iter().map(error).collect::<Vec<_>>(), order)
    }
}
