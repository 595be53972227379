//! Ordinary differential equations and their flows.
