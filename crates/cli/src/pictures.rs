//! Pictures that a user names: a file, or the number of a picture of the run's data set.
use crate::problem::BadArgument;
use crate::show;
use crate::{data, points};
use anyhow::{Context, Result};
use ito_data::Examples;
use ito_training::Config;
use ndarray::{ArrayD, Axis};
use ndarray_npy::{ReadNpyError, ReadNpyExt};
use std::fs;
use std::path::Path;

/// Pictures `[n, channels, height, width]` in [-1, 1].
#[derive(Debug)]
pub struct Pictures {
    /// One after another.
    pub values: Vec<f32>,
    /// Whether they are whole bytes, scaled.
    pub bytes: bool,
}

/// One picture, as [`any`] takes it.
pub fn one(given: &str, config: &Config) -> Result<Pictures> {
    let (read, interface) = (any(given, config)?, config.interface());
    let (n, size) = (read.values.len() / interface.size(), show::size(&interface.shape));
    if n == 1 { Ok(read) } else { Err(bad(format!("{given} holds {n} pictures: give a file with one, {size}"))) }
}

/// One picture of a size of its own, as [`any`] takes it.
pub fn one_of(given: &str, size: [usize; 3], config: &Config) -> Result<Pictures> {
    let read = match given.parse::<usize>() {
        Ok(k) => number(k, config)?,
        Err(_) => file(Path::new(given), size)?,
    };
    let n = read.values.len() / size.iter().product::<usize>();
    if n == 1 {
        Ok(read)
    } else {
        Err(bad(format!("{given} holds {n} pictures: give a file with one, {}", show::size(&size))))
    }
}

/// Refuses the number of a picture that the data do not have.
pub fn counted(k: usize, examples: &Examples, config: &Config) -> Result<()> {
    if k < examples.len() {
        return Ok(());
    }
    let (origin, n) = (data::origin(&config.data), examples.len());
    let item = if config.data.dataset.is_points() { "point" } else { "picture" };
    Err(bad(format!("{origin} has no {item} {k}: its {n} {item}s are counted from 0 to {}", n - 1)))
}

/// The number of a picture of the data set, counted from 0, or a file as [`file()`] takes it.
pub fn any(given: &str, config: &Config) -> Result<Pictures> {
    match given.parse::<usize>() {
        Ok(k) => number(k, config),
        Err(_) if config.data.dataset.is_points() => {
            Ok(Pictures { values: points::file(Path::new(given), config)?, bytes: false })
        }
        Err(_) => file(Path::new(given), show::picture(&config.interface().shape)?),
    }
}

/// A PNG of one picture, or an .npy file of floats [n, channels, height, width] in [-1, 1].
pub fn file(path: &Path, picture: [usize; 3]) -> Result<Pictures> {
    let ending = path.extension().map(|ending| ending.to_ascii_lowercase());
    let read = match ending.as_ref().and_then(|ending| ending.to_str()) {
        Some("png") => png,
        Some("npy") => npy,
        _ => {
            let what = "a picture is a file .png or .npy, or the number of one of the data set";
            return Err(bad(format!("{}: {what}", path.display())));
        }
    };
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    read(path, &bytes, picture)
}

fn number(k: usize, config: &Config) -> Result<Pictures> {
    let examples = data::examples(&config.data)?;
    counted(k, &examples, config)?;
    let mut values = vec![0.0; examples.size()];
    examples.row_into(k, &mut values);
    Ok(Pictures { values, bytes: !config.data.dataset.is_points() })
}

fn png(path: &Path, bytes: &[u8], [channels, height, width]: [usize; 3]) -> Result<Pictures> {
    let decoded = image::load_from_memory_with_format(bytes, image::ImageFormat::Png);
    let decoded = decoded.with_context(|| format!("{} is no whole PNG file", path.display()))?;
    let found = (decoded.height() as usize, decoded.width() as usize);
    if found != (height, width) {
        let (down, right) = found;
        let what = format!("{down} x {right} pixels, but the run's pictures are {height} x {width}");
        return Err(bad(format!("{}: {what} (height x width)", path.display())));
    }
    let pixels = if channels == 1 { decoded.into_luma8().into_raw() } else { decoded.into_rgb8().into_raw() };
    let scaled = |c: usize, place: usize| f32::from(pixels[place * channels + c]) / 127.5 - 1.0;
    let values = (0..channels).flat_map(|c| (0..height * width).map(move |place| scaled(c, place))).collect();
    Ok(Pictures { values, bytes: true })
}

