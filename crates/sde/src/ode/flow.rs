use ito_state::{Batch, Rows};

use crate::SdeError;
use crate::error::finite;
use crate::ode::uniqueness::{check_point, check_segment};
use crate::ode::{Adaptive, OdeError, VectorField};

/// The flow of a vector field: all its solutions. `psi_{s,t}(x)` is where the solution through `x` at time `s` is at time `t`.
///
/// For a Lipschitz field (Picard & Lindelof) `psi_{t,s}` inverts `psi_{s,t}`, `psi_{r,t} = psi_{s,t} o psi_{r,s}`, and on the line
/// solutions never cross; here all this holds to the solver's tolerance.
#[derive(Clone, Copy, Debug)]
pub struct Flow<'a, V: ?Sized> {
    field: &'a V,
    solver: Adaptive,
}

impl<'a, V: ?Sized> Flow<'a, V> {
    /// The solutions of this field.
    pub fn new(field: &'a V, solver: Adaptive) -> Self {
        Flow { field, solver }
    }

    /// The vector field.
    pub fn field(&self) -> &'a V {
        self.field
    }

    pub(super) fn solver(&self) -> &Adaptive {
        &self.solver
    }

    /// `psi_{from,to}(x)`.
    ///
    /// # Errors
    /// [`OdeError`] as of [`Adaptive::solve`].
    pub fn map<X: Rows>(&self, from: f64, to: f64, x: &X) -> Result<X, OdeError>
    where
        V: VectorField<X>,
    {
        Ok(self.solver.solve(self.field, from, to, x.clone())?.state)
    }

    /// [`Flow::map`] that stops where the field is seen not to be Lipschitz, as `sqrt|x|` is not at 0, through which both
    /// `x = 0` and `x = t^2 / 4` pass. Costs some 300 evaluations a step.
    ///
    /// What is examined, at the start and after every step: the one-sided quotient `<u(y) - u(x), y - x> / |y - x|^2` (its sign
    /// turned where time falls) as `y` nears `x` along the velocity and along the diagonal of all entries, both ways; and the
    /// steepest stretch of the step itself, refined. If it grows like a power of `1/|y - x|`, by `|y - x|^(-0.1)` or faster, down to
    /// `|y - x| = 1e-10 (1 + |x|)`, no local Lipschitz bound holds in the direction that parts solutions.
    ///
    /// What that decides, and what not: an answer is no proof of uniqueness (finitely many directions; milder singularities,
    /// such as the harmless `x log x`, pass), and a refusal is a proof of nothing but the failing bound: `1 + sqrt|x|` is refused at
    /// 0 though its solution is unique, and a field that is smooth but varies within `1e-9` of the path may be too. Contraction is
    /// no ground for refusal: `-sign(x) sqrt|x|` passes while time rises, and is refused at 0 while time falls.
    ///
    /// # Errors
    /// [`OdeError::NotUnique`] there; else as [`Flow::map`].
    pub fn map_unique<X: Rows>(&self, from: f64, to: f64, x: &X) -> Result<X, OdeError>
    where
        V: VectorField<X>,
    {
        let direction = (to - from).signum();
        let mut before: Option<X> = None;
        let seen = |t: f64, x: &X| {
            check_point(self.field, t, x, direction)?;
            if let Some(before) = before.replace(x.clone()) {
                check_segment(self.field, t, &before, x, direction)?;
            }
            Ok(())
        };
        Ok(self.solver.watch(self.field, from, to, x.clone(), seen)?.state)
    }
}

/// `dX/dt = -theta X`, whose flow is `psi_{s,t}(x) = exp(-theta (t - s)) x`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinearFlow {
    theta: f64,
}

impl LinearFlow {
    /// `theta` in 1/time.
    ///
    /// # Errors
    /// [`SdeError`] if it is not finite.
    pub fn new(theta: f64) -> Result<Self, SdeError> {
        finite("theta", theta)?;
        Ok(LinearFlow { theta })
    }

    /// `psi_{from,to}(x)` in closed form.
    pub fn map<X: Batch>(&self, from: f64, to: f64, x: &X) -> X {
        X::lincomb(&[((-self.theta * (to - from)).exp(), x)])
    }
}

impl<X: Batch> VectorField<X> for LinearFlow {
    #[inline]
    fn velocity(&self, _t: f64, x: &X) -> X {
        X::lincomb(&[(-self.theta, x)])
    }
}
