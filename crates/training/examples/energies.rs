//! An energy learned from points of a mixture by each of three objectives: how far its score is off, and points drawn from it.
//!
//! `cargo run --release -p ito-training --example energies -- OBJECTIVE STEPS [LR] [BATCH] > points.csv`, OBJECTIVE one of dsm, ssm, pcd.
use ito_data::{Examples, Toy};
use ito_networks::{Given, Interface, MlpConfig, NetworkConfig, Predictor};
use ito_noise::{SampleNoise, Stream};
use ito_samplers::Denoiser;
use ito_schedules::{Path, Prediction, Straight};
use ito_state::{Batch, Noise, Rows};
use ito_torch::{HostNoise, State};
use ito_training::config::ObjectiveName;
use ito_training::{Config, Plan, Trainer, generate};
use tch::{Device, Kind, Tensor};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().collect();
    let number = |k: usize, default: f64| words.get(k).and_then(|word| word.parse().ok()).unwrap_or(default);
    let objective = match words.get(1).map(String::as_str) {
        Some("ssm") => ObjectiveName::Ssm,
        Some("pcd") => ObjectiveName::Pcd,
        _ => ObjectiveName::Dsm,
    };
    let mut config = Config {
        network: NetworkConfig::Energy(MlpConfig { width: 64, blocks: 2, ..MlpConfig::default() }),
        ..Config::default()
    };
    (config.train.objective, config.train.steps) = (objective, number(2, 1000.0) as u64);
    (config.train.lr, config.train.batch) = (number(3, 2e-3), number(4, 256.0) as usize);
    config.sample.n = 4096;
    config.sample.sampler = "heun".to_owned();
    if objective == ObjectiveName::Pcd {
        (config.sample.sampler, config.sample.steps) = ("langevin".to_owned(), 1000);
    }
    let points = Toy::Mixture.draw(Stream::new(0, "toy"), 0, 50_000).values.into_iter().map(|x| x as f32).collect();
    let mut trainer = Trainer::new(config, Examples::points(2, points), Device::Cpu)?;
    let begun = std::time::Instant::now();
    for _ in 0..number(2, 1000.0) as u64 {
        let report = trainer.step()?;
        if report.step.is_multiple_of(100) {
            eprintln!("step {}: loss {:.4}, gradient {:.3}", report.step, report.loss, report.grad_norm);
        }
    }
    eprintln!("{:.1} s", begun.elapsed().as_secs_f64());
    if objective != ObjectiveName::Pcd {
        score_error(&trainer);
    }
    let drawn = generate(trainer.average(), &Plan::new(trainer.config(), Device::Cpu)?, &|_| ())?;
    for point in drawn.values.chunks_exact(2) {
        println!("{},{}", point[0], point[1]);
    }
    Ok(())
}

/// `E |s' - s|^2 / E |s|^2` at levels of the straight path, x drawn from the law there.
fn score_error(trainer: &Trainer) {
    let (config, given) = (trainer.config(), Given::default());
    let build = |scope: &_| config.network.build(&Interface::plain(&[2]), scope);
    let network = trainer.average().bind(build).expect("the trainer built it");
    let preconditioning = config.preconditioning().expect("a run has them");
    let (clock, dtype, prediction) = (config.clock(), Kind::Float, Prediction::Velocity);
    let model =
        Predictor { network: &*network, dtype, clock, given: &given, preconditioning, prediction, path: &Straight };
    let (mut off, mut all) = (0.0, 0.0);
    for k in 1..20 {
        let level = Straight.at(0.05 * f64::from(k));
        let n = 4000;
        let x0 = Toy::Mixture.draw(Stream::new(1, "score"), 0, n);
        let x0 = State(Tensor::from_slice(&x0.values).to_kind(Kind::Double).view([n as i64, 2]));
        let eps = HostNoise(SampleNoise::consecutive(Stream::new(1, "noise"), 0, n)).normal_like(&x0);
        let x = State::lincomb(&[(level.alpha, &x0), (level.sigma, &eps)]);
        let denoised = model.denoise(&x, &[level]);
        let variance = level.sigma.powi(2);
        let learned = State::lincomb(&[(level.alpha / variance, &denoised), (-1.0 / variance, &x)]);
        let exact = State(exact_score(&x.0, level.alpha, level.sigma));
        let sum = |x: &State| x.dot_rows(x).iter().sum::<f64>() / n as f64;
        let (error, size) = (sum(&State::lincomb(&[(1.0, &learned), (-1.0, &exact)])), sum(&exact));
        eprintln!("t = {:.2}: {:.2} %", level.t, 100.0 * error / size);
        (off, all) = (off + variance * error, all + variance * size);
    }
    eprintln!("all, weighted by sigma^2: {:.2} %", 100.0 * off / all);
}

/// The score of the mixture at a level, its parts with means `alpha m` and variance `alpha^2 d^2 + sigma^2`.
fn exact_score(x: &Tensor, alpha: f64, sigma: f64) -> Tensor {
    use ito_data::toy::mixture::{DEVIATION, means};
    let variance = (alpha * DEVIATION).powi(2) + sigma * sigma;
    let centres = Tensor::from_slice(&means().concat()).view([8, 2]) * alpha;
    let towards = centres.unsqueeze(0) - x.unsqueeze(1);
    let logits = towards.square().sum_dim_intlist([2i64].as_slice(), false, Kind::Double) / (-2.0 * variance);
    (logits.softmax(1, Kind::Double).unsqueeze(2) * towards).sum_dim_intlist([1i64].as_slice(), false, Kind::Double)
        / variance
}
