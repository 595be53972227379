//! MNIST: grey 28 x 28 pictures of handwritten digits.

use std::path::{Path, PathBuf};

use crate::{DataError, Images, idx};

/// The bundled part: the 10,000 digits of the official test files.
///
/// Y. LeCun, C. Cortes, C. Burges; CC BY-SA 3.0.
pub fn bundled() -> Result<Images, DataError> {
    let images = include_bytes!("../../../datasets/mnist/t10k-images-idx3-ubyte.gz");
    let labels = include_bytes!("../../../datasets/mnist/t10k-labels-idx1-ubyte.gz");
    let (images_origin, labels_origin) = ("the bundled MNIST images", "the bundled MNIST labels");
    labelled(idx::images(images, images_origin)?, idx::labels(labels, labels_origin)?, images_origin, labels_origin)
}

/// The 60,000 digits of the official train files in a folder, `train-images-idx3-ubyte` and `train-labels-idx1-ubyte`, each
/// as it is or with `.gz` behind.
pub fn folder(dir: &Path) -> Result<Images, DataError> {
    if !dir.is_dir() {
        return Err(DataError::NotAFolder { folder: dir.to_owned(), wanted: WANTED.to_owned() });
    }
    let images = find(dir, "train-images-idx3-ubyte")?;
    let labels = find(dir, "train-labels-idx1-ubyte")?;
    labelled(
        idx::read_images(&images)?,
        idx::read_labels(&labels)?,
        &images.display().to_string(),
        &labels.display().to_string(),
    )
}

const WANTED: &str =
    "MNIST's official train files train-images-idx3-ubyte and train-labels-idx1-ubyte, each perhaps with .gz";

fn find(dir: &Path, name: &str) -> Result<PathBuf, DataError> {
    let names = [name.to_owned(), format!("{name}.gz")];
    names.iter().map(|name| dir.join(name)).find(|path| path.exists()).ok_or_else(|| DataError::MissingFile {
        folder: dir.to_owned(),
        missing: names.join(" or "),
        wanted: WANTED.to_owned(),
    })
}

fn labelled(images: Images, labels: Vec<u8>, images_origin: &str, labels_origin: &str) -> Result<Images, DataError> {
    if images.len() != labels.len() {
        return Err(DataError::LabelCount {
            images_origin: images_origin.to_owned(),
            images: images.len(),
            labels_origin: labels_origin.to_owned(),
            labels: labels.len(),
        });
    }
    Ok(Images { labels: Some(labels), ..images })
}
