//! What a network is told: classes and guidance, numbers, pictures to restore.
use crate::support::{Place, files, refused};
use std::fs;

const SIZE: usize = 28 * 28;

fn trained(more: &[&str]) -> Place {
    let place = Place::new();
    let said = place.train(&[&["--run", "told", "--steps", "6"], more].concat());
    assert_eq!(said.code, Some(0), "{said:?}");
    place
}

fn numbers(npy: &[u8], n: usize) -> Vec<f32> {
    let bytes = &npy[npy.len() - n * SIZE * 4..];
    bytes.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()
}

fn drawn(place: &Place, n: usize, more: &[&str]) -> Vec<f32> {
    let n_text = n.to_string();
    let said = place.ito(&[&["sample", "--n", &n_text, "--npy=a.npy", "--out=a.png"], more].concat());
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{said:?}");
    numbers(&place.bytes("a.npy"), n)
}

fn sheet(place: &Place) -> (u32, u32) {
    let png = place.bytes("a.png");
    let at = |k: usize| u32::from_be_bytes(png[k..k + 4].try_into().unwrap());
    (at(16), at(20))
}

/// An .npy file of float64 `[rows, columns]`.
fn npy(rows: usize, columns: usize, value: impl Fn(usize) -> f64) -> Vec<u8> {
    let header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
    let mut file = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
    file.extend(format!("{header:<117}\n").into_bytes());
    file.extend((0..rows * columns).flat_map(|k| value(k).to_le_bytes()));
    file
}

fn png(width: u32, height: u32, white: impl Fn(u32, u32) -> bool) -> Vec<u8> {
    let pixel = |x, y| image::Luma([if white(x, y) { 255u8 } else { 0 }]);
    let mut file = std::io::Cursor::new(Vec::new());
    image::GrayImage::from_fn(width, height, pixel).write_to(&mut file, image::ImageFormat::Png).unwrap();
    file.into_inner()
}

#[test]
fn a_class_can_be_asked_for_and_guided_to() {
    let place = trained(&["--conditional", "--set=condition.dropout=0.2"]);
    let config = fs::read_to_string(place.path("runs/told/config.toml")).unwrap();
    assert!(config.contains("class = true") && config.contains("classes = 10"), "{config}");
    let all = drawn(&place, 12, &[]);
    assert!(all == drawn(&place, 12, &["--class", "all"]), "all in turn unless others are asked for");
    assert_eq!(sheet(&place), (10 * 58 + 2, 2 * 58 + 2), "a column for each class");
    let seven = drawn(&place, 8, &["--class", "7"]);
    assert!(all[7 * SIZE..8 * SIZE] == seven[7 * SIZE..] && all[..SIZE] != seven[..SIZE]);
    let list = drawn(&place, 4, &["--class", "3,7"]);
    assert!(list[SIZE..2 * SIZE] == seven[SIZE..2 * SIZE]);
    assert!(drawn(&place, 4, &["--set", "sample.class=7"]) == seven[..4 * SIZE]);
    let guided = drawn(&place, 4, &["--class", "7", "--guidance", "3"]);
    assert!(guided != seven[..4 * SIZE] && drawn(&place, 4, &["--class", "7", "--guidance", "1"]) == seven[..4 * SIZE]);
    let said =
        place.ito(&["sample", "--n=2", "--class=7", "--guidance=3", "--guidance-interval", "0.2", "5", "--out=b.png"]);
    assert!(said.code == Some(0) && said.out.contains("evaluations a picture"), "{said:?}");
    let rescaled = ["--class=7", "--guidance=3", "--guidance-rescale=0.7"];
    assert!(drawn(&place, 4, &rescaled) != guided);
    let none = drawn(&place, 4, &["--class", "none"]);
    assert!(none != seven[..4 * SIZE] && none == drawn(&place, 4, &["--class", "7", "--guidance", "0"]));
    let score = |more: &[&str]| place.ito(&[&["score", "3", "--probes=2", "--tolerance=0.05"], more].concat());
    let (of_class, alone) = (score(&["--class", "2"]), score(&[]));
    assert!(of_class.code == Some(0) && alone.code == Some(0) && of_class.out != alone.out, "{of_class:?} {alone:?}");
    let between = ["sample", "--between", "3", "7", "--n=3", "--steps=4", "--out=c.png"];
    assert_eq!(place.ito(&between).code, Some(0));
    assert_eq!(place.ito(&[&between[..], &["--class=3"]].concat()).code, Some(0));
    refused(&place.ito(&[&between[..], &["--class=3,7"]].concat()), 2, &["all frames are told the same"]);

    let before = files(&place.path("runs"));
    let check =
        |args: &[&str], words: &[&str]| refused(&place.ito(&[&["sample", "--out=x.png"], args].concat()), 2, words);
    check(&["--class", "10"], &["no class 10", "numbered 0 to 9"]);
    check(&["--class", "seven"], &["\"seven\"", "must be all, none, a class such as 7"]);
    check(&["--class", "none", "--guidance", "2"], &["nothing to be guided to"]);
    check(&["--guidance", "nan"], &["guidance", "finite"]);
    check(&["--guidance", "2", "--guidance-interval", "3", "1"], &["0 <= low < high"]);
    check(&["--guidance-rescale", "0.5"], &["1 is no guidance"]);
    check(&["--vector", "1,2"], &["told no numbers", "--vectors"]);
    check(&["--given", "3"], &["told no picture", "--picture"]);
    check(&["--set", "condition.dropout=0.5"], &["condition.dropout", "only the table sample"]);
    refused(&place.ito(&["score", "3", "--class", "11"]), 2, &["no class 11"]);
    let resumed = place.ito(&["train", "--resume", "--run", "told", "--set", "condition.class=false"]);
    refused(&resumed, 2, &["condition.class = false", "the run has true"]);
    assert_eq!(files(&place.path("runs")), before);
}

