//! The U-Net's shapes, its start, its independence of rows.
use ito_networks::{ConfigError, Interface, TimeFeatures, UNet, UNetConfig};
use ito_torch::Weights;
use tch::{Device, Kind, Tensor};

fn tiny() -> UNetConfig {
    UNetConfig { patch: 1, channels: vec![8, 16], groups: 4, head_dim: 8, ..UNetConfig::default() }
}

fn made(config: &UNetConfig, picture: [usize; 3]) -> (Weights, UNet) {
    let (weights, network) =
        Weights::create(3, Device::Cpu, |scope| UNet::new(config, &Interface::plain(&picture), scope));
    (weights, network.unwrap())
}

/// Zero-initialised layers would hide most of the network.
fn shaken(config: &UNetConfig, picture: [usize; 3]) -> UNet {
    let (weights, network) = made(config, picture);
    for (k, w) in weights.tensors().iter().enumerate() {
        let n = w.numel() as i64;
        let wave = (Tensor::arange(n, (Kind::Float, Device::Cpu)) * 1.7 + k as f64).sin() * 0.1;
        let _ = w.shallow_clone().g_add_(&wave.view_as(w));
    }
    network
}

fn picture(rows: i64, shape: [usize; 3]) -> Tensor {
    let [c, h, w] = shape.map(|n| n as i64);
    (Tensor::arange(rows * c * h * w, (Kind::Float, Device::Cpu)) * 0.37).sin().view([rows, c, h, w])
}

fn keeps_shape(config: &UNetConfig, shape: [usize; 3]) {
    let network = shaken(config, shape);
    let x = picture(2, shape);
    let y = network.forward(&x, &Tensor::from_slice(&[0.1f32, 0.9]));
    assert_eq!(y.size(), x.size(), "{config:?}");
    assert!(y.isfinite().all().int64_value(&[]) == 1 && y.std(true).double_value(&[]) > 1e-3);
}

#[test]
fn any_size_comes_back_as_it_was() {
    for side in [7, 8, 13, 28] {
        keeps_shape(&tiny(), [1, side, side]);
        keeps_shape(
            &UNetConfig { channels: vec![8, 8, 16], attention_levels: vec![1, 2], ..tiny() },
            [3, side, side + 2],
        );
    }
    for side in [7, 28, 29] {
        keeps_shape(&UNetConfig { patch: 2, ..tiny() }, [1, side, side]);
        keeps_shape(&UNetConfig { patch: 3, ..tiny() }, [2, side, side + 1]);
    }
    keeps_shape(&UNetConfig { patch: 4, layers: 2, attention_levels: vec![0, 1], head_dim: 4, ..tiny() }, [1, 28, 28]);
    keeps_shape(&UNetConfig { time: TimeFeatures::Fourier, ..tiny() }, [1, 9, 9]);
}

#[test]
fn a_new_network_says_zero() {
    let (_, network) = made(&tiny(), [1, 8, 8]);
    let y = network.forward(&picture(2, [1, 8, 8]), &Tensor::from_slice(&[0.2f32, 0.7]));
    assert_eq!(y.abs().max().double_value(&[]), 0.0);
}

#[test]
fn every_trained_weight_has_a_gradient() {
    let configs = [
        tiny(),
        UNetConfig { layers: 0, attention_levels: vec![0, 1], ..tiny() },
        UNetConfig { layers: 2, middle: 1, attention_levels: vec![], patch: 2, ..tiny() },
        UNetConfig { time: TimeFeatures::Fourier, channels: vec![8], attention_levels: vec![0], ..tiny() },
    ];
    for config in configs {
        let (weights, _) = made(&config, [1, 8, 8]);
        let leaves = weights.leaves();
        let network = leaves.bind(|scope| UNet::new(&config, &Interface::plain(&[1, 8, 8]), scope)).unwrap();
        let loss = (network.forward(&picture(2, [1, 8, 8]), &Tensor::from_slice(&[0.2f32, 0.7])) - 1.0).square();
        let gradients = Tensor::f_run_backward(&[&loss.mean(Kind::Float)], &leaves.trained(), false, false).unwrap();
        assert!(gradients.iter().all(Tensor::defined), "{config:?}");
    }
}

