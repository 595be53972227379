//! Times the forward pass of a U-Net whenever it is asked: one line in, one line of milliseconds out. `peers/unet_forward.py` asks it
//! in turn with its peers.
//!
//!     unet_forward FOLDER THREADS ROWS
//!
//! `FOLDER` has `config.json`, `weights.safetensors` and `io.safetensors` with x, t and y, the peer's own output. Asked for `f32` or
//! `bf16` it answers with the time of x's forward pass and the distance to y over y's largest value; asked for `product f32` or
//! `product bf16`, with the time of a matrix product and its GFLOP/s.
use ito_networks::{Given, Network, UNet2d, UNet2dConfig};
use ito_torch::{Weights, workers};
use std::io::BufRead;
use std::path::Path;
use std::time::Instant;
use tch::{Device, Kind, Tensor};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, folder, threads, rows] = arguments.as_slice() else { panic!("unet_forward FOLDER THREADS ROWS") };
    let (threads, rows): (usize, i64) = (threads.parse().expect("a number"), rows.parse().expect("a number"));
    ito_torch::keep_freed_memory();
    // Idle threads of the intra-op pool would wait at full speed beside the workers.
    tch::set_num_threads(1);
    let folder = Path::new(folder);
    let config = std::fs::read_to_string(folder.join("config.json")).expect("config.json");
    let config = UNet2dConfig::from_json(&config).expect("a configuration");
    let (mut weights, _) = Weights::create(0, Device::Cpu, |scope| UNet2d::new(&config, scope).expect("a network"));
    weights.load(&folder.join("weights.safetensors")).expect("weights");
    let io = Tensor::read_safetensors(folder.join("io.safetensors")).expect("io.safetensors");
    let find = |wanted: &str| io.iter().find(|(name, _)| name == wanted).expect(wanted).1.shallow_clone();
    let (x, t, y) = (find("x"), find("t"), find("y"));
    let half = weights.map(|w| w.to_kind(Kind::BFloat16));
    let networks = |weights: &Weights| -> Vec<UNet2d> {
        (0..threads).map(|_| weights.bind(|scope| UNet2d::new(&config, scope)).expect("a network")).collect()
    };
    let (mut single, mut half) = (networks(&weights), networks(&half));
    for line in std::io::stdin().lock().lines() {
        match line.expect("a line").as_str() {
            "f32" => forward(&mut single, &x, &t, &y, rows, Kind::Float),
            "bf16" => forward(&mut half, &x, &t, &y, rows, Kind::BFloat16),
            "product f32" => product(threads, Kind::Float),
            "product bf16" => product(threads, Kind::BFloat16),
            other => panic!("{other}"),
        }
    }
}

fn forward(networks: &mut [UNet2d], x: &Tensor, t: &Tensor, y: &Tensor, rows: i64, kind: Kind) {
    let start = Instant::now();
    let xs: Vec<_> =
        x.to_kind(kind).split(rows, 0).into_iter().zip(t.split(rows, 0)).map(std::sync::Mutex::new).collect();
    let parts = workers::over(networks, xs.len(), |network, k| {
        let _no_grad = tch::no_grad_guard();
        let pair = xs[k].lock().expect("no panic");
        network.forward(&pair.0, &pair.1, &Given::default())
    });
    let got = Tensor::cat(&parts, 0);
    let took = start.elapsed().as_secs_f64() * 1e3;
    let largest = |x: Tensor| x.abs().max().double_value(&[]);
    println!("{took} {}", largest(got.to_kind(Kind::Float) - y) / largest(y.shallow_clone()));
}

/// A convolution of 256 channels: the fastest products that libtorch has here, twice as fast in f32 as those of matrices.
fn product(threads: usize, kind: Kind) {
    let last = |shape: [i64; 4]| Tensor::full(shape, 0.25, (kind, Device::Cpu)).permute([0, 3, 1, 2]);
    let make = |_| [last([8, 28, 28, 256]), last([256, 3, 3, 256])];
    let mut pairs: Vec<[Tensor; 2]> = (0..threads).map(make).collect();
    let start = Instant::now();
    workers::over(&mut pairs, 2 * threads, |[x, w], _| {
        x.conv2d(w, None::<Tensor>, [1; 2], [1; 2], [1; 2], 1).size()[0]
    });
    let took = start.elapsed().as_secs_f64();
    let each = 2.0 * 8.0 * 28.0 * 28.0 * 9.0 * 256.0 * 256.0;
    println!("{} {}", took * 1e3, each * 2.0 * threads as f64 / took / 1e9);
}
