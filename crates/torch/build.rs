//! Compiles the shim against libtorch's headers and lets binaries and tests find libtorch without LD_LIBRARY_PATH.
use std::path::Path;

fn main() {
    for source in ["src/guarded.h", "src/shim.cpp", "src/autograd.cpp"] {
        println!("cargo:rerun-if-changed={source}");
    }
    println!("cargo:rerun-if-env-changed=DEP_TCH_LIBTORCH_LIB");
    let Some(lib) = std::env::var_os("DEP_TCH_LIBTORCH_LIB") else { return };
    println!("cargo:rustc-link-arg=-Wl,-rpath,{}", lib.display());
    let Some(root) = Path::new(&lib).parent() else { return };
    let include = root.join("include");
    cc::Build::new()
        .cpp(true)
        .std("c++17")
        .file("src/shim.cpp")
        .file("src/autograd.cpp")
        .include(&include)
        .include(include.join("torch/csrc/api/include"))
        .flag_if_supported("-w")
        .compile("ito_shim");
}
