//! What is wrong with a configuration.

/// A configuration that makes no network, or none for the data; names the key, and says what it must be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UNet2dError {
    /// The text is no JSON object.
    #[error("config.json is no JSON object: {0}")]
    Json(String),
    /// No such key.
    #[error("config.json has the key {key:?}, which no UNet2DModel has; the nearest is {nearest:?}")]
    UnknownKey {
        /// The key given.
        key: String,
        /// The nearest key there is.
        nearest: &'static str,
    },
    /// The key is known, its value is not.
    #[error("{key} = {value}: {why}")]
    Value {
        /// The key.
        key: String,
        /// Its value.
        value: String,
        /// What is wrong with it.
        why: String,
    },
    /// The lists have one entry a level.
    #[error(
        "block_out_channels has {channels} levels, down_block_types {down} and up_block_types {up}: they must be as many, from 1 to 16"
    )]
    Levels {
        /// Entries of `block_out_channels`.
        channels: usize,
        /// Entries of `down_block_types`.
        down: usize,
        /// Entries of `up_block_types`.
        up: usize,
    },
    /// Channels do not split into the groups of a normalisation.
    #[error("{place} has {channels} channels, which do not split into {groups} groups")]
    Groups {
        /// The layer.
        place: String,
        /// Its channels.
        channels: usize,
        /// The groups asked for.
        groups: usize,
    },
    /// Fewer channels than one head has.
    #[error("{place} has {channels} channels, fewer than attention_head_dim = {head_dim}")]
    Heads {
        /// The layer.
        place: String,
        /// Its channels.
        channels: usize,
        /// The channels of a head.
        head_dim: usize,
    },
    /// The blocks that carry the picture along must stand at the finest levels, without a gap.
    #[error("{key}: blocks with Skip in their name carry the picture from size to size, so none may stand {order}")]
    Pyramid {
        /// `down_block_types` or `up_block_types`.
        key: &'static str,
        /// Which order is wrong.
        order: &'static str,
    },
    /// Those blocks are made for three colours.
    #[error("{key} = {channels}, but blocks with Skip in their name are for 3 channels")]
    Colours {
        /// `in_channels` or `out_channels`.
        key: &'static str,
        /// Its value.
        channels: usize,
    },
    /// The network takes pictures.
    #[error("a U-Net takes pictures [channels, height, width], but the data are rows of shape {shape:?}")]
    NoPictures {
        /// Shape of a row of the data.
        shape: Vec<usize>,
    },
    /// The channels are not those of the data.
    #[error("{key} = {found}, but {expected} channels are there: {what}")]
    Channels {
        /// `in_channels` or `out_channels`.
        key: &'static str,
        /// Its value.
        found: usize,
        /// What it must be.
        expected: usize,
        /// Whose channels they are.
        what: &'static str,
    },
    /// A size that does not come back on the way up.
    #[error("pictures of {height} x {width} cannot be halved {times} times: both sides must be multiples of {}", 1usize << times)]
    Size {
        /// Picture height.
        height: usize,
        /// Picture width.
        width: usize,
        /// How often the network halves.
        times: usize,
    },
    /// The network is told something else than it has an input for.
    #[error("the data come with {given}, but the network takes {takes}")]
    Told {
        /// What there is.
        given: String,
        /// What the configuration makes room for.
        takes: String,
    },
}
