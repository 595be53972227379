//! The program `ito` as a user meets it: its words, files and exit codes.

mod bad_input;
mod between;
mod catalogue;
mod condition;
mod model;
mod points;
mod repeat;
#[cfg(unix)]
mod resume;
mod score;
mod support;
mod training;
