//! The U-Net: Ronneberger et al. 2015, as Ho et al. 2020 use it, with skip connections that add.
use crate::blocks::{Attention, Downsample, ResnetBlock, Upsample};
use crate::checkpointed::Checkpointed;
use crate::condition::ConditionEmbedding;
use crate::layers::{Conv, GroupNorm, Start};
use crate::time::TimeEmbedding;
use crate::{ConfigError, Given, Interface, Network, UNetConfig};
use ito_torch::Scope;
use tch::Tensor;

/// Pictures and times to pictures, `[B, C, H, W], [B] -> [B, C, H, W]`.
///
/// Any H and W; odd sizes are rounded up on the way down and come back on the way up. Parameters
/// are named in the manner of diffusers' `UNet2DModel`.
#[derive(Debug)]
pub struct UNet {
    patch: i64,
    conv_in: Conv,
    time: TimeEmbedding,
    condition: ConditionEmbedding,
    down: Vec<(Stage, Downsample)>,
    middle: Stage,
    up: Vec<(Upsample, Stage)>,
    conv_norm_out: GroupNorm,
    conv_out: Conv,
}

/// Residual blocks of one level, the first of them followed by attention where the level has it.
#[derive(Debug)]
struct Stage {
    resnets: Vec<Checkpointed<ResnetBlock>>,
    attention: Option<Checkpointed<Attention>>,
}

impl UNet {
    /// A network for pictures.
    ///
    /// # Errors
    /// [`ConfigError`] where the configuration makes no network for such pictures.
    pub fn new(config: &UNetConfig, interface: &Interface, scope: &Scope) -> Result<UNet, ConfigError> {
        config.check(interface)?;
        let [channels, ..] = interface.picture("unet")?;
        let cut = |channels| channels * config.patch * config.patch;
        let (first, last) = (config.channels[0], config.channels.len() - 1);
        let conv_in = Conv::new(&scope.child("conv_in"), cut(channels + interface.beside), first, 3, 1, Start::Random);
        let time = TimeEmbedding::new(scope, config.time, config.time_features, config.embedding);
        let condition = ConditionEmbedding::new(scope, interface, config.embedding);
        let down = (0..last).map(|level| {
            let place = scope.child("down_blocks").child(level);
            let stage = Stage::new(&place, config, level, config.layers);
            (stage, Downsample::new(&place.child("downsamplers.0"), config.channels[level], config.channels[level + 1]))
        });
        let down = down.collect();
        let middle = Stage::new(&scope.child("mid_block"), config, last, config.middle);
        let up = (0..last).rev().enumerate().map(|(k, level)| {
            let place = scope.child("up_blocks").child(k);
            let (below, here) = (config.channels[level + 1], config.channels[level]);
            let upsample = Upsample::new(&place.child("upsamplers.0"), below, here, config.groups);
            (upsample, Stage::new(&place, config, level, config.layers))
        });
        Ok(UNet {
            patch: config.patch as i64,
            conv_in,
            time,
            condition,
            down,
            middle,
            up: up.collect(),
            conv_norm_out: GroupNorm::new(&scope.child("conv_norm_out"), first, config.groups),
            conv_out: Conv::new(&scope.child("conv_out"), first, cut(channels), 3, 1, Start::Zero),
        })
    }

    /// `x` is `[B, C, H, W]`, `t` is `[B]` in [0, 1]; told nothing else.
    pub fn forward(&self, x: &Tensor, t: &Tensor) -> Tensor {
        self.told(x, t, &Given::default())
    }

    fn told(&self, x: &Tensor, t: &Tensor, given: &Given) -> Tensor {
        let activated = self.condition.forward(self.time.forward(t), given).silu();
        let mut h = self.conv_in.forward(&self.cut(x));
        let mut skips = Vec::with_capacity(self.down.len());
        for (stage, downsample) in &self.down {
            let skip = stage.forward(h, &activated);
            h = downsample.forward(&skip);
            skips.push(skip);
        }
        h = self.middle.forward(h, &activated);
        for ((upsample, stage), skip) in self.up.iter().zip(skips.iter().rev()) {
            let size = skip.size();
            h = stage.forward(upsample.forward(&h, size[2], size[3]) + skip, &activated);
        }
        let size = x.size();
        self.join(&self.conv_out.forward(&self.conv_norm_out.forward(&h).silu()), size[2], size[3])
    }

    /// Squares of pixels to channels, `[B, C, H, W] -> [B, C p p, H / p, W / p]`, rounded up: the last row and column are
    /// repeated where a patch would hang over the edge.
    fn cut(&self, x: &Tensor) -> Tensor {
        if self.patch == 1 {
            return x.shallow_clone();
        }
        let over = |side: i64| (self.patch - side % self.patch) % self.patch;
        let (below, right) = (over(x.size()[2]), over(x.size()[3]));
        let whole = if below + right == 0 { x.shallow_clone() } else { x.replication_pad2d([0, right, 0, below]) };
        whole.pixel_unshuffle(self.patch)
    }

    /// The inverse of `cut`.
    fn join(&self, x: &Tensor, height: i64, width: i64) -> Tensor {
        if self.patch == 1 {
            return x.shallow_clone();
        }
        x.pixel_shuffle(self.patch).narrow(2, 0, height).narrow(3, 0, width)
    }
}

impl Network for UNet {
    fn forward(&self, x: &Tensor, time: &Tensor, given: &Given) -> Tensor {
        self.told(x, time, given)
    }
}

impl Stage {
    fn new(place: &Scope, config: &UNetConfig, level: usize, count: usize) -> Stage {
        let channels = config.channels[level];
        let resnet = |k| ResnetBlock::new(&place.child("resnets").child(k), channels, config.embedding, config.groups);
        let attends = count > 0 && config.attention_levels.contains(&level);
        let (head, groups) = (config.head_dim, config.groups);
        let attention = || Attention::new(&place.child("attentions.0"), channels, head, groups, config.products);
        Stage {
            resnets: (0..count).map(|k| Checkpointed::new(resnet(k), config.checkpointing)).collect(),
            attention: attends.then(|| Checkpointed::new(attention(), config.checkpointing)),
        }
    }

    /// Shape kept.
    fn forward(&self, mut h: Tensor, activated: &Tensor) -> Tensor {
        for (k, resnet) in self.resnets.iter().enumerate() {
            h = resnet.forward(&[&h, activated], |block, given| block.forward(&given[0], &given[1]));
            if let (0, Some(attention)) = (k, &self.attention) {
                h = attention.forward(&[&h], |block, given| block.forward(&given[0]));
            }
        }
        h
    }
}
