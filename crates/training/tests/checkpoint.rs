//! Checkpoints and run folders: what is damaged is noticed and passed over, what a killed process left is cleared.
use ito_data::Images;
use ito_networks::{NetworkConfig, UNetConfig};
use ito_torch::WeightsError;
use ito_training::config::TrainConfig;
use ito_training::{Checkpoint, Config, RunFolder, TrainError, Trainer};
use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use tch::Device;
use tempfile::TempDir;

fn config() -> Config {
    let network = UNetConfig { patch: 1, channels: vec![8, 8], groups: 4, head_dim: 8, ..UNetConfig::default() };
    let mut config = Config { network: NetworkConfig::Unet(network), ..Config::default() };
    config.train = TrainConfig { batch: 2, micro_batch: 2, ..config.train };
    config
}

/// A trainer on 16 pictures of 8 x 8.
fn trainer(keep: usize) -> Trainer {
    let images =
        Images { channels: 1, height: 8, width: 8, pixels: (0..=255).cycle().take(1024).collect(), labels: None };
    let mut config = config();
    config.checkpoint.keep = keep;
    Trainer::new(config, images, Device::Cpu).unwrap()
}

/// A run with checkpoints after steps 1 to `last`, none removed.
fn saved(last: u64) -> (TempDir, RunFolder) {
    let root = tempfile::tempdir().unwrap();
    let folder = RunFolder::create(root.path(), &config()).unwrap();
    save(&mut trainer(0), &folder, last);
    (root, folder)
}

fn save(trainer: &mut Trainer, folder: &RunFolder, last: u64) {
    while trainer.steps_done() < last {
        trainer.step().unwrap();
        trainer.save(&folder.checkpoints()).unwrap();
    }
}

