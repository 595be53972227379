//! From one picture to another.
use crate::support::{Place, files, refused};
use std::fs;

const SIZE: usize = 28 * 28;

fn numbers(npy: &[u8], n: usize) -> Vec<f32> {
    let bytes = &npy[npy.len() - n * SIZE * 4..];
    bytes.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()
}

fn distance(a: &[f32], b: &[f32]) -> f64 {
    (a.iter().zip(b).map(|(x, y)| f64::from(x - y).powi(2)).sum::<f64>() / a.len() as f64).sqrt()
}

fn between(place: &Place, ends: [&str; 2], more: &[&str]) -> Vec<f32> {
    let args = [&["sample", "--between"], &ends[..], &["--n=5", "--npy=a.npy", "--out=a.png", "--steps=24"], more];
    let said = place.ito(&args.concat());
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{said:?}");
    assert!(said.out.contains("the ends came back with an rms error of"), "{said:?}");
    numbers(&place.bytes("a.npy"), 5)
}

#[test]
fn frames_lead_from_one_picture_to_the_other() {
    let place = Place::trained();
    let frames = between(&place, ["3", "7"], &["--animate", "a.gif"]);
    assert!(place.bytes("a.gif").starts_with(b"GIF89a") && place.bytes("a.png").starts_with(b"\x89PNG"));
    let frame = |k: usize| &frames[k * SIZE..(k + 1) * SIZE];
    // The frames go away from the first end and towards the last.
    let (from_first, to_last): (Vec<f64>, Vec<f64>) =
        (0..5).map(|k| (distance(frame(k), frame(0)), distance(frame(k), frame(4)))).unzip();
    assert!(from_first.is_sorted() && to_last.iter().rev().is_sorted(), "{from_first:?} {to_last:?}");
    assert!(from_first[4] > 0.1, "{from_first:?}");

    // An end may come as numbers: what the frames end with.
    let two: Vec<f32> = [frame(0), frame(4)].concat();
    for (k, name) in ["first.npy", "last.npy"].into_iter().enumerate() {
        let mut file = place.bytes("a.npy")[..128].to_vec();
        let count = file.windows(3).position(|w| w == b"(5,").unwrap() + 1;
        file[count] = b'1';
        file.extend(two[k * SIZE..(k + 1) * SIZE].iter().flat_map(|v| v.to_le_bytes()));
        fs::write(place.path(name), file).unwrap();
    }
    let again = between(&place, ["first.npy", "last.npy"], &[]);
    for k in [0, 4] {
        let off = distance(&again[k * SIZE..(k + 1) * SIZE], frame(k));
        assert!(off < 0.02, "frame {k}: {off}");
    }
}

#[test]
fn the_way_is_the_same_again_and_by_any_batch() {
    let place = Place::trained();
    let once = between(&place, ["0", "1"], &[]);
    assert!(once == between(&place, ["0", "1"], &["--batch", "2", "--seed", "9"]), "no noise is drawn");
    let back = between(&place, ["1", "0"], &[]);
    let off = distance(&once[..SIZE], &back[4 * SIZE..]);
    assert!(off < 1e-4, "{off}");
    let heun = between(&place, ["0", "1"], &["--sampler", "heun"]);
    assert!(once == heun, "heun unless another is asked for");
    assert!(once != between(&place, ["0", "1"], &["--sampler", "ddim"]));
}

#[test]
fn ends_that_are_no_pictures_of_the_run_are_refused() {
    let place = Place::trained();
    let before = files(&place.path("runs"));
    let sheet = place.ito(&["sample", "--n", "4", "--out", "sheet.png", "--npy", "four.npy", "--steps", "1"]);
    assert_eq!(sheet.code, Some(0), "{sheet:?}");
    fs::write(place.path("torn.png"), &place.bytes("sheet.png")[..60]).unwrap();
    let check = |args: &[&str], code: i32, words: &[&str]| {
        refused(&place.ito(&[&["sample", "--out", "x.png", "--between"], args].concat()), code, words);
    };
    check(&["0", "10000"], 2, &["mnist (bundled) has no picture 10000", "counted from 0 to 9999"]);
    check(&["0", "none.png"], 1, &["none.png", "No such file"]);
    check(&["0", "sheet.png"], 2, &["sheet.png: 118 x 118 pixels", "28 x 28"]);
    check(&["torn.png", "0"], 1, &["torn.png is no whole PNG"]);
    check(&["four.npy", "0"], 2, &["four.npy holds 4 pictures", "1 x 28 x 28"]);
    check(&["0", "a.jpg"], 2, &["a.jpg", ".png or .npy"]);
    check(&["0", "1", "--sampler", "ancestral"], 2, &["ancestral", "draws noise", "ddim"]);
    check(&["0", "1", "--n", "1"], 2, &["at least 2 frames"]);
    assert_eq!(place.ito(&["sample", "--between", "0"]).code, Some(2));
    assert_eq!(files(&place.path("runs")), before);
    assert!(!place.path("x.png").exists());
}
