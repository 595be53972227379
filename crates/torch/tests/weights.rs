//! Weights: made from a seed, saved, loaded, refused with every difference named.
use ito_torch::{Init, Mismatch, Scope, Weights, WeightsError};
use std::collections::HashMap;
use std::fs;
use tch::{Device, Kind, Tensor};

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

fn outline() -> Weights {
    Weights::outline(layer).0
}

fn same(name: &str) -> String {
    name.to_owned()
}

#[test]
fn an_outline_knows_what_a_network_asks_for_without_making_it() {
    let (asked, made) = (outline(), Weights::create(1, Device::Cpu, layer).0);
    assert!(asked.names().eq(made.names()));
    let sizes = |weights: &Weights| weights.tensors().iter().map(Tensor::size).collect::<Vec<_>>();
    assert_eq!(sizes(&asked), sizes(&made));
    let huge = Weights::outline(|scope| scope.tensor("w", &[1 << 20, 1 << 20, 1 << 10], Init::Constant(0.0))).0;
    assert_eq!(huge.count(), 1 << 50);
}

#[test]
fn a_foreign_file_keeps_its_dtype_and_every_bit() {
    let made = Weights::create(1, Device::Cpu, layer).0;
    for kind in [Kind::Float, Kind::Double, Kind::BFloat16, Kind::Half] {
        let made = made.map(|w| w.to_kind(kind));
        let (_folder, path) = file(&made);
        let read = outline().read(&path, same).unwrap();
        assert!(read.names().eq(made.names()), "the network's order, not the file's");
        for (x, y) in read.tensors().iter().zip(&made.tensors()) {
            assert!(x.kind() == kind && x.equal(y), "{kind:?}");
        }
        assert_eq!(read.trained().len(), 2);
    }
}

#[test]
fn old_names_become_todays_and_no_two_become_one() {
    let old = |scope: &Scope| {
        let place = scope.child("layer").child(0);
        let _ = (place.tensor("query", &[2, 3], Init::Constant(2.0)), place.tensor("bias", &[2], Init::Constant(3.0)));
        let _ = scope.tensor("frequencies", &[4], Init::Constant(4.0));
    };
    let (_folder, path) = file(&Weights::create(1, Device::Cpu, old).0);
    let read = outline().read(&path, |name| name.replace("query", "weight")).unwrap();
    assert_eq!(flat(&read.tensors()[0]), [2.0; 6]);
    let said = outline().read(&path, |_| "layer.0.weight".to_owned()).unwrap_err();
    assert!(said.to_string().contains("layer.0.weight is there twice"), "{said}");
}

#[test]
fn every_name_and_shape_of_a_foreign_file_that_does_not_fit_is_listed() {
    let other = |scope: &Scope| {
        let _ = scope.child("layer").child(0).tensor("weight", &[2, 4], Init::Constant(1.0));
        let _ = (scope.tensor("extra", &[1], Init::Constant(1.0)), scope.tensor("more", &[2], Init::Constant(1.0)));
    };
    let (_folder, path) = file(&Weights::create(1, Device::Cpu, other).0);
    let error = outline().read(&path, same).unwrap_err();
    let WeightsError::Mismatch { mismatch, .. } = error else { panic!("{error}") };
    let expected = Mismatch {
        missing: vec!["layer.0.bias [2]".into(), "frequencies [4]".into()],
        surplus: vec!["extra [1]".into(), "more [2]".into()],
        different: vec!["layer.0.weight: f32 [2, 4] in the file, f32 [2, 3] here".into()],
    };
    assert_eq!(mismatch, expected);
}

#[test]
fn dtypes_that_do_not_go_together_are_refused() {
    let made = Weights::create(1, Device::Cpu, layer).0;
    let mixed = made.map(|w| if w.dim() == 2 { w.to_kind(Kind::Half) } else { w.shallow_clone() });
    let (_folder, path) = file(&mixed);
    let said = outline().read(&path, same).unwrap_err();
    assert!(matches!(said, WeightsError::Mixed { .. }), "{said}");
    assert!(said.to_string().contains("layer.0.weight is f16 [2, 3] and layer.0.bias is f32 [2]"), "{said}");
    let (_folder, path) = file(&made.map(|w| w.to_kind(Kind::Int64)));
    let said = outline().read(&path, same).unwrap_err().to_string();
    assert!(said.contains("layer.0.weight: Int64 [2, 3] in the file, f32 [2, 3] here"), "{said}");
}

#[test]
fn a_file_in_parts_is_read_by_its_index() {
    let folder = tempfile::tempdir().unwrap();
    let made = Weights::create(1, Device::Cpu, layer).0;
    let part = |k: usize| {
        let name = format!("part-{k}.safetensors");
        let names: Vec<&str> = made.names().collect();
        let (own, w) = (names[k].to_owned(), made.tensors()[k].shallow_clone());
        let (one, _) = Weights::create(1, Device::Cpu, |scope| scope.tensor(&own, &w.size(), Init::Constant(0.0)));
        let one = one.map(|_| w.shallow_clone());
        one.save(&folder.path().join(&name), HashMap::new()).unwrap();
        format!("{own:?}: {name:?}")
    };
    let index = folder.path().join("w.safetensors.index.json");
    let map = (0..3).map(part).collect::<Vec<_>>().join(", ");
    fs::write(&index, format!("{{\"metadata\": {{}}, \"weight_map\": {{{map}}}}}")).unwrap();
    let read = outline().read(&index, same).unwrap();
    assert!(read.tensors().iter().zip(&made.tensors()).all(|(x, y)| x.equal(y)));
    for (text, word) in [("{}", "weight_map"), (r#"{"weight_map": {"a": "../w.safetensors"}}"#, "beside it")] {
        fs::write(&index, text).unwrap();
        let said = outline().read(&index, same).unwrap_err();
        assert!(matches!(said, WeightsError::Format { .. }) && said.to_string().contains(word), "{said}");
    }
}

/// Neither a header nor a tensor is believed beyond the bytes that are there.
#[test]
fn absurd_sizes_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.safetensors");
    let with = |header: &str| [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &[0; 64]].concat();
    let entry = |shape: &str, end: &str| {
        with(&format!(r#"{{"w": {{"dtype": "F32", "shape": {shape}, "data_offsets": [0, {end}]}}}}"#))
    };
    for bytes in [
        [u64::MAX.to_le_bytes(), [b'{'; 8]].concat(),
        [(1u64 << 40).to_le_bytes(), [b'{'; 8]].concat(),
        entry("[1099511627776]", "4398046511104"),
        entry("[4294967296, 4294967296]", "64"),
        entry("[-1]", "64"),
        with("{"),
    ] {
        fs::write(&path, bytes).unwrap();
        let said = outline().read(&path, same).unwrap_err();
        assert!(matches!(said, WeightsError::Format { .. }), "{said}");
    }
}
