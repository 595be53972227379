//! What a U-Net is made of.
use crate::{Interface, Products, TimeFeatures, UNet2dError};
use serde::{Deserialize, Serialize};

/// The shape of a [`UNet`](crate::UNet). Channels of the data are not part of it: they come with the data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UNetConfig {
    /// Side of the squares of pixels that become channels before the first convolution (1: none). The convolutions then run
    /// on pictures that are smaller by this factor, with more channels, which is where a CPU is efficient.
    pub patch: usize,
    /// Channels of each level, finest first; each level has half the size of the one above, and the last is the middle.
    pub channels: Vec<usize>,
    /// Residual blocks of each level on the way down, and again on the way up.
    pub layers: usize,
    /// Residual blocks of the middle.
    pub middle: usize,
    /// Levels with self-attention, counted from 0, the finest: behind the first residual block on the way down, of the middle,
    /// and on the way up.
    pub attention_levels: Vec<usize>,
    /// Channels of one attention head.
    pub head_dim: usize,
    /// Groups of the group normalisations.
    pub groups: usize,
    /// Features of time.
    pub time: TimeFeatures,
    /// Numbers that a time becomes, an even number.
    pub time_features: usize,
    /// Width of the embedding that they are mapped to.
    pub embedding: usize,
    /// Whether training keeps the input of each block only and computes the block a second time: about a third more time, far less
    /// memory, the same numbers. No part of the weights.
    pub checkpointing: bool,
    /// How attention is computed: no key, what is made of the network decides.
    #[serde(skip)]
    pub products: Products,
}

impl Default for UNetConfig {
    fn default() -> Self {
        UNetConfig {
            patch: 2,
            channels: vec![48, 96],
            layers: 1,
            middle: 3,
            attention_levels: vec![1],
            head_dim: 24,
            groups: 8,
            time: TimeFeatures::Sinusoidal,
            time_features: 64,
            embedding: 128,
            checkpointing: false,
            products: Products::Fused,
        }
    }
}

/// A configuration that makes no network; says which key, what it is and what it must be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Zero where at least one is needed, or an empty list.
    #[error("network.{0} must be at least 1")]
    Zero(&'static str),
    /// More than any network here has; most likely a slip of the keyboard.
    #[error("network.{key} = {value} is more than {}", Self::MOST)]
    Huge {
        /// The key.
        key: &'static str,
        /// Its value.
        value: usize,
    },
    /// Channels must split into groups and heads.
    #[error("network.channels has {channels}, which network.{by} = {divisor} does not divide")]
    Indivisible {
        /// Channels of one level.
        channels: usize,
        /// The key whose value should divide them.
        by: &'static str,
        /// Its value.
        divisor: usize,
    },
    /// Features of time come in pairs.
    #[error("network.time_features = {0} must be even")]
    OddFeatures(usize),
    /// There is no such level.
    #[error("network.attention_levels names level {level}, but network.channels has levels 0 to {last}")]
    NoSuchLevel {
        /// The level named.
        level: usize,
        /// The last there is.
        last: usize,
    },
    /// Pictures and points need different networks.
    #[error(
        "network.kind = \"{kind}\" is for pictures, but the data are rows of shape {shape:?}: points take network.kind = \"mlp\""
    )]
    NoPictures {
        /// The kind of network.
        kind: &'static str,
        /// Shape of a row of the data.
        shape: Vec<usize>,
    },
    /// The gradient of an energy is differentiated again in training.
    #[error(
        "network.checkpointing = true: blocks computed twice have no gradient of their gradient, which an energy needs"
    )]
    CheckpointedEnergy,
    /// Points and pictures need different networks.
    #[error(
        "network.kind = \"{kind}\" is for points, but the data are rows of shape {shape:?}: pictures take network.kind = \"unet\""
    )]
    NoPoints {
        /// The kind of network.
        kind: &'static str,
        /// Shape of a row of the data.
        shape: Vec<usize>,
    },
    /// A deviation that is none.
    #[error("network.{key} = {value} must be from 1e-6 to 1000")]
    Scale {
        /// The key.
        key: &'static str,
        /// Its value.
        value: String,
    },
    /// A U-Net of diffusers' that cannot be, or not for the data.
    #[error("network: {0}")]
    Unet2d(#[from] UNet2dError),
    /// Halving that often leaves nothing to halve.
    #[error("pictures of {height} x {width} are too small for {levels} levels of network.channels")]
    TooDeep {
        /// Picture height.
        height: usize,
        /// Picture width.
        width: usize,
        /// Number of levels.
        levels: usize,
    },
}

impl ConfigError {
    /// The largest number that any key takes.
    pub(crate) const MOST: usize = 8192;
}

impl UNetConfig {
    /// Proves that the configuration makes a network for such data.
    ///
    /// # Errors
    /// The first [`ConfigError`] found.
    pub fn check(&self, interface: &Interface) -> Result<(), ConfigError> {
        let [_, height, width] = interface.picture("unet")?;
        let counts = [
            ("patch", self.patch),
            ("channels", self.channels.len()),
            ("middle", self.middle),
            ("head_dim", self.head_dim),
            ("groups", self.groups),
            ("time_features", self.time_features),
            ("embedding", self.embedding),
        ];
        if let Some((key, _)) = counts.into_iter().find(|(_, value)| *value == 0) {
            return Err(ConfigError::Zero(key));
        }
        let all =
            counts.into_iter().chain([("layers", self.layers)]).chain(self.channels.iter().map(|&c| ("channels", c)));
        if let Some((key, value)) = all.into_iter().find(|(_, value)| *value > ConfigError::MOST) {
            return Err(ConfigError::Huge { key, value });
        }
        if !self.time_features.is_multiple_of(2) {
            return Err(ConfigError::OddFeatures(self.time_features));
        }
        for (level, &channels) in self.channels.iter().enumerate() {
            self.check_level(level, channels)?;
        }
        let last = self.channels.len() - 1;
        if let Some(&level) = self.attention_levels.iter().find(|level| **level > last) {
            return Err(ConfigError::NoSuchLevel { level, last });
        }
        let mut side = height.min(width).div_ceil(self.patch);
        for _ in 0..last {
            if side < 2 {
                return Err(ConfigError::TooDeep { height, width, levels: self.channels.len() });
            }
            side = side.div_ceil(2);
        }
        Ok(())
    }

    fn check_level(&self, level: usize, channels: usize) -> Result<(), ConfigError> {
        if channels == 0 {
            return Err(ConfigError::Zero("channels"));
        }
        let attends = self.attention_levels.contains(&level);
        let divisors = [("groups", self.groups, true), ("head_dim", self.head_dim, attends)];
        match divisors.into_iter().find(|(_, divisor, needed)| *needed && !channels.is_multiple_of(*divisor)) {
            Some((by, divisor, _)) => Err(ConfigError::Indivisible { channels, by, divisor }),
            None => Ok(()),
        }
    }
}
