//! The U-Net's fused evaluation against its plain one.
use ito_networks::{Given, Network, UNet2d, UNet2dConfig};
use ito_noise::Stream;
use ito_torch::{Weights, foreach_lerp};
use std::path::{Path, PathBuf};
use tch::{Device, Kind, Tensor};

fn reference(name: &str, end: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/reference/unet-{name}.{end}"))
}

/// Weights of a reference network, and x, t and classes for it.
struct Case {
    config: UNet2dConfig,
    weights: Weights,
    x: Tensor,
    t: Tensor,
    given: Given,
    y: Tensor,
}

fn case(name: &str) -> Case {
    let config = UNet2dConfig::from_json(&std::fs::read_to_string(reference(name, "json")).unwrap()).unwrap();
    let file = Tensor::read_safetensors(reference(name, "safetensors")).unwrap();
    let find = |wanted: &str| file.iter().find(|(own, _)| own == wanted).map(|(_, x)| x.shallow_clone());
    let (weights, _) = Weights::create(0, Device::Cpu, |scope| UNet2d::new(&config, scope).unwrap());
    for (own, w) in weights.names().zip(weights.tensors()) {
        w.shallow_clone().copy_(&find(own).unwrap());
    }
    let given = Given { class: find("io.class_labels"), ..Given::default() };
    Case { config, weights, x: find("io.x").unwrap(), t: find("io.t").unwrap(), given, y: find("io.y").unwrap() }
}

impl Case {
    fn network(&self, weights: &Weights) -> UNet2d {
        weights.bind(|scope| UNet2d::new(&self.config, scope)).unwrap()
    }

    fn fast(&self, network: &UNet2d, x: &Tensor) -> Tensor {
        let _no_grad = tch::no_grad_guard();
        network.forward(x, &self.t, &self.given)
    }
}

/// Distance over the largest expected value.
fn off(got: &Tensor, expected: &Tensor) -> f64 {
    assert_eq!(got.size(), expected.size());
    let largest = |x: Tensor| x.abs().max().double_value(&[]);
    largest(got.to_kind(Kind::Float) - expected) / largest(expected.shallow_clone())
}

fn check(name: &str) {
    let case = case(name);
    check_case(&case, name);
    let y = case.fast(&case.network(&case.weights), &case.x);
    println!("{name}: {:.1e} from diffusers'", off(&y, &case.y));
    assert!(off(&y, &case.y) < 1e-5, "{name}: {:e}", off(&y, &case.y));
}

/// The fast way gives what the plain one gives, in f32 and, less closely, in bf16.
fn check_case(case: &Case, what: &str) {
    let network = case.network(&case.weights);
    let y = case.fast(&network, &case.x);
    let plain = network.forward(&case.x, &case.t, &case.given);
    assert!(off(&y, &plain) < 1e-5, "{what}: {:e}", off(&y, &plain));
    assert!(!y.equal(&plain), "{what}: the same bits, so the kernels were not used");
    let half = case.weights.map(|w| w.to_kind(Kind::BFloat16));
    let y = case.fast(&case.network(&half), &case.x.to_kind(Kind::BFloat16));
    assert_eq!(y.kind(), Kind::BFloat16);
    println!("{what}: bf16 {:.1e}", off(&y, &plain));
    assert!(off(&y, &plain) < 3e-2, "{what} in bf16: {:e}", off(&y, &plain));
}

fn normal(name: &str, shape: &[i64]) -> Tensor {
    let mut values = vec![0f32; shape.iter().product::<i64>() as usize];
    Stream::new(3, name).fill_normal_f32(0, 0, &mut values);
    Tensor::from_slice(&values).view(shape)
}

/// Two levels of the blocks of that kind, with further keys.
fn made(down: &str, up: &str, further: &str) -> Case {
    let config = format!(
        r#"{{"_class_name": "UNet2DModel", "sample_size": 12, "in_channels": 3, "out_channels": 3, "layers_per_block": 1,
            "down_block_types": ["{down}", "{down}"], "up_block_types": ["{up}", "{up}"],
            "norm_num_groups": 8 {further}}}"#
    );
    let config = UNet2dConfig::from_json(&config).unwrap();
    let (weights, _) = Weights::create(1, Device::Cpu, |scope| UNet2d::new(&config, scope).unwrap());
    let (x, t) = (normal("x", &[3, 3, 12, 10]), Tensor::from_slice(&[3f32, 500.0, 77.0]));
    Case { config, weights, y: x.shallow_clone(), x, t, given: Given::default() }
}

