use ito_state::Rows;

/// A linear map `A` of what is measured, row by row, and its transpose.
pub trait Measurement<X> {
    /// `A x`; its rows may have another length than those of `x`.
    fn apply(&self, x: &X) -> X;

    /// `A^T y`, in the shape of `x`.
    fn adjoint(&self, y: &X) -> X;
}

/// Some entries are seen, the others not: `A x` is `x` where seen and 0 elsewhere, as is `A^T`.
#[derive(Clone, Debug)]
pub struct Mask<X> {
    seen: X,
}

impl<X: Rows> Mask<X> {
    /// 1 where an entry is seen, 0 where not, in the shape of the state.
    pub fn new(seen: X) -> Mask<X> {
        Mask { seen }
    }
}

impl<X: Rows> Measurement<X> for Mask<X> {
    fn apply(&self, x: &X) -> X {
        x.mul(&self.seen)
    }

    fn adjoint(&self, y: &X) -> X {
        y.mul(&self.seen)
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
