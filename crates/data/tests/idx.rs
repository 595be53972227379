//! Reading IDX: what is right, and a sentence for everything that is wrong.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use ito_data::{DataError, Images, idx};

#[test]
fn images_and_labels_are_read_plain_and_gzipped() {
    for bytes in [images(2, 3, 4), gzip(&images(2, 3, 4))] {
        let pixels: Vec<u8> = (0..24).collect();
        let expected = Images { channels: 1, height: 3, width: 4, pixels, labels: None };
        assert_eq!(idx::images(&bytes, "test").unwrap(), expected);
    }
    for bytes in [labels(5), gzip(&labels(5))] {
        assert_eq!(idx::labels(&bytes, "test").unwrap(), [0, 1, 2, 3, 4]);
    }
}

#[test]
fn kind_is_told_by_the_magic_and_not_by_the_name() {
    let dir = tempfile::tempdir().unwrap();
    for (name, bytes) in [("plain.gz", images(2, 3, 4)), ("zipped", gzip(&images(2, 3, 4)))] {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(idx::read_images(&path).unwrap().len(), 2);
    }
}

#[test]
fn rows_and_scaling() {
    let images = Images { channels: 1, height: 1, width: 2, pixels: vec![7, 9, 0, 255], labels: None };
    assert_eq!((images.len(), images.row(0), images.row(1)), (2, &[7, 9][..], &[0, 255][..]));
    let mut scaled = [0.0; 2];
    images.scaled_into(1, &mut scaled);
    assert_eq!(scaled, [-1.0, 1.0]);
}

#[test]
fn labels_given_as_images_are_refused() {
    check(
        &labels(40),
        "t starts with 0x00000801, but IDX images start with 0x00000803 (images with 0x00000803, labels with 0x00000801)",
    );
    check(
        b"\x89PNG\r\n",
        "t starts with 0x89504e47, but IDX images start with 0x00000803 (images with 0x00000803, labels with 0x00000801)",
    );
    let error = idx::labels(&images(1, 2, 2), "t").unwrap_err();
    assert!(matches!(error, DataError::WrongMagic { found: 0x803, expected: 0x801, .. }), "{error}");
}

#[test]
fn a_file_without_a_whole_header_is_refused() {
    check(b"", "t holds 0 bytes, too few for the 16 bytes of an IDX header");
    check(&images(1, 2, 2)[..15], "t holds 15 bytes, too few for the 16 bytes of an IDX header");
    check(&gzip(&images(1, 2, 2)[..15]), "t holds 15 bytes, too few for the 16 bytes of an IDX header");
}

#[test]
fn a_length_that_does_not_match_the_header_is_refused() {
    let whole = images(2, 3, 4);
    let short = "t has a header of shape [2, 3, 4], so 24 bytes should follow it, but only 23 do";
    let trailing = "t has a header of shape [2, 3, 4], so 24 bytes should follow it, but there are more";
    check(&whole[..whole.len() - 1], short);
    check(&gzip(&whole[..whole.len() - 1]), short);
    check(&[&whole[..], &[0]].concat(), trailing);
    check(&gzip(&[&whole[..], &[0]].concat()), trailing);
}

#[test]
fn every_truncation_of_a_gzip_is_refused() {
    let whole = gzip(&images(2, 3, 4));
    for length in 2..whole.len() {
        let error = idx::images(&whole[..length], "t").unwrap_err();
        assert!(matches!(error, DataError::Gzip { .. }), "{length} bytes: {error}");
    }
    check(
        &whole[..whole.len() - 4],
        "t is a gzip file that is damaged or cut short (unexpected end of file); it should be fetched again",
    );
}

#[test]
fn a_gzip_with_a_wrong_checksum_or_bytes_behind_it_is_refused() {
    let mut wrong = gzip(&images(2, 3, 4));
    let checksum = wrong.len() - 8;
    wrong[checksum] ^= 1;
    let behind = [&gzip(&images(2, 3, 4))[..], b"more"].concat();
    for bytes in [wrong, behind] {
        let error = idx::images(&bytes, "t").unwrap_err();
        assert!(matches!(error, DataError::Gzip { .. }), "{error}");
    }
}

#[test]
fn absurd_sizes_are_refused_before_anything_is_allocated() {
    let promise = |sizes: [u32; 3]| header(0x803, &sizes);
    let most = u32::MAX;
    check(
        &promise([most, most, most]),
        "t has a header of shape [4294967295, 4294967295, 4294967295], that is 79228162458924105385300197375 bytes; at most 4294967296 \
         are read into memory",
    );
    check(
        &gzip(&promise([2, 1 << 16, 1 << 16])),
        "t has a header of shape [2, 65536, 65536], that is 8589934592 bytes; at most 4294967296 are read into memory",
    );
    // Within the limit, but not there: nothing like 4 GiB is touched.
    check(
        &promise([1, 1 << 16, 1 << 16]),
        "t has a header of shape [1, 65536, 65536], so 4294967296 bytes should follow it, but only 0 do",
    );
}

#[test]
fn a_header_that_promises_nothing_is_refused() {
    check(&images(0, 3, 4), "t has a header of shape [0, 3, 4]; at least one image of at least one byte is needed");
    check(&images(3, 0, 4), "t has a header of shape [3, 0, 4]; at least one image of at least one byte is needed");
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("none");
    let message = idx::read_images(&path).unwrap_err().to_string();
    assert!(message.starts_with(&format!("cannot read {}: ", path.display())), "{message}");
    assert!(matches!(idx::read_labels(dir.path()).unwrap_err(), DataError::Read { .. }));
}

fn check(bytes: &[u8], message: &str) {
    assert_eq!(idx::images(bytes, "t").unwrap_err().to_string(), message);
}

fn images(count: u32, height: u32, width: u32) -> Vec<u8> {
    let pixels = 0..(count * height * width) as u8;
    header(0x803, &[count, height, width]).into_iter().chain(pixels).collect()
}

fn labels(count: u8) -> Vec<u8> {
    header(0x801, &[u32::from(count)]).into_iter().chain(0..count).collect()
}

fn header(magic: u32, sizes: &[u32]) -> Vec<u8> {
    [&[magic], sizes].concat().into_iter().flat_map(u32::to_be_bytes).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
