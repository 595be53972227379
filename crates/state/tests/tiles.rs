//! A tile is a batch: the laws of `Batch`, `Rows` and `Noise`, and the bits of ndarray.

use ito_noise::{Stream, Vectors};
use ito_state::{Batch, Noise, Pointwise, Real, Rows, Tile, TileNoise};
use ndarray::Array2;

const LANES: usize = 10;

#[test]
fn arithmetic_in_f64_has_the_bits_of_ndarray() {
    check_arithmetic::<f64>();
}

#[test]
fn arithmetic_in_f32_has_the_bits_of_ndarray() {
    check_arithmetic::<f32>();
}

#[test]
fn a_row_not_picked_may_be_nan() {
    let [x, y] = [Tile::<f64, 1, 2>::from_rows(|l| [l as f64]), Tile::from_rows(|_| [f64::NAN])];
    assert_eq!(Tile::select_rows(&[true, true], &x, &y), x);
}

#[test]
#[should_panic(expected = "at least one term")]
fn a_linear_combination_of_nothing_is_refused() {
    Tile::<f64, 1, 2>::lincomb(&[]);
}

#[test]
fn a_lane_draws_the_normals_of_its_sample_one_after_another() {
    check_sequence::<f64>(|stream, sample, out| stream.fill_normal_f64(sample, 0, out));
    check_sequence::<f32>(|stream, sample, out| {
        let mut single = [0.0_f32; COUNT];
        stream.fill_normal_f32(sample, 0, &mut single);
        out.copy_from_slice(&single.map(f64::from));
    });
}

#[test]
fn a_lane_draws_the_same_in_every_tile_at_every_level() {
    let stream = Stream::new(4, "tile");
    let like = Tile::<f32, 2, 64>::from_rows(|_| [0.0; 2]);
    let expected = TileNoise::<f32, 64>::at(Vectors::PLAIN, stream, 6).normal_like(&like);
    for level in Vectors::available() {
        assert_eq!(TileNoise::<f32, 64>::at(*level, stream, 6).normal_like(&like), expected);
        let alone: Tile<f32, 2, 1> =
            TileNoise::<f32, 1>::at(*level, stream, 9).normal_like(&Tile::from_rows(|_| [0.0; 2]));
        assert_eq!(alone.row(0), expected.row(3));
    }
}

#[test]
fn an_increment_is_a_normal_times_the_root_of_its_time() {
    let stream = Stream::new(4, "tile");
    let like = Tile::<f64, 3, 8>::from_rows(|_| [0.0; 3]);
    let z = TileNoise::<f64, 8>::new(stream, 0).normal_like(&like);
    let dw = TileNoise::<f64, 8>::new(stream, 0).increment(2.0, 1.75, &like);
    assert_eq!(dw, Tile::lincomb(&[(0.5, &z)]));
}

#[test]
fn uniforms_have_blocks_of_their_own() {
    let stream = Stream::new(4, "tile");
    let like = Tile::<f64, 1, 8>::from_rows(|_| [0.0]);
    let mut noise = TileNoise::<f64, 8>::new(stream, 5);
    let first = noise.normal_like(&like);
    for draw in 0..3 {
        let expected: Vec<f64> = (5..13).map(|sample| stream.uniform(sample, (1 << 62) + draw)).collect();
        assert_eq!(noise.uniform_rows(&like), expected);
    }
    // The normals go on as if nothing had been drawn between.
    let second = noise.normal_like(&like);
    let mut alone = TileNoise::<f64, 8>::new(stream, 5);
    assert_eq!([first, second], [alone.normal_like(&like), alone.normal_like(&like)]);
}

const COUNT: usize = 26;

fn check_sequence<A: Real + std::fmt::Debug + PartialEq>(fill: impl Fn(Stream, u64, &mut [f64])) {
    let stream = Stream::new(9, "sequence");
    let mut noise = TileNoise::<A, LANES>::new(stream, u64::MAX - 3);
    // Draws of one, three, two and four coordinates, in turn.
    let mut drawn = vec![Vec::new(); LANES];
    fn draw<A: Real, const D: usize>(noise: &mut TileNoise<A, LANES>, drawn: &mut [Vec<f64>]) {
        let tile: Tile<A, D, LANES> = noise.normal_like(&Tile::from_rows(|_| [A::default(); D]));
        (0..LANES).for_each(|lane| drawn[lane].extend(tile.row(lane).map(A::wide)));
    }
    while drawn[0].len() < COUNT {
        draw::<A, 1>(&mut noise, &mut drawn);
        draw::<A, 3>(&mut noise, &mut drawn);
        draw::<A, 2>(&mut noise, &mut drawn);
        draw::<A, 4>(&mut noise, &mut drawn);
    }
    for (lane, drawn) in drawn.iter().enumerate() {
        let mut expected = [0.0; COUNT];
        fill(stream, (u64::MAX - 3).wrapping_add(lane as u64), &mut expected);
        assert_eq!(drawn[..COUNT], expected, "lane {lane}");
    }
}

fn check_arithmetic<A: Real + PartialEq + std::fmt::Debug>() {
    let stream = Stream::new(2, "arithmetic");
    let mut noise = TileNoise::<A, LANES>::new(stream, 0);
    let like = Tile::<A, 3, LANES>::from_rows(|_| [A::default(); 3]);
    let tiles: [_; 5] = std::array::from_fn(|_| noise.normal_like(&like));
    let arrays = tiles.map(array);
    let c = [0.3, -1.7, 1.0 / 3.0, 1e-3, 2.5];
    for terms in 1..=5 {
        let of_tiles: Vec<_> = (0..terms).map(|k| (c[k], &tiles[k])).collect();
        let of_arrays: Vec<_> = (0..terms).map(|k| (c[k], &arrays[k])).collect();
        assert_eq!(array(Tile::lincomb(&of_tiles)), Array2::lincomb(&of_arrays), "{terms} terms");
        let rows: Vec<Vec<f64>> = (0..terms).map(|k| (0..LANES).map(|l| c[k] + l as f64 / 7.0).collect()).collect();
        let of_tiles: Vec<_> = (0..terms).map(|k| (&rows[k][..], &tiles[k])).collect();
        let of_arrays: Vec<_> = (0..terms).map(|k| (&rows[k][..], &arrays[k])).collect();
        assert_eq!(array(Tile::lincomb_rows(&of_tiles)), Array2::lincomb_rows(&of_arrays), "{terms} terms by rows");
    }
    let [x, y] = [tiles[0], tiles[1]];
    let [u, v] = [&arrays[0], &arrays[1]];
    assert_eq!(x.dot_rows(&y), u.dot_rows(v));
    assert_eq!(array(Rows::mul(&x, &y)), Rows::mul(u, v));
    assert_eq!(array(x.fill_like(0.1)), u.fill_like(0.1));
    assert_eq!(array(x.map_entries(f64::sin)), u.map_entries(f64::sin));
    let pick: Vec<bool> = (0..LANES).map(|l| l % 3 == 0).collect();
    assert_eq!(array(Tile::select_rows(&pick, &x, &y)), Array2::select_rows(&pick, u, v));
}

fn array<A: Real, const DIM: usize, const L: usize>(tile: Tile<A, DIM, L>) -> Array2<A> {
    Array2::from_shape_fn((L, DIM), |(lane, component)| tile.component(component)[lane])
}
