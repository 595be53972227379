//! How likely pictures are.
use crate::support::{Place, files, refused};
use std::fs;

fn place() -> Place {
    let place = Place::trained();
    let said = place.ito(&["sample", "--n", "3", "--npy", "three.npy", "--out", "sheet.png"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    place
}

/// `[log p, error, bits, error]` a line, the mean last.
fn scored(place: &Place, args: &[&str], threads: Option<&str>) -> Vec<[f64; 4]> {
    let mut command = place.command(&[&["score"], args, &["--probes", "2", "--tolerance", "0.01"]].concat());
    if let Some(n) = threads {
        command.env("OMP_NUM_THREADS", n);
    }
    let said = crate::support::said(command.output().unwrap());
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.err.contains(" in "), "{said:?}");
    let lines: Vec<&str> = said.out.lines().collect();
    assert!(lines[0].contains("log p, nats") && lines[0].contains("bits/dim"), "{said:?}");
    let numbers = |line: &&str| {
        let words: Vec<&str> = line.split_whitespace().filter(|word| *word != "+-").skip(1).collect();
        let numbers: Vec<f64> = words.iter().map(|word| word.parse().unwrap()).collect();
        numbers.try_into().unwrap()
    };
    lines[1..].iter().map(numbers).collect()
}

#[test]
fn pictures_get_log_p_with_its_error_and_bits_a_number() {
    let place = place();
    let before = files(&place.path("."));
    let three = scored(&place, &["three.npy"], None);
    assert_eq!(three.len(), 4, "three pictures and their mean");
    for [nats, error, bits, bits_error] in &three[..3] {
        let expected = -nats / (784.0 * 2f64.ln()) + 127.5f64.log2();
        assert!((bits - expected).abs() < 1e-4 && *error > 0.0 && *bits_error >= 0.0, "{three:?}");
    }
    let mean = three[..3].iter().map(|score| score[0]).sum::<f64>() / 3.0;
    assert!((three[3][0] - mean).abs() < 1e-2, "{three:?}");
    assert_eq!(files(&place.path(".")), before, "nothing is written");
}

#[test]
fn a_score_is_the_same_again_and_on_any_number_of_threads() {
    let place = place();
    let once = scored(&place, &["three.npy", "--seed", "4"], Some("1"));
    assert_eq!(once, scored(&place, &["three.npy", "--seed", "4"], Some("3")));
    assert_ne!(once, scored(&place, &["three.npy", "--seed", "5"], Some("1")));
    // The number of a picture of the data set, and that picture as a PNG.
    let by_number = scored(&place, &["3"], None);
    assert_eq!(by_number.len(), 1, "one picture has no mean");
    assert_eq!(by_number, scored(&place, &["3"], None));
}

#[test]
fn what_is_no_picture_of_the_run_is_refused() {
    let place = place();
    let check = |args: &[&str], code: i32, words: &[&str]| {
        refused(&place.ito(&[&["score"], args].concat()), code, words);
    };
    check(&["sheet.png"], 2, &["sheet.png", "28 x 28"]);
    check(&["none.npy"], 1, &["cannot read none.npy"]);
    check(&["99999"], 2, &["no picture 99999"]);
    check(&["three.npy", "--tolerance", "0"], 2, &["--tolerance 0", "from 1e-5 to 0.1"]);
    check(&["three.npy", "--run", "tinny"], 1, &["no run tinny", "did you mean tiny?"]);
    let mut points = place.bytes("three.npy")[..128].to_vec();
    let (shape, other) = (b"(3, 1, 28, 28)", b"(6, 2)        ");
    let at = points.windows(shape.len()).position(|w| w == shape).unwrap();
    points[at..at + shape.len()].copy_from_slice(other);
    points.extend([0u8; 48]);
    fs::write(place.path("points.npy"), points).unwrap();
    check(&["points.npy"], 2, &["[6, 2] are points", "no models of points yet"]);
    for args in [&["score"][..], &["score", "3", "--probes", "1"], &["score", "3", "--exact", "--probes", "4"]] {
        assert_eq!(place.ito(args).code, Some(2), "{args:?}");
    }
}
