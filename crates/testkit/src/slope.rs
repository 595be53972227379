use std::fmt;

/// How fast an error falls: the least-squares slope of `-log error` against `log N`.
#[derive(Clone, Debug, PartialEq)]
pub struct Slope {
    /// The order measured.
    pub value: f64,
    /// What it was fitted to: `(N, error)`.
    pub errors: Vec<(usize, f64)>,
}

impl Slope {
    /// Fits `N = 512` to `1024`, one octave in five points: clean of the higher orders and of rounding.
    pub fn measure(error: impl Fn(usize) -> f64) -> Slope {
        Slope::fit([512, 609, 724, 861, 1024].map(|n| (n, error(n))).to_vec())
    }

    /// The slope through `(N, error)`, at least two different `N`.
    pub fn fit(errors: Vec<(usize, f64)>) -> Slope {
        let points = errors.iter().map(|(n, error)| ((*n as f64).ln(), -error.ln()));
        let count = errors.len() as f64;
        let (x, y) = points.clone().fold((0.0, 0.0), |sum, (x, y)| (sum.0 + x / count, sum.1 + y / count));
        let (xy, xx) = points.fold((0.0, 0.0), |s, (px, py)| (s.0 + (px - x) * (py - y), s.1 + (px - x).powi(2)));
        Slope { value: xy / xx, errors }
    }

    /// Panics with all the errors unless the order is `expected` to within `tolerance`.
    pub fn assert(&self, claim: &str, expected: f64, tolerance: f64) {
        assert!((self.value - expected).abs() <= tolerance, "{claim}: order {expected} expected, {self}");
    }
}

impl fmt::Display for Slope {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "order {:.4} from", self.value)?;
        self.errors.iter().try_for_each(|(n, error)| write!(f, " {n}: {error:.3e}"))
    }
}
