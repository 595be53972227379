//! The fused kernels against libtorch's own layers, on every level that this processor has.
use ito_noise::Stream;
use ito_torch::kernels::{After, Before, Convolution, Level, Norm, Products, Reach, attention};
use ito_torch::{AdamWStep, changes, foreach_lerp, fused_adamw};
use tch::{Kind, Tensor};

fn normal(name: &str, shape: &[i64]) -> Tensor {
    let mut values = vec![0f32; shape.iter().product::<i64>() as usize];
    Stream::new(7, name).fill_normal_f32(0, 0, &mut values);
    Tensor::from_slice(&values).view(shape)
}

/// Distance over the largest expected value.
fn off(got: &Tensor, expected: &Tensor) -> f64 {
    assert_eq!(got.size(), expected.size());
    let largest = |x: Tensor| x.to_kind(Kind::Double).abs().max().double_value(&[]);
    largest(got.to_kind(Kind::Double) - expected.to_kind(Kind::Double)) / largest(expected.shallow_clone())
}

fn close(what: &str, got: &Tensor, expected: &Tensor, tolerance: f64) {
    let off = off(got, expected);
    assert!(off < tolerance, "{what}: {off:e} of the largest value off");
}

const SAME: Reach = Reach::Stride { stride: 1, before: 1, after: 1 };

/// Rows, channels, output channels, height, width, kernel, reach.
type Shape = (i64, i64, i64, i64, i64, i64, Reach);

fn shapes() -> Vec<Shape> {
    let stride = |stride, before, after| Reach::Stride { stride, before, after };
    let mut shapes = vec![
        (2, 32, 32, 28, 28, 3, SAME),
        (1, 96, 64, 14, 14, 3, SAME),
        (3, 64, 64, 7, 7, 3, SAME),
        (1, 1, 33, 5, 3, 3, SAME),
        (2, 3, 1, 9, 17, 3, SAME),
        (1, 5, 100, 1, 1, 3, SAME),
        (2, 7, 16, 2, 31, 3, SAME),
        (1, 4, 17, 6, 15, 5, stride(1, 2, 2)),
        (2, 6, 49, 8, 8, 1, stride(1, 0, 0)),
        (1, 130, 40, 7, 7, 1, stride(1, 0, 0)),
        (2, 3, 8, 11, 13, 3, stride(1, 0, 0)),
        (1, 3, 8, 6, 5, 3, stride(1, 2, 0)),
        (2, 32, 32, 28, 28, 3, stride(2, 1, 1)),
        (1, 5, 20, 7, 9, 3, stride(2, 1, 1)),
        (3, 8, 36, 8, 6, 3, stride(2, 0, 1)),
        (1, 6, 6, 9, 9, 1, stride(2, 0, 0)),
        (1, 2, 3, 10, 7, 5, stride(2, 2, 2)),
        (2, 64, 64, 7, 7, 3, Reach::Doubled),
        (1, 33, 20, 14, 14, 3, Reach::Doubled),
        (2, 3, 50, 5, 16, 3, Reach::Doubled),
        (1, 2, 2, 1, 1, 3, Reach::Doubled),
    ];
    // Every width of a block, with a last channel block of every kind.
    shapes.extend((1..=30).map(|w| (1, 3, 1 + 5 * w % 70, 1 + w % 4, w, 3, SAME)));
    shapes
}

fn reference(x: &Tensor, weight: &Tensor, bias: &Tensor, reach: Reach) -> Tensor {
    match reach {
        Reach::Stride { stride, before, after } => {
            let (b, a) = (before as i64, after as i64);
            x.constant_pad_nd([b, a, b, a]).conv2d(weight, Some(bias), [stride as i64; 2], [0; 2], [1; 2], 1)
        }
        Reach::Doubled => {
            let large = x.upsample_nearest2d([2 * x.size()[2], 2 * x.size()[3]], None, None);
            large.conv2d(weight, Some(bias), [1; 2], [1; 2], [1; 2], 1)
        }
    }
}

fn operands(shape: Shape) -> (Tensor, Tensor, Tensor) {
    let (rows, input, out, h, w, kernel, _) = shape;
    let weight = normal("weight", &[out, input, kernel, kernel]);
    (normal("x", &[rows, input, h, w]), weight, normal("bias", &[out]))
}

fn check(products: Products, of: impl Fn(&Tensor) -> Tensor, levels: &[Level]) {
    for (shape, &level) in shapes().into_iter().flat_map(|shape| levels.iter().map(move |level| (shape, level))) {
        let (x, weight, bias) = operands(shape);
        let convolution = Convolution::new(&weight, Some(&bias), shape.6, products, level);
        let y = convolution.forward(&x, None, Before::default(), After::default());
        // The sums of weights of a doubled picture are rounded as well: there only the input's rounding is the reference's.
        let tolerance = if products == Products::Bf16 && shape.6 == Reach::Doubled { 1e-2 } else { 1e-5 };
        close(&format!("{shape:?} {level:?}"), &y, &reference(&of(&x), &of(&weight), &bias, shape.6), tolerance);
    }
}

