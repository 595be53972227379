use crate::SdeError;
use crate::calculus::differences::slope;
use crate::error::positive;

/// `d_t p + div(p u)` at `(t, x)`: zero if the density `p` moves with the velocity `u`. In units of density per time.
///
/// By central differences of order 4 with this step in time and in every coordinate: error `step^4 / 30` times the fifth
/// derivatives of `p` and `p u`, and rounding `1e-16 |p u| / step`.
///
/// # Errors
/// [`SdeError`] unless the step is above zero and the velocity has as many entries as `x`.
pub fn continuity_residual(
    density: &(impl Fn(f64, &[f64]) -> f64 + ?Sized),
    velocity: &(impl Fn(f64, &[f64]) -> Vec<f64> + ?Sized),
    t: f64,
    x: &[f64],
    step: f64,
) -> Result<f64, SdeError> {
    positive("the step of the differences", step)?;
    let found = velocity(t, x).len();
    if found != x.len() {
        return Err(SdeError::Dimension { name: "the velocity", expected: x.len(), found });
    }
    let in_time = slope(|s| vec![density(t + s, x)], step)[0];
    let flux = |k: usize, s: f64| {
        let mut at = x.to_vec();
        at[k] += s;
        vec![density(t, &at) * velocity(t, &at)[k]]
    };
    let divergence: f64 = (0..x.len()).map(|k| slope(|s| flux(k, s), step)[0]).sum();
    Ok(in_time + divergence)
}
