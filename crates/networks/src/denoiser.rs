//! A network as a denoiser: from what it predicts to E[x0 | x].
use crate::{Clock, Coefficients, Given, Network, Preconditioning};
use ito_samplers::{Denoiser, Pullback};
use ito_schedules::{Level, Path, Prediction};
use ito_state::Batch;
use ito_torch::{State, rows_like};
use tch::{Kind, Tensor};

/// `D(x, t) = c_x x + c_p p(x, t)`, the coefficients those of the prediction p at each row's level, and p the preconditioned
/// network.
///
/// The only place where dtype changes: the network works in its own, whatever that of the state.
pub struct Predictor<'a> {
    /// The network F.
    pub network: &'a dyn Network,
    /// Its dtype.
    pub dtype: Kind,
    /// The time that it is told.
    pub clock: Clock,
    /// What else it is told.
    pub given: &'a Given,
    /// What stands around F.
    pub preconditioning: Preconditioning,
    /// What it was trained to predict.
    pub prediction: Prediction,
    /// The path it was trained on.
    pub path: &'a dyn Path,
}

impl Denoiser<State> for Predictor<'_> {
    fn denoise(&self, x: &State, at: &[Level]) -> State {
        let _no_grad = tch::no_grad_guard();
        let around = self.around(x, at);
        let said = self.network.forward(&self.seen(&around, x), &around.times, self.given);
        around.estimate(x, &said)
    }
}

/// One forward pass and one backward pass to x alone: the weights gather no gradients, and no graph is kept. The product is exact
/// to the rounding of the network's dtype.
impl Pullback<State> for Predictor<'_> {
    /// `J^T v = (c_x + c_p skip) v + input J_F^T (c_p out v)`.
    fn pullback(&self, x: &State, at: &[Level], v: &State) -> (State, State) {
        // Outside, so that the caller's mode comes back even after a panic inside of `with_grad`.
        let _no_grad = tch::no_grad_guard();
        let around = self.around(x, at);
        let cotangent = State::lincomb_rows(&[(&around.of_said, v)]).0.to_kind(self.dtype);
        let seen = around.seen(x).detach().set_requires_grad(true);
        let (said, product) = tch::with_grad(|| {
            let said = self.network.forward(&self.given.beside(&seen.to_kind(self.dtype)), &around.times, self.given);
            (said.detach(), (said * cotangent).sum(self.dtype))
        });
        let gradient = Tensor::run_backward(&[product], &[seen], false, false).remove(0);
        let through = State(gradient.to_kind(x.0.kind()));
        let back = State::lincomb_rows(&[(&around.of_x, v), (&around.input, &through)]);
        (around.estimate(x, &said), back)
    }
}

/// `D = of_x x + of_said F(input x + shift, times) + constant`, one of each a row.
struct Around {
    input: Vec<f64>,
    shift: Vec<f64>,
    times: Tensor,
    of_x: Vec<f64>,
    of_said: Vec<f64>,
    constant: Vec<f64>,
}

impl Predictor<'_> {
    fn around(&self, x: &State, at: &[Level]) -> Around {
        let rows = x.0.size()[0] as usize;
        let levels: Vec<Level> = if at.len() == 1 { vec![at[0]; rows] } else { at.to_vec() };
        let coefficients: Vec<Coefficients> = levels.iter().map(|&level| self.coefficients(level)).collect();
        let (of_x, of_p): (Vec<f64>, Vec<f64>) =
            levels.iter().map(|&level| self.prediction.data(level, self.path.derivative(level.t))).unzip();
        let times: Vec<f64> = levels.iter().map(|&level| self.clock.time(self.path, level)).collect();
        let each = |f: &dyn Fn(usize, Coefficients) -> f64| (0..rows).map(|k| f(k, coefficients[k])).collect();
        Around {
            input: each(&|_, c| c.input),
            shift: each(&|_, c| c.shift),
            times: Tensor::from_slice(&times).to_kind(Kind::Float).to_device(x.0.device()),
            constant: each(&|k, c| of_p[k] * c.offset),
            of_said: each(&|k, c| of_p[k] * c.out),
            of_x: each(&|k, c| of_x[k] + of_p[k] * c.skip),
        }
    }

    fn seen(&self, around: &Around, x: &State) -> Tensor {
        self.given.beside(&around.seen(x).to_kind(self.dtype))
    }

    fn coefficients(&self, level: Level) -> Coefficients {
        self.preconditioning.at(level, self.prediction.target(level, self.path.derivative(level.t)))
    }
}

impl Around {
    /// What the network sees of x, in the dtype of x.
    fn seen(&self, x: &State) -> Tensor {
        &x.0 * rows_like(&self.input, &x.0) + rows_like(&self.shift, &x.0)
    }

    /// The estimate, from what the network said.
    fn estimate(&self, x: &State, said: &Tensor) -> State {
        let (said, ones) = (State(said.to_kind(x.0.kind())), State(x.0.ones_like()));
        State::lincomb_rows(&[(&self.of_x, x), (&self.of_said, &said), (&self.constant, &ones)])
    }
}
