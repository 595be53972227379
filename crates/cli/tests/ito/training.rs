//! What training and drawing leave and say.
use crate::support::Place;

#[test]
fn training_leaves_a_run_and_says_what_to_type_next() {
    let place = Place::new();
    let said = place.train(&["--steps", "3", "--set", "sample.every=2", "--set", "train.held_out_every=2"]);
    assert_eq!((said.code, said.out.as_str()), (Some(0), "next: cargo xtask sample --run mnist-1\n"), "{said:?}");
    for words in ["runs/mnist-1", "10000 pictures of 1 x 28 x 28", "parameters", "cpu", "3 steps", "held-out loss"] {
        assert!(said.err.contains(words), "{words} in {said:?}");
    }
    assert_eq!(
        place.names("runs/mnist-1"),
        [".lock", "checkpoints", "config.toml", "metrics.jsonl", "samples", "samples.png"]
    );
    assert_eq!(place.names("runs/mnist-1/samples"), ["step-00000002.png", "step-00000003.png"]);
    assert_eq!(
        place.names("runs/mnist-1/checkpoints/step-00000003"),
        [
            "ema.safetensors",
            "optimiser-first.safetensors",
            "optimiser-second.safetensors",
            "state.json",
            "weights.safetensors"
        ]
    );
    let metrics = String::from_utf8(place.bytes("runs/mnist-1/metrics.jsonl")).unwrap();
    assert_eq!(metrics.lines().filter(|line| line.contains("\"grad_norm\"")).count(), 3, "{metrics}");
    assert_eq!(metrics.lines().filter(|line| line.contains("\"held_out_loss\"")).count(), 2, "{metrics}");
}

#[test]
fn minutes_become_steps_once_and_are_written_down() {
    let place = Place::new();
    let said = place.train(&["--out", "here", "--minutes", "0.02"]);
    assert_eq!((said.code, said.out.as_str()), (Some(0), "next: cargo xtask sample --run here\n"), "{said:?}");
    let config = String::from_utf8(place.bytes("here/config.toml")).unwrap();
    let steps: u64 = config.lines().find_map(|line| line.strip_prefix("steps = ")).unwrap().parse().unwrap();
    assert!(steps > 0, "{config}");
    assert_eq!(place.names("here/checkpoints"), [format!("step-{steps:08}")]);
}

#[test]
fn sample_writes_a_grid_numbers_and_an_animation() {
    let place = Place::trained();
    let said =
        place.ito(&["sample", "--n", "5", "--sampler", "heun", "--steps", "3", "--npy", "a.npy", "--animate", "a.gif"]);
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{said:?}");
    let first = said.out.lines().next().unwrap();
    assert!(first.starts_with("5 pictures in ") && first.ends_with("-> runs/tiny/sample.png"), "{first}");
    assert!(first.contains("5 network evaluations a picture (heun, 3 steps)"), "{first}");
    let npy = place.bytes("a.npy");
    assert!(String::from_utf8_lossy(&npy[..128]).contains("'shape': (5, 1, 28, 28)"));
    let numbers = npy[npy.len() - 5 * 28 * 28 * 4..].chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap()));
    assert!(numbers.into_iter().all(|number| (-1.0..=1.0).contains(&number)));
    assert!(place.bytes("a.gif").starts_with(b"GIF89a"));
    assert!(place.bytes("runs/tiny/sample.png").starts_with(b"\x89PNG"));
    assert_eq!(place.names("."), ["a.gif", "a.npy", "runs"]);
}

#[test]
fn every_sampler_and_grid_draws() {
    let place = Place::trained();
    for sampler in ["ddim", "euler", "heun", "ancestral"] {
        for grid in ["uniform", "karras"] {
            let said = place.ito(&["sample", "--n=2", "--steps=2", "--sampler", sampler, "--grid", grid]);
            assert_eq!(said.code, Some(0), "{sampler} {grid}: {said:?}");
        }
    }
}

#[test]
fn a_pipe_that_closes_is_no_panic() {
    let place = Place::trained();
    let mut child = place.command(&["sample", "--n=2", "--steps=1"]).spawn().unwrap();
    drop((child.stdout.take(), child.stderr.take()));
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
