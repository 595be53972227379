//! A run: it learns, it goes on after a cut as if there had been none, it refuses what makes no sense.
use ito_data::Images;
use ito_networks::{NetworkConfig, UNetConfig};
use ito_training::config::{PredictionName, TrainConfig};
use ito_training::{Checkpoint, Config, Event, Outcome, PathName, RunFolder, TrainError, Trainer, train};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use tch::Device;

/// 64 pictures of 8 x 8 with one bright bar each.
fn bars() -> Images {
    let pixels = (0..64usize).flat_map(|k| (0..64usize).map(move |p| if p / 8 == k % 8 { 255 } else { 0 })).collect();
    Images { channels: 1, height: 8, width: 8, pixels, labels: None }
}

fn config(steps: u64) -> Config {
    let mut config = Config { network: NetworkConfig::Unet(tiny()), ..Config::default() };
    config.train = TrainConfig { steps, batch: 12, micro_batch: 5, warmup: 4, ..config.train };
    config.sample.n = 4;
    config.sample.steps = 3;
    config.checkpoint.every = 4;
    config
}

fn tiny() -> UNetConfig {
    UNetConfig { patch: 1, channels: vec![8, 16], groups: 4, head_dim: 8, ..UNetConfig::default() }
}

fn trainer(config: Config) -> Trainer {
    Trainer::new(config, bars(), Device::Cpu).unwrap()
}

fn run(trainer: &mut Trainer, folder: &RunFolder, stop_after: u64) -> Outcome {
    let stop = AtomicBool::new(false);
    let mut watch = |event: Event| {
        if matches!(event, Event::Step(report, _) if report.step == stop_after) {
            stop.store(true, std::sync::atomic::Ordering::Relaxed);
        }
        Ok(())
    };
    train(trainer, folder, &stop, &mut watch).unwrap()
}

fn bits(trainer: &Trainer) -> Vec<u32> {
    let all = trainer.weights().tensors().into_iter().chain(trainer.average().tensors());
    all.flat_map(|w| Vec::<f32>::try_from(w.flatten(0, -1)).unwrap()).map(f32::to_bits).collect()
}

fn copy_of(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() { copy_of(&path, &target) } else { std::fs::copy(&path, &target).map(|_| ()).unwrap() }
    }
}

#[test]
fn the_loss_falls() {
    let mut trainer = trainer(config(120));
    let losses: Vec<f64> = (0..120).map(|_| trainer.step().unwrap().loss).collect();
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
    assert!(mean(&losses[100..]) < 0.7 * mean(&losses[..10]), "{losses:?}");
}

#[test]
fn a_run_that_was_cut_off_goes_on_bit_for_bit() {
    let (root, cut) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let folder = RunFolder::create(&root.path().join("whole"), &config(11)).unwrap();
    let mut whole = trainer(config(11));
    assert_eq!(run(&mut whole, &folder, 0), Outcome::Finished);

    let folder = RunFolder::create(&root.path().join("cut"), &config(11)).unwrap();
    assert_eq!(run(&mut trainer(config(11)), &folder, 6), Outcome::Stopped);
    copy_of(folder.root(), &cut.path().join("run"));
    let folder = RunFolder::reopen(&cut.path().join("run")).unwrap();
    let last = folder.all_checkpoints().unwrap().pop().unwrap();
    assert_eq!(last.step, 6);
    let mut resumed = trainer(folder.config().unwrap());
    resumed.load(&last).unwrap();
    assert_eq!(run(&mut resumed, &folder, 0), Outcome::Finished);
    assert_eq!(bits(&resumed), bits(&whole));
    let lines = std::fs::read_to_string(folder.root().join("metrics.jsonl")).unwrap();
    assert_eq!(lines.lines().filter(|line| line.contains("grad_norm")).count(), 11);
}

#[test]
fn damaged_checkpoints_give_way_to_the_newest_good_one() {
    let root = tempfile::tempdir().unwrap();
    let folder = RunFolder::create(root.path(), &config(12)).unwrap();
    run(&mut trainer(config(12)), &folder, 0);
    let all = folder.all_checkpoints().unwrap();
    assert_eq!(all.iter().map(|c| c.step).collect::<Vec<_>>(), [4, 8, 12]);
    let broken = all[2].folder.join("optimiser-first.safetensors");
    let bytes = std::fs::read(&broken).unwrap();
    std::fs::write(&broken, &bytes[..bytes.len() / 2]).unwrap();
    std::fs::write(all[1].folder.join("state.json"), "{").unwrap();
    let mut named = Vec::new();
    let load = |c: &Checkpoint| trainer(config(12)).load(c);
    let good = folder.newest_good(load, &mut |c, e| named.push(format!("{} {e}", c.step))).unwrap();
    assert_eq!(good.step, 4);
    assert!(named[0].starts_with("12 ") && named[0].contains("optimiser-first"), "{named:?}");
    assert!(named[1].starts_with("8 ") && named[1].contains("state.json"), "{named:?}");
}

#[test]
fn only_the_newest_checkpoints_are_kept() {
    let root = tempfile::tempdir().unwrap();
    let mut config = config(12);
    config.checkpoint.keep = 2;
    let folder = RunFolder::create(root.path(), &config).unwrap();
    run(&mut trainer(config), &folder, 0);
    assert_eq!(folder.all_checkpoints().unwrap().iter().map(|c| c.step).collect::<Vec<_>>(), [8, 12]);
}

