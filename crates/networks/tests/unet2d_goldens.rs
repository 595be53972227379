//! The U-Net against diffusers 0.42: outputs and gradients of small networks, in f32. `reference/unet.py` made the files.
use ito_networks::{Given, Network, UNet2d, UNet2dConfig};
use ito_torch::Weights;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tch::{Device, Kind, Tensor};

/// Of the reference tensor's largest value.
const CLOSE: f64 = 1e-5;

fn reference(name: &str, end: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/reference/unet-{name}.{end}"))
}

fn config(name: &str) -> UNet2dConfig {
    UNet2dConfig::from_json(&std::fs::read_to_string(reference(name, "json")).unwrap()).unwrap()
}

fn tensors(name: &str) -> BTreeMap<String, Tensor> {
    Tensor::read_safetensors(reference(name, "safetensors")).unwrap().into_iter().collect()
}

/// The network with the weights of the file, whose names and shapes must be those of the network, all of them.
fn loaded(config: &UNet2dConfig, file: &BTreeMap<String, Tensor>) -> (Weights, UNet2d) {
    let (weights, _) = Weights::create(0, Device::Cpu, |scope| UNet2d::new(config, scope).unwrap());
    let mut own: Vec<&str> = weights.names().collect();
    own.sort();
    let theirs: Vec<&str> = file.keys().map(String::as_str).filter(|name| !name.starts_with("io.")).collect();
    assert_eq!(own, theirs);
    for (name, w) in weights.names().zip(weights.tensors()) {
        assert_eq!(w.size(), file[name].size(), "{name}");
        w.shallow_clone().copy_(&file[name]);
    }
    let leaves = weights.leaves();
    let network = leaves.bind(|scope| UNet2d::new(config, scope)).unwrap();
    (leaves, network)
}

fn close(what: &str, got: &Tensor, expected: &Tensor) {
    assert_eq!(got.size(), expected.size(), "{what}");
    let largest = |x: Tensor| x.abs().max().double_value(&[]);
    let off = largest(got - expected) / largest(expected.shallow_clone());
    println!("{what}: {off:.1e}");
    assert!(off < CLOSE, "{what} is {off:e} of the largest value off");
}

fn check(name: &str) {
    let (config, file) = (config(name), tensors(name));
    let (weights, network) = loaded(&config, &file);
    let given = Given { class: file.get("io.class_labels").map(Tensor::shallow_clone), ..Given::default() };
    let y = network.forward(&file["io.x"], &file["io.t"], &given);
    close(&format!("{name}, output"), &y.detach(), &file["io.y"]);
    let loss = (y - &file["io.target"]).square().mean(Kind::Float);
    let asked: Vec<&str> = file.keys().filter_map(|key| key.strip_prefix("io.grad.")).collect();
    assert_eq!(asked, ["conv_in.weight", "conv_out.weight", "time_embedding.linear_1.weight"]);
    let of = |name: &str| weights.tensors().swap_remove(weights.names().position(|own| own == name).unwrap());
    let gradients = Tensor::run_backward(&[loss], &asked.iter().map(|name| of(name)).collect::<Vec<_>>(), false, false);
    for (asked, gradient) in asked.iter().zip(gradients) {
        close(&format!("{name}, gradient of {asked}"), &gradient, &file[&format!("io.grad.{asked}")]);
    }
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
