//! What bad input gets: one sentence, 2 for what was typed and 1 for what failed, and no file touched.
use crate::support::{Place, TINY, files, refused};
use std::fs;

fn check(args: &[&str], code: i32, words: &[&str]) {
    let place = Place::new();
    refused(&place.ito(args), code, words);
    assert_eq!(place.names("."), [""; 0], "{args:?} left something behind");
}

#[test]
fn bad_words_are_refused_before_anything_is_written() {
    check(&["train", "--set", "train.bach=3"], 2, &["unknown key train.bach", "--set", "did you mean train.batch?"]);
    check(&["train", "--set", "train.batch=many"], 2, &["train.batch", "many", "whole number"]);
    check(&["train", "--batch", "0"], 2, &["train.batch", "0", "from 1 to 65536"]);
    check(&["train", "--set", "train.ema=1"], 2, &["train.ema", "1", "in [0, 1)"]);
    check(&["train", "--set", "network.groups=7"], 2, &["network.channels", "network.groups = 7"]);
    check(&["train", "--set", "path.t_max=2"], 2, &["path.t_max = 2", "(0, 1]"]);
    check(&["train", "--set", "train.prediction=eps"], 2, &["train.prediction"]);
    check(&["train", "--set", "sample.sampler=hoin"], 2, &["unknown sampler", "hoin", "heun"]);
    check(&["train", "--minutes", "0"], 2, &["train.minutes = 0"]);
    check(&["train", "--minutes", "nan"], 2, &["train.minutes"]);
    check(&["train", "--run", "../x"], 2, &["--run", "../x", "--out DIR"]);
    check(&["train", "--dataset", "cifar"], 2, &["data.dataset", "cifar", "mnist"]);
    check(&["train", "--device", "gpu"], 2, &["gpu", "auto, cpu, cuda"]);
    check(&["train", "--config", "none.toml"], 2, &["none.toml"]);
    check(&["train", "--data", "none"], 1, &["none", "train-images-idx3-ubyte"]);
}

#[test]
fn words_that_no_argument_takes_end_with_2() {
    let place = Place::new();
    for args in [
        &["train", "--steps", "0"][..],
        &["train", "--steps", "5", "--minutes", "1"],
        &["train", "--run", "a", "--out", "b"],
        &["train", "--seed", "9223372036854775808"],
        &["train", "--bath", "3"],
        &["sample", "--n", "-1"],
        &["paint"],
        &[],
    ] {
        assert_eq!(place.ito(args).code, Some(2), "{args:?}");
    }
    assert_eq!(place.names("."), [""; 0]);
}

#[test]
fn a_bad_file_is_named_with_its_key_or_line() {
    let place = Place::new();
    for (text, words) in [
        ("[train]\nbach = 3\n", &["unknown key train.bach in my.toml: did you mean train.batch?"][..]),
        ("[train]\nbatch = 3\nlr == 1\n", &["my.toml, line 3"]),
        ("[sample]\nsteps = -1\n", &["sample.steps = -1 in my.toml", "whole number"]),
    ] {
        fs::write(place.path("my.toml"), text).unwrap();
        refused(&place.ito(&["train", "--config", "my.toml"]), 2, words);
    }
    assert_eq!(place.names("."), ["my.toml"]);
}

#[test]
fn no_run_yet_says_what_makes_one() {
    check(&["sample"], 1, &["no run yet", "cargo xtask train"]);
    check(&["sample", "--run", "mnist-1"], 1, &["no run mnist-1", "cargo xtask train"]);
    check(&["train", "--resume"], 1, &["no run yet", "cargo xtask train"]);
    check(&["train", "--resume", "--run", "mnist-1"], 1, &["runs/mnist-1", "no run here"]);
}

#[test]
fn cuda_where_there_is_none_says_so() {
    if fs::exists("/dev/nvidiactl").unwrap_or(true) {
        return;
    }
    check(&["train", "--device", "cuda"], 1, &["no CUDA device here", "--device cpu"]);
    check(&["train", "--device", "cuda:1"], 1, &["no CUDA device here"]);
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let place = Place::new();
    fs::write(place.path("file"), "in the way").unwrap();
    refused(&place.train(&["--steps", "1", "--out", "file/run"]), 1, &["cannot make the run's folder", "file/run"]);
}

