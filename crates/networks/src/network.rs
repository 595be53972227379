//! What a network is, and what it may be told.
use crate::{ConfigError, Energy};
use tch::{Kind, Tensor};

/// A map of what it sees and is told to numbers in the shape of the data, row by row: no row knows of another.
pub trait Network: Send {
    /// `x` is `[B, ...]`, with the channels of [`Given::picture`] already behind its own; `time` is `[B]`, on the clock that the
    /// network was trained with. The answer has the shape of the data.
    fn forward(&self, x: &Tensor, time: &Tensor, given: &Given) -> Tensor;

    /// The dtype it computes in, that of its weights.
    fn dtype(&self) -> Kind {
        Kind::Float
    }

    /// Itself, where what it says is the gradient of an energy.
    fn as_energy(&self) -> Option<&Energy> {
        None
    }
}

/// What a network may be told beside time, one row each or one for all; nothing of it by default.
#[derive(Debug, Default)]
pub struct Given {
    /// Classes `[B]`, int64, counted from 0; the number behind the last class says "no class".
    pub class: Option<Tensor>,
    /// Numbers `[B, n]`, as properties or embeddings.
    pub vector: Option<Tensor>,
    /// Pictures `[B, c, H, W]` of the size of the data, put behind its channels: a mask, a low resolution blown up.
    pub picture: Option<Tensor>,
    /// In training only.
    pub dropout: Option<Dropout>,
}

impl Given {
    /// What the network sees: `x`, and behind its channels those of the given picture.
    pub fn beside(&self, x: &Tensor) -> Tensor {
        match &self.picture {
            Some(picture) => {
                let (rows, size) = (x.size()[0], picture.size());
                let picture = picture.expand([rows, size[1], size[2], size[3]], false).to_kind(x.kind());
                Tensor::cat(&[x, &picture], 1)
            }
            None => x.shallow_clone(),
        }
    }
}

/// Where dropout draws from: a mask is a function of (seed, layer, sample, place), so whoever computes a layer a second time draws
/// the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dropout {
    /// Seed of the run.
    pub seed: u64,
    /// Number of row 0; row k is sample `first + k`. No sample of a run meets the same number twice.
    pub first: u64,
}

/// What a network must take and give: the shape of the data, and what else it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// Shape of one row of the data: `[channels, height, width]` of a picture, `[n]` of a point.
    pub shape: Vec<usize>,
    /// Channels of [`Given::picture`]; 0 for none.
    pub beside: usize,
    /// Number of classes, 0 for none; class number `classes` says "no class".
    pub classes: usize,
    /// Length of [`Given::vector`], 0 for none.
    pub vector: usize,
}

impl Interface {
    /// Data of a shape, told nothing but time.
    pub fn plain(shape: &[usize]) -> Interface {
        Interface { shape: shape.to_vec(), beside: 0, classes: 0, vector: 0 }
    }

    /// Channels, height and width of the data.
    ///
    /// # Errors
    /// [`ConfigError::NoPictures`] where they are no pictures.
    pub fn picture(&self, kind: &'static str) -> Result<[usize; 3], ConfigError> {
        let shape = self.shape.as_slice();
        shape.try_into().map_err(|_| ConfigError::NoPictures { kind, shape: shape.to_vec() })
    }

    /// Numbers of a point.
    ///
    /// # Errors
    /// [`ConfigError::NoPoints`] where the data are no points.
    pub fn point(&self, kind: &'static str) -> Result<usize, ConfigError> {
        match self.shape.as_slice() {
            &[n] if n > 0 => Ok(n),
            shape => Err(ConfigError::NoPoints { kind, shape: shape.to_vec() }),
        }
    }

    /// Numbers of a row.
    pub fn size(&self) -> usize {
        self.shape.iter().product()
    }
}
