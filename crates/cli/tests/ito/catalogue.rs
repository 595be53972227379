//! Samplers, paths and grids by name.
use crate::support::{Place, refused};

/// The names in the table of samplers.
fn names(place: &Place) -> Vec<String> {
    let said = place.ito(&["sample", "--list-samplers"]);
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{said:?}");
    assert!(said.out.starts_with("name "), "{said:?}");
    said.out.lines().skip(1).map(|line| line.split_whitespace().next().unwrap().to_owned()).collect()
}

#[test]
fn the_table_of_samplers_needs_no_run_and_every_sampler_in_it_draws() {
    let place = Place::new();
    let names = names(&place);
    assert!(["ddim", "heun", "ancestral"].iter().all(|name| names.iter().any(|known| known == name)), "{names:?}");
    assert_eq!(place.names("."), [""; 0]);
    let place = Place::trained();
    for name in names {
        let said = place.ito(&["sample", "--n=1", "--steps=4", "--sampler", &name]);
        assert_eq!(said.code, Some(0), "{name}: {said:?}");
    }
}

#[test]
fn options_of_samplers_are_taken_by_their_own_and_refused_by_others() {
    let place = Place::trained();
    let check = |args: &[&str], words: &[&str]| {
        refused(&place.ito(&[&["sample", "--n=1", "--steps=2"], args].concat()), 2, words);
    };
    check(&["--sampler", "heun", "--eta", "0.5"], &["eta is an option of ddim, not of heun"]);
    check(&["--sampler", "ddim", "--eta", "2"], &["eta"]);
    check(&["--sampler", "dopri5", "--tolerance=-1"], &["-1"]);
    check(&["--sampler", "dopri5", "--tolerance", "1e-14"], &["sample.tolerance = 1e-14", "1e-5"]);
    check(&["--sampler", "dpm++3m"], &["dpm++3m", "at least 3 steps, not 2"]);
    check(&["--sampler", "dpm++2n"], &["unknown sampler", "dpm++2n", "did you mean"]);
    check(&["--last", "never"], &["sample.last", "never", "tweedie"]);
    let draw = |args: &[&str]| {
        let said = place.ito(&[&["sample", "--n=1", "--steps=3", "--npy=a.npy"], args].concat());
        assert_eq!(said.code, Some(0), "{said:?}");
        place.bytes("a.npy")
    };
    let ddim = draw(&["--sampler", "ddim"]);
    assert!(ddim == draw(&["--sampler", "ddim", "--eta", "0"]) && ddim != draw(&["--sampler", "ddim", "--eta", "1"]));
}

#[test]
fn every_grid_and_last_step_draws() {
    let place = Place::trained();
    for grid in ["uniform", "karras", "log-snr", "quadratic", "cosine"] {
        for last in ["to-zero", "to-sigma-min", "tweedie"] {
            let said = place.ito(&["sample", "--n=1", "--steps=2", "--grid", grid, "--last", last, "--sampler=heun"]);
            assert_eq!(said.code, Some(0), "{grid} {last}: {said:?}");
        }
    }
}

fn trains(name: &str, more: &[&str]) {
    let place = Place::new();
    let path = format!("path.name={name}");
    let said =
        place.train(&[&["--run", "a", "--steps", "2", "--set", &path, "--set", "train.prediction=v"], more].concat());
    assert_eq!(said.code, Some(0), "{name}: {said:?}");
    let prior = said.err.lines().find(|line| line.starts_with("prior ")).unwrap();
    let nats: f64 = prior.split_whitespace().nth(1).unwrap().parse().unwrap();
    assert!((0.0..0.01).contains(&nats), "{name}: {prior}");
    let metrics = String::from_utf8(place.bytes("runs/a/metrics.jsonl")).unwrap();
    assert!(!metrics.contains("\"updated\":false"), "{name}: {metrics}");
    // vp-sigmoid has an infinite rate at pure noise, where no step in its own time can start; Karras et al.'s grid starts below.
    let grid = if name == "vp-sigmoid" { "karras" } else { "uniform" };
    for sampler in ["heun", "dpm++2m", "ancestral"] {
        let said = place.ito(&["sample", "--n=1", "--steps=3", "--grid", grid, "--sampler", sampler]);
        assert_eq!(said.code, Some(0), "{name} {sampler}: {said:?}");
    }
}

#[test]
fn every_path_trains_and_draws() {
    let vp = ["vp-linear", "vp-scaled-linear", "vp-cosine", "vp-sigmoid", "vp-sigmoid-beta", "vp-log-linear", "sub-vp"];
    vp.iter().chain(&["polynomial", "trigonometric", "ve", "edm"]).for_each(|name| trains(name, &[]));
    trains("edm", &["--set", "path.sigma_max=20", "--set", "path.t_max=0.9", "--set", "train.weight=edm"]);
    trains("straight", &["--set", "path.shift=3", "--set", "train.weight=min-snr"]);
}

#[test]
fn a_path_that_cannot_be_is_refused() {
    let place = Place::new();
    let check = |sets: &[&str], words: &[&str]| {
        let sets = sets.iter().flat_map(|set| ["--set", set]);
        refused(&place.ito(&["train"].into_iter().chain(sets).collect::<Vec<_>>()), 2, words);
    };
    check(&["path.name=vpp"], &["path.name", "vpp", "sub-vp"]);
    check(&["path.sigma_max=3"], &["path.sigma_max = 3 means nothing to path.name = \"straight\"", "takes shift"]);
    check(&["path.name=edm", "path.sigma_max=-3"], &["path", "sigma_max", "-3"]);
    check(&["path.name=vp-cosine", "train.prediction=eps"], &["train.prediction", "eps", "t_max below 1"]);
    check(&["path.name=vp-linear"], &["train.prediction", "velocity"]);
    check(&["train.weight=heavy"], &["train.weight", "heavy", "min-snr"]);
    assert_eq!(place.names("."), [""; 0]);
}
