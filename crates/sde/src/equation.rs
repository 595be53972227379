use ito_state::Batch;

/// An SDE in Ito's reading, `dX = f(t, X) dt + g(t, X) dW`.
pub trait Sde<X: Batch> {
    /// `f(t, x)`, per unit of time.
    fn drift(&self, t: f64, x: &X) -> X;

    /// The product `g(t, x) dw`; a solver never sees `g`.
    fn diffuse(&self, t: f64, x: &X, dw: &X) -> X;

    /// A state in the shape of `dw`, which need not be the shape of `x` (scalar noise, fewer noises than coordinates).
    fn wiener_like(&self, x: &X) -> X;
}

/// Additive isotropic noise: `g` is a number that depends on time alone, so Ito and Stratonovich agree and the reversal in
/// time needs no derivative of `g`. The gate is a type.
pub trait Additive<X: Batch>: Sde<X> {
    /// `g(t)^2`, variance per unit of time.
    fn noise_rate(&self, t: f64) -> f64;
}
