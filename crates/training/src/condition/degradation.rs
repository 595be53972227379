//! Pictures made from pictures, for the network to undo.
use crate::TrainError;
use crate::condition::{ConditionConfig, PictureName, unknown_pixels};
use ito_noise::Stream;
use tch::{Kind, Tensor};

/// What becomes of a picture `[c, H, W]` before the network sees it beside the noisy one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Degradation {
    /// Means of squares of `factor` x `factor` pixels, each blown up to its square again: `[c, H, W]`. Saharia et al. 2021,
    /// arXiv:2104.07636, section 2, put it beside the noisy picture so.
    SuperResolution {
        /// Divides H and W.
        factor: usize,
    },
    /// The mask, 1 where a pixel is unknown, then the picture, 0 there: `[1 + c, H, W]`; the law of masks is that of
    /// [`unknown_pixels`]. As Rombach et al. 2022, arXiv:2112.10752, section 4.5.
    Inpainting,
}

impl Degradation {
    /// What a configuration says, for rows of a shape.
    ///
    /// # Errors
    /// [`TrainError::Config`] for rows that are no pictures, or a factor that does not divide them.
    pub fn new(config: &ConditionConfig, shape: &[usize]) -> Result<Option<Degradation>, TrainError> {
        let (factor, picture) = (config.factor, config.picture);
        match (picture, shape) {
            (PictureName::None, _) => Ok(None),
            (PictureName::Inpainting, [_, _, _]) => Ok(Some(Degradation::Inpainting)),
            (PictureName::SuperResolution, &[_, height, width]) => {
                let fits = factor > 1 && height.is_multiple_of(factor) && width.is_multiple_of(factor);
                fits.then_some(Some(Degradation::SuperResolution { factor })).ok_or_else(|| {
                    let what = "must be at least 2 and divide height and width of the pictures";
                    TrainError::Config(format!("condition.factor = {factor} {what}, {height} x {width}"))
                })
            }
            _ => Err(TrainError::Config(format!(
                "condition.picture is for pictures, but the data are rows of shape {shape:?}"
            ))),
        }
    }

    /// How many channels it has for pictures of so many.
    pub fn channels(self, channels: usize) -> usize {
        match self {
            Degradation::SuperResolution { .. } => channels,
            Degradation::Inpainting => 1 + channels,
        }
    }

    /// What the network sees beside pictures `[B, c, H, W]`: `[B, channels, H, W]`. Row k draws its mask as sample `ids[k]` of `masks`.
    pub fn of(self, x0: &Tensor, masks: Stream, ids: &[u64]) -> Tensor {
        match self {
            Degradation::SuperResolution { factor } => {
                let side = factor as i64;
                self.blown_up(&x0.avg_pool2d([side; 2], [side; 2], [0; 2], false, true, None))
            }
            Degradation::Inpainting => {
                let size = x0.size();
                let (height, width) = (size[2] as usize, size[3] as usize);
                let unknown = ids.iter().flat_map(|&id| unknown_pixels(masks, id, height, width));
                let unknown: Vec<f32> = unknown.map(|pixel| f32::from(u8::from(pixel))).collect();
                let mask = Tensor::from_slice(&unknown).view([size[0], 1, size[2], size[3]]);
                masked(x0, &mask.to_kind(x0.kind()).to_device(x0.device()))
            }
        }
    }

    /// A low resolution `[B, c, H / factor, W / factor]` at the size of the data, each pixel a square; of inpainting as it is.
    pub fn blown_up(self, low: &Tensor) -> Tensor {
        let Degradation::SuperResolution { factor } = self else { return low.shallow_clone() };
        let size = low.size();
        low.upsample_nearest2d([size[2] * factor as i64, size[3] * factor as i64], None, None)
    }

    /// The part that can be looked at, `[B, c, H, W]`: the low resolution, or the picture, gray where it is unknown.
    pub fn shown(self, beside: &Tensor) -> Tensor {
        match self {
            Degradation::SuperResolution { .. } => beside.shallow_clone(),
            Degradation::Inpainting => beside.narrow(1, 1, beside.size()[1] - 1),
        }
    }

    /// Samples with the pixels that are known put back; those of super-resolution as they are.
    pub fn kept(self, x: &Tensor, beside: &Tensor) -> Tensor {
        match self {
            Degradation::SuperResolution { .. } => x.shallow_clone(),
            Degradation::Inpainting => {
                let unknown = beside.narrow(1, 0, 1).gt(0.5);
                x.where_self(&unknown, &self.shown(beside).to_kind(x.kind()))
            }
        }
    }
}

/// The mask, then the pictures with 0 where it is 1.
pub(crate) fn masked(x0: &Tensor, mask: &Tensor) -> Tensor {
    let known: Tensor = 1.0 - mask;
    Tensor::cat(&[mask.to_kind(Kind::Float), (x0 * known).to_kind(Kind::Float)], 1)
}
