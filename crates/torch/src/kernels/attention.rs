//! Self-attention between the two linear maps.
#![allow(unsafe_code)]

use super::calls::{AttentionCall, attend};
use super::convolution::{plain, pointer};
use super::{Level, scratch};
use tch::{Device, Kind, Tensor};

/// `softmax(q^T k / sqrt(d)) v` in heads of d channels: queries, keys and values of all heads, `[B, 3 C, H, W]`, to `[B, C, H, W]`,
/// in f32. Vaswani et al. 2017, equation 1.
///
/// # Panics
/// If 3 times the number of heads does not divide the channels, or the processor lacks the level.
pub fn attention(qkv: &Tensor, heads: usize, level: Level) -> Tensor {
    assert!(Level::available().contains(&level), "this processor has no {level:?}");
    let qkv = plain(qkv);
    let (rows, three, h, w) = qkv.size4().expect("queries, keys and values [B, 3 C, H, W]");
    let (channels, tokens) = (three / 3, h * w);
    assert!(heads > 0 && three % (3 * heads as i64) == 0, "{heads} heads of {three} channels");
    let y = Tensor::empty([rows, channels, h, w], (Kind::Float, Device::Cpu));
    scratch::with(tokens as usize * 32, |scratch| {
        let scale = 1.0 / ((channels / heads as i64) as f64).sqrt();
        let heads = heads as i64;
        let y = y.data_ptr().cast();
        let call = AttentionCall { rows, channels, heads, tokens, scale, qkv: pointer(Some(&qkv)), scratch, y };
        // SAFETY: the processor has the level; both tensors are contiguous f32 of these shapes and outlive the call, `y` is new, the
        // scratch memory this thread's own.
        unsafe { attend(level, &call) };
    });
    y
}
