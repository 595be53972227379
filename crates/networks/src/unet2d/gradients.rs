//! Every block's shapes, and its gradients against differences, in f64.
use super::UNet2dConfig;
use super::attention::Attention;
use super::down::Down;
use super::embedding::Embedding;
use super::layers::Told;
use super::names::{Activation, ClassEmbedding, DownBlock, Resampling, TimeEmbeddingType, TimeShift, UpBlock};
use super::plan::{AttentionPlan, ResnetPlan, Way};
use super::resample::Fir;
use super::resnet::{Common, Resnet};
use super::step::Step;
use super::up::Up;
use crate::Given;
use ito_noise::Stream;
use ito_torch::{Scope, Weights};
use std::cell::Cell;
use tch::{Device, Kind, Tensor};

const WIDTH: usize = 6;

fn normals(name: &str, shape: &[i64]) -> Tensor {
    let mut values = vec![0f64; shape.iter().product::<i64>() as usize];
    Stream::new(5, name).fill_normal_f64(0, 0, &mut values);
    Tensor::from_slice(&values).view(shape)
}

/// The slope of a random sum of the block's output along a random direction in all its inputs and weights, by the backward pass
/// and by the fourth-order central difference, whose error is some 1e-12 h^-1 + h^4. Gives the shape of the output.
fn check<B>(build: impl Fn(&Scope) -> B, inputs: &[&[i64]], forward: impl Fn(&B, &[Tensor]) -> Tensor) -> Vec<i64> {
    let (weights, _) = Weights::create(7, Device::Cpu, &build);
    let mut count = 0;
    let weights = weights.map(|w| w.to_kind(Kind::Double)).leaves();
    let mut name = |what: &str| {
        count += 1;
        format!("{what} {count}")
    };
    let inputs: Vec<Tensor> =
        inputs.iter().map(|shape| normals(&name("input"), shape).set_requires_grad(true)).collect();
    let variables: Vec<Tensor> =
        weights.trained().into_iter().chain(inputs.iter().map(Tensor::shallow_clone)).collect();
    let directions: Vec<Tensor> = variables.iter().map(|x| normals(&name("direction"), &x.size())).collect();
    let along = |h: f64| {
        let _no_grad = tch::no_grad_guard();
        for (x, d) in variables.iter().zip(&directions) {
            let _ = x.shallow_clone().g_add_(&(d * h));
        }
    };
    // Away from normalisations by 1 and 0; from then on h is the length of the whole step.
    along(0.1);
    let length = directions.iter().map(|d| d.square().sum(Kind::Double).double_value(&[])).sum::<f64>().sqrt();
    let block = weights.bind(&build);
    let y = forward(&block, &inputs);
    let weighed = |y: &Tensor| (y * normals("sum", &y.size())).sum(Kind::Double);
    let gradients = Tensor::run_backward(&[weighed(&y)], &variables, false, false);
    let slope: f64 = gradients.iter().zip(&directions).map(|(g, d)| (g * d).sum(Kind::Double).double_value(&[])).sum();
    let h = 3e-3;
    let at = |steps: f64| {
        along(steps * h / length);
        let value = tch::no_grad(|| weighed(&forward(&block, &inputs))).double_value(&[]);
        along(-steps * h / length);
        value
    };
    let difference = (at(-2.0) - at(2.0) + 8.0 * (at(1.0) - at(-1.0))) / (12.0 * h) * length;
    assert!((slope - difference).abs() < 1e-6 * slope.abs(), "slope {slope}, by differences {difference}");
    y.size()
}

fn config() -> UNet2dConfig {
    UNet2dConfig {
        block_out_channels: vec![8, 12],
        layers_per_block: 1,
        time_embedding_dim: Some(WIDTH),
        norm_num_groups: Some(2),
        attention_head_dim: Some(4),
        ..UNet2dConfig::default()
    }
}

/// A block of that configuration on the f64 weights that it is bound to.
fn with<B>(config: &UNet2dConfig, build: impl Fn(&Common) -> B) -> B {
    let like = Tensor::zeros([1], (Kind::Double, Device::Cpu));
    build(&Common { config, like: &like, dropouts: Cell::new(0) })
}

fn told(activated: &Tensor) -> Told {
    Told { activated: activated.shallow_clone(), dropout: None }
}

fn check_resnet(way: Way, shift: TimeShift, act: Activation, size: [i64; 2]) {
    let config = UNet2dConfig { resnet_time_scale_shift: shift, act_fn: act, ..config() };
    for (input, output, shortcut) in [(4, 4, false), (4, 6, true), (4, 4, true)] {
        let plan = ResnetPlan { input, output, groups: [2, 2], scale: 0.7, way, shortcut };
        let build = |scope: &Scope| with(&config, |common| Resnet::new(scope, &plan, common));
        let forward = |block: &Resnet, given: &[Tensor]| block.forward(&given[..1], &told(&given[1]));
        let shape = check(build, &[&[2, 4, 4, 6], &[2, WIDTH as i64]], forward);
        assert_eq!(shape, [2, output as i64, size[0], size[1]]);
    }
}

