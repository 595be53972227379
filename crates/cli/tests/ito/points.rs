//! Points: laws in the plane and rows of numbers in a file.
use crate::support::{Place, Said, refused};
use ito_data::Toy;
use ito_noise::Stream;
use std::fs;

/// A network so small that training it takes a second.
const SMALL: &[&str] = &[
    "--device=cpu",
    "--run=tiny",
    "--steps=30",
    "--batch=64",
    "--set=network.width=16",
    "--set=network.blocks=1",
    "--set=data.held_out=0.1",
    "--set=sample.n=50",
    "--set=sample.steps=4",
];

fn trained(more: &[&str]) -> Place {
    let place = Place::new();
    fine(&place, &[&["train"], SMALL, more].concat());
    place
}

fn fine(place: &Place, args: &[&str]) -> Said {
    let said = place.ito(args);
    assert_eq!(said.code, Some(0), "{args:?}: {said:?}");
    said
}

/// Version 1.0 of float64 `[n, d]`.
fn npy(rows: &[Vec<f64>]) -> Vec<u8> {
    let shape = format!("({}, {})", rows.len(), rows.first().map_or(0, Vec::len));
    let header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}");
    let padded = format!("{header:<117}\n");
    let values = rows.iter().flatten().flat_map(|x| x.to_le_bytes());
    [b"\x93NUMPY\x01\x00", &118_u16.to_le_bytes()[..], padded.as_bytes()].concat().into_iter().chain(values).collect()
}

/// The numbers behind the header, which says so many rows and columns.
fn numbers(bytes: &[u8], rows: usize, columns: usize) -> Vec<f64> {
    let header = String::from_utf8_lossy(&bytes[..128]).into_owned();
    assert!(header.contains("'<f8'") && header.contains(&format!("({rows}, {columns})")), "{header}");
    bytes[128..].chunks_exact(8).map(|b| f64::from_le_bytes(b.try_into().unwrap())).collect()
}

/// Columns of scales that f32 and one deviation for all could not carry: around 1e9, and of size 1e-6.
fn stretched() -> Vec<Vec<f64>> {
    let angle = |k: u32| f64::from(k) * 2.399_963;
    (0..400).map(|k| vec![1e9 + 2.0 * angle(k).cos(), 1e-6 * angle(k).sin(), f64::from(k % 7)]).collect()
}

#[test]
fn a_law_in_the_plane_is_learned_drawn_animated_and_scored() {
    let place = trained(&["--dataset", "moons"]);
    assert!(place.bytes("runs/tiny/samples.png").starts_with(b"\x89PNG"));
    let config = String::from_utf8(place.bytes("runs/tiny/config.toml")).unwrap();
    for words in ["dataset = \"moons\"", "kind = \"mlp\"", "column_means = [", "shape = [2]"] {
        assert!(config.contains(words), "{words} in {config}");
    }
    let said = fine(&place, &["sample", "--npy", "p.npy", "--animate", "p.gif", "--n", "40"]);
    assert!(
        said.out.contains("40 points in") && said.out.contains("float64 [40, 2] in the data's own units"),
        "{said:?}"
    );
    let drawn = numbers(&place.bytes("p.npy"), 40, 2);
    assert!(drawn.iter().all(|x| x.abs() < 20.0), "{drawn:?}");
    assert!(place.bytes("p.gif").starts_with(b"GIF89a"));
    let said = fine(&place, &["score", "p.npy"]);
    let lines: Vec<&str> = said.out.lines().collect();
    assert!(lines.len() == 42 && lines[0].contains("log p, nats") && !lines[0].contains("bits"), "{said:?}");
    assert!(said.err.contains("40 points in"), "{said:?}");
    fine(&place, &["sample", "--between", "3", "8", "--n", "5", "--out", "way.png"]);
}

#[test]
fn samples_of_columns_of_any_scale_come_in_their_own_units() {
    let place = Place::new();
    fs::write(place.path("points.npy"), npy(&stretched())).unwrap();
    fine(&place, &[&["train"], SMALL, &["--data", "points.npy"]].concat());
    fine(&place, &["sample", "--npy", "p.npy"]);
    let drawn = numbers(&place.bytes("p.npy"), 50, 3);
    for row in drawn.chunks_exact(3) {
        let near = [(row[0] - 1e9).abs() < 100.0, row[1].abs() < 1e-4, row[2].abs() < 100.0];
        assert!(near == [true; 3], "{row:?}");
    }
}

