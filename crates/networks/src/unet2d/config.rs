//! The configuration of a U-Net, key for key that of diffusers' `UNet2DModel` (0.42).
use super::names::{
    Activation, ClassEmbedding, DownBlock, MidBlock, Resampling, TimeEmbeddingType, TimeShift, UpBlock,
};
use super::serial::{block_or_none, conv_if_null, number_or_none};
use serde::{Deserialize, Serialize};

/// What a [`UNet2d`](super::UNet2d) is made of. The keys are those of a `config.json`, with diffusers' defaults, and three of
/// Ito's own at the end.
///
/// TOML has no null: there the three keys whose default is not null say `"none"`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UNet2dConfig {
    /// Height and width that the network was trained on: told to samplers, no limit of the network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample_size: Option<SampleSize>,
    /// Channels of what it sees.
    pub in_channels: usize,
    /// Channels of what it says.
    pub out_channels: usize,
    /// Whether it takes pictures in [0, 1] to [-1, 1] first, `2 x - 1`.
    pub center_input_sample: bool,
    /// Features of time.
    pub time_embedding_type: TimeEmbeddingType,
    /// Width of the embedding; without it, four times the first level's channels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_embedding_dim: Option<usize>,
    /// Positional frequencies are `10000^(-i / (half - freq_shift))`: 0 leaves out the last, 1 ends at 1/10000.
    pub freq_shift: i64,
    /// Whether cosines come first.
    pub flip_sin_to_cos: bool,
    /// Blocks on the way down, finest first.
    pub down_block_types: Vec<DownBlock>,
    /// The block between.
    #[serde(with = "block_or_none")]
    pub mid_block_type: Option<MidBlock>,
    /// Blocks on the way up, coarsest first.
    pub up_block_types: Vec<UpBlock>,
    /// Channels of each level, finest first.
    pub block_out_channels: Vec<usize>,
    /// Residual blocks of a block on the way down; on the way up it has one more.
    pub layers_per_block: usize,
    /// What the sums of the mid block are divided by.
    pub mid_block_scale_factor: f64,
    /// Padding of the convolutions of stride 2: 1 on each side, or 0, which pads 1 below and on the right.
    pub downsample_padding: usize,
    /// How attention blocks halve the size.
    #[serde(deserialize_with = "conv_if_null")]
    pub downsample_type: Resampling,
    /// How attention blocks double the size.
    #[serde(deserialize_with = "conv_if_null")]
    pub upsample_type: Resampling,
    /// Probability that an activation is dropped in training, before the second convolution of residual blocks.
    pub dropout: f64,
    /// Activation of the residual blocks.
    pub act_fn: Activation,
    /// Channels of an attention head; none: one head.
    #[serde(with = "number_or_none")]
    pub attention_head_dim: Option<usize>,
    /// Groups of the normalisations; none (for blocks with `Skip` only): a quarter of the channels, at most 32.
    #[serde(with = "number_or_none")]
    pub norm_num_groups: Option<usize>,
    /// Groups of the mid block's attention; without it those of the residual blocks, and with scale and shift no normalisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attn_norm_num_groups: Option<usize>,
    /// Added to the variance in the normalisations.
    pub norm_eps: f64,
    /// How the embedding enters.
    pub resnet_time_scale_shift: TimeShift,
    /// Whether the mid block has attention.
    pub add_attention: bool,
    /// How classes enter where not by a table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class_embed_type: Option<ClassEmbedding>,
    /// Rows of the table of classes; none: no classes. One row more than there are classes makes room for "no class".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_class_embeds: Option<usize>,
    /// Rows of the table of learned times.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_train_timesteps: Option<usize>,
    /// Ito's own: what residual sums are multiplied by, `sqrt(1/2)` in Song et al. 2021 and Karras et al. 2022. Blocks with
    /// `Skip` have that factor anyway.
    #[serde(skip_serializing_if = "is_one")]
    pub skip_scale: f64,
    /// Ito's own: whether the last layers of residual blocks, of attention and of the network start at zero (Dhariwal and Nichol
    /// 2021). A new network then says zero.
    #[serde(skip_serializing_if = "is_false")]
    pub zero_init: bool,
    /// Ito's own: whether training keeps the input of each residual block only and computes the block a second time: about a third
    /// more time, far less memory, the same numbers.
    #[serde(skip_serializing_if = "is_false")]
    pub checkpointing: bool,
}

/// Height and width of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SampleSize {
    /// As high as wide.
    Side(usize),
    /// Height, width.
    Sides([usize; 2]),
}

impl Default for UNet2dConfig {
    /// The defaults of `UNet2DModel`.
    fn default() -> Self {
        UNet2dConfig {
            sample_size: None,
            in_channels: 3,
            out_channels: 3,
            center_input_sample: false,
            time_embedding_type: TimeEmbeddingType::Positional,
            time_embedding_dim: None,
            freq_shift: 0,
            flip_sin_to_cos: true,
            down_block_types: vec![DownBlock::Plain, DownBlock::Attn, DownBlock::Attn, DownBlock::Attn],
            mid_block_type: Some(MidBlock::UNetMid),
            up_block_types: vec![UpBlock::Attn, UpBlock::Attn, UpBlock::Attn, UpBlock::Plain],
            block_out_channels: vec![224, 448, 672, 896],
            layers_per_block: 2,
            mid_block_scale_factor: 1.0,
            downsample_padding: 1,
            downsample_type: Resampling::Conv,
            upsample_type: Resampling::Conv,
            dropout: 0.0,
            act_fn: Activation::Silu,
            attention_head_dim: Some(8),
            norm_num_groups: Some(32),
            attn_norm_num_groups: None,
            norm_eps: 1e-5,
            resnet_time_scale_shift: TimeShift::Default,
            add_attention: true,
            class_embed_type: None,
            num_class_embeds: None,
            num_train_timesteps: None,
            skip_scale: 1.0,
            zero_init: false,
            checkpointing: false,
        }
    }
}

impl UNet2dConfig {
    /// The keys of Ito's own that make another function of the same weights, so that Python's `UNet2DModel` would say something else:
    /// `skip_scale` where it is not 1. How weights start, and what training keeps in memory, is not of that kind.
    pub fn own_keys(&self) -> Vec<&'static str> {
        if is_one(&self.skip_scale) { Vec::new() } else { vec!["skip_scale"] }
    }

    /// Width of the embedding.
    pub(super) fn width(&self) -> usize {
        self.time_embedding_dim.unwrap_or(4 * self.block_out_channels[0])
    }
}

fn is_one(value: &f64) -> bool {
    *value == 1.0
}

fn is_false(value: &bool) -> bool {
    !value
}
