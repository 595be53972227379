use ito_noise::{Stream, Vectors};

use crate::{Noise, Real, Tile};

/// The noise of tiles: lane `l` is the sample `first + l` of a stream.
///
/// Draws consume a sample's normals one after another: number `n` stands in block `n / 4` of the sample, whatever the shape of
/// the states, in f32 and in f64 alike, so scalar paths use one block for four steps. Uniform number `u` is that of block
/// `2^62 + u`, which no normal reaches.
#[derive(Clone, Debug)]
pub struct TileNoise<A, const LANES: usize> {
    stream: Stream,
    first: u64,
    level: Vectors,
    /// The block that `ready` holds, plus one.
    next_block: u64,
    /// How many of the four are used up.
    used: usize,
    uniforms: u64,
    ready: Ready<A, LANES>,
}

/// Four normals a lane, at the start of a cache line.
#[derive(Clone, Debug)]
#[repr(align(64))]
struct Ready<A, const LANES: usize>([[A; LANES]; 4]);

/// Where the blocks of uniforms begin.
const UNIFORMS: u64 = 1 << 62;

impl<A: Real, const LANES: usize> TileNoise<A, LANES> {
    /// Of the samples `first .. first + LANES`.
    pub fn new(stream: Stream, first: u64) -> Self {
        TileNoise::at(Vectors::widest(), stream, first)
    }

    /// With vectors of this level; the numbers are the same.
    #[doc(hidden)]
    pub fn at(level: Vectors, stream: Stream, first: u64) -> Self {
        let ready = Ready([[A::default(); LANES]; 4]);
        TileNoise { stream, first, level, next_block: 0, used: 4, uniforms: 0, ready }
    }

    #[inline(always)]
    fn next(&mut self) -> &[A; LANES] {
        if self.used == 4 {
            A::normal_lanes(self.stream, self.level, self.first, self.next_block, &mut self.ready.0);
            self.next_block += 1;
            self.used = 0;
        }
        self.used += 1;
        &self.ready.0[self.used - 1]
    }

    /// The next normals, times a number.
    #[inline(always)]
    fn scaled<const DIM: usize>(&mut self, scale: A) -> Tile<A, DIM, LANES> {
        let mut tile = Tile::zeros();
        for component in 0..DIM {
            let out: &mut [A; LANES] = tile.component_mut(component);
            for (out, z) in out.iter_mut().zip(self.next()) {
                *out = scale * *z;
            }
        }
        tile
    }
}

impl<A: Real, const DIM: usize, const LANES: usize> Noise<Tile<A, DIM, LANES>> for TileNoise<A, LANES> {
    #[inline(always)]
    fn normal_like(&mut self, _like: &Tile<A, DIM, LANES>) -> Tile<A, DIM, LANES> {
        let mut tile = Tile::zeros();
        for component in 0..DIM {
            *tile.component_mut(component) = *self.next();
        }
        tile
    }

    #[inline(always)]
    fn increment(&mut self, from: f64, to: f64, _like: &Tile<A, DIM, LANES>) -> Tile<A, DIM, LANES> {
        self.scaled(A::of((to - from).abs().sqrt()))
    }

    fn uniform_rows(&mut self, _like: &Tile<A, DIM, LANES>) -> Vec<f64> {
        let block = UNIFORMS + self.uniforms;
        self.uniforms += 1;
        (0..LANES as u64).map(|lane| self.stream.uniform(self.first.wrapping_add(lane), block)).collect()
    }
}
