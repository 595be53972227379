//! Randomness for tensors: made on the host by our own streams, then carried to the device.
use crate::State;
use ito_noise::{BrownianPath, SampleNoise};
use ito_state::{Consistent, Noise};
use tch::kind::Element;
use tch::{Kind, Tensor};

/// The noise of a batch of tensors. Row k belongs to sample `ids[k]` of the stream, so that a picture does not depend on
/// its batch; f64 states draw f64 normals, every other dtype draws f32 normals and rounds them.
#[derive(Debug)]
pub struct HostNoise(pub SampleNoise);

impl HostNoise {
    /// Standard normal rows of the given shape (axis 0 = the rows of the noise), as f32 on the CPU.
    ///
    /// # Panics
    /// If the shape's axis 0 is not the number of rows.
    pub fn normal_f32(&mut self, shape: &[i64]) -> Tensor {
        assert_eq!(shape.first().copied(), Some(self.0.rows() as i64), "one row of noise a sample");
        let mut values = vec![0f32; shape.iter().product::<i64>() as usize];
        self.0.normal_f32(&mut values);
        Tensor::from_slice(&values).view(shape)
    }
}

impl Noise<State> for HostNoise {
    fn normal_like(&mut self, like: &State) -> State {
        white(&mut self.0, like)
    }

    fn uniform_rows(&mut self, _like: &State) -> Vec<f64> {
        self.0.uniform()
    }
}

/// One Brownian motion behind a batch of tensors: asked again over a part or a union of intervals it answers as before, so
/// that a picture survives the refinement of the steps. Row k is the path's row k; the motion is f64, rounded to the
/// state's dtype. What is not of the motion comes from the path's white noise, as [`HostNoise`] gives it.
#[derive(Debug)]
pub struct HostBrownian(pub BrownianPath);

impl Consistent<State> for HostBrownian {}

impl Noise<State> for HostBrownian {
    fn normal_like(&mut self, like: &State) -> State {
        white(self.0.white(), like)
    }

    fn increment(&mut self, from: f64, to: f64, like: &State) -> State {
        let mut w = self.numbers(like);
        self.0.fill_increment(from, to, &mut w);
        on_device(&w, like)
    }

    fn increment_with_area(&mut self, from: f64, to: f64, like: &State) -> (State, State) {
        let [w, h, _] = self.increment_with_areas(from, to, like);
        (w, h)
    }

    fn increment_with_areas(&mut self, from: f64, to: f64, like: &State) -> [State; 3] {
        let [mut w, mut h, mut k] = [(); 3].map(|()| self.numbers(like));
        self.0.fill_increment_with_areas(from, to, &mut w, &mut h, &mut k);
        [w, h, k].map(|numbers| on_device(&numbers, like))
    }

    fn uniform_rows(&mut self, _like: &State) -> Vec<f64> {
        self.0.white().uniform()
    }
}

impl HostBrownian {
    /// Room for the numbers of a state.
    ///
    /// # Panics
    /// If the state has not one row a sample.
    fn numbers(&self, like: &State) -> Vec<f64> {
        assert_eq!(like.0.size().first().copied(), Some(self.0.rows() as i64), "one row of noise a sample");
        vec![0.0; like.0.numel()]
    }
}

fn white(noise: &mut SampleNoise, like: &State) -> State {
    let shape = like.0.size();
    assert_eq!(shape.first().copied(), Some(noise.rows() as i64), "one row of noise a sample");
    match like.0.kind() {
        Kind::Double => {
            let mut values = vec![0f64; like.0.numel()];
            noise.normal_f64(&mut values);
            on_device(&values, like)
        }
        _ => {
            let mut values = vec![0f32; like.0.numel()];
            noise.normal_f32(&mut values);
            on_device(&values, like)
        }
    }
}

fn on_device<T: Element>(values: &[T], like: &State) -> State {
    let shaped = Tensor::from_slice(values).view(like.0.size().as_slice());
    State(shaped.to_kind(like.0.kind()).to_device(like.0.device()))
}
