//! The U-Net against diffusers 0.42 where weights and inputs are given by a formula: outputs, names in their order, and the slope of the
//! loss along a direction in every trained weight, in f32. `reference/unet.py` made the files.
use ito_networks::{Given, Network, UNet2d, UNet2dConfig};
use ito_torch::Weights;
use serde_json::Value;
use tch::{Device, Kind, Tensor};

/// Of the largest value; of a slope, relative to the lengths of the gradient and of the direction.
const CLOSE: f64 = 1e-5;

/// `wave` of the generator: numbers in [-1, 1) by SplitMix64's mixing, shaped to what the tensor is.
fn wave(name: &str, shape: &[i64]) -> Tensor {
    let hash =
        name.bytes().fold(0xcbf2_9ce4_8422_2325u64, |h, byte| (h ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    let count = shape.iter().product::<i64>() as u64;
    let plain = name.starts_with("io.") || name.starts_with("slope.");
    let is_norm = name.contains("norm") && name.ends_with("weight");
    let of = |v: f64| match shape {
        _ if plain => v,
        [_] => v / 5.0 + if is_norm { 1.0 } else { 0.0 },
        _ => v * (3.0 / shape[1..].iter().product::<i64>() as f64).sqrt(),
    };
    let values: Vec<f32> = (1..=count)
        .map(|k| {
            let z = hash.wrapping_add(k.wrapping_mul(0x9e37_79b9_7f4a_7c15));
            let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            let z = z ^ (z >> 31);
            of((z >> 40) as f64 / (1 << 23) as f64 - 1.0) as f32
        })
        .collect();
    Tensor::from_slice(&values).view(shape)
}

struct Golden {
    config: UNet2dConfig,
    file: Value,
}

impl Golden {
    fn read(name: &str) -> Golden {
        let path = format!("{}/tests/reference/unet-more-{name}.json", env!("CARGO_MANIFEST_DIR"));
        let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        Golden { config: UNet2dConfig::from_json(&file["config"].to_string()).unwrap(), file }
    }

    fn numbers(&self, key: &str) -> Vec<f64> {
        serde_json::from_value(self.file[key].clone()).unwrap()
    }

    /// The size of the pictures, which is in the config.
    fn size(&self) -> [i64; 2] {
        let size = &self.file["config"]["sample_size"];
        size.as_i64().map_or_else(|| serde_json::from_value(size.clone()).unwrap(), |side| [side; 2])
    }

    fn given(&self) -> Given {
        let labels = &self.file["labels"];
        let class = labels.is_array().then(|| {
            let labels: Vec<i64> = serde_json::from_value(labels.clone()).unwrap();
            Tensor::from_slice(&labels)
        });
        let width = 4 * self.config.block_out_channels[0] as i64;
        let identity = self.file["config"]["class_embed_type"] == "identity";
        Given { class, vector: identity.then(|| wave("io.vector", &[2, width])), ..Given::default() }
    }
}

fn check(name: &str) {
    let golden = Golden::read(name);
    let build = |scope: &_| UNet2d::new(&golden.config, scope).unwrap();
    let (weights, _) = Weights::create(0, Device::Cpu, build);
    let names: Vec<String> = serde_json::from_value(golden.file["names"].clone()).unwrap();
    assert_eq!(weights.names().collect::<Vec<_>>(), names, "the order of the state_dict");
    let shapes: Vec<Vec<i64>> = serde_json::from_value(golden.file["shapes"].clone()).unwrap();
    for ((name, shape), w) in names.iter().zip(&shapes).zip(weights.tensors()) {
        w.shallow_clone().copy_(&wave(name, shape));
    }
    let leaves = weights.leaves();
    let network = leaves.bind(build);
    let [height, width] = golden.size();
    let x = wave("io.x", &[2, golden.config.in_channels as i64, height, width]);
    let times = Tensor::from_slice(&golden.numbers("times")).to_kind(Kind::Float);
    let y = network.forward(&x, &times, &golden.given());
    let expected = Tensor::from_slice(&golden.numbers("y")).view_as(&y);
    let largest = |x: &Tensor| x.abs().max().double_value(&[]);
    let off = largest(&(&y - &expected).detach()) / largest(&expected);
    println!("{name}, output: {off:.1e}");
    assert!(off < CLOSE, "{name} is {off:e} of the largest value off");

    let loss = (&y - wave("io.target", &y.size())).square().mean(Kind::Float);
    let trained: Vec<(String, Tensor)> =
        leaves.names().map(str::to_owned).zip(leaves.tensors()).filter(|(_, w)| w.requires_grad()).collect();
    assert_eq!(trained.len(), golden.file["slopes"].as_object().unwrap().len(), "as many weights are trained");
    let gradients = Tensor::run_backward(&[loss], &trained.iter().map(|(_, w)| w).collect::<Vec<_>>(), false, false);
    let slope = |weight: &str| serde_json::from_value::<[f64; 2]>(golden.file["slopes"][weight].clone()).unwrap();
    let mut worst = 0f64;
    for ((weight, _), gradient) in trained.iter().zip(gradients) {
        let direction = wave(&format!("slope.{weight}"), &gradient.size()).to_kind(Kind::Double);
        let [expected, norm] = slope(weight);
        // A bias of the keys shifts all logits of a query alike, so its gradient is 0 and what is left is rounding.
        let norm = if weight.ends_with("to_k.bias") { slope(&weight.replace("to_k", "to_v"))[1] } else { norm };
        let got = (gradient.to_kind(Kind::Double) * &direction).sum(Kind::Double).double_value(&[]);
        let scale = norm * direction.norm().double_value(&[]);
        worst = worst.max((got - expected).abs() / scale);
        assert!(
            (got - expected).abs() < CLOSE * scale,
            "{name}, {weight}: slope {got:e}, not {expected:e}; scale {scale:e}"
        );
    }
    println!("{name}, slopes: {worst:.1e}");
}

#[test]
fn the_picture_is_carried_along_as_in_diffusers() {
    check("skip");
    check("part-skip");
}

#[test]
fn and_with_attention() {
    check("attn-skip");
}

#[test]
fn a_network_without_a_mid_block_is_that_of_diffusers() {
    check("no-mid");
}

#[test]
fn learned_times_are_those_of_diffusers() {
    check("learned");
}

#[test]
fn classes_that_go_the_way_of_times_are_those_of_diffusers() {
    check("timestep-class");
}

#[test]
fn vectors_that_are_added_are_those_of_diffusers() {
    check("identity-class");
}
