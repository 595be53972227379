//! A network as a denoiser: from what it predicts to E[x0 | x].
use crate::{Coefficients, Preconditioning, UNet};
use ito_samplers::Denoiser;
use ito_schedules::{Level, Path, Prediction};
use ito_state::Batch;
use ito_torch::{State, rows_like};
use tch::{Kind, Tensor};

/// `D(x, t) = c_x x + c_p p(x, t)`, the coefficients those of the prediction p at each row's level, and p the preconditioned
/// network.
///
/// The only place where dtype changes: the network works in f32 whatever the dtype of the state.
pub struct Predictor<'a> {
    /// The network F.
    pub network: &'a UNet,
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
        let rows = x.0.size()[0] as usize;
        let levels: Vec<Level> = if at.len() == 1 { vec![at[0]; rows] } else { at.to_vec() };
        let around: Vec<Coefficients> = levels.iter().map(|&level| self.around(level)).collect();
        let each = |of: fn(&Coefficients) -> f64| around.iter().map(of).collect::<Vec<f64>>();
        let times: Vec<f32> = levels.iter().map(|level| level.t as f32).collect();
        let t = Tensor::from_slice(&times).to_device(x.0.device());
        let seen = &x.0 * rows_like(&each(|c| c.input), &x.0) + rows_like(&each(|c| c.shift), &x.0);
        let said = State(self.network.forward(&seen.to_kind(Kind::Float), &t).to_kind(x.0.kind()));
        let (of_x, of_p): (Vec<f64>, Vec<f64>) =
            levels.iter().map(|&level| self.prediction.data(level, self.path.derivative(level.t))).unzip();
        let sum = |f: &dyn Fn(usize) -> f64| (0..rows).map(f).collect::<Vec<f64>>();
        let constant = sum(&|k| of_p[k] * around[k].offset);
        let ones = x.0.ones_like();
        State::lincomb_rows(&[
            (&sum(&|k| of_x[k] + of_p[k] * around[k].skip), x),
            (&sum(&|k| of_p[k] * around[k].out), &said),
            (&constant, &State(ones)),
        ])
    }
}

impl Predictor<'_> {
    fn around(&self, level: Level) -> Coefficients {
        self.preconditioning.at(level, self.prediction.target(level, self.path.derivative(level.t)))
    }
}
