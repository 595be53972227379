//! A network that knows classes, as guidance asks for one.
use crate::{Given, Predictor};
use ito_samplers::Denoiser;
use ito_samplers::guidance::ClassConditional;
use ito_schedules::Level;
use ito_torch::State;
use tch::{Kind, Tensor};

/// A [`Predictor`] of a network that was trained with classes; what else it is told stays.
///
/// With the exact class-conditional denoiser behind it, [`Guided::to_class`](ito_samplers::guidance::Guided::to_class) draws from the law
/// that a guided sampler has.
pub struct ClassPredictor<'a> {
    /// The network with what is around it.
    pub predictor: Predictor<'a>,
    /// How many classes it knows; number `classes` says "no class".
    pub classes: usize,
}

impl ClassConditional<State> for ClassPredictor<'_> {
    fn classes(&self) -> usize {
        self.classes
    }

    fn denoise_class(&self, x: &State, at: &[Level], class: Option<usize>) -> State {
        let number = class.unwrap_or(self.classes) as i64;
        let class = Tensor::full(x.0.size()[0], number, (Kind::Int64, x.0.device()));
        let shared = |told: &Option<Tensor>| told.as_ref().map(Tensor::shallow_clone);
        let Given { vector, picture, dropout, .. } = self.predictor.given;
        let given = Given { class: Some(class), vector: shared(vector), picture: shared(picture), dropout: *dropout };
        Predictor { given: &given, ..self.predictor }.denoise(x, at)
    }
}