#[test]
fn convolutions_are_those_of_libtorch_on_every_level() {
    check(Products::Single, Tensor::shallow_clone, &Level::available());
}

/// The products of rounded numbers are exact in f32, so only the order of the sums differs.
#[test]
fn bf16_products_are_those_of_the_rounded_numbers() {
    if Level::best() == Level::Avx512Bf16 {
        check(Products::Bf16, |x| x.to_kind(Kind::BFloat16).to_kind(Kind::Float), &[Level::Avx512Bf16]);
    }
}

/// Channels of the first and the second picture, groups, silu, and whether rows have scales and shifts of their own.
fn check_around(first: i64, second: i64, groups: i64, silu: bool, told: bool, (h, w): (i64, i64)) {
    let (rows, out, channels) = (3, 37, first + second);
    let (x, beside) = (normal("x", &[rows, first, h, w]) * 3.0 + 5.0, normal("beside", &[rows, second, h, w]));
    let (weight, bias) = (normal("weight", &[out, channels, 3, 3]), normal("bias", &[out]));
    let (gain, plus) = (normal("gain", &[channels]), normal("plus", &[channels]));
    let (by_row, residual) = (normal("by row", &[rows, out]), normal("residual", &[rows, out, h, w]));
    let scale_shift = normal("told", &[rows, 2 * channels]);
    let mut h = Tensor::cat(&[&x, &beside], 1).group_norm(groups, Some(&gain), Some(&plus), 1e-5, false);
    if told {
        let pair = scale_shift.unsqueeze(-1).unsqueeze(-1).chunk(2, 1);
        h = h * (&pair[0] + 1.0) + &pair[1];
    }
    if silu {
        h = h.silu();
    }
    let expected = (reference(&h, &weight, &bias, SAME) + by_row.view([rows, out, 1, 1]) + &residual) * 0.7;
    for level in Level::available() {
        let scale_shift = told.then_some(&scale_shift);
        let norm = Norm { groups: groups as usize, eps: 1e-5, weight: &gain, bias: &plus, scale_shift };
        let after = After { by_row: Some(&by_row), residual: Some(&residual), factor: 0.7 };
        let beside = (second > 0).then_some(&beside);
        let convolution = Convolution::new(&weight, Some(&bias), SAME, Products::Single, level);
        let y = convolution.forward(&x, beside, Before { norm: Some(norm), silu }, after);
        close(&format!("{first} + {second} channels, {groups} groups, {level:?}"), &y, &expected, 1e-5);
    }
}

#[test]
fn what_stands_around_a_convolution_is_as_in_libtorch() {
    check_around(32, 0, 32, true, false, (28, 28));
    check_around(64, 32, 32, true, false, (14, 14));
    check_around(64, 32, 32, false, true, (7, 7));
    check_around(5, 1, 2, true, true, (3, 17));
    check_around(3, 0, 1, true, false, (1, 1));
    check_around(2, 0, 1, false, false, (45, 31));
}

#[test]
fn bf16_products_behind_a_normalisation_are_near_those_of_f32() {
    if Level::best() < Level::Avx512Bf16 {
        return;
    }
    let (x, weight) = (normal("x", &[2, 33, 14, 14]), normal("weight", &[40, 33, 3, 3]));
    let (gain, plus) = (normal("gain", &[33]), normal("plus", &[33]));
    let norm = Norm { groups: 11, eps: 1e-5, weight: &gain, bias: &plus, scale_shift: None };
    let y = [Products::Single, Products::Bf16].map(|products| {
        let convolution = Convolution::new(&weight, None, SAME, products, Level::Avx512Bf16);
        convolution.forward(&x, None, Before { norm: Some(norm), silu: true }, After::default())
    });
    close("bf16", &y[1], &y[0], 4e-3);
    assert!(off(&y[1], &y[0]) > 1e-5, "nothing was rounded");
}

fn check_attention(rows: i64, heads: i64, size: i64, (h, w): (i64, i64)) {
    let channels = heads * size;
    let qkv = normal("qkv", &[rows, 3 * channels, h, w]) * 2.0;
    let split = |x: &Tensor| x.reshape([rows, heads, size, h * w]).transpose(2, 3);
    let [q, k, v] = [0, 1, 2].map(|n| split(&qkv.narrow(1, n * channels, channels)));
    let mixed = Tensor::scaled_dot_product_attention(&q, &k, &v, None::<Tensor>, 0.0, false, None, false);
    let expected = mixed.transpose(2, 3).reshape([rows, channels, h, w]);
    for level in Level::available() {
        let y = attention(&qkv, heads as usize, level);
        close(&format!("{heads} heads of {size}, {h} x {w}, {level:?}"), &y, &expected, 1e-5);
    }
}

