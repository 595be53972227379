//! Gradient checkpointing: blocks of which only the input is kept between the forward and the backward pass.
use std::sync::{Arc, Mutex, PoisonError};
use tch::Tensor;

/// A block that keeps all its results for the backward pass, or its inputs only and then computes the rest a second time
/// ([`ito_torch::recompute`]): about a third more time for a fraction of the memory, the same gradients.
#[derive(Debug)]
pub(crate) struct Checkpointed<B> {
    /// Never waited for: a network belongs to one thread at a time. The lock says so to the compiler, since the backward pass may
    /// run on a thread of libtorch's own.
    block: Arc<Mutex<B>>,
    checkpointing: bool,
}

impl<B: Send + 'static> Checkpointed<B> {
    /// The block; `checkpointing` as in the configuration.
    pub(crate) fn new(block: B, checkpointing: bool) -> Checkpointed<B> {
        Checkpointed { block: Arc::new(Mutex::new(block)), checkpointing }
    }

    /// `f(block, inputs)`. Whatever else f needs it brings along: numbers, not tensors with a graph.
    ///
    /// # Panics
    /// As tch's own calls, where libtorch refuses.
    pub(crate) fn forward(&self, inputs: &[&Tensor], f: impl Fn(&B, &[Tensor]) -> Tensor + Send + 'static) -> Tensor {
        let block = Arc::clone(&self.block);
        let run = move |given: &[Tensor]| f(&block.lock().unwrap_or_else(PoisonError::into_inner), given);
        if self.checkpointing {
            return ito_torch::recompute(inputs, run).unwrap_or_else(|refused| panic!("{refused}"));
        }
        run(&inputs.iter().map(|x| x.shallow_clone()).collect::<Vec<_>>())
    }
}
