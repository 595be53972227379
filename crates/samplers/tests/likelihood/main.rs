//! Likelihoods against closed forms on Gaussian data and on mixtures.

mod bound;
mod common;
mod dimension;
mod flow;
mod information;
mod pixels;
