//! diffusers' U-Net beyond diffusers: dtypes, dropout, blocks computed twice, Ito's own keys, independence of rows.
use ito_networks::{
    ClassEmbedding, DownBlock, Dropout, Given, Network, TimeEmbeddingType, TimeShift, UNet2d, UNet2dConfig, UpBlock,
};
use ito_noise::Stream;
use ito_torch::Weights;
use std::f64::consts::FRAC_1_SQRT_2;
use tch::{Device, Kind, Tensor};

fn small() -> UNet2dConfig {
    UNet2dConfig {
        in_channels: 3,
        out_channels: 3,
        block_out_channels: vec![8, 16],
        down_block_types: vec![DownBlock::Skip, DownBlock::Attn],
        up_block_types: vec![UpBlock::Attn, UpBlock::Skip],
        norm_num_groups: Some(4),
        layers_per_block: 1,
        ..UNet2dConfig::default()
    }
}

fn normals(name: &str, shape: &[i64]) -> Tensor {
    let mut values = vec![0f32; shape.iter().product::<i64>() as usize];
    Stream::new(2, name).fill_normal_f32(0, 0, &mut values);
    Tensor::from_slice(&values).view(shape)
}

fn made(config: &UNet2dConfig) -> (Weights, UNet2d) {
    let (weights, network) = Weights::create(3, Device::Cpu, |scope| UNet2d::new(config, scope));
    (weights, network.unwrap())
}

fn input() -> (Tensor, Tensor) {
    (normals("x", &[2, 3, 8, 8]), Tensor::from_slice(&[3f32, 700.0]))
}

fn largest(x: &Tensor) -> f64 {
    x.abs().max().to_kind(Kind::Double).double_value(&[])
}

fn check_dtype(config: &UNet2dConfig, kind: Kind, close: f64) {
    let (weights, network) = made(config);
    let (x, t) = input();
    let expected = tch::no_grad(|| network.forward(&x, &t, &Given::default())).to_kind(Kind::Double);
    let weights = weights.map(|w| w.to_kind(kind));
    let network = weights.bind(|scope| UNet2d::new(config, scope)).unwrap();
    let y = tch::no_grad(|| network.forward(&x.to_kind(kind), &t, &Given::default()));
    assert_eq!(y.kind(), kind);
    let off = largest(&(y.to_kind(Kind::Double) - &expected)) / largest(&expected);
    assert!(off < close && off > 0.0, "{kind:?} is {off:e} off");
}

#[test]
fn the_network_works_in_the_dtype_of_its_weights() {
    let fourier = UNet2dConfig { time_embedding_type: TimeEmbeddingType::Fourier, ..small() };
    let learned =
        UNet2dConfig { time_embedding_type: TimeEmbeddingType::Learned, num_train_timesteps: Some(1000), ..small() };
    for config in [small(), learned, fourier.clone()] {
        // In f32 an angle of 700 radians, or of 2 pi 16 z ln 700, has an error of 1e-5 and more.
        check_dtype(&config, Kind::Double, 1e-4);
    }
    let pyramids = UNet2dConfig { up_block_types: vec![UpBlock::Skip; 2], ..small() };
    for config in [small(), UNet2dConfig { resnet_time_scale_shift: TimeShift::ScaleShift, ..pyramids }] {
        check_dtype(&config, Kind::BFloat16, 0.05);
        check_dtype(&config, Kind::Half, 0.005);
    }
    // Frequencies rounded to 8 bits make other angles: only the dtype is looked at.
    check_dtype(&fourier, Kind::BFloat16, 10.0);
}

#[test]
fn rows_do_not_know_of_each_other_and_one_time_does_for_all() {
    let (_weights, network) = made(&UNet2dConfig { num_class_embeds: Some(4), ..small() });
    let (x, t) = input();
    let class = |numbers: &[i64]| Given { class: Some(Tensor::from_slice(numbers)), ..Given::default() };
    let _no_grad = tch::no_grad_guard();
    let y = network.forward(&x, &t, &class(&[2, 1]));
    let alone = network.forward(&x.narrow(0, 1, 1), &t.narrow(0, 1, 1), &class(&[1]));
    assert!(largest(&(y.narrow(0, 1, 1) - &alone)) < 1e-5);
    let other = network.forward(&x.narrow(0, 1, 1), &t.narrow(0, 1, 1), &class(&[3]));
    assert!(largest(&(other - alone)) > 1e-3, "classes matter");
    let [one, each] =
        [Tensor::from_slice(&[9f32]), Tensor::from_slice(&[9f32, 9.0])].map(|t| network.forward(&x, &t, &class(&[2])));
    assert!(largest(&(one - each)) < 1e-6);
}

#[test]
fn a_class_as_a_time_may_be_one_for_all() {
    let (_weights, network) = made(&UNet2dConfig { class_embed_type: Some(ClassEmbedding::Timestep), ..small() });
    let (x, t) = input();
    let given = |numbers: &[i64]| Given { class: Some(Tensor::from_slice(numbers)), ..Given::default() };
    let [one, each] = [vec![2], vec![2, 2]].map(|numbers| tch::no_grad(|| network.forward(&x, &t, &given(&numbers))));
    assert!(largest(&(one - each)) < 1e-6);
}

#[test]
fn a_learned_time_is_the_nearest_row() {
    let config =
        UNet2dConfig { time_embedding_type: TimeEmbeddingType::Learned, num_train_timesteps: Some(10), ..small() };
    let (_weights, network) = made(&config);
    let x = input().0;
    let at = |t: f32| tch::no_grad(|| network.forward(&x, &Tensor::from_slice(&[t]), &Given::default()));
    assert!(at(4.0).equal(&at(4.3)) && at(9.0).equal(&at(9.4)) && !at(4.0).equal(&at(5.0)));
}

