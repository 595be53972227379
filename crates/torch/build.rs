//! Compiles the shim against libtorch's headers and lets binaries and tests find libtorch without LD_LIBRARY_PATH.
use std::path::Path;

fn main() {
    for source in ["src/guarded.h", "src/shim.cpp", "src/autograd.cpp"] {
        println!("cargo:rerun-if-changed={source}");
    }
    kernels();
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

/// The kernels, once for each kind of vectors. They know nothing of libtorch, and are optimised in every profile.
fn kernels() {
    println!("cargo:rerun-if-changed=src/kernels");
    let avx512 = "-mavx2 -mfma -mavx512f -mavx512bw -mavx512dq -mavx512vl";
    let levels = [
        ("plain", String::new()),
        ("avx2", "-mavx2 -mfma".to_owned()),
        ("avx512", avx512.to_owned()),
        ("avx512bf16", format!("{avx512} -mavx512bf16")),
    ];
    let x86 = std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "x86_64");
    for (name, flags) in levels.iter().take(if x86 { levels.len() } else { 1 }) {
        cc::Build::new()
            .cpp(true)
            .std("c++17")
            .opt_level(3)
            .flag("-ffp-contract=fast")
            .flags(flags.split_whitespace())
            .flag_if_supported("-w")
            .file(format!("src/kernels/{name}.cpp"))
            .compile(&format!("ito_kernels_{name}"));
    }
}
