//! Weights: made from a seed, saved, loaded, refused with every difference named.
use ito_torch::{Init, Mismatch, Scope, Weights, WeightsError};
use std::collections::HashMap;
use tch::{Device, Tensor};

fn layer(scope: &Scope) -> Vec<Tensor> {
    let place = scope.child("layer").child(0);
    vec![
        place.tensor("weight", &[2, 3], Init::Uniform { bound: 0.5 }),
        place.tensor("bias", &[2], Init::Constant(0.0)),
        scope.constant("frequencies", &[4], Init::Normal { deviation: 2.0 }),
    ]
}

fn flat(w: &Tensor) -> Vec<f32> {
    Vec::try_from(w.flatten(0, -1)).unwrap()
}

fn file(weights: &Weights) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.safetensors");
    weights.save(&path, HashMap::new()).unwrap();
    (folder, path)
}

#[test]
fn first_values_depend_on_seed_and_name_alone() {
    let (a, _) = Weights::create(1, Device::Cpu, layer);
    let (b, _) = Weights::create(1, Device::Cpu, |scope| {
        let _ = scope.tensor("another", &[7], Init::Uniform { bound: 1.0 });
        layer(scope)
    });
    assert_eq!(flat(&a.tensors()[0]), flat(&b.tensors()[1]));
    assert!(flat(&a.tensors()[0]).iter().all(|w| w.abs() <= 0.5));
    let (c, _) = Weights::create(2, Device::Cpu, layer);
    assert_ne!(flat(&a.tensors()[0]), flat(&c.tensors()[0]));
}

#[test]
fn a_file_brings_back_every_bit() {
    let (a, _) = Weights::create(1, Device::Cpu, layer);
    let (mut b, _) = Weights::create(2, Device::Cpu, layer);
    let (_folder, path) = file(&a);
    b.load(&path).unwrap();
    for (x, y) in a.tensors().iter().zip(&b.tensors()) {
        assert_eq!(flat(x), flat(y));
    }
}

#[test]
fn leaves_share_storage_and_only_the_trained_want_gradients() {
    let (weights, _) = Weights::create(1, Device::Cpu, layer);
    let leaves = weights.leaves();
    let wants: Vec<bool> = leaves.tensors().iter().map(Tensor::requires_grad).collect();
    assert_eq!(wants, [true, true, false]);
    assert_eq!(weights.trained().len(), 2);
    let _ = weights.tensors()[1].g_add_scalar_(3.0);
    assert_eq!(flat(&leaves.tensors()[1]), [3.0, 3.0]);
}

#[test]
fn a_file_of_another_network_is_refused_by_name_and_shape() {
    let (_folder, path) = file(&Weights::create(1, Device::Cpu, layer).0);
    let (mut other, _) = Weights::create(1, Device::Cpu, |scope| {
        let _ = scope.child("layer").child(0).tensor("weight", &[2, 4], Init::Constant(1.0));
        let _ = scope.tensor("extra", &[1], Init::Constant(1.0));
    });
    let error = other.load(&path).unwrap_err();
    let WeightsError::Mismatch { mismatch, .. } = error else { panic!("{error}") };
    let expected = Mismatch {
        missing: vec!["extra [1]".into()],
        surplus: vec!["frequencies [4]".into(), "layer.0.bias [2]".into()],
        different: vec!["layer.0.weight: f32 [2, 3] in the file, f32 [2, 4] here".into()],
    };
    assert_eq!(mismatch, expected);
    assert_eq!(flat(&other.tensors()[1]), [1.0], "nothing is copied from a file that does not fit");
}

#[test]
fn a_cut_or_broken_file_is_named() {
    let (weights, _) = Weights::create(1, Device::Cpu, layer);
    let (_folder, path) = file(&weights);
    let bytes = std::fs::read(&path).unwrap();
    let (mut target, _) = Weights::create(2, Device::Cpu, layer);
    for cut in [0, 4, 20, bytes.len() - 1] {
        std::fs::write(&path, &bytes[..cut]).unwrap();
        let said = target.load(&path).unwrap_err();
        assert!(matches!(said, WeightsError::Format { .. }), "{cut} bytes: {said}");
    }
}
