//! Probabilities of whole paths.
