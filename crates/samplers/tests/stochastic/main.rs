//! Samplers that draw noise, judged by exact laws: orders, limits, first and last steps, one motion behind all steps.

mod churn;
mod common;
mod forms;
mod langevin;
mod limits;
mod long_steps;
mod multistep;
mod one_motion;
mod orders;
mod random;
mod short;
