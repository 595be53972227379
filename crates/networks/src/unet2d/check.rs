//! The proof that a configuration makes a network, and one for the data.
use super::UNet2dError;
use super::config::UNet2dConfig;
use super::names::{ClassEmbedding, TimeEmbeddingType};
use super::plan::{AttentionPlan, COLOURS, GrowPlan, ResnetPlan, ShrinkPlan, StepPlan};
use crate::Interface;

/// The largest number that any size takes; more is a slip of the keyboard.
const MOST: usize = 65536;

impl UNet2dConfig {
    /// Proves that the configuration makes a network for that interface: its channels, its classes, sizes that can be halved as often
    /// as the network does.
    ///
    /// # Errors
    /// The first [`UNet2dError`] found.
    pub fn check(&self, interface: &Interface) -> Result<(), UNet2dError> {
        self.check_alone()?;
        let Ok([channels, height, width]) = <[usize; 3]>::try_from(interface.shape.as_slice()) else {
            return Err(UNet2dError::NoPictures { shape: interface.shape.clone() });
        };
        let seen = channels + interface.beside;
        if self.in_channels != seen {
            let what = "those of the data and of the picture given beside";
            return Err(UNet2dError::Channels { key: "in_channels", found: self.in_channels, expected: seen, what });
        }
        if self.out_channels != channels {
            let what = "those of the data";
            return Err(UNet2dError::Channels {
                key: "out_channels",
                found: self.out_channels,
                expected: channels,
                what,
            });
        }
        let times = self.block_out_channels.len() - 1;
        let halved = |side: usize| side > 0 && side.is_multiple_of(1 << times);
        if !halved(height) || !halved(width) {
            return Err(UNet2dError::Size { height, width, times });
        }
        self.check_told(interface)
    }

    /// Whether the table has a row for "no class" behind that many classes.
    pub fn has_no_class(&self, classes: usize) -> bool {
        self.class_embed_type.is_none() && self.num_class_embeds.is_some_and(|rows| rows > classes)
    }

    fn check_told(&self, interface: &Interface) -> Result<(), UNet2dError> {
        let Interface { classes, vector, .. } = *interface;
        let (fits, takes) = match (self.class_embed_type, self.num_class_embeds) {
            (Some(ClassEmbedding::Identity), _) => (
                classes == 0 && vector == self.width(),
                format!("vectors of {} numbers (class_embed_type = \"identity\")", self.width()),
            ),
            (Some(ClassEmbedding::Timestep), _) => {
                (classes > 0 && vector == 0, "classes (class_embed_type = \"timestep\")".to_owned())
            }
            (None, Some(rows)) => {
                (classes > 0 && classes <= rows && vector == 0, format!("at most {rows} classes (num_class_embeds)"))
            }
            (None, None) => (classes == 0 && vector == 0, "neither classes (num_class_embeds) nor vectors".to_owned()),
        };
        if fits {
            return Ok(());
        }
        Err(UNet2dError::Told { given: format!("{classes} classes and vectors of {vector} numbers"), takes })
    }

    /// Proves that the configuration makes a network.
    pub(super) fn check_alone(&self) -> Result<(), UNet2dError> {
        let [channels, down, up] =
            [self.block_out_channels.len(), self.down_block_types.len(), self.up_block_types.len()];
        if channels == 0 || channels != down || channels != up || channels > 16 {
            return Err(UNet2dError::Levels { channels, down, up });
        }
        self.check_numbers()?;
        self.check_pyramids()?;
        for (k, block) in self.down_plan()?.iter().enumerate() {
            let place = format!("down_blocks.{k}");
            steps(&place, &block.steps)?;
            match &block.end {
                Some(ShrinkPlan::Resnet(plan) | ShrinkPlan::Pyramid(plan)) => {
                    resnet(&format!("{place}'s downsampler"), plan)?
                }
                Some(ShrinkPlan::Conv { .. }) | None => {}
            }
        }
        steps("mid_block", self.mid_plan().as_ref().map_or(&[], |plan| plan.as_slice()))?;
        for (k, block) in self.up_plan()?.iter().enumerate() {
            let place = format!("up_blocks.{k}");
            steps(&place, &block.steps)?;
            match &block.end {
                Some(GrowPlan::Resnet(plan) | GrowPlan::Pyramid(plan)) => {
                    resnet(&format!("{place}'s upsampler"), plan)?
                }
                Some(GrowPlan::Conv { .. }) | None => {}
            }
        }
        groups("conv_norm_out", self.block_out_channels[0], self.groups_out())
    }

