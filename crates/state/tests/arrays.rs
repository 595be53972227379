//! The laws of `Batch`, `Rows` and `Noise` on arrays.

use ito_noise::{SampleNoise, Stream};
use ito_state::{Batch, Noise, Rows};
use ndarray::{Array, Array1, Array2, Array3, Array4, Axis, ShapeBuilder, array, s};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

#[test]
fn lincomb_multiplies_then_adds_in_term_order_bit_for_bit() {
    check(|c, x, y, z| {
        let sum = Array2::lincomb(&[(c[0], x), (c[1], y), (c[2], z)]);
        for ((i, j), value) in sum.indexed_iter() {
            let expected = (c[0] * x[[i, j]] + c[1] * y[[i, j]]) + c[2] * z[[i, j]];
            assert_eq!(value.to_bits(), expected.to_bits());
        }
    });
}

#[test]
fn lincomb_in_f32_rounds_the_coefficient_and_computes_in_f32() {
    let (x, y) = (array![[1.1_f32, -2.3]], array![[0.7_f32, 1e-3]]);
    let sum = Array2::lincomb(&[(0.1, &x), (1.0 / 3.0, &y)]);
    assert_eq!(sum[[0, 1]], 0.1_f32 * -2.3 + (1.0_f64 / 3.0) as f32 * 1e-3);
}

#[test]
fn lincomb_rows_is_lincomb_row_by_row() {
    check(|c, x, y, _| {
        let d: Vec<f64> = c.iter().map(|c| 1.0 - 2.0 * c).collect();
        let sum = Array2::lincomb_rows(&[(c, x), (&d, y)]);
        for k in 0..c.len() {
            let row = |x: &Array2<f64>| x.slice(s![k..=k, ..]).to_owned();
            assert_eq!(Array2::lincomb(&[(c[k], &row(x)), (d[k], &row(y))]), row(&sum));
        }
    });
}

#[test]
fn dot_rows_is_symmetric_and_linear_and_sums_in_f64() {
    check(|c, x, y, z| {
        assert_eq!(x.dot_rows(y), y.dot_rows(x));
        let combined = Array2::lincomb(&[(c[0], x), (c[1], y)]).dot_rows(z);
        for (k, value) in combined.iter().enumerate() {
            let parts = c[0] * x.dot_rows(z)[k] + c[1] * y.dot_rows(z)[k];
            assert!((value - parts).abs() < 1e-13 * 100.0, "{value} {parts}");
        }
    });
    // In f32 the small terms would vanish beside the large one.
    let mut x = Array2::<f32>::ones((1, 1001));
    x[[0, 0]] = 8192.0;
    assert_eq!(x.dot_rows(&x), [8192.0 * 8192.0 + 1000.0]);
}

#[test]
fn select_rows_takes_whole_rows_and_does_not_touch_the_others() {
    check(|c, x, y, _| {
        let pick: Vec<bool> = c.iter().map(|c| *c > 0.0).collect();
        // What is not picked may be NaN: 0 * NaN would spoil a linear combination.
        let spoil = |x: &Array2<f64>, keep: bool| {
            let mut x = x.clone();
            (0..pick.len()).filter(|k| pick[*k] != keep).for_each(|k| x.row_mut(k).fill(f64::NAN));
            x
        };
        let chosen = Array2::select_rows(&pick, &spoil(x, true), &spoil(y, false));
        for (k, picked) in pick.iter().enumerate() {
            assert_eq!(chosen.row(k), if *picked { x.row(k) } else { y.row(k) });
        }
    });
}

#[test]
fn mul_and_fill_like_work_entry_by_entry() {
    check(|_, x, y, _| {
        let product = Rows::mul(x, y);
        assert!(product.indexed_iter().all(|(at, value)| *value == x[at] * y[at]));
        assert_eq!(Rows::mul(x, &x.fill_like(1.0)), *x);
    });
}

#[test]
fn the_memory_order_of_an_array_does_not_matter() {
    let x = Array2::from_shape_fn((3, 4), |(i, j)| (i * 7 + j) as f64);
    let mut columns = Array::zeros((3, 4).f());
    columns.assign(&x);
    assert_ne!(x.strides(), columns.strides());
    assert_eq!(Array2::lincomb(&[(0.3, &x), (0.7, &columns)]), Array2::lincomb(&[(0.3, &x), (0.7, &x)]));
    assert_eq!(noise(0, 3).normal_like(&x), noise(0, 3).normal_like(&columns));
}

#[test]
fn a_sample_has_the_same_noise_alone_and_in_any_batch() {
    let draw = |first, count: usize| -> (Array3<f64>, Array3<f32>, Vec<f64>) {
        let (mut noise, like) = (noise(first, count), Array3::zeros((count, 2, 3)));
        let wide = noise.increment(2.0, 1.75, &like);
        (wide, noise.normal_like(&Array3::zeros((count, 2, 3))), noise.uniform_rows(&like))
    };
    let all = draw(0, 8);
    for (first, count) in [(0, 1), (5, 1), (2, 3), (7, 1)] {
        let (wide, narrow, uniform) = draw(first as u64, count);
        let rows = first..first + count;
        assert_eq!(wide, all.0.slice(s![rows.clone(), .., ..]));
        assert_eq!(narrow, all.1.slice(s![rows.clone(), .., ..]));
        assert_eq!(uniform, all.2[rows]);
    }
}

#[test]
fn an_increment_is_scaled_by_the_root_of_the_interval_in_both_directions() {
    let like = Array1::<f64>::zeros(4);
    let normal: Array1<f64> = noise(0, 4).normal_like(&like);
    assert_eq!(noise(0, 4).increment(3.0, 7.0, &like), &normal * 2.0);
    assert_eq!(noise(0, 4).increment(7.0, 3.0, &like), &normal * 2.0);
}

#[test]
fn pictures_and_empty_batches_are_states_too() {
    let x: Array4<f32> = noise(0, 2).normal_like(&Array4::zeros((2, 1, 4, 4)));
    assert_eq!(x.dot_rows(&x).len(), 2);
    assert_eq!(Array4::lincomb_rows(&[(&[0.0, 1.0], &x)]).index_axis(Axis(0), 1), x.index_axis(Axis(0), 1));
    let none = Array2::<f64>::zeros((0, 3));
    assert_eq!(Array2::lincomb(&[(2.0, &none)]), none);
}

#[test]
#[should_panic(expected = "at least one term")]
fn an_empty_combination_is_an_error_of_the_program() {
    let _ = Array2::<f64>::lincomb(&[]);
}

#[test]
#[should_panic]
fn shapes_are_never_broadcast() {
    let _ = Array2::lincomb(&[(1.0, &Array2::<f64>::zeros((2, 3))), (1.0, &Array2::zeros((1, 3)))]);
}

/// Random coefficients, one a row, and three states of random shape.
fn check(law: impl Fn(&[f64], &Array2<f64>, &Array2<f64>, &Array2<f64>)) {
    let config = Config { cases: 64, rng_seed: RngSeed::Fixed(4), failure_persistence: None, ..Config::default() };
    let case = (prop::collection::vec(-2.0..2.0_f64, 3..6), 1usize..9, prop::collection::vec(-9.0..9.0_f64, 3 * 6 * 9));
    proptest!(config, |((c, width, values) in case)| {
        let state = |from: usize| {
            Array2::from_shape_fn((c.len(), width), |(i, j)| values[from * 54 + i * width + j])
        };
        law(&c, &state(0), &state(1), &state(2));
    });
}

fn noise(first: u64, count: usize) -> SampleNoise {
    SampleNoise::consecutive(Stream::new(5, "test"), first, count)
}
