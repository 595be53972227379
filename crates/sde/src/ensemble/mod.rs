//! Many independent paths on all cores.
