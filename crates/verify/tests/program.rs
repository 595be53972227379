//! The program as its users meet it.

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

struct Ran {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

fn verify(dir: &Path, args: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ito-verify"));
    let Output { status, stdout, stderr } = command.args(args).current_dir(dir).stdin(Stdio::null()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
}

/// One sentence on stderr that holds these words, exit code 2, and nothing left behind.
#[track_caller]
fn check_refused(args: &[&str], words: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let ran = verify(folder.path(), args);
    assert_eq!(ran.code, Some(2), "{}{}", ran.stdout, ran.stderr);
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    for word in words {
        assert!(ran.stderr.contains(word), "no {word} in: {}", ran.stderr);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn an_unknown_experiment_is_one_sentence_with_the_nearest() {
    check_refused(&["--only", "cosine-beta"], &["error: --only", "`cosine-beta`", "`cosine-betas`", "--list"]);
}

#[test]
fn an_unknown_fault_is_one_sentence_with_the_nearest() {
    check_refused(&["--break", "cosine"], &["error: --break", "`cosine-integer-division`", "--break list"]);
}

#[test]
fn a_fault_and_an_experiment_that_it_does_not_concern_are_refused() {
    check_refused(&["--break", "cosine-integer-division", "--only", "gaussian-paths"], &["concerns cosine-betas"]);
}

#[test]
fn a_folder_that_cannot_be_is_one_sentence_before_the_work() {
    check_refused(&["--out", "file/below"], &["error: --out file/below", "no report can be written there"]);
}

#[test]
fn a_file_in_place_of_the_folder_is_told() {
    check_refused(&["--out", "file"], &["error: --out file: this is a file, not a folder"]);
}

#[test]
fn the_list_of_faults_checks_its_other_arguments_and_nothing_far_is_suggested() {
    check_refused(&["--break", "list", "--only", "zzz"], &["no experiment `zzz`; `--list`"]);
}

#[test]
fn a_folder_in_place_of_the_page_is_told_before_the_work() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("index.html")).unwrap();
    let ran = verify(folder.path(), &["--out", ".", "--only", "cosine-betas"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
    assert!(ran.stderr.contains("index.html is a folder"), "{}", ran.stderr);
}

#[test]
fn the_report_holds_page_and_claims() {
    let folder = tempfile::tempdir().unwrap();
    // The last --out counts.
    let args = ["--out", "other", "--out", "a/b", "--only", "cosine-betas", "--only", "gaussian-paths"];
    let ran = verify(folder.path(), &args);
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("17 claims of 2 of ") && ran.stdout.contains("see a/b/index.html"), "{}", ran.stdout);
    assert!(!folder.path().join("other").exists());
    let out = folder.path().join("a/b");
    assert_eq!(fs::read_dir(&out).unwrap().count(), 2, "no drafts are left");
    let page = fs::read_to_string(out.join("index.html")).unwrap();
    assert!(page.contains("All 17 claims of 2 of ") && page.contains("<svg"));
    let json: Value = serde_json::from_str(&fs::read_to_string(out.join("verify.json")).unwrap()).unwrap();
    assert_eq!((&json["pass"], &json["fault"]), (&Value::Bool(true), &Value::Null));
    assert_eq!((&json["ran"], &json["of"]), (&2.into(), &ito_verify::all().count().into()));
    assert!(page.contains(json["run"].as_str().unwrap()), "both files name their run");
    let claims = json["claims"].as_array().unwrap();
    assert_eq!(claims.len(), 17);
    for claim in claims {
        for text in ["experiment", "name", "relation"] {
            assert!(claim[text].is_string(), "{text}: {claim}");
        }
        for number in ["expected", "measured", "tolerance"] {
            assert!(claim[number].is_f64(), "{number}: {claim}");
        }
        assert!(claim["pass"].is_boolean() && (claim["seed"].is_null() || claim["seed"].is_u64()), "{claim}");
    }
}

#[test]
fn without_out_the_report_stands_in_the_current_folder() {
    let folder = tempfile::tempdir().unwrap();
    let ran = verify(folder.path(), &["--only", "cosine-betas"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(folder.path().join("verify-report/only/index.html").is_file());
}

#[test]
fn a_planted_fault_fails_its_claims_and_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let ran = verify(folder.path(), &["--break", "cosine-integer-division"]);
    assert_eq!(ran.code, Some(1), "{}{}", ran.stdout, ran.stderr);
    assert!(
        ran.stdout.contains("fault cosine-integer-division: seen by 7 of 8 claims: cosine-betas ("),
        "{}",
        ran.stdout
    );
    let text =
        fs::read_to_string(folder.path().join("verify-report/break-cosine-integer-division/verify.json")).unwrap();
    let json: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["fault"], "cosine-integer-division");
    let red = json["claims"].as_array().unwrap().iter().filter(|claim| claim["pass"] == false).count();
    assert_eq!(red, 7);
}

#[test]
fn lists_name_every_experiment_and_every_fault() {
    let folder = tempfile::tempdir().unwrap();
    let experiments = verify(folder.path(), &["--list"]);
    for e in ito_verify::all() {
        assert!(experiments.stdout.lines().any(|line| line.starts_with(e.name)), "{}", e.name);
    }
    let faults = verify(folder.path(), &["--break", "list"]);
    let names: Vec<&str> = faults.stdout.lines().collect();
    assert_eq!(names, ito_verify::Fault::all().iter().map(|fault| fault.name()).collect::<Vec<_>>());
    assert_eq!((experiments.code, faults.code), (Some(0), Some(0)));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was run");
}

/// So that `--only` and the links of the page are unambiguous, and no fault is without an experiment.
#[test]
fn names_are_unique_kebab_case_and_every_fault_concerns_an_experiment() {
    let names: Vec<&str> = ito_verify::all().map(|e| e.name).collect();
    for name in &names {
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'), "{name}");
        assert_eq!(names.iter().filter(|other| *other == name).count(), 1, "{name}");
    }
    for fault in ito_verify::Fault::all() {
        assert!(ito_verify::all().any(|e| e.faults.contains(fault)), "{fault} concerns no experiment");
    }
}

#[test]
fn the_command_lines_of_the_readme_are_accepted() {
    let readme = include_str!("../../../README.md");
    let lines: Vec<&str> = readme.lines().filter(|line| line.starts_with("cargo xtask verify")).collect();
    assert!(lines.len() > 2, "{lines:?}");
    for line in lines {
        let words = line.split('#').next().unwrap_or_default().split_whitespace().skip(3);
        assert_eq!(ito_verify::accepts(&words.collect::<Vec<_>>()), Ok(()), "{line}");
    }
}
