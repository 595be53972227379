//! The walls between the crates: libtorch is reached through `ito-torch` and from nowhere below it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// The packages that never see libtorch, not even in their tests.
const WITHOUT: [&str; 8] =
    ["ito-noise", "ito-state", "ito-schedules", "ito-sde", "ito-samplers", "ito-data", "ito-testkit", "xtask"];
/// The packages that may.
const WITH: [&str; 4] = ["ito-torch", "ito-networks", "ito-training", "ito-cli"];

#[test]
fn torch_sys_stands_nowhere_in_the_tree_of_a_crate_without_libtorch() {
    for package in WITHOUT {
        let tree = tree(package, "normal,build,dev").unwrap();
        assert!(tree.contains(package), "{package}: cargo shows no tree:\n{tree}");
        assert!(!tree.contains("torch-sys"), "{package} reaches libtorch:\n{tree}");
    }
}

#[test]
fn torch_sys_stands_in_the_tree_of_every_crate_with_libtorch() {
    for package in WITH {
        let Some(tree) = tree(package, "normal,build") else {
            // Somebody who has built only the crates without libtorch, and is off the network now.
            return eprintln!("not judged: the crates that {package} needs were never downloaded");
        };
        assert!(tree.contains("torch-sys"), "{package} does not reach libtorch:\n{tree}");
    }
}

#[test]
fn every_package_is_on_one_side_of_the_wall() {
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let name = format!("ito-{}", entry.unwrap().file_name().into_string().unwrap());
        let sides = WITHOUT.iter().chain(&WITH).filter(|known| **known == name).count();
        assert_eq!(sides, 1, "{name} belongs in one of the two lists of this test");
    }
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
