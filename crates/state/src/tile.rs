use crate::{Batch, Pointwise, Real, Rows};

/// `LANES` states of `DIM` numbers each, small enough to stay in the cache: a batch whose shape is its type.
///
/// Structure of arrays, so arithmetic is straight loops over lanes without allocation. Axis 0, the batch, is the lanes:
/// row `l` is `component(0)[l], component(1)[l], ...`. In f64 the same bits as ndarray.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(align(64))]
pub struct Tile<A, const DIM: usize, const LANES: usize>([[A; LANES]; DIM]);

impl<A: Real, const DIM: usize, const LANES: usize> Tile<A, DIM, LANES> {
    /// Row `l` is `row(l)`.
    pub fn from_rows(mut row: impl FnMut(usize) -> [A; DIM]) -> Self {
        let mut tile = [[A::default(); LANES]; DIM];
        for lane in 0..LANES {
            for (component, value) in tile.iter_mut().zip(row(lane)) {
                component[lane] = value;
            }
        }
        Tile(tile)
    }

    /// The state of one lane.
    ///
    /// # Panics
    /// If there is no such lane.
    #[inline]
    pub fn row(&self, lane: usize) -> [A; DIM] {
        self.0.map(|component| component[lane])
    }

    /// One coordinate of all states.
    ///
    /// # Panics
    /// If there is no such coordinate.
    #[inline(always)]
    pub fn component(&self, index: usize) -> &[A; LANES] {
        &self.0[index]
    }

    #[inline(always)]
    pub(crate) fn component_mut(&mut self, index: usize) -> &mut [A; LANES] {
        &mut self.0[index]
    }

    #[inline(always)]
    pub(crate) fn zeros() -> Self {
        Tile([[A::default(); LANES]; DIM])
    }

    /// `f(component, lane)` of every entry.
    #[inline(always)]
    fn build(f: impl Fn(usize, usize) -> A) -> Self {
        let mut tile = Self::zeros();
        for component in 0..DIM {
            for lane in 0..LANES {
                tile.0[component][lane] = f(component, lane);
            }
        }
        tile
    }
}

impl<A: Real, const DIM: usize, const LANES: usize> Batch for Tile<A, DIM, LANES> {
    #[inline(always)]
    fn lincomb(terms: &[(f64, &Self)]) -> Self {
        let term = |k: usize| (A::of(terms[k].0), terms[k].1);
        // One pass over the lanes for the usual numbers of terms, sums in the same order as below.
        match terms.len() {
            0 => panic!("a linear combination has at least one term"),
            1 => {
                let (a, x) = term(0);
                Self::build(
                    #[inline(always)]
                    |d, l| a * x.0[d][l],
                )
            }
            2 => {
                let [(a, x), (b, y)] = [term(0), term(1)];
                Self::build(
                    #[inline(always)]
                    |d, l| add(a * x.0[d][l], b * y.0[d][l]),
                )
            }
            3 => {
                let [(a, x), (b, y), (c, z)] = [term(0), term(1), term(2)];
                Self::build(
                    #[inline(always)]
                    |d, l| add(add(a * x.0[d][l], b * y.0[d][l]), c * z.0[d][l]),
                )
            }
            _ => {
                let (a, x) = term(0);
                let mut sum = Self::build(
                    #[inline(always)]
                    |d, l| a * x.0[d][l],
                );
                for (c, x) in &terms[1..] {
                    let c = A::of(*c);
                    for (sum, x) in sum.0.iter_mut().zip(&x.0) {
                        for (sum, x) in sum.iter_mut().zip(x) {
                            *sum += c * *x;
                        }
                    }
                }
                sum
            }
        }
    }

    fn lincomb_rows(terms: &[(&[f64], &Self)]) -> Self {
        assert!(!terms.is_empty(), "a linear combination has at least one term");
        assert!(terms.iter().all(|(c, _)| c.len() == LANES), "one coefficient a row");
        let ((c, x), rest) = (terms[0], &terms[1..]);
        let mut sum = Self::build(|d, l| A::of(c[l]) * x.0[d][l]);
        for (c, x) in rest {
            for (sum, x) in sum.0.iter_mut().zip(&x.0) {
                for (lane, sum) in sum.iter_mut().enumerate() {
                    *sum += A::of(c[lane]) * x[lane];
                }
            }
        }
        sum
    }
}

#[inline(always)]
fn add<A: Real>(mut a: A, b: A) -> A {
    a += b;
    a
}

impl<A: Real, const DIM: usize, const LANES: usize> Rows for Tile<A, DIM, LANES> {
    fn dot_rows(&self, other: &Self) -> Vec<f64> {
        let row = |lane: usize| (0..DIM).map(|d| self.0[d][lane].wide() * other.0[d][lane].wide()).sum();
        (0..LANES).map(row).collect()
    }

    fn select_rows(pick: &[bool], yes: &Self, no: &Self) -> Self {
        assert_eq!(pick.len(), LANES, "one choice a row");
        Self::build(|d, l| if pick[l] { yes.0[d][l] } else { no.0[d][l] })
    }

    #[inline(always)]
    fn mul(&self, other: &Self) -> Self {
        Self::build(
            #[inline(always)]
            |d, l| self.0[d][l] * other.0[d][l],
        )
    }

    #[inline(always)]
    fn fill_like(&self, value: f64) -> Self {
        let value = A::of(value);
        Self::build(
            #[inline(always)]
            |_, _| value,
        )
    }

    fn row_count(&self) -> usize {
        LANES
    }

    fn row_len(&self) -> usize {
        DIM
    }

    fn unit_like(&self, entry: usize) -> Self {
        assert!(entry < DIM, "entry {entry} of a row of {DIM}");
        Self::build(|d, _| A::of(if d == entry { 1.0 } else { 0.0 }))
    }

    fn take_rows(&self, rows: &[usize]) -> Self {
        assert_eq!(rows.len(), LANES, "as many rows as the tile has");
        Self::build(|d, l| self.0[d][rows[l]])
    }
}

impl<A: Real, const DIM: usize, const LANES: usize> Pointwise for Tile<A, DIM, LANES> {
    #[inline(always)]
    fn map_entries(&self, f: impl Fn(f64) -> f64) -> Self {
        Self::build(
            #[inline(always)]
            |d, l| A::of(f(self.0[d][l].wide())),
        )
    }
}
