//! Which libtorch is taken, and what is said of one that does not fit.

use crate::machine::Machine;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

const RIGHT: &str = "2.11.0+cu130";

/// Where the copy in the cache folder stands.
fn copy(machine: &Machine) -> PathBuf {
    machine.cache().join("libtorch-2.11.0-cpu/torch")
}

#[test]
fn the_variable_comes_before_the_copy_and_the_copy_before_python() {
    let machine = Machine::new();
    let python = machine.libtorch(&machine.path("site-packages/torch"), RIGHT);
    machine.python(&python);
    let setup = |variables: &[(&str, &str)]| {
        machine.xtask(&["setup"], variables).succeeds();
        machine.remembered().unwrap()
    };
    assert_eq!(setup(&[]), python);
    let copy = machine.libtorch(&copy(&machine), RIGHT);
    assert_eq!(setup(&[]), copy);
    let given = machine.libtorch(&machine.path("own"), "2.11.0");
    assert_eq!(setup(&[("LIBTORCH", &given)]), given);
    assert_eq!(setup(&[("LIBTORCH", "")]), copy, "an empty variable is none");
}

#[test]
fn a_relative_libtorch_is_remembered_as_an_absolute_path() {
    let machine = Machine::new();
    let given = machine.libtorch(&machine.path("home/own"), RIGHT);
    machine.xtask(&["setup"], &[("LIBTORCH", "own")]).succeeds();
    assert_eq!(machine.remembered().unwrap(), given);
}

#[test]
fn what_an_earlier_setup_chose_is_kept_while_it_fits() {
    let machine = Machine::new();
    machine.libtorch(&copy(&machine), RIGHT);
    let own = machine.libtorch(&machine.path("own"), RIGHT);
    machine.xtask(&["setup"], &[("LIBTORCH", &own)]).succeeds();
    // cargo hands back what setup wrote.
    machine.xtask(&["setup"], &[("LIBTORCH", &own)]).succeeds();
    assert_eq!(machine.remembered().unwrap(), own);
}

#[test]
fn what_an_earlier_setup_chose_is_forgotten_when_it_has_gone() {
    let machine = Machine::new();
    let copy = machine.libtorch(&copy(&machine), RIGHT);
    let own = machine.libtorch(&machine.path("own"), RIGHT);
    machine.xtask(&["setup"], &[("LIBTORCH", &own)]).succeeds();
    fs::remove_dir_all(&own).unwrap();
    machine.xtask(&["setup"], &[("LIBTORCH", &own)]).succeeds();
    assert_eq!(machine.remembered().unwrap(), copy);
}

#[test]
fn a_second_setup_does_not_touch_what_the_first_wrote() {
    let machine = Machine::new();
    let own = machine.libtorch(&machine.path("own"), RIGHT);
    let file =
        || fs::metadata(machine.path("workspace/.cargo/libtorch.toml")).map(|file| (file.ino(), file.mtime_nsec()));
    machine.xtask(&["setup"], &[("LIBTORCH", &own)]).succeeds();
    let before = file().unwrap();
    machine.xtask(&["setup"], &[("LIBTORCH", &own)]).succeeds();
    assert_eq!(file().unwrap(), before);
}

/// LIBTORCH names a folder that `spoil` has spoiled: the sentence holds `words`, and nothing is remembered.
#[track_caller]
fn check_unfit(spoil: impl Fn(&PathBuf), words: &[&str]) {
    let machine = Machine::new();
    machine.libtorch(&copy(&machine), RIGHT);
    let own = machine.path("own");
    let given = machine.libtorch(&own, RIGHT);
    spoil(&own);
    machine.xtask(&["setup"], &[("LIBTORCH", &given)]).fails(1, words);
    assert_eq!(machine.remembered(), None);
}

#[test]
fn a_given_libtorch_of_another_version_is_refused_with_found_and_wanted() {
    check_unfit(
        |own| fs::write(own.join("version.py"), "__version__ = '2.9.1+cpu'").unwrap(),
        &["own", "2.9.1+cpu", "2.11.0 is wanted"],
    );
}

#[test]
fn a_wrong_build_version_is_refused_beside_a_right_version_py() {
    check_unfit(
        |own| fs::write(own.join("build-version"), "2.10.0\n").unwrap(),
        &["version 2.10.0", "2.11.0 is wanted"],
    );
}

#[test]
fn a_libtorch_of_unknown_version_is_refused_with_the_command_that_mends_it() {
    check_unfit(|own| fs::remove_file(own.join("version.py")).unwrap(), &["does not say its version", "echo 2.11.0 >"]);
}

#[test]
fn a_libtorch_without_headers_is_refused() {
    check_unfit(|own| fs::remove_dir_all(own.join("include")).unwrap(), &["has no include/"]);
}

#[test]
fn a_libtorch_without_library_is_refused() {
    check_unfit(|own| fs::remove_dir_all(own.join("lib")).unwrap(), &["has no lib/libtorch_cpu"]);
}

#[test]
fn a_libtorch_that_is_not_there_is_refused() {
    check_unfit(|own| fs::remove_dir_all(own).unwrap(), &["there is no such folder"]);
}
