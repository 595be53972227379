//! Randomness for tensors: made on the host by our own streams, then carried to the device.
use crate::State;
use ito_noise::SampleNoise;
use ito_state::Noise;
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

    fn normal_f64(&mut self, shape: &[i64]) -> Tensor {
        let mut values = vec![0f64; shape.iter().product::<i64>() as usize];
        self.0.normal_f64(&mut values);
        Tensor::from_slice(&values).view(shape)
    }
}

impl Noise<State> for HostNoise {
    fn normal_like(&mut self, like: &State) -> State {
        let shape = like.0.size();
        let normal = match like.0.kind() {
            Kind::Double => self.normal_f64(&shape),
            _ => self.normal_f32(&shape),
        };
        State(normal.to_kind(like.0.kind()).to_device(like.0.device()))
    }

    fn uniform_rows(&mut self, _like: &State) -> Vec<f64> {
        self.0.uniform()
    }
}
