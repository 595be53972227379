//! A run that was cut off goes on as if it had not been.
use crate::support::{Place, Said, TINY, said};
use std::fs;
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::Duration;

const EVERY: &str = "--set=checkpoint.every=10";

/// Waits until the run `name` has made a step, or its process has ended.
fn until(child: &mut Child, place: &Place, name: &str, step: usize) {
    let words = format!("{{\"step\":{step},");
    let metrics = place.path(&format!("runs/{name}/metrics.jsonl"));
    let made = || fs::read_to_string(&metrics).is_ok_and(|text| text.contains(&words));
    while !made() && child.try_wait().expect("a child").is_none() {
        sleep(Duration::from_millis(1));
    }
}

/// Sends a signal by name, as a terminal or a system would.
fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args(["-s", name, &child.id().to_string()]).status();
    assert!(sent.expect("kill starts").success());
}

/// Trains to step 60, cut off by SIGKILL at step 25 or a little later.
fn killed(place: &Place) {
    for name in ["cut-1", "cut-2", "cut-3", "cut-4", "cut-5"] {
        let mut child = place.command(&[TINY, &["--run", name, "--steps", "60", EVERY]].concat()).spawn().unwrap();
        until(&mut child, place, name, 25);
        child.kill().unwrap();
        child.wait().unwrap();
        // On a machine so busy that this process slept through all the rest, try again.
        if !place.path(&format!("runs/{name}/checkpoints/step-00000050")).exists() {
            fs::rename(place.path(&format!("runs/{name}")), place.path("runs/cut")).unwrap();
            return;
        }
    }
    panic!("five trainings ended before they could be cut off");
}

#[test]
fn sixty_steps_are_the_same_in_one_go_and_with_a_kill_between() {
    let place = Place::new();
    assert_eq!(place.train(&["--run", "whole", "--steps", "60", EVERY]).code, Some(0));
    killed(&place);
    let checkpoints = place.names("runs/cut/checkpoints");
    assert!(checkpoints.contains(&"step-00000020".to_owned()), "{checkpoints:?}");
    let said = place.ito(&["train", "--resume", "--run", "cut"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.err.contains("runs/cut, resuming at step "), "{said:?}");
    for file in ["weights", "ema", "optimiser-first", "optimiser-second"] {
        let bytes = |run: &str| place.bytes(&format!("runs/{run}/checkpoints/step-00000060/{file}.safetensors"));
        assert!(bytes("whole") == bytes("cut"), "{file}");
    }
    assert!(place.bytes("runs/whole/samples.png") == place.bytes("runs/cut/samples.png"));
    let steps =
        |run: &str| String::from_utf8(place.bytes(&format!("runs/{run}/metrics.jsonl"))).unwrap().lines().count();
    assert_eq!(steps("whole"), steps("cut"));
}

#[test]
fn a_finished_run_says_so_and_more_steps_train_on() {
    let place = Place::trained();
    fs::remove_file(place.path("runs/tiny/samples.png")).unwrap();
    let said = place.ito(&["train", "--resume"]);
    assert_eq!((said.code, said.out.as_str()), (Some(0), "next: cargo xtask sample --run tiny\n"), "{said:?}");
    assert!(said.err.contains("runs/tiny is finished: all 6 steps are done"), "{said:?}");
    assert!(place.path("runs/tiny/samples.png").exists());
    let said = place.ito(&["train", "--resume", "--steps", "8"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(place.names("runs/tiny/checkpoints").last().map(String::as_str), Some("step-00000008"));
}

#[test]
fn a_damaged_checkpoint_is_named_and_the_one_before_it_taken() {
    let place = Place::trained();
    let file = "runs/tiny/checkpoints/step-00000006/ema.safetensors";
    let bytes = place.bytes(file);
    fs::write(place.path(file), &bytes[..bytes.len() / 2]).unwrap();
    let named = |said: Said| {
        assert_eq!(said.code, Some(0), "{said:?}");
        assert!(said.err.contains("step-00000006 is damaged and passed over"), "{said:?}");
        said
    };
    named(place.ito(&["sample", "--n=2", "--steps=1"]));
    let resumed = named(place.ito(&["train", "--resume"]));
    assert!(resumed.err.contains("resuming at step 4 of 6"), "{resumed:?}");
    assert!(place.bytes(file) == bytes, "the same step again");
}

fn stopped_by(name: &str, code: i32) {
    let place = Place::new();
    let mut child = place.command(&[TINY, &["--run", "long", "--steps", "100000"]].concat()).spawn().unwrap();
    until(&mut child, &place, "long", 3);
    signal(&child, name);
    let said = said(child.wait_with_output().unwrap());
    assert_eq!(said.code, Some(code), "{said:?}");
    assert_eq!(said.out, "next: cargo xtask train --resume --run long\n");
    let saved = place.names("runs/long/checkpoints");
    assert_eq!(saved.len(), 1, "{saved:?}");
    let step: u64 = saved[0].trim_start_matches("step-").parse().unwrap();
    assert!(said.err.contains(&format!("stopped after step {step}; everything is saved")), "{said:?}");
    let said = place.ito(&["train", "--resume", "--steps", &(step + 1).to_string()]);
    assert_eq!(said.code, Some(0), "{said:?}");
}

#[test]
fn ctrl_c_finishes_the_step_saves_and_says_how_to_resume() {
    stopped_by("INT", 130);
}

#[test]
fn termination_does_as_ctrl_c_does() {
    stopped_by("TERM", 143);
}

#[test]
fn a_second_ctrl_c_ends_at_once() {
    let place = Place::new();
    // A step of many seconds.
    let args = [TINY, &["--run=long", "--steps=5", "--set=train.batch=30000"]].concat();
    let args: Vec<&str> = args.into_iter().filter(|word| *word != "--batch=8").collect();
    let mut child = place.command(&args).spawn().unwrap();
    while !place.path("runs/long/metrics.jsonl").exists() {
        assert_eq!(child.try_wait().unwrap(), None);
        sleep(Duration::from_millis(10));
    }
    signal(&child, "INT");
    sleep(Duration::from_millis(200));
    signal(&child, "INT");
    let said = said(child.wait_with_output().unwrap());
    assert_eq!((said.code, said.out.as_str()), (Some(130), ""), "{said:?}");
    assert_eq!(place.names("runs/long/checkpoints"), [""; 0]);
}
