//! The words of the command line, and what reaches cargo.

use crate::machine::Machine;
use std::fs;

/// A machine with a copy of libtorch, a compiler and a cargo that writes down how it was called and ends with this code.
fn machine(code: i32) -> (Machine, String) {
    let machine = Machine::new();
    let libtorch = machine.libtorch(&machine.cache().join("libtorch-2.11.0-cpu/torch"), "2.11.0");
    let log = machine.path("log");
    // `cargo run` stands for the program itself: its code is the program's.
    let script = format!("echo \"$LIBTORCH $(pwd) $*\" >> '{}'; [ \"$1\" != run ] || exit {code}", log.display());
    machine.program("c++", "").program("cargo", &script);
    (machine, libtorch)
}

/// The arguments of every cargo, without the manifest's path.
fn calls(machine: &Machine) -> Vec<String> {
    let manifest = format!(" --manifest-path {}", machine.path("workspace/Cargo.toml").display());
    fs::read_to_string(machine.path("log")).unwrap().lines().map(|line| line.replace(&manifest, "")).collect()
}

#[test]
fn arguments_working_folder_and_exit_code_of_ito_are_the_users() {
    for word in ["train", "sample", "score", "export"] {
        let (machine, libtorch) = machine(7);
        let ran = machine.xtask(&[word, "--help", "--set", "a = b  c", "--", "-x"], &[]);
        assert_eq!(ran.code, Some(7), "{}", ran.stderr);
        let home = machine.path("home").canonicalize().unwrap();
        let last = format!(
            "{libtorch} {} run --quiet --release --package ito-cli -- {word} --help --set a = b  c -- -x",
            home.display()
        );
        assert_eq!(calls(&machine).last(), Some(&last));
    }
}

#[test]
fn an_ito_that_does_not_build_is_not_run() {
    let (machine, _) = machine(0);
    machine.program("cargo", "[ \"$1\" = build ] && exit 101; exit 0");
    machine.xtask(&["train"], &[]).fails(1, &["did not build"]);
}

#[test]
fn verify_needs_no_libtorch_and_its_arguments_and_exit_code_are_the_users() {
    let machine = Machine::new();
    let log = machine.path("log");
    machine.program(
        "cargo",
        &format!("echo \"${{LIBTORCH-none}} $*\" >> '{}'; [ \"$1\" != run ] || exit 3", log.display()),
    );
    let ran = machine.xtask(&["verify", "--only", "a b", "--out", "here"], &[]);
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    let report = machine.path("workspace/target/verify");
    let run = format!("--package ito-verify -- --base {} --only a b --out here", report.display());
    let expected =
        ["none build --release --package ito-verify".to_owned(), format!("none run --quiet --release {run}")];
    assert_eq!(calls(&machine), expected);
    assert_eq!(machine.remembered(), None);
}

#[test]
fn a_verify_that_does_not_build_is_not_run() {
    let machine = Machine::new();
    machine.program("cargo", "[ \"$1\" = build ] && exit 101; exit 0");
    machine.xtask(&["verify"], &[]).fails(2, &["ito-verify did not build"]);
}

/// The last words of each cargo that `cargo xtask test ARGS` starts.
#[track_caller]
fn check_test(args: &[&str], nextest: bool, expected: &[&str]) {
    let (machine, _) = machine(0);
    if !nextest {
        let log = machine.path("log");
        machine.program("cargo", &format!("[ \"$1\" != nextest ] || exit 101; echo \"- - $*\" >> '{}'", log.display()));
    }
    machine.xtask(&[&["test"], args].concat(), &[]).succeeds();
    let calls = calls(&machine);
    let seen: Vec<&str> = calls.iter().map(|call| call.splitn(3, ' ').last().unwrap()).collect();
    assert_eq!(seen, expected);
}

#[test]
fn test_runs_nextest_and_then_the_doc_tests() {
    check_test(
        &[],
        true,
        &["nextest --version", "nextest run --release --workspace", "test --doc --release --workspace"],
    );
}

#[test]
fn test_without_nextest_runs_cargos_own_runner() {
    check_test(&[], false, &["test --release --workspace"]);
}

#[test]
fn arguments_of_test_go_to_the_runner() {
    check_test(
        &["heun", "--no-capture"],
        true,
        &["nextest --version", "nextest run --release --workspace heun --no-capture"],
    );
}

#[test]
fn test_of_one_package_leaves_the_others_out() {
    check_test(&["-p", "ito-sde"], false, &["test --release -p ito-sde"]);
}

#[test]
fn an_unknown_word_is_a_bad_argument_and_the_nearest_is_named() {
    let machine = Machine::new();
    machine.xtask(&["trian"], &[]).fails(2, &["`trian`", "`train`", "doctor"]);
    machine
        .xtask(&["--version"], &[])
        .fails(2, &["`--version`", "the words are train, sample, score, export, verify, test"]);
    machine.xtask(&["setup", "now"], &[]).fails(2, &["`setup` takes no arguments"]);
}

#[test]
fn help_names_every_word() {
    for words in [&["help"][..], &["--help"], &[], &["setup", "--help"]] {
        let ran = Machine::new().xtask(words, &[]);
        for word in ["train", "sample", "score", "export", "verify", "test", "setup", "doctor", "help"] {
            assert!(ran.succeeds().stdout.contains(&format!("\n  {word} ")), "{word}");
        }
    }
}

#[test]
fn without_a_compiler_the_sentence_names_the_package_to_install() {
    let machine = Machine::new();
    machine.program("dnf", "");
    machine.xtask(&["train"], &[]).fails(1, &["no C++ compiler", "`dnf install gcc-c++`"]);
}

#[test]
fn doctor_says_everything_that_is_missing_and_how_to_mend_it() {
    let ran = Machine::new().xtask(&["doctor"], &[]);
    assert_eq!(ran.code, Some(1));
    for name in ["rust", "compiler", "libtorch", "pip"] {
        let line = ran.stdout.lines().find(|line| line.contains(&format!("MISSING  {name} ")));
        assert!(line.is_some_and(|line| line.contains("install") || line.contains("setup")), "{name}: {}", ran.stdout);
    }
}

#[test]
fn doctor_is_content_with_all_that_is_needed_and_no_pip() {
    let (machine, _) = machine(0);
    machine.program("rustc", "echo rustc 1.95.0");
    let ran = machine.xtask(&["doctor"], &[]);
    assert!(ran.succeeds().stdout.contains("libtorch 2.11.0, CPU only"), "{}", ran.stdout);
}

#[test]
fn doctor_names_a_compiler_that_is_broken() {
    let (machine, _) = machine(0);
    machine.program("c++", "echo 'error: vector: No such file' >&2; exit 1");
    let ran = machine.xtask(&["doctor"], &[]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stdout.contains("fails on a small program (error: vector"), "{}", ran.stdout);
}