/// Forty points of the law, under the model and exactly: the mean of the differences is the model's excess, its divergence from
/// the law. A normal law of the same mean and covariance is off by 1.43 nats.
#[test]
fn what_is_learned_of_the_mixture_is_near_its_exact_density() {
    let place = Place::new();
    let args = ["--dataset=mixture", "--device=cpu", "--run=tiny", "--steps=300", "--batch=256", "--set=sample.n=50"];
    fine(&place, &[&["train"], args.as_slice()].concat());
    let points = Toy::Mixture.draw(Stream::new(5, "test"), 0, 40);
    let rows: Vec<Vec<f64>> = (0..40).map(|k| points.row(k).to_vec()).collect();
    fs::write(place.path("points.npy"), npy(&rows)).unwrap();
    let said = fine(&place, &["score", "points.npy"]);
    let nats = |line: &str| line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap();
    let learned: Vec<f64> = said.out.lines().skip(1).take(40).map(nats).collect();
    let exact = |row: &Vec<f64>| Toy::Mixture.log_density([row[0], row[1]]).unwrap();
    let excess = rows.iter().zip(&learned).map(|(row, nats)| exact(row) - nats).sum::<f64>() / 40.0;
    println!("excess {excess:.3} nats");
    assert!(excess.abs() < 0.3, "{excess}: {learned:?}");
}

/// The same data in units a thousand times smaller: the density in them is 1000^2 times lower.
#[test]
fn a_density_is_that_of_the_points_own_units() {
    let place = Place::new();
    let scored = |name: &str, times: f64| {
        let file = format!("{name}.npy");
        let rows: Vec<Vec<f64>> = stretched().iter().map(|row| vec![times * (row[0] - 1e9), times * row[2]]).collect();
        fs::write(place.path(&file), npy(&rows)).unwrap();
        let run = format!("--run={name}");
        let args: Vec<&str> = SMALL.iter().map(|arg| if *arg == "--run=tiny" { run.as_str() } else { *arg }).collect();
        fine(&place, &[&["train"], args.as_slice(), &["--data", &file]].concat());
        let said = fine(&place, &["score", "5", "--run", name]);
        let word = said.out.lines().nth(1).and_then(|line| line.split_whitespace().nth(1)).unwrap().to_owned();
        word.parse::<f64>().unwrap()
    };
    let (plain, small) = (scored("plain", 1.0), scored("small", 1024.0));
    assert!((plain - small - 2.0 * 1024f64.ln()).abs() < 0.01, "{plain} and {small}");
}

#[test]
fn a_run_of_points_goes_on_where_it_stopped() {
    let place = trained(&["--dataset", "checkerboard"]);
    fine(&place, &["train", "--resume", "--run", "tiny", "--steps", "40"]);
    refused(&place.ito(&["train", "--resume", "--run", "tiny", "--dataset", "moons"]), 2, &["data.dataset", "moons"]);
}

#[test]
fn points_that_make_no_run_are_refused() {
    let place = Place::new();
    let train = |name: &str, bytes: &[u8], words: &[&str]| {
        fs::write(place.path(name), bytes).unwrap();
        let said = place.ito(&["train", "--data", name]);
        let code = said.code.unwrap_or_default();
        assert!(code != 0, "{said:?}");
        refused(&said, code, words);
    };
    train("a.npy", b"1, 2", &["a.npy", "no .npy file"]);
    train("b.npy", &npy(&[vec![1.0, f64::NAN]]), &["b.npy", "NaN", "row 0, column 1"]);
    train("c.npy", &npy(&[vec![1.0, 5.0], vec![2.0, 5.0]]), &["column 1 of 2", "5"]);
    train("d.npy", &npy(&[]), &["d.npy", "[0, 0]", "[n, d]"]);
    refused(&place.ito(&["train", "--data", "none.npy"]), 1, &["none.npy"]);
    refused(&place.ito(&["train", "--dataset", "points"]), 2, &["--data FILE.npy"]);
    refused(&place.ito(&["train", "--dataset", "moons", "--data", "a.npy"]), 2, &["a.npy", "moons"]);
    refused(&place.ito(&["train", "--dataset", "moons", "--data", "folder"]), 2, &["folder", "[n, d]"]);
    refused(&place.ito(&["train", "--dataset", "moons", "--set", "network.kind=unet"]), 2, &["unet", "mlp"]);
    refused(&place.ito(&["train", "--set", "network.kind=mlp"]), 2, &["mlp", "pictures"]);
    assert!(place.names("runs").is_empty(), "nothing is left behind");
    let place = trained(&["--dataset", "moons"]);
    fs::write(place.path("three.npy"), npy(&[vec![1.0, 2.0, 3.0]])).unwrap();
    refused(&place.ito(&["score", "three.npy"]), 2, &["three.npy", "3 columns", "[n, 2]"]);
    refused(&place.ito(&["score", "a.png"]), 2, &["a.png", ".npy"]);
    refused(&place.ito(&["score", "1000000"]), 2, &["1000000", "999999"]);
}
