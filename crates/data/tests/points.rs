//! Reading points: what is right, and a sentence for everything that is wrong; columns brought to one scale.

use ito_data::{DataError, Points, Standard};
use ndarray::{Array1, Array2, ArrayD, ShapeBuilder, array};
use ndarray_npy::{WritableElement, WriteNpyExt};

#[test]
fn both_widths_are_read() {
    let expected = Points { columns: 3, values: vec![0.5, -1.0, 2.0, 3.0, 4.0, 5.0] };
    assert_eq!(read(&npy(&array![[0.5f32, -1.0, 2.0], [3.0, 4.0, 5.0]])), expected);
    assert_eq!(read(&npy(&array![[0.5f64, -1.0, 2.0], [3.0, 4.0, 5.0]])), expected);
    assert_eq!((expected.len(), expected.row(1)), (2, &[3.0, 4.0, 5.0][..]));
}

#[test]
fn digits_beyond_f32_are_kept() {
    let far = 1.6e9 + 0.123_456_7;
    assert_eq!(read(&npy(&array![[far]])).values, [far]);
}

#[test]
fn columns_first_and_big_endian_are_read() {
    let columns_first = Array2::from_shape_vec((2, 3).f(), vec![1.0f32, 4.0, 2.0, 5.0, 3.0, 6.0]).unwrap();
    let bytes = npy(&columns_first);
    assert!(String::from_utf8_lossy(&bytes).contains("'fortran_order': True"));
    let expected = Points { columns: 3, values: vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0] };
    assert_eq!(read(&bytes), expected);
    let header = "{'descr': '>f8', 'fortran_order': False, 'shape': (2, 3), }";
    let big: Vec<u8> = (1..=6).flat_map(|k| f64::from(k).to_be_bytes()).collect();
    assert_eq!(read(&raw(header, &big)), expected);
}

#[test]
fn what_numpy_did_not_write_is_refused() {
    check(b"1,2\n3,4\n", "t is no .npy file (it does not start as one); numpy.save(path, array) writes one");
    check(b"", "t is no .npy file (it does not start as one); numpy.save(path, array) writes one");
    let whole = npy(&array![[1.0f32, 2.0]]);
    check(&whole[..60], "t is no .npy file (it ends within its header); numpy.save(path, array) writes one");
    for bytes in [raw("{'descr': '<f4'}", &[]), raw("no dictionary", &[]), raw("((", &[])] {
        let said = refused(&bytes).to_string();
        assert!(said.starts_with("t is no .npy file (") && !said.contains('\n'), "{said}");
    }
}

#[test]
fn every_truncation_is_refused() {
    let whole = npy(&array![[1.0f32, 2.0], [3.0, 4.0]]);
    for length in 0..whole.len() {
        assert!(matches!(Points::npy(&whole[..length], "t"), Err(DataError::Points { .. })), "{length} bytes");
    }
}

#[test]
fn other_types_and_shapes_are_refused() {
    let types = "points are float32 or float64, as array.astype(\"float32\") makes them";
    check(&npy(&array![[1_i64, 2]]), &format!("t holds numbers of type <i8; {types}"));
    check(
        &raw("{'descr': '|O', 'fortran_order': False, 'shape': (1, 2), }", &[]),
        &format!("t holds numbers of type |O; {types}"),
    );
    let fields = "{'descr': [('x', '<f4'), ('y', '<f4')], 'fortran_order': False, 'shape': (3,), }";
    for header in [fields, &format!("{}{}", "(".repeat(500), ")".repeat(500)), &"[".repeat(1000)] {
        check(&raw(header, &[]), &format!("t holds numbers of type \"fields by name\"; {types}"));
    }
    let shapes = "points are [n, d], n rows of d numbers, n and d at least 1";
    check(&npy(&Array1::<f32>::zeros(5)), &format!("t holds an array of shape [5]; {shapes}"));
    check(&npy(&ArrayD::<f32>::zeros(vec![2, 3, 4])), &format!("t holds an array of shape [2, 3, 4]; {shapes}"));
    check(&npy(&ArrayD::<f32>::zeros(vec![])), &format!("t holds an array of shape []; {shapes}"));
    check(&npy(&Array2::<f32>::zeros((0, 2))), &format!("t holds an array of shape [0, 2]; {shapes}"));
    check(&npy(&Array2::<f32>::zeros((2, 0))), &format!("t holds an array of shape [2, 0]; {shapes}"));
}

