//! Making the copy, with a Python that only pretends: no network.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

use crate::machine::{Machine, Ran};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

/// Answers as python3 would to what xtask asks of it; the last argument of the unpacking script is the folder to fill.
const PYTHON: &str = r#"
for last; do :; done
case "$*" in
    *"pip download"*) while [ "$1" != --dest ]; do shift; done; : > "$2/torch-2.11.0-cp312.whl";;
    *zipfile*)
        mkdir -p "$last/torch/lib" "$last/torch/include/torch/csrc/api/include/torch"
        : > "$last/torch/lib/libtorch_cpu.so"
        : > "$last/torch/include/torch/csrc/api/include/torch/torch.h"
        echo "__version__ = '2.11.0+cu130'" > "$last/torch/version.py";;
esac
"#;

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_copy_is_made_whole_and_the_leftovers_of_a_dead_run_are_cleared() {
    let machine = Machine::new();
    machine.program("python3", PYTHON);
    fs::create_dir_all(machine.cache().join("libtorch-2.11.0-cpu.partial-1/wheels")).unwrap();
    // A copy without its library is no copy.
    fs::create_dir_all(machine.cache().join("libtorch-2.11.0-cpu/torch")).unwrap();
    machine.xtask(&["setup"], &[]).succeeds();
    assert_eq!(names(&machine.cache()), ["libtorch-2.11.0-cpu", "libtorch-2.11.0-cpu.lock"]);
    let torch = machine.cache().join("libtorch-2.11.0-cpu/torch");
    assert_eq!(names(&torch), ["build-version", "include", "lib", "version.py"]);
    assert_eq!(fs::read_to_string(torch.join("build-version")).unwrap(), "2.11.0\n");
    assert_eq!(fs::read_to_string(torch.join("lib/libtorch.so")).unwrap(), "INPUT ( AS_NEEDED ( -ltorch_cpu ) )\n");
    assert_eq!(machine.remembered().unwrap(), torch.to_str().unwrap());
}

/// A pip download that ends with this script: one sentence, and nothing half-made.
#[track_caller]
fn check_failed_download(script: &str, words: &[&str]) {
    let machine = Machine::new();
    machine.program("python3", &format!("case \"$*\" in *'pip download'*) {script};; esac"));
    machine.xtask(&["setup"], &[]).fails(1, words);
    assert_eq!(names(&machine.cache()), ["libtorch-2.11.0-cpu.lock"]);
    assert_eq!(machine.remembered(), None);
}

#[test]
fn without_network_there_is_one_sentence_and_no_half_made_copy() {
    check_failed_download(
        "echo \"WARNING: Retrying after connection broken by 'NewConnectionError'\" >&2; exit 1",
        &["torch==2.11.0", "check the network"],
    );
}

#[test]
fn the_reason_pip_gives_is_passed_on() {
    check_failed_download(
        "echo 'ERROR: No space left on device' >&2; exit 2",
        &[": No space left on device (pip's words)"],
    );
}

#[test]
fn the_reason_under_a_traceback_of_pip_is_passed_on() {
    check_failed_download(
        "printf 'ERROR: Exception:\\nTraceback\\nOSError: too large\\n' >&2; exit 2",
        &[": OSError: too large"],
    );
}

#[test]
fn a_wheel_that_does_not_unpack_leaves_no_half_made_copy() {
    let machine = Machine::new();
    machine.program("python3", &PYTHON.replace("*zipfile*)", "*zipfile*) echo 'BadZipFile: no' >&2; exit 1;;\n x)"));
    machine.xtask(&["setup"], &[]).fails(1, &["does not unpack", "BadZipFile: no"]);
    assert_eq!(names(&machine.cache()), ["libtorch-2.11.0-cpu.lock"]);
}

#[test]
fn the_second_of_two_waits_says_so_and_finds_the_copy_of_the_first() {
    let machine = Machine::new();
    machine.program("python3", "case \"$*\" in *pip*) exit 1;; esac");
    fs::create_dir_all(machine.cache()).unwrap();
    let first = File::create(machine.cache().join("libtorch-2.11.0-cpu.lock")).unwrap();
    first.lock().unwrap();
    let mut second = machine.command(&["setup"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(second.stderr.take().unwrap());
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    assert!(line.contains("waiting"), "{line}");
    sleep(Duration::from_millis(100));
    assert!(second.try_wait().unwrap().is_none(), "it says that it waits, and does not");
    let copy = machine.libtorch(&machine.cache().join("libtorch-2.11.0-cpu/torch"), "2.11.0");
    drop(first);
    said.read_to_string(&mut line).unwrap();
    Ran { stderr: line, ..Ran::new(second.wait_with_output().unwrap()) }.succeeds();
    assert_eq!(machine.remembered().unwrap(), copy);
}

#[test]
fn a_child_of_a_killed_run_keeps_the_lock_until_it_ends() {
    let machine = Machine::new();
    let flag = machine.path("work on");
    fs::write(&flag, "").unwrap();
    let wait = format!("*'pip download'*) echo started; while [ -e '{}' ]; do sleep 0.01; done;;", flag.display());
    machine.program("python3", &format!("case \"$*\" in {wait} esac"));
    let mut first = machine.command(&["setup"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let started = |line: Result<String, _>| line.is_ok_and(|line| line == "started");
    assert!(BufReader::new(first.stderr.take().unwrap()).lines().any(started));
    first.kill().unwrap();
    first.wait().unwrap();
    let lock = File::open(machine.cache().join("libtorch-2.11.0-cpu.lock")).unwrap();
    assert!(lock.try_lock().is_err(), "the child lives and works on");
    fs::remove_file(flag).unwrap();
    lock.lock().unwrap();
}

#[test]
fn a_python_torch_of_another_version_is_named_before_the_copy_is_made() {
    let machine = Machine::new();
    let torch = machine.libtorch(&machine.path("site-packages/torch"), "2.9.1+cpu");
    machine.python(&torch);
    let ran = machine.xtask(&["setup"], &[]);
    ran.fails(1, &["pip"]);
    assert!(ran.stderr.contains("note: Python's torch") && ran.stderr.contains("2.9.1+cpu"), "{}", ran.stderr);
}

#[test]
fn without_python_the_sentence_names_python() {
    Machine::new().xtask(&["setup"], &[]).fails(1, &["there is no python3", "LIBTORCH"]);
}

#[test]
fn without_pip_the_sentence_names_the_package_to_install() {
    let machine = Machine::new();
    machine.python("").program("apt-get", "").program("sudo", "");
    machine.xtask(&["setup"], &[]).fails(1, &["python3 has none", "`sudo apt-get install python3-pip`"]);
}
