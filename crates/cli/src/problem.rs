//! Errors as sentences and exit codes: 2 for what was typed, 1 for what failed.
use crate::speak::tell;
use anyhow::Error;
use ito_samplers::UnknownSampler;
use ito_samplers::inversion::InversionError;
use ito_torch::DeviceError;
use ito_training::TrainError;
use std::sync::atomic::{AtomicBool, Ordering};

/// What was typed makes no sense; says what, where, and what would.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadArgument(pub String);

/// 2 for bad arguments, 1 for failures.
pub fn exit_code(error: &Error) -> u8 {
    let device = |e: &DeviceError| matches!(e, DeviceError::Unknown(_));
    let bad = error.is::<BadArgument>()
        || error.is::<UnknownSampler>()
        || error.downcast_ref::<DeviceError>().is_some_and(device)
        || error.downcast_ref::<TrainError>().is_some_and(|e| match e {
            TrainError::Config(_) | TrainError::Network(_) | TrainError::Name(_) | TrainError::Recipe(_) => true,
            TrainError::Guidance(_) => true,
            TrainError::Inversion(InversionError::DrawsNoise | InversionError::Frames { .. }) => true,
            TrainError::Device(e) => device(e),
            _ => false,
        });
    if bad { 2 } else { 1 }
}

/// The error and its causes in one line; a cause that the text before already tells is left out.
pub fn sentence(error: &Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let said = one_line(&cause.to_string());
        if text.is_empty() {
            text = said;
        } else if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
    }
    text
}

/// No panic and no backtrace reaches a user: memory that ran out is told with what to do, the rest as our own fault. A
/// worker's panic brings down others; only the first is told.
pub fn sentences_for_panics() {
    static TOLD: AtomicBool = AtomicBool::new(false);
    std::panic::set_hook(Box::new(|info| {
        if !TOLD.swap(true, Ordering::SeqCst) {
            let place = info.location().map(ToString::to_string).unwrap_or_default();
            tell(format_args!("error: {}", panic_sentence(info.payload_as_str().unwrap_or_default(), &place)));
        }
    }));
}

fn panic_sentence(said: &str, place: &str) -> String {
    if ["can't allocate memory", "out of memory"].iter().any(|words| said.contains(words)) {
        return "out of memory: lower --batch, train.micro_batch or network.channels".to_owned();
    }
    let first: String = said.lines().next().unwrap_or_default().chars().take(300).collect();
    format!("internal error at {place}: {first}; please report it with the command that led to it")
}

/// Lines joined: messages of parsers have several.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::{Context, anyhow};

    fn check(error: Error, code: u8, text: &str) {
        assert_eq!((exit_code(&error), sentence(&error).as_str()), (code, text));
    }

    #[test]
    fn a_cause_already_told_is_not_told_again() {
        let source = std::io::Error::other("no space left");
        let error = TrainError::Io { path: "runs/a".into(), source };
        check(Error::new(error).context("cannot save"), 1, "cannot save: runs/a: no space left");
    }

    #[test]
    fn context_does_not_hide_a_bad_argument() {
        let bad: Result<(), _> = Err(BadArgument("train.lr is no key".to_owned()));
        check(bad.context("in my.toml").unwrap_err(), 2, "in my.toml: train.lr is no key");
        check(Error::new(TrainError::Config("x".to_owned())), 2, "x");
        check(anyhow!("two\n  lines"), 1, "two lines");
    }

    #[test]
    fn a_panic_is_one_line_and_exhausted_memory_says_what_to_lower() {
        let said = panic_sentence("Torch(\"shapes differ\")\nframe #0: at::add", "src/a.rs:3:5");
        assert!(said.starts_with("internal error at src/a.rs:3:5: Torch(\"shapes differ\"); please report"), "{said}");
        assert!(!said.contains("frame"), "{said}");
        let said = panic_sentence("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes", "x");
        assert!(said.starts_with("out of memory: lower --batch"), "{said}");
    }

    #[test]
    fn an_unknown_device_is_a_bad_argument_and_an_absent_one_a_failure() {
        assert_eq!(exit_code(&Error::new(DeviceError::Unknown("gpu".to_owned()))), 2);
        assert_eq!(exit_code(&Error::new(DeviceError::NoCuda("no driver".to_owned()))), 1);
    }
}
