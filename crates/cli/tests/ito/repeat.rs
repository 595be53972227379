//! Sample k of seed s is the same picture alone or in any batch, and a training the same weights, on any number of threads.
use crate::support::{Place, TINY, said};
use std::process::Command;

/// Sets the largest number of threads, or leaves it to the machine.
fn threads(command: &mut Command, most: Option<&str>) {
    match most {
        Some(n) => command.env("OMP_NUM_THREADS", n),
        None => command.env_remove("OMP_NUM_THREADS"),
    };
}

fn draw(place: &Place, args: &[&str], most: Option<&str>) -> Vec<u8> {
    let all =
        [&["sample", "--npy", "a.npy", "--out", "a.png", "--steps", "4", "--set", "sample.seed=5"], args].concat();
    let mut command = place.command(&all);
    threads(&mut command, most);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    place.bytes("a.npy")
}

/// The numbers of the first pictures, behind the header.
fn pictures(npy: &[u8], all: usize, first: usize) -> &[u8] {
    let size = 28 * 28 * 4;
    &npy[npy.len() - all * size..][..first * size]
}

#[test]
fn pictures_are_the_same_again_in_fewer_and_in_any_batch() {
    let place = Place::trained();
    for sampler in ["heun", "ancestral"] {
        let draw = |args: &[&str], most| draw(&place, &[&["--sampler", sampler], args].concat(), most);
        let all = draw(&["--n", "40"], None);
        let png = place.bytes("a.png");
        assert!(all == draw(&["--n", "40"], None) && png == place.bytes("a.png"), "{sampler}: again");
        assert!(all == draw(&["--n", "40", "--batch", "7"], None), "{sampler}: --batch 7");
        for most in ["1", "3"] {
            assert!(all == draw(&["--n", "40"], Some(most)), "{sampler}: OMP_NUM_THREADS={most}");
        }
        let some = draw(&["--n", "20"], None);
        assert!(pictures(&all, 40, 20) == pictures(&some, 20, 20), "{sampler}: --n 20");
        assert!(all != draw(&["--n", "40", "--seed", "6"], None), "{sampler}: another seed");
    }
}

/// The weights after 12 steps of four micro-batches each.
fn weights(most: &str) -> Vec<u8> {
    let place = Place::new();
    let more = ["--run=a", "--steps=12", "--set=train.micro_batch=2"];
    let mut command = place.command(&[TINY, &more].concat());
    threads(&mut command, Some(most));
    let said = said(command.output().unwrap());
    assert_eq!(said.code, Some(0), "{said:?}");
    // Else the threads would not differ, and the test could not fail.
    assert!(said.err.contains(&format!("cpu, {most} of {most} threads")), "{said:?}");
    place.bytes("runs/a/checkpoints/step-00000012/weights.safetensors")
}

#[test]
fn training_gives_the_same_weights_on_one_thread_and_on_three() {
    assert!(weights("1") == weights("3"));
}
