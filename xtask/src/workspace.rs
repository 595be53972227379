//! The workspace this runner stands in, and the libtorch it remembers.

use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::{env, fs};

/// The workspace's root. cargo says where the sources are now; they may have moved since this program was compiled.
pub fn root() -> PathBuf {
    let package = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let package = PathBuf::from(package);
    package.parent().map(Path::to_owned).unwrap_or(package)
}

/// Whether an earlier setup wrote this value of LIBTORCH: cargo hands it to us just as it hands on the user's own.
pub fn remembers(dir: &Path) -> bool {
    fs::read_to_string(file()).is_ok_and(|written| rendered(dir).is_ok_and(|text| text == written))
}

/// Lets every later cargo in this workspace find libtorch. Untouched when nothing changes: a changed LIBTORCH rebuilds
/// torch-sys, which takes minutes.
pub fn remember(dir: &Path) -> Result<()> {
    if remembers(dir) {
        return Ok(());
    }
    let file = file();
    let draft = file.with_extension(format!("toml.{}", std::process::id()));
    fs::write(&draft, rendered(dir)?)
        .and_then(|()| fs::rename(&draft, &file))
        .with_context(|| format!("cannot write {}", file.display()))
}

fn file() -> PathBuf {
    root().join(".cargo").join("libtorch.toml")
}

fn rendered(dir: &Path) -> Result<String> {
    let text =
        dir.to_str().with_context(|| format!("the path {} is not UTF-8, so TOML cannot hold it", dir.display()))?;
    let mut quoted = String::new();
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            control if control.is_control() => quoted += &format!("\\u{:04X}", control as u32),
            plain => quoted.push(plain),
        }
    }
    Ok(format!("[env]\nLIBTORCH = \"{quoted}\"\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_backslashes_of_a_path_are_escaped() {
        let text = rendered(Path::new("C:\\a \"b\"\t\u{e9}")).unwrap();
        assert_eq!(text, "[env]\nLIBTORCH = \"C:\\\\a \\\"b\\\"\\u0009\u{e9}\"\n");
    }
}
