use ito_noise::BrownianPath;
use ndarray::{Array, Axis, RemoveAxis};

use crate::{Batch, Noise, Real};

/// Noise whose increments and areas are those of one motion: asked again, over a part of an interval or over a union of
/// intervals, it answers as it did before. What accepts and rejects steps needs it; independent draws are not.
pub trait Consistent<X: Batch>: Noise<X> {}

impl<A: Real, D: RemoveAxis> Consistent<Array<A, D>> for BrownianPath {}

/// Row `k` is the path's row `k`; an f32 state gets the f64 motion, rounded. What is not of the motion, `normal_like` and
/// `uniform_rows`, comes from the path's white noise.
///
/// # Panics
/// If the state has not one row a sample.
impl<A: Real, D: RemoveAxis> Noise<Array<A, D>> for BrownianPath {
    fn normal_like(&mut self, like: &Array<A, D>) -> Array<A, D> {
        self.white().normal_like(like)
    }

    fn increment(&mut self, from: f64, to: f64, like: &Array<A, D>) -> Array<A, D> {
        assert_eq!(like.len_of(Axis(0)), self.rows(), "one row a sample");
        let mut w = vec![0.0; like.len()];
        self.fill_increment(from, to, &mut w);
        array(&w, like)
    }

    fn increment_with_area(&mut self, from: f64, to: f64, like: &Array<A, D>) -> (Array<A, D>, Array<A, D>) {
        let [w, h, _] = self.increment_with_areas(from, to, like);
        (w, h)
    }

    fn increment_with_areas(&mut self, from: f64, to: f64, like: &Array<A, D>) -> [Array<A, D>; 3] {
        assert_eq!(like.len_of(Axis(0)), self.rows(), "one row a sample");
        let [mut w, mut h, mut k] = [(); 3].map(|()| vec![0.0; like.len()]);
        self.fill_increment_with_areas(from, to, &mut w, &mut h, &mut k);
        [w, h, k].map(|numbers| array(&numbers, like))
    }

    fn uniform_rows(&mut self, like: &Array<A, D>) -> Vec<f64> {
        self.white().uniform_rows(like)
    }
}

fn array<A: Real, D: RemoveAxis>(numbers: &[f64], like: &Array<A, D>) -> Array<A, D> {
    let rounded = numbers.iter().map(|v| A::of(*v)).collect();
    Array::from_shape_vec(like.raw_dim(), rounded).expect("as many numbers as the shape has")
}
