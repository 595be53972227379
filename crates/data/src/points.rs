//! Points: rows of numbers, as NumPy saves them.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use ndarray_npy::npy::header::{Header, ParseHeaderError, ReadHeaderError};
use ndarray_npy::{ReadDataError, ReadableElement};

use crate::DataError;

/// Points of so many columns, in the units in which they came.
#[derive(Clone, Debug, PartialEq)]
pub struct Points {
    /// Numbers of a point, at least 1.
    pub columns: usize,
    /// All of them, point by point.
    pub values: Vec<f64>,
}

/// Why an .npy file holds no points; what there is, and what would be right.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PointsFault {
    /// Not what NumPy writes.
    #[error("is no .npy file ({0}); numpy.save(path, array) writes one")]
    NoNpy(String),
    /// Integers, objects or whatever else.
    #[error("holds numbers of type {0}; points are float32 or float64, as array.astype(\"float32\") makes them")]
    Type(String),
    /// Not a table.
    #[error("holds an array of shape {0:?}; points are [n, d], n rows of d numbers, n and d at least 1")]
    Shape(Vec<usize>),
    /// More than memory should hold; refused before anything is allocated.
    #[error("has a header of shape {shape:?}, that is {promised} bytes; at most {} are read into memory", MOST_BYTES)]
    TooLarge {
        /// The sizes in the header.
        shape: Vec<usize>,
        /// Bytes of them.
        promised: u128,
    },
    /// Cut short, or with something behind.
    #[error("has a header of shape {shape:?}, so {promised} bytes should follow it, but {found} do")]
    Length {
        /// The sizes in the header.
        shape: Vec<usize>,
        /// Bytes of them.
        promised: u64,
        /// Bytes after the header.
        found: u64,
    },
    /// A number that is none, or none of the f32 that networks compute in.
    #[error(
        "has {value:?} in row {row}, column {column}, counted from 0; every number must be finite and below 1e37 in size"
    )]
    NotFinite {
        /// The row.
        row: usize,
        /// The column.
        column: usize,
        /// What stands there.
        value: f64,
    },
}

/// As much as is read into memory.
const MOST_BYTES: u64 = 1 << 32;
/// A header of a table takes 128 bytes.
const MOST_HEADER: usize = 1024;
/// Squares of differences of such numbers are finite in f64, and they themselves in f32.
const LARGEST: f64 = 1e37;

impl Points {
    /// The number of points.
    pub fn len(&self) -> usize {
        self.values.len() / self.columns
    }

    /// Whether there is no point.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The numbers of point `k`.
    ///
    /// # Panics
    /// If there is no point `k`.
    pub fn row(&self, k: usize) -> &[f64] {
        &self.values[k * self.columns..][..self.columns]
    }

    /// Points of an .npy file: float32 or float64 `[n, d]`, of either byte order and memory order.
    ///
    /// # Errors
    /// [`DataError::Read`] for a file that cannot be read, [`DataError::Points`] for one that holds no points.
    pub fn read(path: &Path) -> Result<Points, DataError> {
        let failed = |source: io::Error| DataError::Read { path: path.to_owned(), source };
        let mut bytes = Vec::new();
        // What is longer says so in its header, or has too many bytes behind it.
        let most = MOST_BYTES + 2 * MOST_HEADER as u64;
        File::open(path).map_err(failed)?.take(most).read_to_end(&mut bytes).map_err(failed)?;
        Points::npy(&bytes, &path.display().to_string())
    }

    /// As [`Points::read`], of bytes; `origin` names them in errors.
    ///
    /// # Errors
    /// [`DataError::Points`].
    pub fn npy(bytes: &[u8], origin: &str) -> Result<Points, DataError> {
        parse(bytes).map_err(|fault| DataError::Points { origin: origin.to_owned(), fault })
    }
}

fn parse(mut bytes: &[u8]) -> Result<Points, PointsFault> {
    let header = header(&mut bytes)?;
    let kind = header.type_descriptor.to_string();
    let width = match kind.trim_matches('\'') {
        "<f4" | ">f4" => 4,
        "<f8" | ">f8" => 8,
        other => return Err(PointsFault::Type(other.to_owned())),
    };
    let shape = header.shape;
    let &[rows, columns] = shape.as_slice() else { return Err(PointsFault::Shape(shape)) };
    if rows == 0 || columns == 0 {
        return Err(PointsFault::Shape(shape));
    }
    let found = bytes.len() as u64;
    // Two 64-bit sizes and a width below 16 fit, for a size that fits memory has at most 60 bits.
    let promised = (rows as u128).saturating_mul(columns as u128).saturating_mul(width);
    let promised = match u64::try_from(promised) {
        Ok(promised) if promised <= MOST_BYTES => promised,
        _ => return Err(PointsFault::TooLarge { shape, promised }),
    };
    if found != promised {
        return Err(PointsFault::Length { shape, promised, found });
    }
    let read: Result<Vec<f64>, ReadDataError> = if width == 4 {
        let values = f32::read_to_end_exact_vec(bytes, &header.type_descriptor, rows * columns);
        values.map(|values| values.into_iter().map(f64::from).collect())
    } else {
        f64::read_to_end_exact_vec(bytes, &header.type_descriptor, rows * columns)
    };
    let stored = read.map_err(|e| PointsFault::NoNpy(e.to_string()))?;
    let values = if header.layout.is_fortran() {
        (0..rows * columns).map(|k| stored[k % columns * rows + k / columns]).collect()
    } else {
        stored
    };
    match values.iter().position(|x| x.is_nan() || x.abs() >= LARGEST) {
        Some(k) => Err(PointsFault::NotFinite { row: k / columns, column: k % columns, value: values[k] }),
        None => Ok(Points { columns, values }),
    }
}

/// The header, off the front of the bytes. A long or deep one is refused first.
fn header(bytes: &mut &[u8]) -> Result<Header, PointsFault> {
    let length = match bytes {
        [0x93, b'N', b'U', b'M', b'P', b'Y', 1, _, a, b, ..] => u32::from_le_bytes([*a, *b, 0, 0]) as usize,
        [0x93, b'N', b'U', b'M', b'P', b'Y', _, _, a, b, c, d, ..] => u32::from_le_bytes([*a, *b, *c, *d]) as usize,
        _ => return Err(PointsFault::NoNpy("it does not start as one".to_owned())),
    };
    if length > MOST_HEADER {
        return Err(PointsFault::NoNpy(format!("a header of {length} bytes, where a table's has 118")));
    }
    // A table's header has two brackets; the parser takes time exponential in their depth.
    let text = bytes.get(..length + 12).unwrap_or(bytes);
    if text.iter().filter(|byte| b"([{".contains(byte)).count() > 2 {
        return Err(PointsFault::Type("\"fields by name\"".to_owned()));
    }
    Header::from_reader(bytes).map_err(|e| match e {
        ReadHeaderError::Io(_) => PointsFault::NoNpy("it ends within its header".to_owned()),
        // What the parser says takes several lines.
        ReadHeaderError::Parse(ParseHeaderError::DictParse(_)) => {
            PointsFault::NoNpy("its header is no dictionary of descr, fortran_order and shape".to_owned())
        }
        ReadHeaderError::Parse(e) => PointsFault::NoNpy(e.to_string()),
    })
}
