//! Which numbers dropout keeps: made on the host from a stream of its own, then carried to the device.
use ito_noise::Stream;
use tch::Tensor;

/// What a batch `[B, ..]` is multiplied by where numbers drop out with probability `rate`: 0, or `1 / (1 - rate)`, which keeps the mean
/// (Srivastava et al. 2014). In the shape, dtype and on the device of `like`; `rate` is from 0 to less than 1.
///
/// Entry i of row k is a function of (seed, layer, `first + k`, i) alone: a layer computed a second time drops the same numbers, in
/// any batch. It is word `i % 4` of block `i / 4` of that sample of the stream `dropout/LAYER`, kept if at least `rate 2^32`.
pub fn dropout_mask(seed: u64, layer: u32, first: u64, rate: f64, like: &Tensor) -> Tensor {
    let stream = Stream::new(seed, &format!("dropout/{layer}"));
    let rows = like.size().first().copied().unwrap_or(0) as usize;
    let count = like.numel().checked_div(rows).unwrap_or(0);
    let (least, kept) = ((rate * 2f64.powi(32)) as u32, (1.0 / (1.0 - rate)) as f32);
    let mut mask = Vec::with_capacity(rows * count);
    for row in 0..rows as u64 {
        let words = (0..count.div_ceil(4) as u64).flat_map(|block| stream.words(first.wrapping_add(row), block));
        mask.extend(words.take(count).map(|word| if word >= least { kept } else { 0.0 }));
    }
    Tensor::from_slice(&mask).view(like.size().as_slice()).to_kind(like.kind()).to_device(like.device())
}