#[test]
fn residual_blocks_have_their_shapes_and_gradients() {
    let ways = [
        (Way::Keep, [4, 6]),
        (Way::Average, [2, 3]),
        (Way::Nearest, [8, 12]),
        (Way::FirHalf, [2, 3]),
        (Way::FirDouble, [8, 12]),
    ];
    for (way, size) in ways {
        check_resnet(way, TimeShift::Default, Activation::Silu, size);
        check_resnet(way, TimeShift::ScaleShift, Activation::Silu, size);
    }
    // Not the rectifier, whose corner a step would cross.
    for act in [Activation::Swish, Activation::Mish, Activation::Gelu] {
        check_resnet(Way::Keep, TimeShift::Default, act, [4, 6]);
    }
}

#[test]
fn attention_has_its_shape_and_gradients() {
    for (channels, head_dim, groups) in [(6, 6, Some(3)), (6, 2, None), (7, 3, Some(1))] {
        let plan = AttentionPlan { channels, head_dim, groups, scale: 0.7 };
        let config = config();
        let build = |scope: &Scope| with(&config, |common| Attention::new(scope, &plan, common));
        let shape = [2, channels as i64, 2, 3];
        assert_eq!(check(build, &[&shape], |block, given| block.forward(&given[0])), shape);
    }
}

fn check_down(kind: DownBlock, downsample_type: Resampling, downsample_padding: usize) {
    let config = UNet2dConfig {
        down_block_types: vec![kind; 2],
        downsample_type,
        downsample_padding,
        // With attention, blocks that carry the picture have 32 groups.
        block_out_channels: if kind == DownBlock::AttnSkip { vec![32, 32] } else { vec![8, 12] },
        ..config()
    };
    let plans = config.down_plan().unwrap();
    let [a, b] = [config.block_out_channels[0] as i64, config.block_out_channels[1] as i64];
    for (plan, (input, size)) in plans.iter().zip([((a, a), 2), ((a, b), 4)]) {
        let build = |scope: &Scope| with(&config, |common| Down::new(scope, plan, common));
        let forward = |block: &Down, given: &[Tensor]| {
            let mut skips = Vec::new();
            let (h, picture) =
                block.forward(given[0].shallow_clone(), given[1].shallow_clone(), &told(&given[2]), &mut skips);
            assert_eq!(skips.len(), 1 + usize::from(block.end.is_some()));
            assert_eq!(skips[0].size(), [2, input.1, 4, 4]);
            assert!(skips.last().unwrap().equal(&h));
            let halved = if kind.pyramid() { size } else { 4 };
            assert_eq!(picture.size(), [2, 3, halved, halved]);
            Tensor::cat(&[h, picture.mean_dim(1, true, None).constant_pad_nd([0, size - halved, 0, size - halved])], 1)
        };
        let shape = check(build, &[&[2, input.0, 4, 4], &[2, 3, 4, 4], &[2, WIDTH as i64]], forward);
        assert_eq!(shape, [2, input.1 + 1, size, size]);
    }
}

#[test]
fn blocks_on_the_way_down_have_their_shapes_and_gradients() {
    check_down(DownBlock::Plain, Resampling::Conv, 1);
    check_down(DownBlock::Plain, Resampling::Conv, 0);
    check_down(DownBlock::Attn, Resampling::Conv, 1);
    check_down(DownBlock::Attn, Resampling::Resnet, 1);
    check_down(DownBlock::Resnet, Resampling::Conv, 1);
    check_down(DownBlock::Skip, Resampling::Conv, 1);
    check_down(DownBlock::AttnSkip, Resampling::Conv, 1);
}

fn check_up(kind: UpBlock, upsample_type: Resampling) {
    let config = UNet2dConfig {
        up_block_types: vec![kind; 2],
        upsample_type,
        block_out_channels: if kind == UpBlock::AttnSkip { vec![32, 32] } else { vec![8, 12] },
        ..config()
    };
    let plans = config.up_plan().unwrap();
    let [a, b] = [config.block_out_channels[0] as i64, config.block_out_channels[1] as i64];
    // From below, kept by the two steps of the way down, here, and the size behind.
    for (k, (plan, (below, skips, here, size))) in plans.iter().zip([(b, [a, b], b, 8), (b, [a, a], a, 4)]).enumerate()
    {
        let build = |scope: &Scope| with(&config, |common| Up::new(scope, plan, common));
        let forward = |block: &Up, given: &[Tensor]| {
            let mut skips = vec![given[1].shallow_clone(), given[2].shallow_clone()];
            // The first block has no picture from below.
            let picture = (k > 0).then(|| given[3].shallow_clone());
            let (h, picture) = block.forward(given[0].shallow_clone(), picture, &told(&given[4]), &mut skips);
            assert!(skips.is_empty());
            match picture {
                None => assert!(k == 0 && !kind.pyramid()),
                // What the last block does not carry stays as it came.
                Some(picture) if !kind.pyramid() => assert!(picture.equal(&given[3])),
                Some(picture) => {
                    assert_eq!(picture.size(), [2, 3, 4, 4]);
                    return Tensor::cat(&[h, picture.constant_pad_nd([0, size - 4, 0, size - 4])], 1);
                }
            }
            h
        };
        let (b, n) = (2, WIDTH as i64);
        let inputs: [&[i64]; 5] =
            [&[b, below, 4, 4], &[b, skips[0], 4, 4], &[b, skips[1], 4, 4], &[b, 3, 2, 2], &[b, n]];
        // An input that has no part in the output has no gradient.
        let used = |given: &[Tensor], y: Tensor| y + given[3].sum(Kind::Double) * 0.0;
        let shape = check(build, &inputs, |block, given| used(given, forward(block, given)));
        assert_eq!(shape, [b, here + if kind.pyramid() { 3 } else { 0 }, size, size]);
    }
}

