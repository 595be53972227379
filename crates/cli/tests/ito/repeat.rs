//! Sample k of seed s is the same picture alone or in any batch, on any number of threads.
use crate::support::Place;

fn draw(place: &Place, args: &[&str], threads: Option<&str>) -> Vec<u8> {
    let all =
        [&["sample", "--npy", "a.npy", "--out", "a.png", "--steps", "4", "--set", "sample.seed=5"], args].concat();
    let mut command = place.command(&all);
    threads.map(|n| command.env("OMP_NUM_THREADS", n));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    place.bytes("a.npy")
}

/// The numbers of the first pictures, behind the header.
fn pictures(npy: &[u8], all: usize, first: usize) -> &[u8] {
    let size = 28 * 28 * 4;
    &npy[npy.len() - all * size..][..first * size]
}

#[test]
fn pictures_are_the_same_again_in_fewer_and_in_any_batch() {
    let place = Place::trained();
    for sampler in ["heun", "ancestral"] {
        let draw = |args: &[&str], threads| draw(&place, &[&["--sampler", sampler], args].concat(), threads);
        let all = draw(&["--n", "40"], None);
        let png = place.bytes("a.png");
        assert!(all == draw(&["--n", "40"], None) && png == place.bytes("a.png"), "{sampler}: again");
        assert!(all == draw(&["--n", "40", "--batch", "7"], None), "{sampler}: --batch 7");
        assert!(all == draw(&["--n", "40"], Some("1")), "{sampler}: one thread");
        let some = draw(&["--n", "20"], None);
        assert!(pictures(&all, 40, 20) == pictures(&some, 20, 20), "{sampler}: --n 20");
        assert!(all != draw(&["--n", "40", "--seed", "6"], None), "{sampler}: another seed");
    }
}
