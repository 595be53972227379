//! `cargo xtask setup`: find libtorch, or make it, and remember where it is.

use crate::find::{self, Libtorch};
use crate::{fetch, print, say, workspace};
use anyhow::Result;
use std::process::ExitCode;

/// The word `setup`.
pub fn setup() -> Result<ExitCode> {
    let libtorch = ensure()?;
    print(&format!("{libtorch}\nPlain cargo finds it from now on. Next: cargo xtask train\n"));
    Ok(ExitCode::SUCCESS)
}

/// A libtorch that cargo will find: searched for, made if there is none, and remembered.
pub fn ensure() -> Result<Libtorch> {
    let search = find::search()?;
    let libtorch = match search.found {
        Some(found) => found,
        None => {
            search.passed_over.iter().for_each(|sentence| say(&format!("note: {sentence}")));
            fetch::copy()?
        }
    };
    workspace::remember(&libtorch.dir)?;
    Ok(libtorch)
}