#[test]
fn blocks_on_the_way_up_have_their_shapes_and_gradients() {
    check_up(UpBlock::Plain, Resampling::Conv);
    check_up(UpBlock::Attn, Resampling::Conv);
    check_up(UpBlock::Attn, Resampling::Resnet);
    check_up(UpBlock::Resnet, Resampling::Conv);
    check_up(UpBlock::Skip, Resampling::Conv);
    check_up(UpBlock::AttnSkip, Resampling::Conv);
}

#[test]
fn the_mid_block_has_its_shape_and_gradients() {
    for add_attention in [true, false] {
        let config = UNet2dConfig { add_attention, ..config() };
        let plan = config.mid_plan().unwrap();
        let build = |scope: &Scope| with(&config, |common| Step::all(scope, &plan, common));
        let shape = check(build, &[&[2, 12, 2, 3], &[2, WIDTH as i64]], |steps, given| {
            let told = told(&given[1]);
            steps.iter().fold(given[0].shallow_clone(), |h, step| told.run(step, &[&h], Step::forward))
        });
        assert_eq!(shape, [2, 12, 2, 3]);
    }
}

#[test]
fn embeddings_have_their_shapes_and_gradients() {
    let base = UNet2dConfig { num_train_timesteps: Some(9), ..config() };
    let classes =
        [(None, None), (None, Some(4)), (Some(ClassEmbedding::Timestep), None), (Some(ClassEmbedding::Identity), None)];
    for time_embedding_type in [TimeEmbeddingType::Positional, TimeEmbeddingType::Fourier, TimeEmbeddingType::Learned] {
        for (class_embed_type, num_class_embeds) in classes {
            let config = UNet2dConfig { time_embedding_type, class_embed_type, num_class_embeds, ..base.clone() };
            let build = |scope: &Scope| Embedding::new(scope, &config, Kind::Double);
            let time = Tensor::from_slice(&[3.0, 7.0]);
            let shape = check(build, &[&[2, WIDTH as i64]], |block, given| {
                let class = Some(Tensor::from_slice(&[1i64, 3]));
                let vector = Some(given[0].shallow_clone());
                // The vector has its part in any case.
                block.forward(&time, &Given { class, vector, ..Given::default() }) + &given[0]
            });
            assert_eq!(shape, [2, WIDTH as i64]);
        }
    }
}

#[test]
fn fir_resampling_is_the_filter_written_out() {
    let (fir, x) = (Fir::new(&normals("like", &[1])), normals("x", &[1, 2, 5, 6]));
    let value = |c: i64, i: i64, j: i64| {
        if (0..5).contains(&i) && (0..6).contains(&j) { x.double_value(&[0, c, i, j]) } else { 0.0 }
    };
    let line = [0.125, 0.375, 0.375, 0.125];
    let y = fir.half(&x);
    assert_eq!(y.size(), [1, 2, 2, 3]);
    for (c, i, j) in [(0, 0, 0), (1, 1, 2), (0, 1, 1)] {
        let expected: f64 = (0..16)
            .map(|k| line[k / 4] * line[k % 4] * value(c, 2 * i + k as i64 / 4 - 1, 2 * j + k as i64 % 4 - 1))
            .sum();
        assert!((y.double_value(&[0, c, i, j]) - expected).abs() < 1e-14);
    }
    // Doubling is the transpose of halving, times 4: <half x, u> = <x, double u> / 4.
    let (x, u) = (normals("x", &[1, 2, 4, 6]), normals("u", &[1, 2, 2, 3]));
    assert_eq!(fir.double(&u).size(), [1, 2, 4, 6]);
    let [left, right] = [fir.half(&x) * &u, x * fir.double(&u) / 4.0].map(|y| y.sum(Kind::Double).double_value(&[]));
    assert!((left - right).abs() < 1e-13);
}

#[test]
fn features_of_time_are_computed_in_f32_and_then_rounded() {
    let time = Tensor::from_slice(&[703.0f32, 999.0]);
    let of = |kind| {
        let (_, embedding) = Weights::create(0, Device::Cpu, |scope| Embedding::new(scope, &config(), kind));
        embedding.features.forward(&time, kind)
    };
    assert!(of(Kind::BFloat16).equal(&of(Kind::Float).to_kind(Kind::BFloat16)));
}
