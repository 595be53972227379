//! The walls between the crates: each uses only what it may, and libtorch is reached through `ito-torch` alone.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// A package, the packages of the workspace that it may use, and whether libtorch stands below it.
type Room = (&'static str, &'static [&'static str], Libtorch);

#[derive(PartialEq)]
enum Libtorch {
    /// Not even in its tests.
    No,
    Yes,
}
use Libtorch::{No, Yes};

const ROOMS: [Room; 13] = [
    ("ito-noise", &[], No),
    ("ito-state", &["ito-noise"], No),
    ("ito-schedules", &[], No),
    ("ito-sde", &["ito-state", "ito-noise", "ito-schedules"], No),
    ("ito-samplers", &["ito-state", "ito-schedules", "ito-sde"], No),
    ("ito-data", &["ito-noise"], No),
    ("ito-testkit", &["ito-noise", "ito-state", "ito-schedules", "ito-sde", "ito-samplers"], No),
    (
        "ito-verify",
        &["ito-testkit", "ito-noise", "ito-state", "ito-schedules", "ito-sde", "ito-samplers", "ito-data"],
        No,
    ),
    ("ito-torch", &["ito-state", "ito-noise"], Yes),
    ("ito-networks", &["ito-torch", "ito-samplers", "ito-schedules", "ito-state"], Yes),
    (
        "ito-training",
        &[
            "ito-networks",
            "ito-torch",
            "ito-samplers",
            "ito-sde",
            "ito-schedules",
            "ito-data",
            "ito-noise",
            "ito-state",
        ],
        Yes,
    ),
    (
        "ito-cli",
        &[
            "ito-training",
            "ito-networks",
            "ito-torch",
            "ito-samplers",
            "ito-sde",
            "ito-schedules",
            "ito-data",
            "ito-state",
            "ito-noise",
        ],
        Yes,
    ),
    ("xtask", &[], No),
];

#[test]
fn a_crate_uses_only_the_crates_that_it_may() {
    let mut edges = Vec::new();
    for (package, may_use, _) in ROOMS {
        for used in used_by(package) {
            assert!(may_use.contains(&used.as_str()), "{package} may not use {used}");
            edges.push(format!("{package} {used}"));
        }
    }
    // Else nothing was read, and nothing proven.
    for edge in ["ito-state ito-noise", "ito-training ito-networks", "ito-cli ito-training"] {
        assert!(edges.iter().any(|known| known == edge), "{edge}: {edges:?}");
    }
}

#[test]
fn torch_sys_stands_nowhere_in_the_tree_of_a_crate_without_libtorch() {
    for package in side(No) {
        let tree = tree(package, "normal,build,dev").unwrap();
        assert!(tree.contains(package), "{package}: cargo shows no tree:\n{tree}");
        assert!(!tree.contains("torch-sys"), "{package} reaches libtorch:\n{tree}");
    }
}

#[test]
fn torch_sys_stands_in_the_tree_of_every_crate_with_libtorch() {
    for package in side(Yes) {
        let Some(tree) = tree(package, "normal,build") else {
            // Somebody who has built only the crates without libtorch, and is off the network now.
            return eprintln!("not judged: the crates that {package} needs were never downloaded");
        };
        assert!(tree.contains("torch-sys"), "{package} does not reach libtorch:\n{tree}");
    }
}

#[test]
fn every_package_has_its_row() {
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let name = format!("ito-{}", entry.unwrap().file_name().into_string().unwrap());
        let rows = ROOMS.iter().filter(|(known, ..)| **known == name).count();
        assert_eq!(rows, 1, "{name} needs a row in the table of this test");
    }
}

fn side(of: Libtorch) -> impl Iterator<Item = &'static str> {
    ROOMS.into_iter().filter(move |(_, _, libtorch)| *libtorch == of).map(|(package, ..)| package)
}

/// The packages of the workspace that a package names in its tables of dependencies, those for tests aside.
fn used_by(package: &str) -> Vec<String> {
    let folder = package.strip_prefix("ito-").map_or(root().join(package), |room| root().join("crates").join(room));
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    let (mut used, mut counts) = (Vec::new(), false);
    for line in manifest.lines().map(str::trim) {
        if let Some(table) = line.strip_prefix('[') {
            // Also [dependencies.name], [build-dependencies] and [target.'cfg(..)'.dependencies].
            counts = table.contains("dependencies") && !table.contains("dev-dependencies");
        }
        if counts && !line.starts_with('#') {
            // Any word of the line: a package under another name stands behind `package =`.
            let words = line.split(|c: char| !c.is_alphanumeric() && c != '-');
            used.extend(words.filter(|word| word.starts_with("ito-")).map(str::to_owned));
        }
    }
    used
}

/// What `cargo tree` prints for a package, by the lock file; None where it needs a crate and cannot download it.
fn tree(package: &str, edges: &str) -> Option<String> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["tree", "--locked", "--prefix", "none", "--package", package, "--edges", edges]);
    let answer = cargo.arg("--manifest-path").arg(root().join("Cargo.toml")).output().unwrap();
    let words = String::from_utf8(answer.stderr).unwrap();
    let unreachable = words.contains("failed to download") || words.contains("--offline was specified");
    assert!(answer.status.success() || unreachable, "cargo tree: {words}");
    answer.status.success().then(|| String::from_utf8(answer.stdout).unwrap())
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().into()
}
