//! Nothing but benches lives here: see `benches/` and README.md beside this folder.
