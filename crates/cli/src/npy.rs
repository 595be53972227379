//! Pictures as numbers that NumPy reads.
use anyhow::Result;
use ndarray::ArrayView4;
use ndarray_npy::WriteNpyExt;

/// An .npy file of float32 `[n, channels, height, width]`.
pub fn npy(pictures: &[f32], picture: [usize; 3]) -> Result<Vec<u8>> {
    let [channels, height, width] = picture;
    let n = pictures.len() / (channels * height * width);
    let mut file = Vec::new();
    ArrayView4::from_shape((n, channels, height, width), pictures)?.write_npy(&mut file)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_says_float32_and_the_shape() {
        let values: Vec<f32> = (0..30).map(|k| k as f32).collect();
        let file = npy(&values, [1, 3, 5]).unwrap();
        assert!(file.starts_with(b"\x93NUMPY\x01\x00"));
        let header = String::from_utf8_lossy(&file[10..file.len() - 4 * 30]).into_owned();
        assert!(header.contains("'descr': '<f4'") && header.contains("'fortran_order': False"), "{header}");
        assert!(header.contains("'shape': (2, 1, 3, 5)"), "{header}");
        let numbers = file[file.len() - 4 * 30..].chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap()));
        assert_eq!(numbers.collect::<Vec<_>>(), values);
    }
}
