//! `cargo xtask WORD`: finds or fetches libtorch, then runs cargo.
//!
//! It never links libtorch and knows nothing of training: the words `train`, `sample`, `score` and `export` go to the program `ito`, `verify`
//! to `ito-verify`, with their arguments untouched. A failure is one sentence on stderr and exit code 1; a bad argument is exit code 2.

mod cache;
mod compiler;
mod doctor;
mod fetch;
mod find;
mod hints;
mod python;
mod run;
mod setup;
mod workspace;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask WORD [ARGS]

  train ARGS    train a model; without arguments the default one, on the bundled data
  sample ARGS   draw pictures with a trained model
  score ARGS    how likely pictures are under a trained model
  export ARGS   write a trained model as a folder that Python's diffusers loads
  verify ARGS   check every claim at full size; the report goes to target/verify; needs no libtorch
  test ARGS     run every test of the workspace; ARGS go to the test runner (with ARGS, doc tests are left out)
  setup         find libtorch 2.11.0, or make a CPU copy of it in the cache folder, and remember where it is
  doctor        say what is here, and for everything missing the command that mends it
  help          this text

`cargo xtask train --help` lists the arguments of train, and so on for sample, score, export and verify.
LIBTORCH=FOLDER chooses a libtorch 2.11.0 of your own; `cargo xtask doctor` says which one is in use.
";
const WORDS: [&str; 9] = ["train", "sample", "score", "export", "verify", "test", "setup", "doctor", "help"];

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    let word = args.next().unwrap_or_else(|| "help".into());
    let rest: Vec<OsString> = args.collect();
    let done = match word.to_str() {
        Some("help" | "--help" | "-h") => {
            print(HELP);
            Ok(ExitCode::SUCCESS)
        }
        Some("setup" | "doctor") if rest.iter().any(|arg| arg == "--help" || arg == "-h") => {
            print(HELP);
            Ok(ExitCode::SUCCESS)
        }
        Some(word @ ("setup" | "doctor")) if !rest.is_empty() => return bad(&format!("`{word}` takes no arguments")),
        Some("setup") => setup::setup(),
        Some("doctor") => doctor::doctor(),
        Some("test") => run::test(&rest),
        Some("verify") => run::verify(&rest),
        Some(word @ ("train" | "sample" | "score" | "export")) => run::ito(word, &rest),
        _ => return bad(&unknown(&word.to_string_lossy())),
    };
    done.unwrap_or_else(|error| {
        say(&format!("error: {error:#}"));
        ExitCode::FAILURE
    })
}

/// A line on stderr. `eprintln!` would panic where stderr is closed.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Text on stdout. `print!` would panic where the reader has gone, as in `cargo xtask doctor | head -1`.
fn print(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}

fn bad(sentence: &str) -> ExitCode {
    say(&format!("error: {sentence}"));
    ExitCode::from(2)
}

fn unknown(word: &str) -> String {
    let nearest = WORDS.iter().min_by_key(|known| strsim::damerau_levenshtein(word, known));
    let near = nearest.filter(|known| strsim::damerau_levenshtein(word, known) <= 2);
    let meant = near.map(|known| format!(" (did you mean `{known}`?)")).unwrap_or_default();
    format!("unknown word `{word}`{meant}; the words are {}", WORDS.join(", "))
}
