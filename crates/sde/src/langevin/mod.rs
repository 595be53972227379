//! Sampling from a density known up to its normaliser.
