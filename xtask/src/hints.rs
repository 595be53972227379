//! The one command that installs what is missing, in the words of this machine's package manager.

use std::env;

#[derive(Clone, Copy)]
pub enum Need {
    Compiler,
    Pip,
}

/// `install it with ...`, or `install ...` where no package manager is known.
pub fn install(need: Need) -> String {
    let managers = [
        ("apt-get", "apt-get install", "g++", "python3-pip"),
        ("dnf", "dnf install", "gcc-c++", "python3-pip"),
        ("zypper", "zypper install", "gcc-c++", "python3-pip"),
        ("pacman", "pacman -S", "gcc", "python-pip"),
    ];
    let known = managers.into_iter().find(|manager| on_path(manager.0));
    match (need, known) {
        (Need::Compiler, Some((_, verb, package, _))) | (Need::Pip, Some((_, verb, _, package))) => {
            // A container often runs as root and has no sudo.
            let sudo = if on_path("sudo") { "sudo " } else { "" };
            format!("install it with `{sudo}{verb} {package}`")
        }
        (Need::Compiler, None) if cfg!(target_os = "macos") => "install it with `xcode-select --install`".into(),
        (Need::Pip, None) if cfg!(target_os = "macos") => "install it with `brew install python`".into(),
        (Need::Compiler, None) => "install g++ or clang++".into(),
        (Need::Pip, None) => "install Python 3 with pip".into(),
    }
}

/// Whether a program of this name stands on the PATH.
pub fn on_path(name: &str) -> bool {
    let places = env::var_os("PATH").unwrap_or_default();
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&places).any(|place| place.join(&file).is_file())
}
