//! A network as a denoiser: from what it predicts to E[x0 | x].
use crate::UNet;
use ito_samplers::Denoiser;
use ito_schedules::{Level, Path, Prediction};
use ito_state::Batch;
use ito_torch::State;
use tch::{Kind, Tensor};

/// `D(x, t) = c_x x + c_p F(x, t)`, the coefficients those of the prediction at each row's level.
///
/// The only place where dtype changes: the network works in f32 whatever the dtype of the state.
pub struct Predictor<'a> {
    /// The network F.
    pub network: &'a UNet,
    /// What F was trained to predict.
    pub prediction: Prediction,
    /// The path it was trained on.
    pub path: &'a dyn Path,
}

impl Denoiser<State> for Predictor<'_> {
    fn denoise(&self, x: &State, at: &[Level]) -> State {
        let _no_grad = tch::no_grad_guard();
        let rows = x.0.size()[0] as usize;
        let levels: Vec<Level> = if at.len() == 1 { vec![at[0]; rows] } else { at.to_vec() };
        let times: Vec<f32> = levels.iter().map(|level| level.t as f32).collect();
        let t = Tensor::from_slice(&times).to_device(x.0.device());
        let predicted = State(self.network.forward(&x.0.to_kind(Kind::Float), &t).to_kind(x.0.kind()));
        let (of_x, of_p): (Vec<f64>, Vec<f64>) =
            levels.iter().map(|&level| self.prediction.data(level, self.path.derivative(level.t))).unzip();
        State::lincomb_rows(&[(&of_x, x), (&of_p, &predicted)])
    }
}
