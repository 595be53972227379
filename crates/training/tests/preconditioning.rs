//! Preconditionings by name: each trains, draws, and refuses what it cannot go with.
use ito_data::Images;
use ito_networks::{NetworkConfig, UNetConfig};
use ito_training::config::{ClockName, PreconditioningName, PredictionName, TrainConfig};
use ito_training::{Config, PathName, TrainError, Trainer};
use tch::Device;

/// 32 pictures of 8 x 8 with one bright bar each.
fn bars() -> Images {
    let pixels = (0..32usize).flat_map(|k| (0..64usize).map(move |p| if p / 8 == k % 8 { 255 } else { 0 })).collect();
    Images { channels: 1, height: 8, width: 8, pixels, labels: None }
}

fn config(name: PreconditioningName, path: PathName, prediction: PredictionName) -> Config {
    let network = UNetConfig { patch: 1, channels: vec![8, 16], groups: 4, head_dim: 8, ..UNetConfig::default() };
    let mut config = Config { network: NetworkConfig::Unet(network), ..Config::default() };
    config.train = TrainConfig { steps: 60, batch: 12, micro_batch: 6, warmup: 4, ..config.train };
    (config.train.preconditioning, config.train.prediction, config.path.name) = (name, prediction, path);
    (config.sample.n, config.sample.steps) = (4, 6);
    config
}

fn learns(config: Config) {
    let said = format!("{:?} on {:?}", config.train.preconditioning, config.path.name);
    let mut trainer = Trainer::new(config, bars(), Device::Cpu).unwrap();
    let losses: Vec<f64> = (0..60).map(|_| trainer.step().unwrap().loss).collect();
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
    assert!(mean(&losses[40..]) < 0.8 * mean(&losses[..5]), "{said}: {losses:?}");
    assert!(trainer.draw().unwrap().values.iter().all(|p| p.is_finite()), "{said}");
}

#[test]
fn every_preconditioning_learns_on_the_path_of_its_paper() {
    use PreconditioningName::{Edm, Iddpm, None, Ve, Vp};
    learns(config(Vp, PathName::VpLinear, PredictionName::Eps));
    learns(config(Iddpm, PathName::VpLinear, PredictionName::Eps));
    learns(config(Ve, PathName::Ve, PredictionName::Eps));
    learns(config(None, PathName::VpLinear, PredictionName::Eps));
    let mut edm = config(Edm, PathName::Edm, PredictionName::F);
    edm.train.clock = Some(ClockName::Edm);
    // F of EDM's preconditioning is asked for as the prediction, so nothing stands around it.
    edm.train.preconditioning = None;
    learns(edm);
}

#[test]
fn a_preconditioning_of_noise_predicts_noise() {
    let config = config(PreconditioningName::Ve, PathName::Ve, PredictionName::X0);
    let Err(error @ TrainError::Config(_)) = Trainer::new(config, bars(), Device::Cpu) else { panic!("accepted") };
    assert!(error.to_string().contains("set train.prediction = \"eps\""), "{error}");
}

#[test]
fn where_no_data_is_left_it_is_refused() {
    let config = config(PreconditioningName::Ve, PathName::Straight, PredictionName::Eps);
    let Err(error @ TrainError::Config(_)) = Trainer::new(config, bars(), Device::Cpu) else { panic!("accepted") };
    assert!(error.to_string().contains("singular at t = 1"), "{error}");
}
