//! What the processor can do.

/// Vector instructions that the kernels are compiled for. The last bits of a result differ between levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Vectors of 4 numbers, which every processor has.
    Plain,
    /// x86 with AVX2 and FMA: 8 numbers.
    Avx2,
    /// x86 with AVX-512 F, BW, DQ and VL: 16 numbers.
    Avx512,
    /// And AVX512-BF16: products of bf16 pairs, twice as many.
    Avx512Bf16,
}

impl Level {
    /// All that this processor can run, the best last.
    pub fn available() -> Vec<Level> {
        let mut levels = vec![Level::Plain];
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::is_x86_feature_detected as has;
            if has!("avx2") && has!("fma") {
                levels.push(Level::Avx2);
                if has!("avx512f") && has!("avx512bw") && has!("avx512dq") && has!("avx512vl") {
                    levels.push(Level::Avx512);
                    if has!("avx512bf16") {
                        levels.push(Level::Avx512Bf16);
                    }
                }
            }
        }
        levels
    }

    /// The best that this processor can run.
    pub fn best() -> Level {
        static BEST: std::sync::OnceLock<Level> = std::sync::OnceLock::new();
        *BEST.get_or_init(|| *Level::available().last().expect("the plain level is always there"))
    }

    /// Numbers in a vector.
    pub(super) fn lanes(self) -> usize {
        match self {
            Level::Plain => 4,
            Level::Avx2 => 8,
            Level::Avx512 | Level::Avx512Bf16 => 16,
        }
    }
}
