//! A configuration for given data.
use super::config::{SampleSize, UNet2dConfig};
use super::names::{DownBlock, UpBlock};
use crate::Interface;

/// Channels of the levels there may be.
const CHANNELS: [usize; 3] = [32, 64, 64];

impl UNet2dConfig {
    /// A small network for such data, to start a training from: up to three levels, as far as the size can be halved, attention on the
    /// second (or the only) one, last layers at zero, and a table of the classes with a row for "no class". Where there is no such
    /// network (points, vectors), [`UNet2dConfig::check`] says so.
    pub fn fitting(interface: &Interface) -> UNet2dConfig {
        let Interface { shape, beside, classes, .. } = interface;
        let [channels, height, width] = <[usize; 3]>::try_from(shape.as_slice()).unwrap_or([1, 1, 1]);
        let halvings = height.trailing_zeros().min(width.trailing_zeros()).min(CHANNELS.len() as u32 - 1) as usize;
        let attends = |level: usize| level == halvings.min(1);
        let levels = 0..=halvings;
        let down = |level| if attends(level) { DownBlock::Attn } else { DownBlock::Plain };
        let up = |level| if attends(level) { UpBlock::Attn } else { UpBlock::Plain };
        UNet2dConfig {
            sample_size: Some(if height == width {
                SampleSize::Side(height)
            } else {
                SampleSize::Sides([height, width])
            }),
            in_channels: channels + beside,
            out_channels: channels,
            block_out_channels: CHANNELS[..=halvings].to_vec(),
            down_block_types: levels.clone().map(down).collect(),
            up_block_types: levels.rev().map(up).collect(),
            num_class_embeds: (*classes > 0).then_some(classes + 1),
            zero_init: true,
            ..UNet2dConfig::default()
        }
    }
}
