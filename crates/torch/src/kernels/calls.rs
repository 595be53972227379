//! The only way into the C++ kernels.
#![allow(unsafe_code)]

use super::Level;

/// `ItoConv` of calls.h, which says what the fields mean.
#[derive(Debug)]
#[repr(C)]
pub(super) struct ConvCall {
    pub rows: i64,
    pub first: i64,
    pub second: i64,
    pub h: i64,
    pub w: i64,
    pub x: *const f32,
    pub beside: *const f32,
    pub groups: i64,
    pub silu: i64,
    pub eps: f64,
    pub norm_weight: *const f32,
    pub norm_bias: *const f32,
    pub scale_shift: *const f32,
    pub weights: *const f32,
    pub bias: *const f32,
    pub out: i64,
    pub kernel: i64,
    pub stride: i64,
    pub before: i64,
    pub doubled: i64,
    pub height: i64,
    pub width: i64,
    pub units: i64,
    pub column: i64,
    pub line: i64,
    pub half: i64,
    pub padded_height: i64,
    pub scratch: *mut f32,
    pub by_row: *const f32,
    pub residual: *const f32,
    pub factor: f64,
    pub y: *mut f32,
}

/// `ItoAttention` of calls.h.
#[derive(Debug)]
#[repr(C)]
pub(super) struct AttentionCall {
    pub rows: i64,
    pub channels: i64,
    pub heads: i64,
    pub tokens: i64,
    pub scale: f64,
    pub qkv: *const f32,
    pub scratch: *mut f32,
    pub y: *mut f32,
}

unsafe extern "C" {
    fn ito_convolve_plain(call: *const ConvCall);
    fn ito_attend_plain(call: *const AttentionCall);
}

#[cfg(target_arch = "x86_64")]
unsafe extern "C" {
    fn ito_convolve_avx2(call: *const ConvCall);
    fn ito_attend_avx2(call: *const AttentionCall);
    fn ito_convolve_avx512(call: *const ConvCall);
    fn ito_attend_avx512(call: *const AttentionCall);
    fn ito_convolve_avx512bf16(call: *const ConvCall);
}

/// Runs the convolution: with products of bf16 pairs if `pairs`, which needs the level of that name.
///
/// # Safety
/// The processor has the level. Every pointer that is not null holds as many numbers as its comment in calls.h says, the scratch
/// memory `padded_height * line` and one line of `2 half` behind it plus 16; nothing else uses `scratch` or `y` meanwhile.
pub(super) unsafe fn convolve(level: Level, pairs: bool, call: &ConvCall) {
    // SAFETY: the caller's promise; the functions read and write only where those pointers point.
    unsafe {
        match level {
            #[cfg(target_arch = "x86_64")]
            Level::Avx512Bf16 if pairs => ito_convolve_avx512bf16(call),
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 | Level::Avx512Bf16 => ito_convolve_avx512(call),
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => ito_convolve_avx2(call),
            _ => ito_convolve_plain(call),
        }
    }
}

/// Runs the attention.
///
/// # Safety
/// As for [`convolve`]; the scratch memory has room for 32 numbers a token.
pub(super) unsafe fn attend(level: Level, call: &AttentionCall) {
    // SAFETY: the caller's promise.
    unsafe {
        match level {
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 | Level::Avx512Bf16 => ito_attend_avx512(call),
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => ito_attend_avx2(call),
            _ => ito_attend_plain(call),
        }
    }
}