fn check_made(down: &str, up: &str, further: &str) {
    let further = format!(r#", "block_out_channels": [24, 40], "attention_head_dim": 6 {further}"#);
    check_case(&made(down, up, &further), &format!("{down} {further}"));
}

#[test]
fn plain_blocks_are_those_of_diffusers() {
    check("plain");
}

#[test]
fn the_ddpm_network_is_that_of_diffusers() {
    check("ddpm");
}

#[test]
fn odd_sizes_are_those_of_diffusers() {
    check("odd-size");
}

#[test]
fn classes_are_those_of_diffusers() {
    check("class-conditional");
}

#[test]
fn scale_and_shift_and_resampling_residual_blocks_are_those_of_diffusers() {
    check("scale-shift");
}

#[test]
fn the_network_of_logarithms_is_that_of_diffusers() {
    check("fourier");
}

#[test]
fn every_block_and_activation_is_evaluated_as_it_is_trained() {
    check_made("DownBlock2D", "UpBlock2D", r#", "downsample_padding": 0, "mid_block_scale_factor": 1.4142135"#);
    check_made("AttnDownBlock2D", "AttnUpBlock2D", r#", "act_fn": "gelu", "center_input_sample": true"#);
    check_made("AttnDownBlock2D", "AttnUpBlock2D", r#", "resnet_time_scale_shift": "scale_shift", "act_fn": "mish""#);
    check_made("ResnetDownsampleBlock2D", "ResnetUpsampleBlock2D", r#", "resnet_time_scale_shift": "scale_shift""#);
    check_made("SkipDownBlock2D", "SkipUpBlock2D", "");
    // Whose attention has 32 groups.
    let further = r#", "block_out_channels": [32, 64], "add_attention": false"#;
    check_case(&made("AttnSkipDownBlock2D", "AttnSkipUpBlock2D", further), "AttnSkipDownBlock2D");
}

#[test]
fn a_sample_does_not_depend_on_the_others_of_its_batch() {
    let case = made("AttnDownBlock2D", "AttnUpBlock2D", r#", "block_out_channels": [24, 40]"#);
    let network = case.network(&case.weights);
    let all = case.fast(&network, &case.x);
    let others = &case.x * Tensor::from_slice(&[1f32, -3.0, 0.1]).view([3, 1, 1, 1]);
    let now = case.fast(&network, &others);
    assert!(now.get(0).equal(&all.get(0)), "other bits");
    assert!(!now.get(1).equal(&all.get(1)) && !now.get(2).equal(&all.get(2)));
}

/// A run's averaged weights change in place under the networks that draw from them.
#[test]
fn weights_that_change_are_seen_by_the_next_evaluation() {
    let case = made("AttnDownBlock2D", "AttnUpBlock2D", r#", "block_out_channels": [16, 16], "attention_head_dim": 4"#);
    let network = case.network(&case.weights.leaves());
    let before = case.fast(&network, &case.x);
    // Each weight alone, so that none is read from an old copy.
    for (name, w) in case.weights.names().zip(case.weights.tensors()) {
        let old = w.copy();
        let end = &w + &normal(name, &w.size());
        foreach_lerp(&[w.shallow_clone()], &[end], 0.5).unwrap();
        let now = case.fast(&network, &case.x);
        assert!(now.equal(&case.fast(&case.network(&case.weights), &case.x)), "{name}: not what a new network says");
        // Softmax does not see what all keys have in common.
        assert!(name.ends_with("to_k.bias") || off(&now, &before) > 1e-5, "{name} changed and nothing happened");
        w.shallow_clone().copy_(&old);
        assert!(case.fast(&network, &case.x).equal(&before), "{name} back");
    }
}