#[test]
fn attention_is_that_of_libtorch_on_every_level() {
    check_attention(2, 8, 8, (14, 14));
    check_attention(1, 8, 8, (7, 7));
    check_attention(3, 1, 1, (1, 1));
    check_attention(1, 2, 3, (5, 1));
    check_attention(2, 3, 12, (4, 4));
    check_attention(1, 1, 64, (9, 15));
    check_attention(1, 5, 17, (2, 8));
}

/// Scores of several hundred, as 2^x alone could not hold them.
#[test]
fn attention_holds_large_scores() {
    let qkv = normal("qkv", &[1, 24, 6, 6]) * 40.0;
    let (q, k, v) = (qkv.narrow(1, 0, 8), qkv.narrow(1, 8, 8), qkv.narrow(1, 16, 8));
    let [q, k, v] = [q, k, v].map(|x| x.reshape([1, 8, 36]).transpose(1, 2).to_kind(Kind::Double));
    let weights = (q.matmul(&k.transpose(1, 2)) / 8f64.sqrt()).softmax(-1, Kind::Double);
    let expected = weights.matmul(&v).transpose(1, 2).reshape([1, 8, 6, 6]);
    for level in Level::available() {
        close("large scores", &attention(&qkv, 1, level), &expected, 1e-4);
    }
}

#[test]
fn a_row_has_the_same_bits_alone_and_in_a_batch() {
    let (x, weight) = (normal("x", &[5, 24, 13, 13]), normal("weight", &[48, 24, 3, 3]));
    let norm =
        Norm { groups: 8, eps: 1e-6, weight: &normal("gain", &[24]), bias: &normal("plus", &[24]), scale_shift: None };
    let levels = Level::available();
    for &level in &levels {
        for products in [Products::Single, Products::Bf16].into_iter().take(1 + usize::from(level == Level::Avx512Bf16))
        {
            let convolution = Convolution::new(&weight, None, SAME, products, level);
            let run = |x: &Tensor| {
                let y = convolution.forward(x, None, Before { norm: Some(norm), silu: true }, After::default());
                attention(&y, 2, level)
            };
            let all = run(&x);
            for row in 0..5 {
                assert!(run(&x.narrow(0, row, 1)).equal(&all.narrow(0, row, 1)), "row {row}, {level:?}, {products:?}");
            }
        }
    }
}

#[test]
fn a_number_that_is_none_stays_in_its_row_and_is_seen_there() {
    let x = normal("x", &[3, 8, 6, 6]);
    let _ = x.get(1).get(2).get(3).get(4).fill_(f64::NAN);
    let (gain, plus) = (normal("gain", &[8]), normal("plus", &[8]));
    let norm = Norm { groups: 1, eps: 1e-5, weight: &gain, bias: &plus, scale_shift: None };
    for level in Level::available() {
        let convolution = Convolution::new(&normal("weight", &[24, 8, 3, 3]), None, SAME, Products::Single, level);
        let y = convolution.forward(&x, None, Before { norm: Some(norm), silu: true }, After::default());
        for y in [attention(&y, 1, level), y] {
            let lost = y.isnan().flatten(1, -1).to_kind(Kind::Float).mean_dim(1, false, Kind::Float);
            assert_eq!(Vec::<f32>::try_from(lost).unwrap(), [0.0, 1.0, 0.0], "{level:?}");
        }
    }
}

#[test]
fn every_way_of_changing_weights_counts() {
    let w = normal("w", &[4, 4]);
    let other = w.detach();
    let mut last = changes(&other);
    let mut changed = |what: &str| {
        let now = changes(&other);
        assert!(now > last, "{what}");
        assert_eq!(now, changes(&w), "{what}");
        last = now;
    };
    let _no_grad = tch::no_grad_guard();
    w.shallow_clone().copy_(&normal("v", &[4, 4]));
    changed("a copy");
    foreach_lerp(&[w.shallow_clone()], &[normal("v", &[4, 4])], 0.5).unwrap();
    changed("an average");
    let list = || [normal("g", &[4, 4])];
    let step = AdamWStep { count: 1, lr: 0.1, beta1: 0.9, beta2: 0.99, weight_decay: 0.0, eps: 1e-8 };
    fused_adamw(&[w.shallow_clone()], &list(), &list(), &[list()[0].square()], step).unwrap();
    changed("a step of the optimiser");
    let _ = w.narrow(0, 1, 2).fill_(3.0);
    changed("a part filled");
}
