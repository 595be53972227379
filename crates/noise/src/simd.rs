//! The widest vectors of this processor, found when the program runs.

use std::fmt;

/// A set of vector instructions that this processor has: holding the value is the proof of it.
///
/// Code run [with vectors](Vectors::run) is compiled once for every set. None of them contracts a product and a sum into one
/// rounding, so all give the same bits and differ in speed alone.
///
/// ```
/// use ito_noise::Vectors;
///
/// let x = [1.0_f32; 64];
/// let sum = Vectors::widest().run(#[inline(always)] || x.map(|x| 2.0 * x + 1.0));
/// assert_eq!(sum, [3.0; 64]);
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Vectors(Set);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Set {
    /// What the program was built for: 128-bit vectors by default on x86-64.
    Plain,
    /// 256-bit vectors.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// 512-bit vectors.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Vectors {
    /// What the program was built for, nothing found at run time.
    pub const PLAIN: Vectors = Vectors(Set::Plain);

    /// The widest that this processor has.
    pub fn widest() -> Vectors {
        *Vectors::available().last().expect("the plain level is always there")
    }

    /// All that this processor has, the plain one first, the widest last.
    pub fn available() -> &'static [Vectors] {
        #[cfg(target_arch = "x86_64")]
        {
            const ALL: [Vectors; 3] = [Vectors(Set::Plain), Vectors(Set::Avx2), Vectors(Set::Avx512)];
            // The answers are cached by the standard library.
            let avx2 = is_x86_feature_detected!("avx2");
            let avx512 = is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512vl");
            &ALL[..1 + usize::from(avx2) + usize::from(avx2 && avx512)]
        }
        #[cfg(not(target_arch = "x86_64"))]
        {
            &[Vectors::PLAIN]
        }
    }

    /// Runs a function compiled for this level.
    ///
    /// The closure and all that should gain must be inlined into it, best by `#[inline(always)]` (before a closure too, where
    /// it is an argument). What is not inlined stays as the program was built: the same numbers, slower.
    #[inline(always)]
    pub fn run<R>(self, f: impl FnOnce() -> R) -> R {
        match self.0 {
            Set::Plain => f(),
            // SAFETY: calling a function with target features is undefined only on a processor without them. A `Vectors` that
            // names a set is made in `available` alone, after the processor was asked for every feature of that set; its
            // field is private.
            #[cfg(target_arch = "x86_64")]
            #[allow(unsafe_code)]
            Set::Avx2 => unsafe { avx2(f) },
            #[cfg(target_arch = "x86_64")]
            #[allow(unsafe_code)]
            Set::Avx512 => unsafe { avx512(f) },
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2<R>(f: impl FnOnce() -> R) -> R {
    f()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,avx512f,avx512dq,avx512bw,avx512vl")]
fn avx512<R>(f: impl FnOnce() -> R) -> R {
    f()
}

/// `plain`, `avx2`, `avx512`.
impl fmt::Display for Vectors {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self.0 {
            Set::Plain => "plain",
            #[cfg(target_arch = "x86_64")]
            Set::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Set::Avx512 => "avx512",
        })
    }
}

impl fmt::Debug for Vectors {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "Vectors({self})")
    }
}
