//! The bundled digits, and a folder of the official train files.

use std::path::Path;

use ito_data::{DataError, mnist};

const IMAGES: &[u8] = &[0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 10, 20, 30, 40];
const LABELS: &[u8] = &[0, 0, 8, 1, 0, 0, 0, 2, 7, 3];
const WANTED: &str =
    "MNIST's official train files train-images-idx3-ubyte and train-labels-idx1-ubyte, each perhaps with .gz";

#[test]
fn the_bundle_is_ten_thousand_labelled_digits() {
    let digits = mnist::bundled().unwrap();
    assert_eq!((digits.len(), digits.channels, digits.height, digits.width), (10_000, 1, 28, 28));
    let labels = digits.labels.as_ref().unwrap();
    assert_eq!(labels[..10], [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
    let each: Vec<usize> = (0..10).map(|digit| labels.iter().filter(|&&label| label == digit).count()).collect();
    assert_eq!(each, [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
    // Ink in the middle, none at the rim.
    let ink = |row: usize| (0..digits.len()).map(|k| u64::from(digits.row(k)[28 * row + 14])).sum::<u64>();
    assert!(ink(14) > 1_000_000 && ink(0) == 0);
}

#[test]
fn a_folder_is_read_with_and_without_gz_in_the_name() {
    for suffix in ["", ".gz"] {
        let dir = folder(&[(&format!("train-images-idx3-ubyte{suffix}"), IMAGES), ("train-labels-idx1-ubyte", LABELS)]);
        let digits = mnist::folder(dir.path()).unwrap();
        assert_eq!((digits.len(), digits.height, digits.width), (2, 1, 2));
        assert_eq!(digits.labels.unwrap(), [7, 3]);
    }
}

#[test]
fn a_missing_file_is_named_with_the_place_looked_at() {
    let dir = folder(&[("train-images-idx3-ubyte", IMAGES)]);
    let place = dir.path().display();
    check(
        dir.path(),
        &format!(
            "there is no train-labels-idx1-ubyte or train-labels-idx1-ubyte.gz in the folder {place}; it should hold {WANTED}"
        ),
    );
}

#[test]
fn a_folder_that_is_none_is_refused() {
    let dir = folder(&[("file", IMAGES)]);
    for name in ["file", "nothing"] {
        let path = dir.path().join(name);
        check(&path, &format!("{} is not a folder; it should be the one that holds {WANTED}", path.display()));
    }
}

#[test]
fn images_and_labels_of_different_number_are_refused() {
    let one_label = &[0, 0, 8, 1, 0, 0, 0, 1, 7];
    let dir = folder(&[("train-images-idx3-ubyte", IMAGES), ("train-labels-idx1-ubyte", one_label)]);
    let error = mnist::folder(dir.path()).unwrap_err();
    assert!(matches!(error, DataError::LabelCount { images: 2, labels: 1, .. }), "{error}");
}

fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        std::fs::write(dir.path().join(name), bytes).unwrap();
    }
    dir
}

fn check(dir: &Path, message: &str) {
    assert_eq!(mnist::folder(dir).unwrap_err().to_string(), message);
}