fn steps(folder: &RunFolder) -> Vec<u64> {
    folder.all_checkpoints().unwrap().iter().map(|checkpoint| checkpoint.step).collect()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Changes the lowest bit of the last byte, which is of the last tensor.
fn flip(file: &Path) {
    let mut bytes = fs::read(file).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(file, bytes).unwrap();
}

/// The step of the checkpoint that sampling (`average`) or training would take, and what was said on the way.
fn taken(folder: &RunFolder, average: bool) -> Result<(u64, Vec<String>), TrainError> {
    let mut trainer = trainer(0);
    let mut weights = trainer.average().map(tch::Tensor::copy);
    let mut said = Vec::new();
    let load = |c: &Checkpoint| if average { c.load_average(&mut weights) } else { trainer.load(c) };
    let good = folder.newest_good(load, &mut |_, error| said.push(error.to_string()))?;
    Ok((good.step, said))
}

#[test]
fn what_a_killed_process_left_is_gone_after_the_next_save() {
    let (_root, folder) = saved(1);
    for left in [".writing", ".old"] {
        fs::create_dir(folder.checkpoints().join(left)).unwrap();
        fs::write(folder.checkpoints().join(left).join("half"), "half").unwrap();
    }
    let mut trainer = trainer(0);
    trainer.load(&folder.all_checkpoints().unwrap()[0]).unwrap();
    save(&mut trainer, &folder, 2);
    assert_eq!(names(&folder.checkpoints()), ["step-00000001", "step-00000002"]);
    let own = names(&folder.checkpoints().join("step-00000001"));
    assert_eq!(own, names(&folder.checkpoints().join("step-00000002")));
    assert_eq!(own.len(), 5, "{own:?}");
}

#[test]
fn a_checkpoint_of_the_same_step_is_replaced() {
    let (_root, folder) = saved(2);
    flip(&folder.checkpoints().join("step-00000002/weights.safetensors"));
    save(&mut trainer(0), &folder, 2);
    assert_eq!(taken(&folder, false).unwrap(), (2, vec![]));
    assert_eq!(names(&folder.checkpoints()), ["step-00000001", "step-00000002"]);
}

#[test]
fn a_save_succeeds_though_the_oldest_cannot_be_removed() {
    let (_root, folder) = saved(2);
    let in_the_way = folder.checkpoints().join(".old");
    fs::write(&in_the_way, "a file, which is not removed as a folder").unwrap();
    let mut trainer = trainer(1);
    trainer.load(&folder.all_checkpoints().unwrap()[1]).unwrap();
    save(&mut trainer, &folder, 3);
    assert_eq!(steps(&folder), [1, 2, 3]);
    fs::remove_file(in_the_way).unwrap();
    save(&mut trainer, &folder, 4);
    assert_eq!(steps(&folder), [4]);
}

fn kept(keep: usize, left: &[u64]) {
    let (_root, folder) = saved(5);
    let mut trainer = trainer(keep);
    trainer.load(&folder.all_checkpoints().unwrap()[1]).unwrap();
    save(&mut trainer, &folder, 3);
    assert_eq!(steps(&folder), left);
    assert!(!folder.checkpoints().join(".old").exists());
}

#[test]
fn the_checkpoint_just_written_is_kept_though_later_steps_are_there() {
    kept(1, &[3]);
    kept(2, &[2, 3]);
    kept(4, &[1, 2, 3, 5]);
    kept(0, &[1, 2, 3, 4, 5]);
}

fn passed_over(file: &str, average: bool) {
    let (_root, folder) = saved(2);
    flip(&folder.checkpoints().join("step-00000002").join(file));
    let (step, said) = taken(&folder, average).unwrap();
    assert_eq!((step, said.len()), (1, 1), "{said:?}");
    assert!(said[0].contains(&format!("step-00000002/{file}: damaged (its CRC-32 is ")), "{said:?}");
}

#[test]
fn a_flipped_bit_is_noticed_and_the_checkpoint_before_taken() {
    passed_over("ema.safetensors", true);
    passed_over("ema.safetensors", false);
    passed_over("weights.safetensors", false);
    passed_over("optimiser-second.safetensors", false);
}

#[test]
fn a_state_that_is_no_text_is_damage() {
    let (_root, folder) = saved(2);
    fs::write(folder.checkpoints().join("step-00000002/state.json"), [0xff, 0xfe]).unwrap();
    assert_eq!(taken(&folder, false).unwrap().0, 1);
}

#[test]
fn a_newer_format_is_said_and_no_older_checkpoint_taken_silently() {
    let (_root, folder) = saved(2);
    fs::write(folder.checkpoints().join("step-00000002/state.json"), r#"{"format": 7, "at": 2}"#).unwrap();
    for average in [false, true] {
        let error = taken(&folder, average).unwrap_err();
        assert!(matches!(error, TrainError::Newer { found: 7, known: 1, .. }), "{error}");
        assert!(error.to_string().contains("update Ito"), "{error}");
    }
}

#[test]
fn only_missing_torn_or_changed_files_are_damage() {
    let check = |kind: ErrorKind, damage| {
        let path = || "file".into();
        assert_eq!(Checkpoint::is_damage(&TrainError::Io { path: path(), source: kind.into() }), damage, "{kind}");
        let weights = WeightsError::Io { path: path(), source: kind.into() };
        assert_eq!(Checkpoint::is_damage(&TrainError::Weights(weights)), damage, "{kind} of weights");
    };
    check(ErrorKind::NotFound, true);
    check(ErrorKind::UnexpectedEof, true);
    check(ErrorKind::PermissionDenied, false);
    check(ErrorKind::StorageFull, false);
    let format = WeightsError::Format { path: "file".into(), what: "torn".to_owned() };
    assert!(Checkpoint::is_damage(&TrainError::Weights(format)));
    let mismatch = WeightsError::Mismatch { path: "file".into(), mismatch: ito_torch::Mismatch::default() };
    assert!(!Checkpoint::is_damage(&TrainError::Weights(mismatch)));
    assert!(!Checkpoint::is_damage(&TrainError::Newer { path: "file".into(), found: 2, known: 1 }));
}

fn create_refused(root: &Path, sentence: &str) {
    let error = RunFolder::create(root, &config()).unwrap_err();
    assert!(matches!(error, TrainError::Run { .. }) && error.to_string().contains(sentence), "{error}");
}

#[test]
fn a_new_run_waits_for_no_other_process_and_replaces_none() {
    let (root, folder) = saved(0);
    create_refused(root.path(), "another process is training in it");
    drop(folder);
    create_refused(root.path(), "already holds a run");
}

#[test]
fn a_value_that_toml_cannot_hold_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let mut config = config();
    config.data.folder = Some(OsString::from_vec(vec![b'a', 0xff]).into());
    let error = RunFolder::create(root.path(), &config).unwrap_err();
    assert!(matches!(error, TrainError::Config(_)) && error.to_string().contains("TOML"), "{error}");
    assert!(!root.path().join("config.toml").exists());
}

fn wrong_line(good: &str, bad: &str, words: &str) {
    let (root, folder) = saved(0);
    let path = root.path().join("config.toml");
    let text = fs::read_to_string(&path).unwrap();
    let line = text.lines().position(|line| line.starts_with(good)).unwrap() + 1;
    let changed = text.lines().map(|line| if line.starts_with(good) { bad } else { line }).collect::<Vec<_>>();
    fs::write(&path, changed.join("\n")).unwrap();
    let said = folder.config().unwrap_err().to_string();
    assert!(said.contains(&format!("config.toml: line {line}: ")) && said.contains(words), "{said}");
    assert!(!said.contains('\n'), "{said}");
}

#[test]
fn a_wrong_value_in_the_configuration_is_named_with_its_line() {
    wrong_line("micro_batch = ", "micro_batch = \"many\"", "expected usize");
    wrong_line("warmup = ", "warm = 3", "unknown field `warm`");
    wrong_line("lr = ", "lr = 1e", "");
}
