//! The whole program on a machine made for each test: its own workspace, home, cache and PATH, and no network.
#![cfg(unix)]

mod fetching;
mod finding;
mod machine;
mod words;
