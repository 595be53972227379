//! The rooms and their experiments, in the order of the report.

use crate::Experiment;

mod brownian;
mod calculus;
mod catalogue;
mod ensemble;
mod flows;
mod fokker_planck;
mod guidance;
mod langevin;
mod likelihood;
mod measure;
mod reverse;
mod samplers;
mod schedules;
mod solvers;

const ROOMS: &[&[Experiment]] = &[
    brownian::EXPERIMENTS,
    solvers::EXPERIMENTS,
    flows::EXPERIMENTS,
    calculus::EXPERIMENTS,
    langevin::EXPERIMENTS,
    measure::EXPERIMENTS,
    fokker_planck::EXPERIMENTS,
    reverse::EXPERIMENTS,
    ensemble::EXPERIMENTS,
    schedules::EXPERIMENTS,
    catalogue::EXPERIMENTS,
    samplers::EXPERIMENTS,
    guidance::EXPERIMENTS,
    likelihood::EXPERIMENTS,
];

/// Every experiment, in the order of the report.
pub fn all() -> impl Iterator<Item = &'static Experiment> {
    ROOMS.iter().copied().flatten()
}
