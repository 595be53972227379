//! Every layer's numbers, from the configuration: what diffusers' constructors work out on the way, in one place, so that a
//! configuration can be proved right before a weight is made.
use super::UNet2dError;
use super::config::UNet2dConfig;
use super::names::{DownBlock, Resampling, TimeShift, UpBlock};
use std::f64::consts::FRAC_1_SQRT_2;

/// Colours of the picture that blocks with `Skip` carry along.
pub(super) const COLOURS: usize = 3;

/// A residual block.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ResnetPlan {
    pub input: usize,
    pub output: usize,
    /// Of the first and of the second normalisation.
    pub groups: [usize; 2],
    /// What the residual sum is multiplied by.
    pub scale: f64,
    pub way: Way,
    /// Whether the shortcut has a pointwise map; it must where input and output differ.
    pub shortcut: bool,
}

/// How a residual block changes the size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Keep,
    Average,
    Nearest,
    FirHalf,
    FirDouble,
}

/// Self-attention.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct AttentionPlan {
    pub channels: usize,
    pub head_dim: usize,
    pub groups: Option<usize>,
    pub scale: f64,
}

/// A residual block and the attention behind it, if any.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct StepPlan {
    pub resnet: ResnetPlan,
    pub attention: Option<AttentionPlan>,
}

/// How a block on the way down ends.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum ShrinkPlan {
    Conv { channels: usize, padding: usize },
    Resnet(ResnetPlan),
    Pyramid(ResnetPlan),
}

/// How a block on the way up ends.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum GrowPlan {
    Conv { channels: usize },
    Resnet(ResnetPlan),
    Pyramid(ResnetPlan),
}

/// A block on the way down.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct DownPlan {
    pub steps: Vec<StepPlan>,
    pub end: Option<ShrinkPlan>,
}

/// A block on the way up.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct UpPlan {
    pub steps: Vec<StepPlan>,
    pub end: Option<GrowPlan>,
    pub pyramid: bool,
}

/// A quarter of the channels, at most 32.
fn quarter(channels: usize) -> usize {
    (channels / 4).min(32)
}

impl UNet2dConfig {
    /// Blocks on the way down, finest first.
    pub(super) fn down_plan(&self) -> Result<Vec<DownPlan>, UNet2dError> {
        let channels = &self.block_out_channels;
        let blocks = self.down_block_types.iter().enumerate();
        blocks
            .map(|(k, &kind)| {
                self.down_block(kind, channels[k.saturating_sub(1)], channels[k], k + 1 == channels.len())
            })
            .collect()
    }

    fn down_block(&self, kind: DownBlock, input: usize, output: usize, last: bool) -> Result<DownPlan, UNet2dError> {
        let scale = if kind.pyramid() { FRAC_1_SQRT_2 } else { self.skip_scale };
        let groups = |[a, b]: [usize; 2]| match kind.pyramid() {
            true => Ok([quarter(a), quarter(b)]),
            false => self.groups().map(|groups| [groups; 2]),
        };
        let attention_groups = if kind.pyramid() { 32 } else { self.groups()? };
        let steps = (0..self.layers_per_block).map(|k| {
            let input = if k == 0 { input } else { output };
            let resnet = ResnetPlan {
                input,
                output,
                groups: groups([input, output])?,
                scale,
                way: Way::Keep,
                shortcut: input != output,
            };
            let attention = kind.attends().then(|| self.attention(output, Some(attention_groups), scale));
            Ok(StepPlan { resnet, attention })
        });
        let steps = steps.collect::<Result<_, _>>()?;
        let same = |way, shortcut| {
            groups([output; 2]).map(|groups| ResnetPlan { input: output, output, groups, scale, way, shortcut })
        };
        let conv = ShrinkPlan::Conv { channels: output, padding: self.downsample_padding };
        let end = match (kind, self.downsample_type) {
            _ if last => None,
            (DownBlock::Plain, _) | (DownBlock::Attn, Resampling::Conv) => Some(conv),
            (DownBlock::Resnet, _) | (DownBlock::Attn, Resampling::Resnet) => {
                Some(ShrinkPlan::Resnet(same(Way::Average, false)?))
            }
            (DownBlock::Skip | DownBlock::AttnSkip, _) => Some(ShrinkPlan::Pyramid(same(Way::FirHalf, true)?)),
        };
        Ok(DownPlan { steps, end })
    }

