/// The right-hand side of `dX/dt = u(t, X)`. Closures `Fn(f64, &X) -> X` are vector fields.
pub trait VectorField<X> {
    /// `u(t, x)`, per unit of time, in the shape of `x`.
    fn velocity(&self, t: f64, x: &X) -> X;
}

impl<X, F: Fn(f64, &X) -> X + ?Sized> VectorField<X> for F {
    #[inline]
    fn velocity(&self, t: f64, x: &X) -> X {
        self(t, x)
    }
}
