//! Half and double the size without weights.
use super::plan::Way;
use tch::Tensor;

/// How a residual block changes the size of its two ways.
#[derive(Debug)]
pub(super) enum Resample {
    /// As it is.
    Keep,
    /// Means of 2 x 2 pixels, `[B, C, H, W] -> [B, C, H / 2, W / 2]`, rounded down.
    Average,
    /// Each pixel four times, `[B, C, H, W] -> [B, C, 2 H, 2 W]`.
    Nearest,
    /// See [`Fir`].
    FirHalf(Fir),
    /// See [`Fir`].
    FirDouble(Fir),
}

impl Resample {
    /// For tensors of the dtype and device of `like`.
    pub fn new(way: Way, like: &Tensor) -> Resample {
        match way {
            Way::Keep => Resample::Keep,
            Way::Average => Resample::Average,
            Way::Nearest => Resample::Nearest,
            Way::FirHalf => Resample::FirHalf(Fir::new(like)),
            Way::FirDouble => Resample::FirDouble(Fir::new(like)),
        }
    }

    /// `[B, C, H, W] -> [B, C, H', W']`.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        match self {
            Resample::Keep => x.shallow_clone(),
            Resample::Average => x.avg_pool2d([2; 2], [2; 2], [0; 2], false, true, None),
            Resample::Nearest => nearest(x),
            Resample::FirHalf(fir) => fir.half(x),
            Resample::FirDouble(fir) => fir.double(x),
        }
    }
}

/// Each pixel four times, `[B, C, H, W] -> [B, C, 2 H, 2 W]`.
pub(super) fn nearest(x: &Tensor) -> Tensor {
    let size = x.size();
    x.upsample_nearest2d([2 * size[2], 2 * size[3]], None, None)
}

/// Resampling with the binomial filter `(1, 3, 3, 1) / 8` along both axes, zeros around the picture: it removes what would come back
/// as false low frequencies (Zhang 2019, "Making convolutional networks shift-invariant again"; Song et al. 2021).
#[derive(Debug)]
pub(super) struct Fir {
    /// `[1, 1, 4, 4]`, sum 1.
    kernel: Tensor,
}

impl Fir {
    /// For tensors of the dtype and device of `like`; exact in every dtype.
    pub fn new(like: &Tensor) -> Fir {
        let line = Tensor::from_slice(&[1f32, 3.0, 3.0, 1.0]) / 8.0;
        let kernel = line.outer(&line).view([1, 1, 4, 4]);
        Fir { kernel: kernel.to_kind(like.kind()).to_device(like.device()) }
    }

    /// `[B, C, H, W] -> [B, C, H / 2, W / 2]`, rounded down: filtered, then every second pixel.
    pub fn half(&self, x: &Tensor) -> Tensor {
        let channels = x.size()[1];
        x.conv2d(&self.over(x), None::<Tensor>, [2; 2], [1; 2], [1; 2], channels)
    }

    /// `[B, C, H, W] -> [B, C, 2 H, 2 W]`: zeros between the pixels, then filtered, times 4 to keep a flat picture's value.
    pub fn double(&self, x: &Tensor) -> Tensor {
        let channels = x.size()[1];
        let kernel = self.over(x) * 4.0;
        x.conv_transpose2d(&kernel, None::<Tensor>, [2; 2], [1; 2], [0; 2], channels, [1; 2])
    }

    /// The same filter for each channel of x, in its dtype.
    fn over(&self, x: &Tensor) -> Tensor {
        self.kernel.to_kind(x.kind()).expand([x.size()[1], 1, 4, 4], false)
    }
}