    fn check_numbers(&self) -> Result<(), UNet2dError> {
        let refuse = |key: &str, value: String, why: &str| {
            Err(UNet2dError::Value { key: key.to_owned(), value, why: why.to_owned() })
        };
        let learned = self.time_embedding_type == TimeEmbeddingType::Learned;
        if learned && self.num_train_timesteps.is_none() {
            return refuse("num_train_timesteps", "none".to_owned(), "learned times need a number of rows");
        }
        let counts = [
            ("in_channels", Some(self.in_channels)),
            ("out_channels", Some(self.out_channels)),
            ("layers_per_block", Some(self.layers_per_block)),
            ("time_embedding_dim", self.time_embedding_dim),
            ("attention_head_dim", self.attention_head_dim),
            ("norm_num_groups", self.norm_num_groups),
            ("attn_norm_num_groups", self.attn_norm_num_groups),
            ("num_class_embeds", self.num_class_embeds),
            ("num_train_timesteps", self.num_train_timesteps),
        ];
        let channels = self.block_out_channels.iter().map(|&n| ("block_out_channels", Some(n)));
        for (key, value) in counts.into_iter().chain(channels) {
            if let Some(value) = value.filter(|n| !(1..=MOST).contains(n)) {
                return refuse(key, value.to_string(), &format!("it must be 1 to {MOST}"));
            }
        }
        let half = self.block_out_channels[0] as i64 / 2;
        if self.time_embedding_type == TimeEmbeddingType::Positional && half <= self.freq_shift {
            let why = format!("it must be less than half of the first block_out_channels, {half}");
            return refuse("freq_shift", self.freq_shift.to_string(), &why);
        }
        if self.downsample_padding > 1 {
            return refuse(
                "downsample_padding",
                self.downsample_padding.to_string(),
                "only 0 and 1 give half the size",
            );
        }
        if !(0.0..1.0).contains(&self.dropout) {
            return refuse("dropout", self.dropout.to_string(), "it must be from 0 to less than 1");
        }
        let factors = [
            ("mid_block_scale_factor", self.mid_block_scale_factor),
            ("norm_eps", self.norm_eps),
            ("skip_scale", self.skip_scale),
        ];
        match factors.into_iter().find(|(_, value)| !(value.is_finite() && *value > 0.0)) {
            Some((key, value)) => refuse(key, value.to_string(), "it must be finite and more than 0"),
            None => Ok(()),
        }
    }

    /// Going down, the picture is halved by the blocks that carry it alone, so they come first (the last block halves nothing and
    /// may be any); going up it is doubled by them alone, so they come last.
    fn check_pyramids(&self) -> Result<(), UNet2dError> {
        let down: Vec<bool> = self.down_block_types.iter().rev().skip(1).rev().map(|kind| kind.pyramid()).collect();
        if down.windows(2).any(|pair| !pair[0] && pair[1]) {
            return Err(UNet2dError::Pyramid { key: "down_block_types", order: "behind a block of another kind" });
        }
        let up: Vec<bool> = self.up_block_types.iter().map(|kind| kind.pyramid()).collect();
        if up.windows(2).any(|pair| pair[0] && !pair[1]) {
            return Err(UNet2dError::Pyramid { key: "up_block_types", order: "before a block of another kind" });
        }
        if down.contains(&true) && self.in_channels != COLOURS {
            return Err(UNet2dError::Colours { key: "in_channels", channels: self.in_channels });
        }
        let grows = up.len() > 1 && up[up.len() - 2];
        if grows && self.out_channels != COLOURS {
            return Err(UNet2dError::Colours { key: "out_channels", channels: self.out_channels });
        }
        Ok(())
    }
}

fn steps(place: &str, all: &[StepPlan]) -> Result<(), UNet2dError> {
    for (k, step) in all.iter().enumerate() {
        resnet(&format!("{place}.resnets.{k}"), &step.resnet)?;
        if let Some(plan) = &step.attention {
            attention(&format!("{place}, attention behind resnets.{k},"), plan)?;
        }
    }
    Ok(())
}

fn resnet(place: &str, plan: &ResnetPlan) -> Result<(), UNet2dError> {
    groups(&format!("{place}.norm1"), plan.input, plan.groups[0])?;
    groups(&format!("{place}.norm2"), plan.output, plan.groups[1])
}

fn attention(place: &str, plan: &AttentionPlan) -> Result<(), UNet2dError> {
    if plan.channels < plan.head_dim {
        let (place, channels, head_dim) = (place.to_owned(), plan.channels, plan.head_dim);
        return Err(UNet2dError::Heads { place, channels, head_dim });
    }
    plan.groups.map_or(Ok(()), |of| groups(place, plan.channels, of))
}

fn groups(place: &str, channels: usize, groups: usize) -> Result<(), UNet2dError> {
    // 0 is a multiple of 0 alone.
    if channels.is_multiple_of(groups) {
        return Ok(());
    }
    Err(UNet2dError::Groups { place: place.to_owned(), channels, groups })
}
