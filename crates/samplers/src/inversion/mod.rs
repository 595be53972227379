//! From data back to noise, and interpolation through it.
