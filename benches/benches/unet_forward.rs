//! diffusers' U-Net for MNIST, 64 pictures on all cores in micro-batches of 8, evaluated without gradients; beside it matrix products
//! of libtorch, in the same run. The pairs with other programs: `peers/unet_forward.py`.
#![allow(missing_docs)]
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use ito_networks::{Given, Network, UNet2d, UNet2dConfig};
use ito_noise::Stream;
use ito_torch::kernels::Level;
use ito_torch::{Weights, keep_freed_memory, workers};
use std::sync::Mutex;
use tch::{Device, Kind, Tensor};

const BATCH: i64 = 64;
const ROWS: i64 = 8;
/// Rows and columns of the matrices.
const SIZE: i64 = 1536;
/// Channels of a convolution that libtorch is good at.
const WIDE: i64 = 256;
/// Multiplications and additions of one picture's convolutions and linear maps.
const FLOP: f64 = 0.575e9;
const CONFIG: &str = r#"{
    "_class_name": "UNet2DModel", "sample_size": 28, "in_channels": 1, "out_channels": 1, "layers_per_block": 2,
    "block_out_channels": [32, 64, 64], "down_block_types": ["DownBlock2D", "AttnDownBlock2D", "DownBlock2D"],
    "up_block_types": ["UpBlock2D", "AttnUpBlock2D", "UpBlock2D"], "attention_head_dim": 8, "norm_num_groups": 32,
    "time_embedding_type": "positional", "downsample_padding": 1, "flip_sin_to_cos": true, "freq_shift": 0
}"#;

fn unet_forward(criterion: &mut Criterion) {
    // Idle threads of the intra-op pool would wait at full speed beside the workers.
    tch::set_num_threads(1);
    keep_freed_memory();
    let mut kinds = vec![Kind::Float];
    if Level::best() == Level::Avx512Bf16 {
        kinds.push(Kind::BFloat16);
    }
    let threads = workers::available();
    let config = UNet2dConfig::from_json(CONFIG).expect("a configuration");
    let build = |scope: &ito_torch::Scope| UNet2d::new(&config, scope).expect("a network");
    let (weights, _) = Weights::create(0, Device::Cpu, build);
    let mut values = vec![0f32; (BATCH * 28 * 28) as usize];
    Stream::new(0, "pictures").fill_normal_f32(0, 0, &mut values);
    let x = Tensor::from_slice(&values).view([BATCH, 1, 28, 28]);
    let t = Tensor::arange(BATCH, (Kind::Float, Device::Cpu)) * 15.0;
    let mut group = criterion.benchmark_group("unet_forward");
    group.sample_size(20);
    for &kind in &kinds {
        let own = weights.map(|w| w.to_kind(kind));
        let mut networks: Vec<UNet2d> = (0..threads).map(|_| own.bind(build)).collect();
        group.throughput(Throughput::Elements(BATCH as u64));
        group.bench_function(format!("{kind:?}"), |bench| {
            bench.iter(|| {
                let pairs = x.to_kind(kind).split(ROWS, 0).into_iter().zip(t.split(ROWS, 0));
                let pairs: Vec<_> = pairs.map(Mutex::new).collect();
                let parts = workers::over(&mut networks, pairs.len(), |network, k| {
                    let _no_grad = tch::no_grad_guard();
                    let pair = pairs[k].lock().expect("no job panicked");
                    network.forward(&pair.0, &pair.1, &Given::default())
                });
                Tensor::cat(&parts, 0)
            });
        });
    }
    // The same number of multiplications as the network's 64 pictures: the time is the floor.
    for &kind in &kinds {
        let whole = |shape: &[i64]| Tensor::full(shape, 0.25, (Kind::Float, Device::Cpu)).to_kind(kind);
        let last = |shape: [i64; 4]| whole(&shape).permute([0, 3, 1, 2]);
        let matrices = || [whole(&[SIZE, SIZE]), whole(&[SIZE, SIZE])];
        let multiply = |[a, b]: &mut [Tensor; 2]| a.matmul(b);
        floor(&mut group, &format!("matrices/{kind:?}"), matrices, multiply, 2.0 * (SIZE as f64).powi(3));
        let pictures = || [last([ROWS, 28, 28, WIDE]), last([WIDE, 3, 3, WIDE])];
        let convolve = |[x, w]: &mut [Tensor; 2]| x.conv2d(w, None::<Tensor>, [1; 2], [1; 2], [1; 2], 1);
        floor(
            &mut group,
            &format!("channels/{kind:?}"),
            pictures,
            convolve,
            2.0 * (ROWS * 784 * 9 * WIDE * WIDE) as f64,
        );
    }
    group.finish();
}

/// The products of a batch, done by `run` on every core: each `flop` multiplications and additions.
fn floor(
    group: &mut BenchmarkGroup<WallTime>,
    name: &str,
    make: impl Fn() -> [Tensor; 2],
    run: impl Fn(&mut [Tensor; 2]) -> Tensor + Sync,
    flop: f64,
) {
    let mut pairs: Vec<[Tensor; 2]> = (0..workers::available()).map(|_| make()).collect();
    let products = (FLOP * BATCH as f64 / flop).round() as usize;
    group.throughput(Throughput::Elements(products as u64 * flop as u64));
    group.bench_function(name, |bench| {
        bench.iter(|| workers::over(&mut pairs, products, |pair, _| run(pair).size()[0]))
    });
}

criterion_group!(benches, unet_forward);
criterion_main!(benches);