#[test]
fn absurd_sizes_are_refused_before_anything_is_allocated() {
    let of = |shape: &str| raw(&format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({shape}), }}"), &[0; 16]);
    check(
        &of("1000000000, 2"),
        "t has a header of shape [1000000000, 2], that is 16000000000 bytes; at most 4294967296 are read into memory",
    );
    check(
        &of("4294967296, 4294967296"),
        "t has a header of shape [4294967296, 4294967296], that is 147573952589676412928 bytes; at most 4294967296 are read into \
         memory",
    );
    assert!(refused(&of("18446744073709551615, 18446744073709551615")).to_string().contains("at most 4294967296"));
    assert!(refused(&of("99999999999999999999999, 2")).to_string().starts_with("t is no .npy file ("));
    assert!(refused(&of("-1, 2")).to_string().starts_with("t is no .npy file ("));
    check(
        &of("100000000, 2"),
        "t has a header of shape [100000000, 2], so 1600000000 bytes should follow it, but 16 do",
    );
    check(&of("1, 1"), "t has a header of shape [1, 1], so 8 bytes should follow it, but 16 do");
    let mut long = npy(&array![[1.0f32]]);
    long[8..10].copy_from_slice(&60_000_u16.to_le_bytes());
    assert!(refused(&long).to_string().contains("a header of 60000 bytes"));
}

#[test]
fn numbers_that_are_none_are_named_with_their_place() {
    let rest = "in row 1, column 0, counted from 0; every number must be finite and below 1e37 in size";
    check(&npy(&array![[0.0f32, 1.0], [f32::NAN, f32::NAN]]), &format!("t has NaN {rest}"));
    check(&npy(&array![[0.0f64, 1.0], [f64::NEG_INFINITY, 2.0]]), &format!("t has -inf {rest}"));
    check(
        &npy(&array![[0.0f64], [1e300]]),
        "t has 1e300 in row 1, column 0, counted from 0; every number must be finite and below 1e37 in size",
    );
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("none.npy");
    let message = Points::read(&path).unwrap_err().to_string();
    assert!(message.starts_with(&format!("cannot read {}: ", path.display())), "{message}");
    assert!(matches!(Points::read(dir.path()), Err(DataError::Read { .. })));
    std::fs::write(&path, npy(&array![[1.0f32, 2.0]])).unwrap();
    assert_eq!(Points::read(&path).unwrap().values, [1.0, 2.0]);
}

/// Offsets that f32 could not carry.
#[test]
fn columns_of_any_scale_come_to_mean_0_and_deviation_1_and_back() {
    let values = (0..4000).flat_map(|k| {
        let k = f64::from(k);
        [1.6e9 + (0.37 * k).sin(), 1e-7 * (0.11 * k).cos() - 3e-6, 1e5 * (k / 2000.0 - 1.0)]
    });
    let points = Points { columns: 3, values: values.collect() };
    let standard = Standard::of(&points).unwrap();
    let scaled = standard.apply(&points);
    for column in 0..3 {
        let values: Vec<f64> = scaled.iter().skip(column).step_by(3).map(|&x| f64::from(x)).collect();
        let mean = values.iter().sum::<f64>() / 4000.0;
        let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 4000.0;
        assert!(mean.abs() < 1e-6 && (variance - 1.0).abs() < 1e-6, "column {column}: {mean}, {variance}");
    }
    let back = standard.undo(&scaled);
    for (k, (x, y)) in points.values.iter().zip(&back.values).enumerate() {
        assert!((x - y).abs() < 1e-6 * standard.deviation[k % 3], "{x}, {y}");
    }
    let volume: f64 = standard.deviation.iter().product();
    assert!((standard.log_volume() - volume.ln()).abs() < 1e-12);
}

#[test]
fn a_column_that_never_changes_is_refused() {
    let say = |value: f64| {
        let values = (0..6).flat_map(|k| [f64::from(k), value]).collect();
        Standard::of(&Points { columns: 2, values }).unwrap_err().to_string()
    };
    for value in [0.1, 3.0, 0.0] {
        assert_eq!(
            say(value),
            format!("column 1 of 2, counted from 0, is {value} in every row: it has no density and should be left out")
        );
    }
}

fn read(bytes: &[u8]) -> Points {
    Points::npy(bytes, "t").unwrap()
}

fn refused(bytes: &[u8]) -> DataError {
    Points::npy(bytes, "t").unwrap_err()
}

fn check(bytes: &[u8], message: &str) {
    assert_eq!(refused(bytes).to_string(), message);
}

fn npy<A: WritableElement, D: ndarray::Dimension>(array: &ndarray::Array<A, D>) -> Vec<u8> {
    let mut bytes = Vec::new();
    array.write_npy(&mut bytes).unwrap();
    bytes
}

/// Version 1.0 with a header of one's own.
fn raw(header: &str, values: &[u8]) -> Vec<u8> {
    let length = (header.len() + 1) as u16;
    [b"\x93NUMPY\x01\x00", &length.to_le_bytes()[..], header.as_bytes(), b"\n", values].concat()
}
