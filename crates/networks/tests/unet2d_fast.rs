//! The U-Net's fused evaluation against its plain one.
use ito_networks::{Given, Network, UNet2d, UNet2dConfig};
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
    let network = case.network(&case.weights);
    let y = case.fast(&network, &case.x);
    let plain = network.forward(&case.x, &case.t, &case.given);
    println!("{name}: {:.1e} from diffusers', {:.1e} from the plain one", off(&y, &case.y), off(&y, &plain));
    assert!(off(&y, &case.y) < 1e-5, "{name}: {:e}", off(&y, &case.y));
    assert!(!y.equal(&plain), "{name}: both are the same bits, so the kernels were not used");
    let half = case.weights.map(|w| w.to_kind(Kind::BFloat16));
    let y = case.fast(&case.network(&half), &case.x.to_kind(Kind::BFloat16));
    assert_eq!(y.kind(), Kind::BFloat16);
    println!("{name}: bf16 {:.1e}", off(&y, &case.y));
    assert!(off(&y, &case.y) < 3e-2, "{name} in bf16: {:e}", off(&y, &case.y));
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
