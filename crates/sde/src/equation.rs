use ito_state::Batch;

/// An SDE in Ito's reading, `dX = f(t, X) dt + g(t, X) dW`.
///
/// `W` is the type of the Wiener process where it is not that of the state: one noise for all coordinates, or noise on
/// velocities alone. Of an `Sde` that is nothing else the noise is general; the traits below say more.
pub trait Sde<X: Batch, W: Batch = X> {
    /// `f(t, x)`, per unit of time.
    fn drift(&self, t: f64, x: &X) -> X;

    /// The product `g(t, x) dw`; a solver never sees `g`.
    fn diffuse(&self, t: f64, x: &X, dw: &W) -> X;

    /// A state in the shape of `dw`, which need not be the shape of `x`.
    fn wiener_like(&self, x: &X) -> W;
}

/// Additive noise: `g` depends on time alone, so the readings of Ito and of Stratonovich agree.
pub trait Additive<X: Batch, W: Batch = X>: Sde<X, W> {}

/// Additive noise that is equal in all directions: `g` is a number. Reversal in time needs no derivative of it.
pub trait Isotropic<X: Batch>: Additive<X> {
    /// `g(t)^2`, variance per unit of time.
    fn noise_rate(&self, t: f64) -> f64;
}

/// Noise whose double Ito integrals reduce to `(dW^2 - h) / 2`: what Milstein's term and the change of reading need.
/// Implemented together with [`Diagonal`] or [`ScalarNoise`], which say why it holds.
pub trait Commutative<X: Batch, W: Batch = X>: Sde<X, W> {
    /// The product `((Dg) g)(t, x) w`: for diagonal noise `g_i dg_i/dx_i w_i`, for scalar noise `sum_j g_j dg_i/dx_j w`.
    fn diffuse_slope(&self, t: f64, x: &X, w: &W) -> X;
}

/// Every entry has its own noise, and `g_i` depends on `x_i` alone (and on time).
pub trait Diagonal<X: Batch>: Commutative<X> {}

/// One Wiener process drives all coordinates of a row, or of one column of it.
pub trait ScalarNoise<X: Batch, W: Batch = X>: Commutative<X, W> {}
