use std::ops::{AddAssign, Mul};

use ito_noise::{SampleNoise, Stream, Vectors};
use ndarray::{Array, Axis, RemoveAxis, Zip};

use crate::{Batch, Noise, Pointwise, Rows};

/// The numbers an array of states is made of: `f64` and `f32`. Sealed.
pub trait Real: Copy + Default + AddAssign + Mul<Output = Self> + sealed::Sealed {
    /// Rounded to this type.
    fn of(value: f64) -> Self;
    /// Exactly, as f64.
    fn wide(self) -> f64;
    /// One row of normals a sample, the rows one after another.
    fn fill_normal(noise: &mut SampleNoise, out: &mut [Self]);
    /// Normals `4 block .. 4 block + 3` of the samples `first, first + 1, ...`, `out[i][lane]`.
    fn normal_lanes<const L: usize>(stream: Stream, level: Vectors, first: u64, block: u64, out: &mut [[Self; L]; 4]);
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

impl Real for f64 {
    #[inline(always)]
    fn of(value: f64) -> f64 {
        value
    }
    #[inline(always)]
    fn wide(self) -> f64 {
        self
    }
    fn fill_normal(noise: &mut SampleNoise, out: &mut [f64]) {
        noise.normal_f64(out);
    }
    #[inline]
    fn normal_lanes<const L: usize>(stream: Stream, level: Vectors, first: u64, block: u64, out: &mut [[f64; L]; 4]) {
        stream.normal_lanes_f64(level, first, block, out);
    }
}

/// f32 states are computed in f32 with the coefficients rounded to f32.
impl Real for f32 {
    #[inline(always)]
    fn of(value: f64) -> f32 {
        value as f32
    }
    #[inline(always)]
    fn wide(self) -> f64 {
        f64::from(self)
    }
    fn fill_normal(noise: &mut SampleNoise, out: &mut [f32]) {
        noise.normal_f32(out);
    }
    #[inline]
    fn normal_lanes<const L: usize>(stream: Stream, level: Vectors, first: u64, block: u64, out: &mut [[f32; L]; 4]) {
        stream.normal_lanes_f32(level, first, block, out);
    }
}

impl<A: Real, D: RemoveAxis> Batch for Array<A, D> {
    fn lincomb(terms: &[(f64, &Self)]) -> Self {
        let ((c, x), rest) = terms.split_first().expect("a linear combination has at least one term");
        let c = A::of(*c);
        let mut sum = x.map(|&v| c * v);
        for (c, x) in rest {
            let c = A::of(*c);
            Zip::from(&mut sum).and(*x).for_each(|s, &v| *s += c * v);
        }
        sum
    }

    fn lincomb_rows(terms: &[(&[f64], &Self)]) -> Self {
        let ((c, x), rest) = terms.split_first().expect("a linear combination has at least one term");
        let mut sum = (*x).clone();
        assert_eq!(c.len(), sum.len_of(Axis(0)), "one coefficient a row");
        for (&c, mut row) in c.iter().zip(sum.outer_iter_mut()) {
            row.map_inplace(|v| *v = A::of(c) * *v);
        }
        for (c, x) in rest {
            assert_eq!(sum.shape(), x.shape(), "one shape");
            assert_eq!(c.len(), x.len_of(Axis(0)), "one coefficient a row");
            for ((&c, mut row), x) in c.iter().zip(sum.outer_iter_mut()).zip(x.outer_iter()) {
                row.zip_mut_with(&x, |s, &v| *s += A::of(c) * v);
            }
        }
        sum
    }
}

impl<A: Real, D: RemoveAxis> Rows for Array<A, D> {
    fn dot_rows(&self, other: &Self) -> Vec<f64> {
        assert_eq!(self.shape(), other.shape(), "one shape");
        let rows = self.outer_iter().zip(other.outer_iter());
        rows.map(|(a, b)| a.iter().zip(b.iter()).map(|(a, b)| a.wide() * b.wide()).sum()).collect()
    }

    fn select_rows(pick: &[bool], yes: &Self, no: &Self) -> Self {
        assert_eq!(yes.shape(), no.shape(), "one shape");
        assert_eq!(pick.len(), yes.len_of(Axis(0)), "one choice a row");
        let mut chosen = no.clone();
        for ((pick, mut row), yes) in pick.iter().zip(chosen.outer_iter_mut()).zip(yes.outer_iter()) {
            if *pick {
                row.assign(&yes);
            }
        }
        chosen
    }

    fn mul(&self, other: &Self) -> Self {
        Zip::from(self).and(other).map_collect(|&a, &b| a * b)
    }

    fn fill_like(&self, value: f64) -> Self {
        Array::from_elem(self.raw_dim(), A::of(value))
    }

    fn row_count(&self) -> usize {
        self.len_of(Axis(0))
    }

    fn row_len(&self) -> usize {
        self.shape()[1..].iter().product()
    }

    fn unit_like(&self, entry: usize) -> Self {
        assert!(entry < self.row_len(), "entry {entry} of a row of {}", self.row_len());
        let mut unit = self.fill_like(0.0);
        for mut row in unit.outer_iter_mut() {
            *row.iter_mut().nth(entry).expect("an entry of the row") = A::of(1.0);
        }
        unit
    }

    fn take_rows(&self, rows: &[usize]) -> Self {
        self.select(Axis(0), rows)
    }
}

impl<A: Real, D: RemoveAxis> Pointwise for Array<A, D> {
    fn map_entries(&self, f: impl Fn(f64) -> f64) -> Self {
        self.mapv(|v| A::of(f(v.wide())))
    }
}

/// Row `k` is the sample `ids[k]` of the noise.
///
/// # Panics
/// If the state has not one row a sample.
impl<A: Real, D: RemoveAxis> Noise<Array<A, D>> for SampleNoise {
    fn normal_like(&mut self, like: &Array<A, D>) -> Array<A, D> {
        assert_eq!(like.len_of(Axis(0)), self.rows(), "one row a sample");
        let mut flat = vec![A::default(); like.len()];
        A::fill_normal(self, &mut flat);
        Array::from_shape_vec(like.raw_dim(), flat).expect("as many numbers as the shape has")
    }

    fn uniform_rows(&mut self, like: &Array<A, D>) -> Vec<f64> {
        assert_eq!(like.len_of(Axis(0)), self.rows(), "one row a sample");
        self.uniform()
    }
}