#[test]
fn a_file_loaded_later_reaches_the_frequencies_too() {
    let config = UNetConfig { time: TimeFeatures::Fourier, ..tiny() };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.safetensors");
    let network_of = |seed| {
        Weights::create(seed, Device::Cpu, |scope| UNet::new(&config, &Interface::plain(&[1, 8, 8]), scope).unwrap())
    };
    let ((mut a, first), (b, second)) = (network_of(1), network_of(2));
    for weights in [&a, &b] {
        let last = weights.names().position(|name| name == "conv_out.weight").unwrap();
        let _ = weights.tensors()[last].shallow_clone().fill_(0.1);
        let conv2 = weights.names().position(|name| name == "up_blocks.0.resnets.0.conv2.weight").unwrap();
        let _ = weights.tensors()[conv2].shallow_clone().fill_(0.1);
    }
    b.save(&path, Default::default()).unwrap();
    let said = |network: &UNet| {
        let y = network.forward(&picture(1, [1, 8, 8]), &Tensor::from_slice(&[0.3f32]));
        Vec::<f32>::try_from(y.flatten(0, -1)).unwrap()
    };
    assert_ne!(said(&first), said(&second));
    a.load(&path).unwrap();
    assert_eq!(said(&first), said(&second));
}

#[test]
fn time_matters_and_rows_do_not_touch_each_other() {
    let network = shaken(&tiny(), [1, 8, 8]);
    let x = picture(3, [1, 8, 8]);
    let y = network.forward(&x, &Tensor::from_slice(&[0.2f32, 0.5, 0.7]));
    let alone = network.forward(&x.narrow(0, 1, 1), &Tensor::from_slice(&[0.5f32]));
    let largest = |d: Tensor| d.abs().max().double_value(&[]);
    assert!(largest(y.narrow(0, 1, 1) - &alone) < 1e-5);
    let later = network.forward(&x.narrow(0, 1, 1), &Tensor::from_slice(&[0.8f32]));
    assert!(largest(later - alone) > 1e-3);
}

#[test]
fn parameters_have_the_names_of_diffusers() {
    let (weights, _) = made(&tiny(), [1, 8, 8]);
    let names: Vec<&str> = weights.names().collect();
    for name in [
        "conv_in.weight",
        "time_embedding.linear_1.bias",
        "down_blocks.0.resnets.0.time_emb_proj.weight",
        "down_blocks.0.downsamplers.0.conv.weight",
        "mid_block.attentions.0.to_out.0.weight",
        "mid_block.attentions.0.group_norm.weight",
        "mid_block.resnets.1.conv2.bias",
        "up_blocks.0.resnets.0.norm2.weight",
        "up_blocks.0.upsamplers.0.conv.bias",
        "conv_norm_out.weight",
        "conv_out.weight",
    ] {
        assert!(names.contains(&name), "{name} is not among {names:?}");
    }
}

#[test]
fn a_shape_that_makes_no_network_is_refused_with_its_numbers() {
    let check = |config: UNetConfig, side: usize| config.check(&Interface::plain(&[1, side, side])).unwrap_err();
    let indivisible = |by, divisor| ConfigError::Indivisible { channels: 8, by, divisor };
    assert_eq!(check(UNetConfig { channels: vec![], ..tiny() }, 8), ConfigError::Zero("channels"));
    assert_eq!(check(UNetConfig { groups: 0, ..tiny() }, 8), ConfigError::Zero("groups"));
    assert_eq!(check(UNetConfig { groups: 3, ..tiny() }, 8), indivisible("groups", 3));
    assert_eq!(check(UNetConfig { attention_levels: vec![0], head_dim: 16, ..tiny() }, 8), indivisible("head_dim", 16));
    assert_eq!(
        check(UNetConfig { attention_levels: vec![2], ..tiny() }, 8),
        ConfigError::NoSuchLevel { level: 2, last: 1 }
    );
    assert_eq!(check(UNetConfig { time_features: 7, ..tiny() }, 8), ConfigError::OddFeatures(7));
    assert_eq!(check(tiny(), 1), ConfigError::TooDeep { height: 1, width: 1, levels: 2 });
}