#[test]
fn a_run_without_classes_has_none_to_ask_for() {
    let place = Place::trained();
    let check = |args: &[&str], words: &[&str]| refused(&place.ito(args), 2, words);
    check(&["sample", "--class", "7"], &["knows no classes", "--conditional"]);
    check(&["sample", "--guidance", "2"], &["guidance needs a conditional model", "--conditional"]);
    check(&["score", "3", "--class", "7"], &["knows no classes"]);
    assert_eq!(place.ito(&["sample", "--mask", "a.png"]).code, Some(2), "a mask of nothing");
}

#[test]
fn numbers_that_belong_to_examples_are_told_in_their_own_units() {
    let place = Place::new();
    fs::write(place.path("v.npy"), npy(10_000, 2, |k| (k % 7) as f64 * if k.is_multiple_of(2) { 1.0 } else { 1000.0 }))
        .unwrap();
    fs::write(place.path("short.npy"), npy(3, 2, |k| k as f64)).unwrap();
    let said = place.train(&["--run", "told", "--steps", "6", "--vectors", "short.npy"]);
    refused(&said, 2, &["short.npy has 3 rows", "10000 examples"]);
    let said = place.train(&["--run", "told", "--steps", "6", "--vectors", "v.npy"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(fs::read_to_string(place.path("runs/told/config.toml")).unwrap().contains("vector_mean = ["));
    let one = drawn(&place, 4, &["--vector", "3,-2000"]);
    assert!(one != drawn(&place, 4, &["--vector", "3,4000"]) && one == drawn(&place, 4, &["--vector", "3.0,-2e3"]));
    assert!(drawn(&place, 4, &[]) != one, "those of the held-out examples");
    fs::write(place.path("two.npy"), npy(2, 2, |k| [3.0, -2000.0, 3.0, 4000.0][k])).unwrap();
    let two = drawn(&place, 4, &["--vectors", "two.npy"]);
    assert!(
        two[..SIZE] == one[..SIZE]
            && two[2 * SIZE..3 * SIZE] == one[2 * SIZE..3 * SIZE]
            && two[SIZE..2 * SIZE] != one[SIZE..2 * SIZE]
    );
    assert!(drawn(&place, 4, &["--vector", "3,-2000", "--guidance", "2"]) != one);
    let check = |args: &[&str], words: &[&str]| refused(&place.ito(&[&["sample"], args].concat()), 2, words);
    check(&["--vector", "3"], &["1 numbers", "is told 2"]);
    check(&["--vector", "3,x"], &["--vector 3,x", "such as 0.3,1.2"]);
    assert_eq!(place.train(&["--resume", "--run", "told", "--steps", "8"]).code, Some(0));
}

#[test]
fn a_picture_of_low_resolution_is_restored() {
    let place = trained(&["--picture", "super-resolution", "--factor", "4"]);
    let three = drawn(&place, 3, &["--given", "5"]);
    assert_eq!(sheet(&place), (4 * 58 + 2, 2 * 58 + 2), "each beside what was given");
    assert!(three == drawn(&place, 3, &["--given", "5"]) && three != drawn(&place, 3, &["--given", "6"]));
    assert!(drawn(&place, 3, &[]) != three, "those of the held-out part");
    fs::write(place.path("small.png"), png(7, 7, |x, y| x == y)).unwrap();
    drawn(&place, 3, &["--given", "small.png"]);
    let check = |args: &[&str], words: &[&str]| refused(&place.ito(&[&["sample"], args].concat()), 2, words);
    fs::write(place.path("large.png"), png(28, 28, |x, y| x == y)).unwrap();
    check(&["--given", "large.png"], &["large.png: 28 x 28 pixels", "7 x 7"]);
    check(&["--given", "5", "--mask", "large.png"], &["a mask is for inpainting"]);
    check(&["--given", "10000"], &["no picture 10000"]);
    check(&["--class", "7"], &["knows no classes"]);
    refused(&place.ito(&["score", "3"]), 2, &["restores pictures"]);
    refused(
        &place.train(&["--run", "x", "--picture", "super-resolution", "--factor", "3"]),
        2,
        &["condition.factor = 3", "28 x 28"],
    );
    refused(
        &place.train(&["--run", "x", "--picture", "blur"]),
        2,
        &["must be one of none, super-resolution, inpainting"],
    );
}

#[test]
fn the_known_pixels_of_a_picture_stay_and_the_others_are_painted() {
    let place = trained(&["--picture", "inpainting", "--conditional"]);
    fs::write(place.path("mask.png"), png(28, 28, |x, _| x >= 14)).unwrap();
    fs::write(place.path("black.png"), png(28, 28, |_, _| false)).unwrap();
    fs::write(place.path("x.png"), png(28, 28, |x, y| x == y)).unwrap();
    let painted = drawn(&place, 2, &["--given", "x.png", "--mask", "mask.png", "--class", "7"]);
    for (k, value) in painted.iter().enumerate() {
        let (y, x) = (k / 28 % 28, k % 28);
        let given = if x == y { 1.0 } else { -1.0 };
        assert!(x >= 14 || *value == given, "{y} {x}: {value}");
    }
    assert!(painted[..SIZE] != painted[SIZE..]);
    assert!(drawn(&place, 2, &["--given", "4"]) != drawn(&place, 2, &["--given", "4", "--seed", "1"]));
    let check = |args: &[&str], words: &[&str]| refused(&place.ito(&[&["sample", "--given"], args].concat()), 2, words);
    check(&["x.png"], &["--mask FILE.png", "white"]);
    check(&["x.png", "--mask", "black.png"], &["no pixel is white"]);
}
