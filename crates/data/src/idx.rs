//! The IDX format of MNIST and its kin, plain or gzip'd (told by the first bytes, not by the name).
//!
//! Big-endian: two zero bytes, a type (8: unsigned bytes), the number of dimensions, a 32-bit size for each, then the bytes.
//! Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits".

use std::io::{self, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use crate::{DataError, Images};

/// What is read into memory at most.
const MOST_BYTES: u64 = 1 << 32;

/// Decodes grey images, header `[n, height, width]`; `origin` names the bytes in errors.
pub fn images(bytes: &[u8], origin: &str) -> Result<Images, DataError> {
    let ([_, height, width], pixels) = decode(bytes, origin, "image")?;
    Ok(Images { channels: 1, height: height as usize, width: width as usize, pixels, labels: None })
}

/// Decodes labels, header `[n]`; `origin` names the bytes in errors.
pub fn labels(bytes: &[u8], origin: &str) -> Result<Vec<u8>, DataError> {
    let ([_], labels) = decode(bytes, origin, "label")?;
    Ok(labels)
}

/// [`images`] of a file.
pub fn read_images(path: &Path) -> Result<Images, DataError> {
    images(&read(path)?, &path.display().to_string())
}

/// [`labels`] of a file.
pub fn read_labels(path: &Path) -> Result<Vec<u8>, DataError> {
    labels(&read(path)?, &path.display().to_string())
}

fn read(path: &Path) -> Result<Vec<u8>, DataError> {
    std::fs::read(path).map_err(|source| DataError::Read { path: path.to_owned(), source })
}

fn decode<const DIMENSIONS: usize>(
    bytes: &[u8],
    origin: &str,
    kind: &'static str,
) -> Result<([u32; DIMENSIONS], Vec<u8>), DataError> {
    if bytes.starts_with(&[0x1F, 0x8B]) {
        decode_stream(MultiGzDecoder::new(bytes), origin, kind)
    } else {
        decode_stream(bytes, origin, kind)
    }
}

fn decode_stream<const DIMENSIONS: usize>(
    mut stream: impl Read,
    origin: &str,
    kind: &'static str,
) -> Result<([u32; DIMENSIONS], Vec<u8>), DataError> {
    let origin = || origin.to_owned();
    // Reading memory cannot fail, so an error is the decoder's.
    let damaged = |source: io::Error| DataError::Gzip { origin: origin(), source };

    let header_length = 4 * (1 + DIMENSIONS);
    let mut header = Vec::new();
    stream.by_ref().take(header_length as u64).read_to_end(&mut header).map_err(damaged)?;
    let mut words = header.as_chunks().0.iter().map(|&word| u32::from_be_bytes(word));
    let expected = 0x0800 + DIMENSIONS as u32;
    match words.next() {
        Some(found) if found != expected => {
            return Err(DataError::WrongMagic { origin: origin(), kind, found, expected });
        }
        _ if header.len() < header_length => {
            return Err(DataError::NoHeader { origin: origin(), found: header.len(), expected: header_length });
        }
        _ => {}
    }
    let shape: [u32; DIMENSIONS] = std::array::from_fn(|_| words.next().unwrap_or(0));

    // Three 32-bit sizes fit 96 bits.
    let promised: u128 = shape.iter().map(|&size| u128::from(size)).product();
    if promised == 0 {
        return Err(DataError::Empty { origin: origin(), kind, shape: shape.to_vec() });
    }
    let promised = match u64::try_from(promised) {
        Ok(promised) if promised <= MOST_BYTES => promised,
        _ => return Err(DataError::TooLarge { origin: origin(), shape: shape.to_vec(), promised, most: MOST_BYTES }),
    };

    // One byte more, to meet the end: what follows is refused, and gzip's checksum is compared. Grows with the bytes that are there.
    let mut bytes = Vec::new();
    let found = stream.take(promised + 1).read_to_end(&mut bytes).map_err(damaged)? as u64;
    if found < promised {
        return Err(DataError::TooShort { origin: origin(), shape: shape.to_vec(), promised, found });
    }
    if found > promised {
        return Err(DataError::Trailing { origin: origin(), shape: shape.to_vec(), promised });
    }
    Ok((shape, bytes))
}