fn npy(path: &Path, bytes: &[u8], picture: [usize; 3]) -> Result<Pictures> {
    let say = |what: String| bad(format!("{}: {what}", path.display()));
    let [channels, height, width] = picture;
    let wanted = format!("float32 [n, {channels}, {height}, {width}] in [-1, 1]");
    let array = match ArrayD::<f32>::read_npy(bytes) {
        Err(ReadNpyError::WrongDescriptor(_)) => ArrayD::<f64>::read_npy(bytes).map(|a| a.mapv(|v| v as f32)),
        read => read,
    };
    let array = array.map_err(|e| say(format!("no .npy file of {wanted} ({e})")))?;
    let one = array.shape() == picture;
    let array = if one { array.insert_axis(Axis(0)) } else { array };
    match array.shape() {
        [n, rest @ ..] if *n > 0 && *rest == picture => {}
        [_, _] => {
            let shape = array.shape();
            return Err(say(format!(
                "{shape:?} are points, and the program has no models of points yet: give {wanted}"
            )));
        }
        shape => return Err(say(format!("an array {shape:?}, but the run's pictures are {wanted}"))),
    }
    if let Some(wrong) = array.iter().find(|value| !(-1.0..=1.0).contains(*value)) {
        return Err(say(format!("holds the number {wrong}, but pictures are {wanted}")));
    }
    Ok(Pictures { values: array.iter().copied().collect(), bytes: false })
}

fn bad(sentence: String) -> anyhow::Error {
    BadArgument(sentence).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::npy;
    use std::path::PathBuf;

    const COLORED: [usize; 3] = [3, 2, 4];

    fn placed(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        (folder, path)
    }

    fn refused(name: &str, bytes: &[u8], words: &[&str]) {
        let (_folder, path) = placed(name, bytes);
        let said = format!("{:#}", file(&path, COLORED).unwrap_err());
        assert!(words.iter().all(|word| said.contains(word)), "{said}");
    }

    fn numbers(count: usize) -> Vec<f32> {
        (0..count).map(|k| k as f32 / count as f32 - 0.5).collect()
    }

    #[test]
    fn numbers_written_are_the_numbers_read() {
        let values = numbers(48);
        let (_folder, path) = placed("a.npy", &npy::npy(&values, COLORED).unwrap());
        let read = file(&path, COLORED).unwrap();
        assert!(read.values == values && !read.bytes);
    }

    #[test]
    fn a_colored_png_comes_channel_by_channel() {
        let pixels: Vec<u8> = (0..24).map(|k| k * 10).collect();
        let mut png = std::io::Cursor::new(Vec::new());
        image::RgbImage::from_raw(4, 2, pixels).unwrap().write_to(&mut png, image::ImageFormat::Png).unwrap();
        let (_folder, path) = placed("a.PNG", png.get_ref());
        let read = file(&path, COLORED).unwrap();
        let red: Vec<f32> = (0..8).map(|k| (k * 30) as f32 / 127.5 - 1.0).collect();
        assert!(read.values[..8] == red && read.values[8] == 10.0 / 127.5 - 1.0 && read.bytes, "{read:?}");
        refused("b.png", b"no png", &["no whole PNG"]);
        let said = file(&path, [3, 4, 2]).unwrap_err().to_string();
        assert!(said.contains("2 x 4 pixels, but the run's pictures are 4 x 2"), "{said}");
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        refused("a.jpg", b"", &[".png or .npy"]);
        refused("a.npy", b"no npy", &["no .npy file of float32 [n, 3, 2, 4]"]);
        refused("a.npy", &npy::npy(&numbers(24), [1, 4, 6]).unwrap(), &["[1, 1, 4, 6]", "[n, 3, 2, 4]"]);
        refused("a.npy", &npy::npy(&[7.0; 24], COLORED).unwrap(), &["the number 7", "[-1, 1]"]);
        refused("a.npy", &npy::npy(&[f32::NAN; 24], COLORED).unwrap(), &["the number NaN"]);
        let mut points = Vec::new();
        ndarray_npy::WriteNpyExt::write_npy(&ndarray::Array2::<f32>::zeros((5, 2)), &mut points).unwrap();
        refused("a.npy", &points, &["[5, 2] are points", "no models of points yet"]);
    }
}
