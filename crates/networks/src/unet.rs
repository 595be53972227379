//! The U-Net: Ronneberger et al. 2015, as Ho et al. 2020 use it.
use crate::blocks::{Attention, Downsample, ResnetBlock, Upsample};
use crate::layers::{Conv, GroupNorm, Start};
use crate::time::TimeEmbedding;
use crate::{ConfigError, UNetConfig};
use ito_torch::Scope;
use tch::Tensor;

/// Pictures and times to pictures, `[B, C, H, W], [B] -> [B, C, H, W]`.
///
/// Any H and W that divide into patches; odd sizes are rounded up on the way down and come back on the way up. Parameter
/// names are those of diffusers' `UNet2DModel`.
#[derive(Debug)]
pub struct UNet {
    patch: i64,
    conv_in: Conv,
    time: TimeEmbedding,
    down: Vec<DownLevel>,
    middle: (ResnetBlock, Attention, ResnetBlock),
    up: Vec<UpLevel>,
    conv_norm_out: GroupNorm,
    conv_out: Conv,
}

#[derive(Debug)]
struct DownLevel {
    blocks: Vec<(ResnetBlock, Option<Attention>)>,
    downsample: Option<Downsample>,
}

#[derive(Debug)]
struct UpLevel {
    blocks: Vec<(ResnetBlock, Option<Attention>)>,
    upsample: Option<Upsample>,
}

/// What every block of one network is built with.
struct Plan<'a> {
    config: &'a UNetConfig,
    embedding: usize,
}

impl UNet {
    /// A network for pictures of `[channels, height, width]`.
    ///
    /// # Errors
    /// [`ConfigError`] where the configuration makes no network for such pictures.
    pub fn new(config: &UNetConfig, picture: [usize; 3], scope: &Scope) -> Result<UNet, ConfigError> {
        let [channels, height, width] = picture;
        config.check(height, width)?;
        let first = config.channels[0];
        let plan = Plan { config, embedding: TimeEmbedding::width(first) };
        let cut = channels * config.patch * config.patch;
        let conv_in = Conv::new(&scope.child("conv_in"), cut, first, 3, 1, Start::Random);
        let time = TimeEmbedding::new(scope, config.time, first);
        let (down, skips) = plan.down(scope, first);
        let last = *config.channels.last().expect("checked");
        let middle = plan.middle(&scope.child("mid_block"), last);
        Ok(UNet {
            patch: config.patch as i64,
            conv_in,
            time,
            down,
            middle,
            up: plan.up(scope, skips, last),
            conv_norm_out: GroupNorm::new(&scope.child("conv_norm_out"), first, config.groups),
            conv_out: Conv::new(&scope.child("conv_out"), first, cut, 3, 1, Start::Zero),
        })
    }

    /// `x` is `[B, C, H, W]`, `t` is `[B]` in [0, 1].
    pub fn forward(&self, x: &Tensor, t: &Tensor) -> Tensor {
        let activated = self.time.forward(t).silu();
        let mut h = self.conv_in.forward(&self.cut(x));
        let mut skips = vec![h.shallow_clone()];
        for level in &self.down {
            for (block, attention) in &level.blocks {
                h = attend(attention, block.forward(&h, &activated));
                skips.push(h.shallow_clone());
            }
            if let Some(downsample) = &level.downsample {
                h = downsample.forward(&h);
                skips.push(h.shallow_clone());
            }
        }
        let (first, attention, second) = &self.middle;
        h = second.forward(&attention.forward(&first.forward(&h, &activated)), &activated);
        for level in &self.up {
            for (block, attention) in &level.blocks {
                let skip = skips.pop().expect("as many skips as blocks upwards");
                h = attend(attention, block.forward(&Tensor::cat(&[h, skip], 1), &activated));
            }
            if let (Some(upsample), Some(above)) = (&level.upsample, skips.last()) {
                let size = above.size();
                h = upsample.forward(&h, size[2], size[3]);
            }
        }
        self.join(&self.conv_out.forward(&self.conv_norm_out.forward(&h).silu()))
    }

    /// Squares of pixels to channels, `[B, C, H, W] -> [B, C p p, H / p, W / p]`.
    fn cut(&self, x: &Tensor) -> Tensor {
        if self.patch == 1 { x.shallow_clone() } else { x.pixel_unshuffle(self.patch) }
    }

    /// The inverse of `cut`.
    fn join(&self, x: &Tensor) -> Tensor {
        if self.patch == 1 { x.shallow_clone() } else { x.pixel_shuffle(self.patch) }
    }
}

fn attend(attention: &Option<Attention>, h: Tensor) -> Tensor {
    match attention {
        Some(attention) => attention.forward(&h),
        None => h,
    }
}

impl Plan<'_> {
    /// The levels downwards, and the channels of every skip connection they leave.
    fn down(&self, scope: &Scope, first: usize) -> (Vec<DownLevel>, Vec<usize>) {
        let (mut skips, mut input) = (vec![first], first);
        let levels = self.config.channels.len();
        let mut down = Vec::with_capacity(levels);
        for (k, &output) in self.config.channels.iter().enumerate() {
            let place = scope.child("down_blocks").child(k);
            let mut blocks = Vec::new();
            for layer in 0..self.config.layers {
                blocks.push(self.block(&place, layer, k, input, output));
                input = output;
                skips.push(output);
            }
            let downsample = (k + 1 < levels).then(|| Downsample::new(&place.child("downsamplers.0"), output));
            if downsample.is_some() {
                skips.push(output);
            }
            down.push(DownLevel { blocks, downsample });
        }
        (down, skips)
    }

    fn middle(&self, place: &Scope, channels: usize) -> (ResnetBlock, Attention, ResnetBlock) {
        let block = |k: usize| self.resnet(&place.child("resnets").child(k), channels, channels);
        let attention = self.attention(&place.child("attentions.0"), channels);
        (block(0), attention, block(1))
    }

    fn up(&self, scope: &Scope, mut skips: Vec<usize>, mut input: usize) -> Vec<UpLevel> {
        let levels = self.config.channels.len();
        let mut up = Vec::with_capacity(levels);
        for (k, level) in (0..levels).rev().enumerate() {
            let place = scope.child("up_blocks").child(k);
            let output = self.config.channels[level];
            let mut blocks = Vec::new();
            for layer in 0..=self.config.layers {
                let skip = skips.pop().expect("one skip a block upwards");
                blocks.push(self.block(&place, layer, level, input + skip, output));
                input = output;
            }
            let upsample = (level > 0).then(|| Upsample::new(&place.child("upsamplers.0"), output));
            up.push(UpLevel { blocks, upsample });
        }
        up
    }

    fn block(&self, place: &Scope, layer: usize, level: usize, input: usize, output: usize) -> (ResnetBlock, Option<Attention>) {
        let attends = self.config.attention_levels.contains(&level);
        let resnet = self.resnet(&place.child("resnets").child(layer), input, output);
        (resnet, attends.then(|| self.attention(&place.child("attentions").child(layer), output)))
    }

    fn resnet(&self, place: &Scope, input: usize, output: usize) -> ResnetBlock {
        ResnetBlock::new(place, input, output, self.embedding, self.config.groups)
    }

    fn attention(&self, place: &Scope, channels: usize) -> Attention {
        Attention::new(place, channels, self.config.head_dim, self.config.groups)
    }
}
