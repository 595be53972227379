use ito_state::Rows;

/// A linear map `A` of what is measured, row by row, and its transpose.
pub trait Measurement<X> {
    /// `A x`; its rows may have another length than those of `x`.
    fn apply(&self, x: &X) -> X;

    /// `A^T y`, in the shape of `x`.
    fn adjoint(&self, y: &X) -> X;

    /// What of `y` a measurement can be, in the range of `A`; all of it unless said. Numbers outside of the range contradict every `x`.
    fn possible(&self, y: &X) -> X
    where
        X: Clone,
    {
        y.clone()
    }
}

/// Some entries are seen, the others not: `A x` is `x` where seen and 0 elsewhere, as is `A^T`. What is measured there does not matter.
#[derive(Clone, Debug)]
pub struct Mask<X> {
    seen: X,
}

impl<X: Rows> Mask<X> {
    /// 1 where an entry is seen, 0 where not, in the shape of the state, or one row for all.
    pub fn new(seen: X) -> Mask<X> {
        Mask { seen }
    }

    fn seen_of(&self, x: &X) -> X {
        x.mul(&for_all(&self.seen, x))
    }
}

impl<X: Rows> Measurement<X> for Mask<X> {
    fn apply(&self, x: &X) -> X {
        self.seen_of(x)
    }

    fn adjoint(&self, y: &X) -> X {
        self.seen_of(y)
    }

    fn possible(&self, y: &X) -> X {
        self.seen_of(y)
    }
}

/// As many rows as `like` has, if there is one.
pub(super) fn for_all<X: Rows>(rows: &X, like: &X) -> X {
    match (rows.row_count(), like.row_count()) {
        (1, count) if count != 1 => rows.take_rows(&vec![0; count]),
        _ => rows.clone(),
    }
}

/// A linear map given by two closures: `apply` for `A`, `adjoint` for its transpose. Nothing checks that they belong together: for all
/// `x` and `y`, `<A x, y> = <x, A^T y>`.
#[derive(Clone, Copy, Debug)]
pub struct Linear<F, G> {
    /// `A`.
    pub apply: F,
    /// `A^T`.
    pub adjoint: G,
}

impl<X, F: Fn(&X) -> X, G: Fn(&X) -> X> Measurement<X> for Linear<F, G> {
    fn apply(&self, x: &X) -> X {
        (self.apply)(x)
    }

    fn adjoint(&self, y: &X) -> X {
        (self.adjoint)(y)
    }
}
