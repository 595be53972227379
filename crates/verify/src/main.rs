//! `ito-verify`: every claim as an experiment.

fn main() {}
