//! A scalar energy whose gradient is what the network says.
use crate::{Given, Network};
use ito_torch::grad_enabled;
use tch::Tensor;

/// `F(x, t) = grad_x E(x, t)` with `E = (|x - N(x, t)|^2 - |x|^2) / 2 = |N|^2 / 2 - <x, N>`, N any network: a field with a
/// symmetric Jacobian, whatever the weights.
///
/// A score is a gradient, and so is what this network makes of it: where F stands for the noise, `eps = -sigma score`, the model's
/// energy at a level is `-log p = E / sigma` up to a constant (in the network's own variable), and with a preconditioning, which
/// adds a multiple of x, that of a normal law beside it. Salimans and Ho 2021, "Should EBMs model the energy or the score?", take
/// `|x - N|^2 / 2`, the first form of their section 3. Without `|x|^2 / 2` a new network, whose last layer is zero, says
/// zero as any other does and still learns: `F = -N + J_N^T (N - x)` is linear in N near 0, where that of `|N|^2` alone would
/// be flat. The energy that [`Energy::bounded`] gives has it back and is never negative.
///
/// Where operations are recorded the answer has a graph, to the weights and to x: a loss on F goes backwards through a gradient.
/// So N must be differentiable twice: no checkpointing, and attention as plain products. Elsewhere the answer has no graph.
pub struct Energy {
    inner: Box<dyn Network>,
}

impl Energy {
    /// The energy of a network that gives what it sees, `[B, ...]`; smooth in x.
    pub fn new(inner: Box<dyn Network>) -> Energy {
        Energy { inner }
    }

    /// `E(x, t) = |N|^2 / 2 - <x, N>`, `[B]`.
    pub fn energy(&self, x: &Tensor, time: &Tensor, given: &Given) -> Tensor {
        let (own, said) = self.both(x, time, given);
        row_sums(&(&said * (&said * 0.5 - own)))
    }

    /// `E(x, t) + |x|^2 / 2 = |x - N|^2 / 2`, `[B]`: an energy by itself, that of a standard normal law where N = 0. Its gradient is
    /// `x + F`.
    pub fn bounded(&self, x: &Tensor, time: &Tensor, given: &Given) -> Tensor {
        let (own, said) = self.both(x, time, given);
        row_sums(&((own - said).square() * 0.5))
    }

    /// The data in x, without the channels beside it, and what N says.
    fn both(&self, x: &Tensor, time: &Tensor, given: &Given) -> (Tensor, Tensor) {
        let said = self.inner.forward(x, time, given);
        (x.narrow(1, 0, said.size()[1]), said)
    }
}

impl Network for Energy {
    fn forward(&self, x: &Tensor, time: &Tensor, given: &Given) -> Tensor {
        let recorded = grad_enabled();
        // Outside, so that the caller's mode comes back even after a panic inside of `with_grad`.
        let _no_grad = (!recorded).then(tch::no_grad_guard);
        tch::with_grad(|| {
            let through = recorded && x.requires_grad();
            let x = if through { x.shallow_clone() } else { x.detach().set_requires_grad(true) };
            let (own, said) = self.both(&x, time, given);
            let energy = (&said * (&said * 0.5 - own)).sum(x.kind());
            let gradient = Tensor::run_backward(&[energy], &[&x], recorded, recorded).remove(0);
            gradient.narrow(1, 0, said.size()[1])
        })
    }

    fn as_energy(&self) -> Option<&Energy> {
        Some(self)
    }
}

fn row_sums(x: &Tensor) -> Tensor {
    x.flatten(1, -1).sum_dim_intlist([1i64].as_slice(), false, x.kind())
}
