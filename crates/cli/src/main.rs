//! The program `ito`: trains models and draws with them. Turns every error into one sentence.

mod args;
mod canvas;
mod data;
mod density;
mod export;
mod files;
mod gif;
mod grid;
mod letters;
mod npy;
mod pictures;
mod points;
mod problem;
mod progress;
mod runs;
mod sample;
mod samplers;
mod scatter;
mod score;
mod settings;
mod show;
mod signals;
mod source;
mod speak;
mod told;
mod train;
mod watch;

use args::{Cli, Command};
use clap::Parser;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    problem::sentences_for_panics();
    let cli = Cli::parse();
    let level = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(level).without_time().with_writer(std::io::stderr).init();
    let run = || match cli.command {
        Command::Train(args) => train::train(&args),
        Command::Sample(args) => sample::sample(&args),
        Command::Score(args) => score::run(&args),
        Command::Export(args) => export::run(&args),
    };
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(code)) => code,
        Ok(Err(error)) => {
            speak::tell(format_args!("error: {}", problem::sentence(&error)));
            ExitCode::from(problem::exit_code(&error))
        }
        // The hook has said what there is to say.
        Err(_) => ExitCode::FAILURE,
    }
}
