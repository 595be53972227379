//! The words that a config.json uses for blocks, activations and embeddings.
use serde::{Deserialize, Serialize};

/// An enum whose values have a word each in a file. Another word is refused with the nearest known one.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $what:literal, $modern:expr, { $($(#[$of:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "&'static str")]
        pub enum $name {
            $(#[doc = concat!("`", $word, "`:")] $(#[$of])* $variant,)*
        }

        impl TryFrom<String> for $name {
            type Error = String;
            fn try_from(given: String) -> Result<Self, String> {
                let modern: fn(&str) -> String = $modern;
                match modern(&given).as_str() {
                    $($word => Ok($name::$variant),)*
                    _ => Err(format!("no {} {given:?} is known; the nearest is {:?}", $what, nearest(&given, &[$($word),*]))),
                }
            }
        }

        impl From<$name> for &'static str {
            fn from(value: $name) -> &'static str {
                match value {
                    $($name::$variant => $word,)*
                }
            }
        }
    };
}

words!(
    /// A block on the way down: residual blocks, then half the size in all blocks but the last.
    DownBlock, "down block", without_res, {
    /// residual blocks, a convolution of stride 2.
    Plain = "DownBlock2D",
    /// attention behind each residual block, `downsample_type`.
    Attn = "AttnDownBlock2D",
    /// a residual block that averages squares of pixels.
    Resnet = "ResnetDownsampleBlock2D",
    /// FIR resampling, and the picture itself added at each size (Song et al. 2021, NCSN++).
    Skip = "SkipDownBlock2D",
    /// the same with attention.
    AttnSkip = "AttnSkipDownBlock2D",
});

words!(
    /// A block on the way up: residual blocks that also see the tensors of the way down, then twice the size in all but the last.
    UpBlock, "up block", without_res, {
    /// residual blocks, pixels doubled, a convolution.
    Plain = "UpBlock2D",
    /// attention behind each residual block, `upsample_type`.
    Attn = "AttnUpBlock2D",
    /// a residual block that doubles pixels.
    Resnet = "ResnetUpsampleBlock2D",
    /// FIR resampling, and a picture grown from size to size.
    Skip = "SkipUpBlock2D",
    /// the same with attention behind the last residual block.
    AttnSkip = "AttnSkipUpBlock2D",
});

words!(
    /// The block between the way down and the way up.
    MidBlock, "mid block", str::to_owned, {
    /// a residual block, attention, a residual block.
    UNetMid = "UNetMidBlock2D",
});

words!(
    /// How attention blocks change the size.
    Resampling, "way of resampling", str::to_owned, {
    /// by a convolution.
    Conv = "conv",
    /// by a residual block.
    Resnet = "resnet",
});

words!(
    /// How a time becomes features.
    TimeEmbeddingType, "time embedding", str::to_owned, {
    /// sines and cosines of geometric frequencies (Vaswani et al. 2017).
    Positional = "positional",
    /// sines and cosines of ln t at random frequencies (Song et al. 2021); the output is then divided by t.
    Fourier = "fourier",
    /// a table with a row for each whole time.
    Learned = "learned",
});

words!(
    /// How the embedding enters a residual block.
    TimeShift, "time conditioning", str::to_owned, {
    /// added before the second normalisation.
    Default = "default",
    /// as scale and shift behind the second normalisation (Dhariwal and Nichol 2021).
    ScaleShift = "scale_shift",
});

words!(
    /// The activation of the residual blocks.
    Activation, "activation", str::to_lowercase, {
    /// `x sigmoid(x)`.
    Silu = "silu",
    /// the same.
    Swish = "swish",
    /// `x tanh(ln(1 + e^x))`.
    Mish = "mish",
    /// `x Phi(x)`.
    Gelu = "gelu",
    /// `max(x, 0)`.
    Relu = "relu",
});

words!(
    /// How a class enters where it is not a row of a table.
    ClassEmbedding, "class embedding", str::to_owned, {
    /// its number goes the way of a time, with maps of its own.
    Timestep = "timestep",
    /// the vector given is added as it is.
    Identity = "identity",
});

impl DownBlock {
    pub(super) fn attends(self) -> bool {
        matches!(self, DownBlock::Attn | DownBlock::AttnSkip)
    }

    /// Whether it carries the picture along.
    pub(super) fn pyramid(self) -> bool {
        matches!(self, DownBlock::Skip | DownBlock::AttnSkip)
    }
}

impl UpBlock {
    /// Whether it carries the picture along.
    pub(super) fn pyramid(self) -> bool {
        matches!(self, UpBlock::Skip | UpBlock::AttnSkip)
    }
}

/// The known word with the fewest changed letters.
pub(super) fn nearest<'a>(given: &str, known: &[&'a str]) -> &'a str {
    known.iter().min_by_key(|word| strsim::damerau_levenshtein(given, word)).expect("there are known words")
}

/// Old files put `UNetRes` before a block's name.
fn without_res(given: &str) -> String {
    given.strip_prefix("UNetRes").unwrap_or(given).to_owned()
}
