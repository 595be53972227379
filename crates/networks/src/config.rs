//! What a U-Net is made of.
use crate::TimeFeatures;
use serde::{Deserialize, Serialize};

/// The shape of a [`UNet`](crate::UNet). Channels of the data are not part of it: they come with the data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UNetConfig {
    /// Side of the squares of pixels that become channels before the first convolution (1: none). The convolutions then run
    /// on pictures that are smaller by this factor, with more channels, which is where a CPU is efficient.
    pub patch: usize,
    /// Channels of each level, finest first; each level has half the size of the one above.
    pub channels: Vec<usize>,
    /// Residual blocks a level on the way down; one more on the way up.
    pub layers: usize,
    /// Levels with self-attention behind each residual block, counted from 0, the finest. The middle always has it.
    pub attention_levels: Vec<usize>,
    /// Channels of one attention head.
    pub head_dim: usize,
    /// Groups of the group normalisations.
    pub groups: usize,
    /// Features of time.
    pub time: TimeFeatures,
}

impl Default for UNetConfig {
    fn default() -> Self {
        UNetConfig {
            patch: 2,
            channels: vec![64, 128],
            layers: 1,
            attention_levels: vec![1],
            head_dim: 32,
            groups: 16,
            time: TimeFeatures::Sinusoidal,
        }
    }
}

/// A configuration that makes no network; says which key, what it is and what it must be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Zero where at least one is needed, or an empty list.
    #[error("network.{0} must be at least 1")]
    Zero(&'static str),
    /// Channels must split into groups and heads, and the first into pairs of time features.
    #[error("network.channels has {channels}, which network.{by} = {divisor} does not divide")]
    Indivisible {
        /// Channels of one level.
        channels: usize,
        /// The key whose value should divide them.
        by: &'static str,
        /// Its value.
        divisor: usize,
    },
    /// The first level's channels carry pairs of time features.
    #[error("network.channels begins with {0}, which must be even")]
    OddFirst(usize),
    /// There is no such level.
    #[error("network.attention_levels names level {level}, but network.channels has levels 0 to {last}")]
    NoSuchLevel {
        /// The level named.
        level: usize,
        /// The last there is.
        last: usize,
    },
    /// Pictures must be cut into whole patches.
    #[error("pictures of {height} x {width} do not divide into patches of network.patch = {patch}")]
    Patch {
        /// Picture height.
        height: usize,
        /// Picture width.
        width: usize,
        /// Side of a patch.
        patch: usize,
    },
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

impl UNetConfig {
    /// Proves that the configuration makes a network for pictures of that size.
    ///
    /// # Errors
    /// The first [`ConfigError`] found.
    pub fn check(&self, height: usize, width: usize) -> Result<(), ConfigError> {
        let counts = [("patch", self.patch), ("layers", self.layers), ("head_dim", self.head_dim), ("groups", self.groups)];
        if let Some((key, _)) = counts.into_iter().find(|(_, value)| *value == 0) {
            return Err(ConfigError::Zero(key));
        }
        let Some(&first) = self.channels.first() else { return Err(ConfigError::Zero("channels")) };
        if first % 2 != 0 {
            return Err(ConfigError::OddFirst(first));
        }
        for (level, &channels) in self.channels.iter().enumerate() {
            self.check_level(level, channels)?;
        }
        let last = self.channels.len() - 1;
        if let Some(&level) = self.attention_levels.iter().find(|level| **level > last) {
            return Err(ConfigError::NoSuchLevel { level, last });
        }
        if height % self.patch != 0 || width % self.patch != 0 {
            return Err(ConfigError::Patch { height, width, patch: self.patch });
        }
        let mut side = height.min(width) / self.patch;
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
        let attends = self.attention_levels.contains(&level) || level + 1 == self.channels.len();
        let divisors = [("groups", self.groups, true), ("head_dim", self.head_dim, attends)];
        match divisors.into_iter().find(|(_, divisor, needed)| *needed && channels % divisor != 0) {
            Some((by, divisor, _)) => Err(ConfigError::Indivisible { channels, by, divisor }),
            None => Ok(()),
        }
    }
}