#[test]
fn a_new_network_says_zero_where_it_is_to_and_only_there() {
    let (x, t) = input();
    let said = |config: UNet2dConfig| largest(&made(&config).1.forward(&x, &t, &Given::default()));
    assert_eq!(said(UNet2dConfig { zero_init: true, ..small() }), 0.0);
    assert!(said(small()) > 1e-2);
    let config = UNet2dConfig { up_block_types: vec![UpBlock::Skip; 2], zero_init: true, ..small() };
    let (weights, _) = made(&config);
    let ends = ["conv2.weight", "to_out.0.weight", "conv_out.weight", "up_blocks.0.skip_conv.weight"];
    for (name, w) in weights.names().zip(weights.tensors()).filter(|(name, _)| name.ends_with(".weight")) {
        assert_eq!(largest(&w) == 0.0, ends.iter().any(|end| name.ends_with(end)), "{name}");
    }
}

/// With the last layers at zero every residual sum is its shortcut. Where the shortcuts of the way up pass what comes from below, the
/// network is conv_in and a factor for each sum: 2 in the block going down, 3 in the middle, 4 going up.
#[test]
fn every_residual_sum_is_scaled_once() {
    let (x, t) = input();
    let said = |skip_scale| {
        let config = UNet2dConfig {
            block_out_channels: vec![8],
            down_block_types: vec![DownBlock::Attn],
            up_block_types: vec![UpBlock::Attn],
            zero_init: true,
            // The last normalisation then divides by a thousand whatever comes, and its silu(h) is h / 2.
            norm_eps: 1e6,
            skip_scale,
            ..small()
        };
        let (weights, network) = made(&config);
        for (name, mut w) in weights.names().zip(weights.tensors()) {
            let centre = match name {
                "conv_out.weight" => 1,
                _ if name.ends_with("conv_shortcut.weight") => 0,
                _ if name.ends_with("conv_shortcut.bias") => {
                    let _ = w.zero_();
                    continue;
                }
                _ => continue,
            };
            let _ = w.zero_();
            for k in 0..w.size()[0] {
                let _ = w.get(k).get(k).get(centre).get(centre).fill_(1.0);
            }
        }
        network.forward(&x, &t, &Given::default()).abs().sum(Kind::Double).double_value(&[])
    };
    let ratio = said(FRAC_1_SQRT_2) / said(1.0);
    assert!((ratio - FRAC_1_SQRT_2.powi(9)).abs() < 1e-3 * ratio, "{ratio}");
}

fn gradients(config: &UNet2dConfig, dropout: Option<Dropout>) -> Vec<Tensor> {
    let (weights, _) = made(config);
    let leaves = weights.map(|w| w.to_kind(Kind::Double)).leaves();
    let network = leaves.bind(|scope| UNet2d::new(config, scope)).unwrap();
    let (x, t) = input();
    let given = Given { dropout, ..Given::default() };
    let loss = (network.forward(&x.to_kind(Kind::Double), &t, &given) - 1.0).square().mean(Kind::Double);
    let mut all = Tensor::run_backward(&[&loss], &leaves.trained(), false, false);
    all.push(loss.detach());
    all
}

#[test]
fn blocks_computed_twice_give_the_same_gradients_with_dropout_too() {
    for config in [
        small(),
        UNet2dConfig {
            down_block_types: vec![DownBlock::Resnet; 2],
            up_block_types: vec![UpBlock::Resnet; 2],
            ..small()
        },
    ] {
        let config = UNet2dConfig { dropout: 0.3, ..config };
        let dropout = Some(Dropout { seed: 4, first: 10 });
        let kept = gradients(&config, dropout);
        let twice = gradients(&UNet2dConfig { checkpointing: true, ..config.clone() }, dropout);
        // Gradients that meet are added in another order.
        let all = kept.iter().zip(&twice);
        let off = all.map(|(a, b)| largest(&(a - b)) / largest(a).max(1e-9)).fold(0.0, f64::max);
        assert!(off < 1e-9, "{off:e}");
    }
}

#[test]
fn dropout_is_a_function_of_seed_and_sample_and_absent_outside_of_training() {
    let config = UNet2dConfig { dropout: 0.3, ..small() };
    let (_weights, network) = made(&config);
    let (x, t) = input();
    let said = |x: &Tensor, t: &Tensor, dropout| {
        tch::no_grad(|| network.forward(x, t, &Given { dropout, ..Given::default() }))
    };
    let both = said(&x, &t, Some(Dropout { seed: 4, first: 10 }));
    assert!(both.equal(&said(&x, &t, Some(Dropout { seed: 4, first: 10 }))));
    let second = said(&x.narrow(0, 1, 1), &t.narrow(0, 1, 1), Some(Dropout { seed: 4, first: 11 }));
    assert!(largest(&(both.narrow(0, 1, 1) - second)) < 1e-5, "the same sample in another batch");
    for other in [Some(Dropout { seed: 5, first: 10 }), Some(Dropout { seed: 4, first: 12 }), None] {
        assert!(largest(&(&both - said(&x, &t, other))) > 1e-3, "{other:?}");
    }
    let plain = made(&small()).1;
    assert!(said(&x, &t, None).equal(&tch::no_grad(|| plain.forward(&x, &t, &Given::default()))));
}

#[test]
fn the_size_may_be_any_that_can_be_halved() {
    let (_weights, network) = made(&small());
    for (height, width) in [(2, 2), (6, 10), (16, 4)] {
        let x = normals("x", &[1, 3, height, width]);
        let y = network.forward(&x, &Tensor::from_slice(&[5f32]), &Given::default());
        assert_eq!(y.size(), x.size());
    }
}
