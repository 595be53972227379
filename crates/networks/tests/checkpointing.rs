//! Blocks computed twice: the same gradients, bit for bit.
use ito_networks::{Interface, UNet, UNetConfig};
use ito_torch::Weights;
use tch::{Device, Kind, Tensor};

fn wave(shape: &[i64], phase: f64) -> Tensor {
    let count = shape.iter().product::<i64>();
    (Tensor::arange(count, (Kind::Float, Device::Cpu)) * 0.37 + phase).sin().view(shape)
}

/// Loss and gradients of the weights and of the picture.
fn gradients(config: &UNetConfig) -> Vec<Tensor> {
    let build = |scope: &_| UNet::new(config, &Interface::plain(&[2, 9, 9]), scope).unwrap();
    let (weights, _) = Weights::create(3, Device::Cpu, build);
    // Zero-initialised layers would hide most of the network.
    for (k, w) in weights.tensors().iter().enumerate() {
        let _ = w.shallow_clone().g_add_(&(wave(&w.size(), k as f64) * 0.1));
    }
    let leaves = weights.leaves();
    let network = leaves.bind(build);
    let x = wave(&[3, 2, 9, 9], 0.5).set_requires_grad(true);
    let said = network.forward(&x, &Tensor::from_slice(&[0.1f32, 0.5, 0.9]));
    let loss = (said - 1.0).square().mean(Kind::Float);
    let mut targets = leaves.trained();
    targets.push(x);
    let mut all = Tensor::f_run_backward(&[&loss], &targets, false, false).unwrap();
    all.push(loss.detach());
    all
}

fn check_bit_equal(config: UNetConfig) {
    tch::set_num_threads(1);
    let kept = gradients(&config);
    let twice = gradients(&UNetConfig { checkpointing: true, ..config.clone() });
    assert_eq!(kept.len(), twice.len());
    for (k, (a, b)) in kept.iter().zip(&twice).enumerate() {
        assert!(a.equal(b), "{config:?}: tensor {k} of {} is off by {}", kept.len(), (a - b).abs().max());
    }
}

#[test]
fn a_unet_that_computes_its_blocks_twice_has_the_same_gradients() {
    let tiny = UNetConfig { patch: 1, channels: vec![8, 16], groups: 4, head_dim: 8, ..UNetConfig::default() };
    check_bit_equal(tiny.clone());
    check_bit_equal(UNetConfig { layers: 2, attention_levels: vec![0, 1], ..tiny.clone() });
    check_bit_equal(UNetConfig { patch: 2, channels: vec![8, 8, 16], attention_levels: vec![], ..tiny });
}
