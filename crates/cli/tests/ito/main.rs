//! The program `ito` as a user meets it: its words, files and exit codes.

mod bad_input;
mod repeat;
#[cfg(unix)]
mod resume;
mod support;
mod training;