#[test]
fn a_checkpoint_of_another_network_or_seed_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let folder = RunFolder::create(root.path(), &config(4)).unwrap();
    run(&mut trainer(config(4)), &folder, 0);
    let last = folder.all_checkpoints().unwrap().pop().unwrap();
    let wider = Config { network: NetworkConfig::Unet(UNetConfig { channels: vec![8, 24], ..tiny() }), ..config(4) };
    let error = trainer(wider).load(&last).unwrap_err();
    assert!(!Checkpoint::is_damage(&error) && error.to_string().contains("does not fit the network"), "{error}");
    let mut reseeded = config(4);
    reseeded.train.seed = 9;
    let error = trainer(reseeded).load(&last).unwrap_err();
    assert!(!Checkpoint::is_damage(&error) && error.to_string().contains("train.seed"), "{error}");
}

#[test]
fn minutes_become_steps_once() {
    let root = tempfile::tempdir().unwrap();
    let mut timed = config(0);
    timed.train.minutes = 0.05;
    let folder = RunFolder::create(root.path(), &timed).unwrap();
    let mut trainer = trainer(timed);
    assert_eq!(run(&mut trainer, &folder, 0), Outcome::Finished);
    let written = folder.config().unwrap().train.steps;
    assert!(written > 0 && written == trainer.steps_done());
}

fn refused(change: impl FnOnce(&mut Config), sentence: &str) {
    let mut config = config(4);
    change(&mut config);
    match Trainer::new(config, bars(), Device::Cpu) {
        Err(error @ (TrainError::Config(_) | TrainError::Network(_))) => {
            assert!(error.to_string().contains(sentence), "{error}");
        }
        Err(error) => panic!("another error: {error}"),
        Ok(_) => panic!("accepted, though {sentence}"),
    }
}

#[test]
fn values_that_make_no_run_are_named() {
    refused(|c| c.train.batch = 0, "train.batch = 0");
    refused(|c| c.train.lr = f64::NAN, "train.lr = NaN");
    refused(|c| c.data.held_out = 0.9, "data.held_out = 0.9");
    refused(|c| c.path.t_max = 1.5, "path.t_max = 1.5");
    refused(|c| c.network = NetworkConfig::Unet(UNetConfig { groups: 3, ..tiny() }), "network.groups = 3");
    refused(|c| c.train.prediction = PredictionName::Eps, "singular at t = 1");
    let singular_at_data = |c: &mut Config| {
        c.path.name = PathName::VpLinear;
        c.train.prediction = PredictionName::Velocity;
    };
    refused(singular_at_data, "singular at t = 0");
}

#[test]
fn every_prediction_trains_on_a_path_it_goes_with() {
    let pairs = [
        (PathName::Straight, PredictionName::V, 1.0),
        (PathName::Straight, PredictionName::Eps, 0.99),
        (PathName::VpLinear, PredictionName::Eps, 1.0),
        (PathName::VpCosine, PredictionName::V, 1.0),
        (PathName::VpCosine, PredictionName::X0, 1.0),
    ];
    for (name, prediction, t_max) in pairs {
        let mut config = config(3);
        (config.path.name, config.path.t_max, config.train.prediction) = (name, t_max, prediction);
        let mut trainer = trainer(config);
        let report = (0..3).map(|_| trainer.step().unwrap()).last().unwrap();
        assert!(report.updated && report.loss.is_finite(), "{name:?} {prediction:?}: {report:?}");
        assert!(trainer.draw().unwrap().values.iter().all(|p| p.is_finite()), "{name:?} {prediction:?}");
    }
}

#[test]
fn a_loss_that_is_not_finite_is_refused_written_down_and_at_last_ends_the_run() {
    let mut config = config(50);
    config.train.lr = 1e30;
    config.train.warmup = 1;
    config.train.non_finite_limit = 3;
    let root = tempfile::tempdir().unwrap();
    let folder = RunFolder::create(root.path(), &config).unwrap();
    let mut trainer = trainer(config);
    let error = train(&mut trainer, &folder, &AtomicBool::new(false), &mut |_| Ok(())).unwrap_err();
    assert!(matches!(error, TrainError::NonFinite { count: 3, .. }), "{error}");
    assert!(trainer.weights().tensors().iter().all(|w| w.isfinite().all().int64_value(&[]) == 1));
    let lines = std::fs::read_to_string(folder.root().join("metrics.jsonl")).unwrap();
    assert_eq!(lines.lines().filter(|line| line.contains("\"updated\":false")).count(), 3, "{lines}");
}

#[test]
fn a_batch_of_more_micro_batches_than_are_held_at_once_is_one_batch() {
    let gradient_norm = |micro_batch| {
        let mut config = config(1);
        config.train = TrainConfig { batch: 60, micro_batch, ..config.train };
        trainer(config).step().unwrap()
    };
    let (many, few) = (gradient_norm(2), gradient_norm(30));
    assert!(
        (many.loss - few.loss).abs() < 1e-5 * few.loss && (many.grad_norm - few.grad_norm).abs() < 1e-4 * few.grad_norm
    );
}
