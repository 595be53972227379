//! Time and class as one vector, and the only place of this network where dtype changes.
use super::config::UNet2dConfig;
use super::names::{ClassEmbedding, TimeEmbeddingType};
use crate::{Given, Linear, Start};
use ito_torch::{Init, Scope};
use std::f64::consts::PI;
use tch::{Device, Kind, Tensor};

/// Standard deviation of random frequencies (Song et al. 2021).
const FOURIER_SCALE: f64 = 16.0;
/// The longest period of positional features over 2 pi.
const LONGEST: f64 = 1e4;

/// `[B]` times, and classes where there are some, to `[B, width]`.
///
/// Features are computed in f32 (f64 where the weights are), then cast to the weights' dtype.
#[derive(Debug)]
pub(super) struct Embedding {
    pub features: Features,
    pub time: Maps,
    pub class: Option<Class>,
    kind: Kind,
}

/// Features of a time, `[B] -> [B, n]`.
#[derive(Debug)]
pub(super) enum Features {
    /// `sin(w t) | cos(w t)`, `w_i = 10000^(-i / (half - shift))`, or the cosines first; a zero behind an odd number of channels.
    Positional { frequencies: Tensor, cosine_first: bool, zeros: i64 },
    /// `sin(2 pi w ln t) | cos(2 pi w ln t)`.
    Fourier { weight: Tensor },
    /// Row `t` of a table; times are rounded to its rows.
    Learned { table: Tensor },
}

/// `linear_2(silu(linear_1(x)))`, `[B, n] -> [B, width]`.
#[derive(Debug)]
pub(super) struct Maps {
    pub linear_1: Linear,
    pub linear_2: Linear,
}

/// What classes become, `[B, width]`.
#[derive(Debug)]
pub(super) enum Class {
    /// Row of a table.
    Table(Tensor),
    /// As a time.
    Timestep(Maps),
    /// The vector given.
    Identity,
}

impl Embedding {
    pub fn new(scope: &Scope, config: &UNet2dConfig, kind: Kind) -> Embedding {
        let width = config.width();
        let (features, count) = Features::new(scope, config, kind);
        let maps = |name: &str| Maps::new(&scope.child(name), count, width);
        let time = maps("time_embedding");
        let class = match (config.class_embed_type, config.num_class_embeds) {
            (Some(ClassEmbedding::Timestep), _) => Some(Class::Timestep(maps("class_embedding"))),
            (Some(ClassEmbedding::Identity), _) => Some(Class::Identity),
            (None, Some(rows)) => Some(Class::Table(table(&scope.child("class_embedding"), rows, width))),
            (None, None) => None,
        };
        Embedding { features, time, class, kind }
    }

    /// `[B]` to `[B, width]`.
    ///
    /// # Panics
    /// If classes or vectors are missing.
    pub fn forward(&self, time: &Tensor, given: &Given) -> Tensor {
        let embedded = self.time.forward(&self.features.forward(time, self.kind));
        let class = || given.class.as_ref().expect("a network with classes is told the classes: UNet2dConfig::check");
        match &self.class {
            None => embedded,
            Some(Class::Table(table)) => embedded + Tensor::embedding(table, class(), -1, false, false),
            Some(Class::Timestep(maps)) => embedded + maps.forward(&self.features.forward(class(), self.kind)),
            Some(Class::Identity) => {
                let vector =
                    given.vector.as_ref().expect("a network with vectors is told the vectors: UNet2dConfig::check");
                embedded + vector.to_kind(self.kind)
            }
        }
    }

    /// `y / t`, in f32 or f64, where the network is one of ln t: it then says a score in units of the noise (Song et al. 2021).
    pub fn over_time(&self, y: Tensor, time: &Tensor) -> Tensor {
        match self.features {
            Features::Fourier { .. } => {
                (y.to_kind(wide(self.kind)) / time.to_kind(wide(self.kind)).view([-1, 1, 1, 1])).to_kind(self.kind)
            }
            Features::Positional { .. } | Features::Learned { .. } => y,
        }
    }
}

impl Features {
    /// The features and their number.
    fn new(scope: &Scope, config: &UNet2dConfig, kind: Kind) -> (Features, usize) {
        let place = scope.child("time_proj");
        let count = config.block_out_channels[0];
        match config.time_embedding_type {
            TimeEmbeddingType::Positional => {
                let frequencies = frequencies(count as i64 / 2, config.freq_shift, (wide(kind), scope.device()));
                let (cosine_first, zeros) = (config.flip_sin_to_cos, count as i64 % 2);
                (Features::Positional { frequencies, cosine_first, zeros }, count)
            }
            TimeEmbeddingType::Fourier => {
                let weight = place.constant("weight", &[count as i64], Init::Normal { deviation: FOURIER_SCALE });
                (Features::Fourier { weight }, 2 * count)
            }
            TimeEmbeddingType::Learned => {
                let rows = config.num_train_timesteps.expect("check_alone proved it");
                (Features::Learned { table: table(&place, rows, count) }, count)
            }
        }
    }

    /// `[B]` times of any dtype to `[B, n]` of the weights'.
    pub(super) fn forward(&self, time: &Tensor, kind: Kind) -> Tensor {
        let time = time.to_kind(wide(kind));
        let both = match self {
            Features::Positional { frequencies, cosine_first, zeros } => {
                let angle = time.unsqueeze(-1) * frequencies;
                let pair = if *cosine_first { [angle.cos(), angle.sin()] } else { [angle.sin(), angle.cos()] };
                Tensor::cat(&pair, -1).constant_pad_nd([0, *zeros])
            }
            Features::Fourier { weight } => {
                let angle = time.log().unsqueeze(-1) * weight.to_kind(wide(kind)) * 2.0 * PI;
                Tensor::cat(&[angle.sin(), angle.cos()], -1)
            }
            Features::Learned { table } => {
                let row = time.round().clamp(0.0, (table.size()[0] - 1) as f64).to_kind(Kind::Int64);
                Tensor::embedding(table, &row, -1, false, false)
            }
        };
        both.to_kind(kind)
    }
}

impl Maps {
    fn new(scope: &Scope, input: usize, width: usize) -> Maps {
        let linear_1 = Linear::new(&scope.child("linear_1"), input, width, Start::Random);
        Maps { linear_1, linear_2: Linear::new(&scope.child("linear_2"), width, width, Start::Random) }
    }

    fn forward(&self, x: &Tensor) -> Tensor {
        self.linear_2.forward(&self.linear_1.forward(x).silu())
    }
}

/// Rows of standard normal numbers.
fn table(scope: &Scope, rows: usize, width: usize) -> Tensor {
    scope.tensor("weight", &[rows as i64, width as i64], Init::Normal { deviation: 1.0 })
}

/// `10000^(-i / (half - shift))`, rounded step by step as diffusers does: at time 1000 the last bit of a frequency is seen.
fn frequencies(half: i64, shift: i64, of: (Kind, Device)) -> Tensor {
    (Tensor::arange(half, of) * -LONGEST.ln() / (half - shift) as f64).exp()
}

/// The dtype of angles and quotients: f32, or f64 where the weights are.
fn wide(kind: Kind) -> Kind {
    if kind == Kind::Double { Kind::Double } else { Kind::Float }
}