#[test]
fn sample_refuses_what_makes_no_sense_on_a_run() {
    let place = Place::trained();
    let before = files(&place.path("runs"));
    let check = |args: &[&str], code, words: &[&str]| {
        refused(&place.ito(&[&["sample", "--run", "tiny"], args].concat()), code, words);
    };
    check(&["--n", "0"], 2, &["sample.n = 0", "from 1 to 1000000"]);
    check(&["--steps", "0"], 2, &["sample.steps = 0", "from 1"]);
    check(&["--batch", "0"], 2, &["sample.batch = 0"]);
    check(&["--sampler", "hoin"], 2, &["unknown sampler", "hoin", "heun"]);
    check(&["--grid", "fine"], 2, &["sample.grid", "fine", "uniform, karras, log-snr"]);
    check(&["--set", "network.layers=2"], 2, &["network.layers = 2", "the run has 1"]);
    check(&["--out", "grid.jpg"], 2, &["--out grid.jpg", ".png"]);
    check(&["--out", "none/grid.png"], 1, &["--out none/grid.png", "cannot be written"]);
    check(&["--npy", "runs/tiny.npy/x.npy"], 1, &["--npy", "cannot be written"]);
    check(&["--animate", "none/x.gif"], 1, &["--animate", "cannot be written"]);
    refused(&place.ito(&["sample", "--run", "tinny"]), 1, &["no run tinny", "did you mean tiny?"]);
    assert_eq!(files(&place.path("runs")), before);
    assert_eq!(place.names("."), ["runs"]);
}

#[test]
fn a_run_with_no_whole_checkpoint_says_so() {
    let place = Place::trained();
    let checkpoints = place.path("runs/tiny/checkpoints");
    for entry in fs::read_dir(&checkpoints).unwrap() {
        fs::write(entry.unwrap().path().join("ema.safetensors"), "torn").unwrap();
    }
    let said = place.ito(&["sample"]);
    refused(&said, 1, &["runs/tiny/checkpoints", "no usable checkpoint"]);
    assert_eq!(said.err.matches("is damaged and passed over").count(), 3, "{said:?}");
    fs::remove_dir_all(&checkpoints).unwrap();
    refused(&place.ito(&["sample"]), 1, &["runs/tiny/checkpoints", "no usable checkpoint"]);
    assert!(!place.path("runs/tiny/sample.png").exists());
}

#[test]
fn weights_of_another_network_are_refused_with_their_names() {
    let place = Place::trained();
    let config = place.path("runs/tiny/config.toml");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, text.replace("layers = 1", "layers = 2")).unwrap();
    refused(&place.ito(&["sample"]), 1, &["does not fit the network", "missing"]);
    refused(&place.ito(&["train", "--resume"]), 1, &["does not fit the network", "missing"]);
}

#[test]
fn a_run_goes_on_only_as_it_began() {
    let place = Place::trained();
    let before = files(&place.path("runs"));
    let check = |args: &[&str], words: &[&str]| {
        refused(&place.ito(&[&["train", "--resume"], args].concat()), 2, words);
    };
    check(&["--set", "network.channels=[8, 32]"], &["network.channels", "[8, 16]", "a run keeps"]);
    check(&["--seed", "3"], &["train.seed = 3 (--seed)", "the run has 0"]);
    check(&["--set", "data.held_out=0.1"], &["data.held_out", "a run keeps"]);
    check(&["--minutes", "3"], &["the number of steps was fixed at the start, 6", "--steps"]);
    check(&["--steps", "5"], &["train.steps = 5", "has done 6 already"]);
    refused(&place.train(&["--run", "tiny"]), 1, &["runs/tiny", "already holds a run", "--resume"]);
    assert_eq!(files(&place.path("runs")), before);
}

#[test]
fn two_cannot_train_in_one_folder() {
    let place = Place::new();
    let mut first = place.command(&[TINY, &["--run", "tiny", "--steps", "100000"]].concat()).spawn().unwrap();
    while !place.path("runs/tiny/metrics.jsonl").exists() {
        assert_eq!(first.try_wait().unwrap(), None);
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let said = place.ito(&["train", "--resume"]);
    first.kill().unwrap();
    first.wait().unwrap();
    refused(&said, 1, &["runs/tiny", "another process is training in it"]);
}
