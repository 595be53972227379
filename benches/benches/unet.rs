//! The default network on the CPU, one thread, one micro-batch: forward alone, and forward with gradients.
#![allow(missing_docs)]
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ito_networks::{Interface, UNet, UNetConfig};
use ito_torch::Weights;
use tch::{Device, Kind, Tensor};

const ROWS: i64 = 32;

fn unet(criterion: &mut Criterion) {
    tch::set_num_threads(1);
    let config = UNetConfig::default();
    let build = |scope: &ito_torch::Scope| {
        UNet::new(&config, &Interface::plain(&[1, 28, 28]), scope).expect("the default network")
    };
    let (weights, _) = Weights::create(0, Device::Cpu, build);
    let leaves = weights.leaves();
    let (network, trained) = (leaves.bind(build), leaves.trained());
    let x = Tensor::full([ROWS, 1, 28, 28], 0.3, (Kind::Float, Device::Cpu));
    let t = Tensor::full([ROWS], 0.5, (Kind::Float, Device::Cpu));
    let mut group = criterion.benchmark_group("unet");
    group.throughput(Throughput::Elements(ROWS as u64)).sample_size(20);
    group.bench_function("forward", |bench| {
        let _no_grad = tch::no_grad_guard();
        bench.iter(|| network.forward(&x, &t));
    });
    group.bench_function("gradients", |bench| {
        bench.iter(|| {
            let loss = network.forward(&x, &t).square().mean(Kind::Float);
            Tensor::f_run_backward(&[&loss], &trained, false, false).expect("gradients")
        });
    });
    group.finish();
}

criterion_group!(benches, unet);
criterion_main!(benches);
