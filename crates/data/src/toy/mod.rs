//! Laws in the plane, to learn in a minute and to see whether it was learned.

pub mod checkerboard;
pub mod mixture;
mod moons;
mod spirals;
mod swiss_roll;

use ito_noise::Stream;

use crate::Points;

/// A law in the plane, of mean 0 and with `sqrt(E|x|^2 / 2)` between 0.97 and 1.16.
///
/// Point k of a stream is a function of the stream and k, to the rounding of the platform's sine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toy {
    /// Two half circles that hold each other: [`Toy::draw`]'s `x = sqrt 2 (m - (1/2, 1/4)) + 0.08 z`, `m = (cos a, sin a)` or
    /// `(1 - cos a, 1/2 - sin a)` with equal chance, a uniform on [0, pi], z standard normal.
    ///
    /// The curve m is that of scikit-learn's `make_moons`.
    Moons,
    /// A spiral that widens: `x = (a (cos a, sin a) - (2, 2 / (3 pi))) / 7 + 0.08 z`, a uniform on [3 pi / 2, 9 pi / 2], z
    /// standard normal.
    ///
    /// The curve is the first and last coordinate of scikit-learn's `make_swiss_roll`.
    SwissRoll,
    /// Uniform on every second cell of a board: see [`checkerboard`].
    Checkerboard,
    /// Two spirals, one the other turned by half a circle: `x = +-2 sqrt(u) (-cos a, sin a) + 0.05 z`, `a = 3 pi sqrt(u)`, u uniform
    /// on [0, 1], z standard normal.
    ///
    /// The curve is that of `2spirals` of Grathwohl et al. 2019 (FFJORD), arXiv:1810.01367, in other units.
    Spirals,
    /// Eight normals on a ring: see [`mixture`].
    Mixture,
}

impl Toy {
    /// Every law.
    pub const ALL: [Toy; 5] = [Toy::Moons, Toy::SwissRoll, Toy::Checkerboard, Toy::Spirals, Toy::Mixture];

    /// Its name: `moons`, `swiss-roll`, `checkerboard`, `spirals`, `mixture`.
    pub fn name(self) -> &'static str {
        match self {
            Toy::Moons => "moons",
            Toy::SwissRoll => "swiss-roll",
            Toy::Checkerboard => "checkerboard",
            Toy::Spirals => "spirals",
            Toy::Mixture => "mixture",
        }
    }

    /// Points `first` to `first + n - 1` of a stream, two columns.
    pub fn draw(self, stream: Stream, first: u64, n: usize) -> Points {
        let point = |k| {
            let draw = Draw { stream, sample: first + k };
            match self {
                Toy::Moons => moons::point(draw),
                Toy::SwissRoll => swiss_roll::point(draw),
                Toy::Checkerboard => checkerboard::point(draw),
                Toy::Spirals => spirals::point(draw),
                Toy::Mixture => mixture::point(draw),
            }
        };
        Points { columns: 2, values: (0..n as u64).flat_map(point).collect() }
    }

    /// The logarithm of the density in nats, where it is known in closed form: the checkerboard, whose density is 0 between its
    /// cells, and the mixture.
    pub fn log_density(self, x: [f64; 2]) -> Option<f64> {
        match self {
            Toy::Checkerboard => Some(checkerboard::log_density(x)),
            Toy::Mixture => Some(mixture::log_density(x)),
            Toy::Moons | Toy::SwissRoll | Toy::Spirals => None,
        }
    }
}

/// What one point draws: block k of its sample for uniform k, the block behind them for a pair of normals.
#[derive(Clone, Copy)]
struct Draw {
    stream: Stream,
    sample: u64,
}

const UNIFORMS: u64 = 3;

impl Draw {
    /// Uniform `number`, below [`UNIFORMS`], on (0, 1).
    fn uniform(self, number: u64) -> f64 {
        debug_assert!(number < UNIFORMS);
        self.stream.uniform(self.sample, number)
    }

    /// Uniform `number` as one of 0 to `count - 1`.
    fn choice(self, number: u64, count: usize) -> usize {
        (self.uniform(number) * count as f64) as usize
    }

    /// `centre + deviation z`.
    fn around(self, centre: [f64; 2], deviation: f64) -> [f64; 2] {
        let mut z = [0.0; 2];
        self.stream.fill_normal_f64(self.sample, UNIFORMS, &mut z);
        [centre[0] + deviation * z[0], centre[1] + deviation * z[1]]
    }
}
