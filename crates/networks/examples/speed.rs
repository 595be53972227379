use ito_networks::{UNet, UNetConfig};
use ito_torch::{Weights, workers};
use std::time::Instant;
use tch::{Device, Kind, Tensor};
struct W { leaves: Vec<Tensor>, net: UNet }
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let micro: i64 = a[1].parse().unwrap();
    let ch: Vec<usize> = a[2].split(',').map(|s| s.parse().unwrap()).collect();
    let threads: usize = a[3].parse().unwrap();
    let cl = a[4] == "cl";
    let config = UNetConfig { channels: ch, ..UNetConfig::default() };
    let (weights, _) = Weights::create(0, Device::Cpu, |s| UNet::new(&config, [1, 28, 28], s));
    let mut ws: Vec<W> = (0..threads).map(|_| { let l = weights.leaves(); let net = l.bind(|s| UNet::new(&config, [1, 28, 28], s)).unwrap(); W { leaves: l.trained(), net } }).collect();
    println!("parameters {}", weights.count());
    for round in 0..3 {
        let jobs = 8 * threads;
        let t0 = Instant::now();
        workers::over(&mut ws, jobs, |w, _| {
            let mut x = Tensor::ones([micro, 1, 28, 28], (Kind::Float, Device::Cpu)) * 0.3;
            if cl { x = x.pixel_unshuffle(2); let s = x.size(); x = x.permute([0, 2, 3, 1]).contiguous().permute([0, 3, 1, 2]); let _ = s; }
            let t = Tensor::ones([micro], (Kind::Float, Device::Cpu)) * 0.5;
            let y = w.net.forward(&x, &t);
            let loss = y.mse_loss(&(y.detach() + 1.0), tch::Reduction::Mean);
            let _g = Tensor::f_run_backward(&[&loss], &w.leaves, false, false).unwrap();
        });
        let s = t0.elapsed().as_secs_f64();
        let t0 = Instant::now();
        workers::over(&mut ws, jobs, |w, _| {
            let _g = tch::no_grad_guard();
            let x = Tensor::ones([micro, 1, 28, 28], (Kind::Float, Device::Cpu)) * 0.3;
            let t = Tensor::ones([micro], (Kind::Float, Device::Cpu)) * 0.5;
            let _ = if cl { x } else { w.net.forward(&x, &t) };
        });
        let f = t0.elapsed().as_secs_f64();
        println!("round {round}: train {:.0} img/s  forward {:.0} img/s", (jobs as i64 * micro) as f64 / s, (jobs as i64 * micro) as f64 / f);
    }
}
