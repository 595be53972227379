//! The chains of persistent contrastive divergence.
use ito_noise::Stream;
use ito_torch::{Init, Weights};
use tch::{Device, Tensor};

/// Chains that go on from step to step of training, in units in which the data have mean 0 and deviation 1. They start, and some of
/// them start again, at standard normal noise. Part of the state of a run: saved and loaded with it.
#[derive(Debug)]
pub struct Chains {
    /// One f32 tensor on the host, `chains`, `[count, ...]`.
    pub(crate) states: Weights,
    seed: u64,
}

impl Chains {
    /// `count` chains of rows of a shape.
    pub fn new(seed: u64, count: usize, shape: &[usize]) -> Chains {
        let all: Vec<i64> = std::iter::once(&count).chain(shape).map(|&n| n as i64).collect();
        let noise = Init::Normal { deviation: 1.0 };
        let (states, ()) = Weights::create(seed, Device::Cpu, |scope| drop(scope.constant("chains", &all, noise)));
        Chains { states, seed }
    }

    /// The states of the chains `first, first + 1, ..` (after the last comes the first again), one after the other, for the samples
    /// of those numbers. A share of them stands at new noise, which is a function of (seed, sample).
    pub fn take(&self, first: u64, rows: usize, restart: f64) -> Vec<f32> {
        let taken = self.tensor().index_select(0, &self.places(first, rows)).flatten(0, -1);
        let mut states = Vec::<f32>::try_from(taken).expect("f32 on the host");
        let [choice, noise] = ["restart", "noise"].map(|name| Stream::new(self.seed, &format!("chains/{name}")));
        let size = states.len().checked_div(rows).unwrap_or(0);
        for (row, state) in states.chunks_exact_mut(size.max(1)).enumerate() {
            let sample = first.wrapping_add(row as u64);
            if choice.uniform(sample, 0) < restart {
                noise.fill_normal_f32(sample, 0, state);
            }
        }
        states
    }

    /// Where they went, from chain `first` on.
    ///
    /// # Panics
    /// If these are no whole rows.
    pub fn put(&mut self, first: u64, moved: &[f32]) {
        let _no_grad = tch::no_grad_guard();
        let mut shape = self.tensor().size();
        shape[0] = -1;
        let moved = Tensor::from_slice(moved).view(shape.as_slice());
        let _ = self.tensor().index_copy_(0, &self.places(first, moved.size()[0] as usize), &moved);
    }

    /// All states, `[count, ...]`.
    pub fn tensor(&self) -> Tensor {
        self.states.tensors().remove(0)
    }

    fn places(&self, first: u64, rows: usize) -> Tensor {
        let count = self.tensor().size()[0] as u64;
        let places: Vec<i64> = (0..rows as u64).map(|row| (first.wrapping_add(row) % count) as i64).collect();
        Tensor::from_slice(&places)
    }
}
