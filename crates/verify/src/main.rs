//! The program `ito-verify`: every claim as an experiment.

use std::process::ExitCode;

fn main() -> ExitCode {
    ito_verify::program()
}
