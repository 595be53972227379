//! What can be wrong with data.

use std::io;
use std::path::PathBuf;

use crate::PointsFault;

/// Why a dataset cannot be used: what is wrong, where, and what would be right. `origin` is a file's path or a name for bytes.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// The operating system refused the file.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A damaged or truncated gzip file.
    #[error("{origin} is a gzip file that is damaged or cut short ({source}); it should be fetched again")]
    Gzip {
        /// Where the bytes came from.
        origin: String,
        /// What the decoder said.
        source: io::Error,
    },
    /// Fewer bytes than an IDX header.
    #[error("{origin} holds {found} bytes, too few for the {expected} bytes of an IDX header")]
    NoHeader {
        /// Where the bytes came from.
        origin: String,
        /// Bytes there.
        found: usize,
        /// Bytes of the header.
        expected: usize,
    },
    /// Not an IDX file, or one of another kind.
    #[error(
        "{origin} starts with {found:#010x}, but IDX {kind}s start with {expected:#010x} (images with 0x00000803, labels with 0x00000801)"
    )]
    WrongMagic {
        /// Where the bytes came from.
        origin: String,
        /// "image" or "label".
        kind: &'static str,
        /// The first four bytes, big-endian.
        found: u32,
        /// What they should be.
        expected: u32,
    },
    /// A header that promises nothing.
    #[error("{origin} has a header of shape {shape:?}; at least one {kind} of at least one byte is needed")]
    Empty {
        /// Where the bytes came from.
        origin: String,
        /// "image" or "label".
        kind: &'static str,
        /// The sizes in the header.
        shape: Vec<u32>,
    },
    /// A header that promises more than memory should hold; refused before anything is allocated.
    #[error("{origin} has a header of shape {shape:?}, that is {promised} bytes; at most {most} are read into memory")]
    TooLarge {
        /// Where the bytes came from.
        origin: String,
        /// The sizes in the header.
        shape: Vec<u32>,
        /// Their product.
        promised: u128,
        /// The limit.
        most: u64,
    },
    /// Fewer bytes than the header promises.
    #[error("{origin} has a header of shape {shape:?}, so {promised} bytes should follow it, but only {found} do")]
    TooShort {
        /// Where the bytes came from.
        origin: String,
        /// The sizes in the header.
        shape: Vec<u32>,
        /// Their product.
        promised: u64,
        /// Bytes after the header.
        found: u64,
    },
    /// More bytes than the header promises.
    #[error("{origin} has a header of shape {shape:?}, so {promised} bytes should follow it, but there are more")]
    Trailing {
        /// Where the bytes came from.
        origin: String,
        /// The sizes in the header.
        shape: Vec<u32>,
        /// Their product.
        promised: u64,
    },
    /// Images and labels that do not belong together.
    #[error(
        "{images_origin} holds {images} images, but {labels_origin} holds {labels} labels; the numbers should be equal"
    )]
    LabelCount {
        /// Where the images came from.
        images_origin: String,
        /// How many.
        images: usize,
        /// Where the labels came from.
        labels_origin: String,
        /// How many.
        labels: usize,
    },
    /// A data folder that is none.
    #[error("{} is not a folder; it should be the one that holds {wanted}", folder.display())]
    NotAFolder {
        /// What was given.
        folder: PathBuf,
        /// The files looked for.
        wanted: String,
    },
    /// A data folder without the files.
    #[error("there is no {missing} in the folder {}; it should hold {wanted}", folder.display())]
    MissingFile {
        /// Where it was looked for.
        folder: PathBuf,
        /// The names tried.
        missing: String,
        /// All files looked for.
        wanted: String,
    },
    /// A held-out part that is no part.
    #[error("the held-out fraction is {fraction}; it should be at least 0 and below 1")]
    Fraction {
        /// What was given.
        fraction: f64,
    },
    /// An .npy file that holds no points.
    #[error("{origin} {fault}")]
    Points {
        /// Where the bytes came from.
        origin: String,
        /// What is wrong with them.
        fault: PointsFault,
    },
    /// A column of points that says nothing.
    #[error(
        "column {column} of {columns}, counted from 0, is {value} in every row: it has no density and should be left out"
    )]
    Constant {
        /// The column.
        column: usize,
        /// How many there are.
        columns: usize,
        /// What stands in every row.
        value: f64,
    },
}
