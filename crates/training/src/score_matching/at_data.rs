//! The energy of clean data.
use ito_networks::{Energy, Given};
use ito_sde::langevin;
use ito_torch::State;
use tch::{Kind, Tensor};

/// `U(y) = E(y, 0) + |y|^2 / 2` of an energy network, for `y = (x - m) / s` with the data's mean and deviation: a new network is the
/// normal law, and U is never negative. In the network's dtype, f32, so a difference of energies has an error of some 1e-7 of them.
#[derive(Clone, Copy)]
pub(crate) struct AtData<'a>(pub(crate) &'a Energy);

impl AtData<'_> {
    /// `U(y)`, `[B]`.
    pub(crate) fn of(&self, y: &Tensor) -> Tensor {
        self.0.bounded(y, &zeros(y), &Given::default())
    }
}

impl langevin::Potential<State> for AtData<'_> {
    fn gradient(&self, y: &State) -> State {
        use ito_networks::Network;
        let _no_grad = tch::no_grad_guard();
        State(&y.0 + self.0.forward(&y.0, &zeros(&y.0), &Given::default()))
    }
}

impl langevin::Energy<State> for AtData<'_> {
    fn energy(&self, y: &State) -> Vec<f64> {
        let _no_grad = tch::no_grad_guard();
        Vec::try_from(self.of(&y.0).to_kind(Kind::Double)).expect("one number a row")
    }
}

/// The time of clean data, whatever the clock.
fn zeros(y: &Tensor) -> Tensor {
    Tensor::zeros([y.size()[0]], (Kind::Float, y.device()))
}