    /// The block between; its first step has the attention.
    pub(super) fn mid_plan(&self) -> Option<[StepPlan; 2]> {
        self.mid_block_type?;
        let channels = *self.block_out_channels.last().expect("there are levels");
        let groups = self.norm_num_groups.unwrap_or_else(|| quarter(channels));
        let scale = self.skip_scale / self.mid_block_scale_factor;
        let shifted = (self.resnet_time_scale_shift == TimeShift::Default).then_some(groups);
        let attention = self.attention(channels, self.attn_norm_num_groups.or(shifted), scale);
        let resnet = ResnetPlan {
            input: channels,
            output: channels,
            groups: [groups; 2],
            scale,
            way: Way::Keep,
            shortcut: false,
        };
        let first = StepPlan { resnet: resnet.clone(), attention: self.add_attention.then_some(attention) };
        Some([first, StepPlan { resnet, attention: None }])
    }

    /// Blocks on the way up, coarsest first.
    pub(super) fn up_plan(&self) -> Result<Vec<UpPlan>, UNet2dError> {
        let channels: Vec<usize> = self.block_out_channels.iter().rev().copied().collect();
        let last = channels.len() - 1;
        let blocks = self.up_block_types.iter().enumerate().map(|(k, &kind)| {
            let [before, here, above] = [channels[k.saturating_sub(1)], channels[k], channels[(k + 1).min(last)]];
            self.up_block(kind, before, here, above, k == last)
        });
        blocks.collect()
    }

    /// `before`: channels that come from below, `above`: those of the level above, whose last tensor is the last skip here.
    fn up_block(
        &self,
        kind: UpBlock,
        before: usize,
        here: usize,
        above: usize,
        last: bool,
    ) -> Result<UpPlan, UNet2dError> {
        let scale = if kind.pyramid() { FRAC_1_SQRT_2 } else { self.skip_scale };
        let count = self.layers_per_block + 1;
        let steps = (0..count).map(|k| {
            let own = if k == 0 { before } else { here };
            let skip = if k + 1 == count { above } else { here };
            let groups = match kind {
                UpBlock::Skip => [quarter(own + skip), quarter(here)],
                // Not a quarter of the sum, but diffusers' networks were trained with it.
                UpBlock::AttnSkip => [(own + skip / 4).min(32), quarter(here)],
                UpBlock::Plain | UpBlock::Attn | UpBlock::Resnet => [self.groups()?; 2],
            };
            let resnet = ResnetPlan {
                input: own + skip,
                output: here,
                groups,
                scale,
                way: Way::Keep,
                shortcut: own + skip != here,
            };
            let attention = match kind {
                UpBlock::Attn => Some(self.attention(here, Some(self.groups()?), scale)),
                UpBlock::AttnSkip if k + 1 == count => Some(self.attention(here, Some(32), scale)),
                _ => None,
            };
            Ok(StepPlan { resnet, attention })
        });
        let steps = steps.collect::<Result<_, _>>()?;
        let same =
            |groups, way, shortcut| ResnetPlan { input: here, output: here, groups: [groups; 2], scale, way, shortcut };
        let end = match (kind, self.upsample_type) {
            _ if last => None,
            (UpBlock::Plain, _) | (UpBlock::Attn, Resampling::Conv) => Some(GrowPlan::Conv { channels: here }),
            (UpBlock::Resnet, _) | (UpBlock::Attn, Resampling::Resnet) => {
                Some(GrowPlan::Resnet(same(self.groups()?, Way::Nearest, false)))
            }
            (UpBlock::Skip | UpBlock::AttnSkip, _) => {
                Some(GrowPlan::Pyramid(same(quarter(here), Way::FirDouble, true)))
            }
        };
        Ok(UpPlan { steps, end, pyramid: kind.pyramid() })
    }

    /// Groups of the last normalisation.
    pub(super) fn groups_out(&self) -> usize {
        self.norm_num_groups.unwrap_or_else(|| quarter(self.block_out_channels[0]))
    }

    fn attention(&self, channels: usize, groups: Option<usize>, scale: f64) -> AttentionPlan {
        AttentionPlan { channels, head_dim: self.attention_head_dim.unwrap_or(channels), groups, scale }
    }

    fn groups(&self) -> Result<usize, UNet2dError> {
        self.norm_num_groups.ok_or_else(|| UNet2dError::Value {
            key: "norm_num_groups".to_owned(),
            value: "none".to_owned(),
            why: "only blocks with Skip in their name do without a number".to_owned(),
        })
    }
}
