use super::chain::Chain;
use super::{Edges, FokkerPlanckError, Grid1, Side};

/// `w / (e^w - 1)`, Bernoulli's function, for `w >= 0` and without cancellation.
pub(super) fn bernoulli(w: f64) -> f64 {
    match w {
        0.0 => 1.0,
        w if w > 700.0 => 0.0,
        w => w / w.exp_m1(),
    }
}

/// Scharfetter and Gummel's flux `J = forward p_left - backward p_right` over a distance: exact for constant `J`, flow `v`
/// and diffusion `D`.
///
/// `forward = D/d B(-w)`, `backward = D/d B(w)`, `w = v d / D`. Both are never negative, differ by exactly `v`, and become
/// the upwind flux as `D -> 0`. Scharfetter & Gummel 1969; Chang & Cooper 1970.
pub(super) fn rates(flow: f64, diffusion: f64, distance: f64) -> (f64, f64) {
    let against = match diffusion {
        0.0 => 0.0,
        _ => diffusion / distance * bernoulli(flow.abs() * distance / diffusion),
    };
    if flow >= 0.0 { (flow + against, against) } else { (against, against - flow) }
}

/// The coefficients on one line of cells, checked as they are asked for.
pub(super) struct Line<'a> {
    pub grid: &'a Grid1,
    pub edges: Edges,
    /// Ito's drift at a place.
    pub drift: &'a dyn Fn(f64) -> f64,
    /// `D = g^2 / 2` at a place.
    pub diffusion: &'a dyn Fn(f64) -> f64,
    /// The error for a coefficient, given its name, place and value.
    pub refuse: &'a dyn Fn(&'static str, f64, f64) -> FokkerPlanckError,
}

impl Line<'_> {
    /// The rates at which mass hops to the neighbour cells.
    ///
    /// `J = b p - d(D p)/dx = (b - dD/dx) p - D dp/dx`, the flow `v = b - dD/dx` with the difference of `D` at the centres.
    pub fn chain(&self) -> Result<Chain, FokkerPlanckError> {
        let (grid, n) = (self.grid, self.grid.cells());
        let at_centers = (0..n).map(|i| self.diffusion(grid.center(i))).collect::<Result<Vec<f64>, _>>()?;
        let (mut right, mut left) = (vec![0.0; n], vec![0.0; n]);
        for i in 0..n - 1 {
            let (face, distance) = (grid.faces()[i + 1], grid.center(i + 1) - grid.center(i));
            let flow = self.drift(face)? - (at_centers[i + 1] - at_centers[i]) / distance;
            let (forward, backward) = rates(flow, self.diffusion(face)?, distance);
            right[i] = forward / grid.width(i);
            left[i + 1] = backward / grid.width(i + 1);
        }
        let (last, from, to) = (n - 1, grid.from(), grid.to());
        match self.edges {
            Edges::Periodic => {
                let distance = 0.5 * (grid.width(0) + grid.width(last));
                let flow = self.drift(from)? - (at_centers[0] - at_centers[last]) / distance;
                let (forward, backward) = rates(flow, self.diffusion(from)?, distance);
                right[last] = forward / grid.width(last);
                left[0] = backward / grid.width(0);
            }
            Edges::Sides { left: at_left, right: at_right } => {
                left[0] = self.exit(at_left, from, grid.center(0), at_centers[0])? / grid.width(0);
                right[last] = self.exit(at_right, to, grid.center(last), at_centers[last])? / grid.width(last);
            }
        }
        if let Some(i) = (0..n).find(|i| !(right[*i] + left[*i]).is_finite()) {
            return Err((self.refuse)("the rate between cells", grid.center(i), right[i] + left[i]));
        }
        Ok(Chain { right, left, periodic: self.edges == Edges::Periodic })
    }

    /// The flux out of the domain for a density of 1 in the cell at the side.
    fn exit(&self, side: Side, face: f64, center: f64, at_center: f64) -> Result<f64, FokkerPlanckError> {
        if side == Side::Reflecting {
            return Ok(0.0);
        }
        let outward = (face - center).signum();
        let at_face = self.diffusion(face)?;
        let flow = outward * (self.drift(face)? - (at_face - at_center) / (face - center));
        Ok(match side {
            Side::Reflecting => 0.0,
            Side::Absorbing => rates(flow, at_face, (face - center).abs()).0,
            Side::Open => flow.max(0.0),
        })
    }

    fn drift(&self, x: f64) -> Result<f64, FokkerPlanckError> {
        let value = (self.drift)(x);
        if value.is_finite() { Ok(value) } else { Err((self.refuse)("the drift", x, value)) }
    }

    fn diffusion(&self, x: f64) -> Result<f64, FokkerPlanckError> {
        let value = (self.diffusion)(x);
        if value.is_finite() && value >= 0.0 { Ok(value) } else { Err((self.refuse)("the diffusion", x, value)) }
    }
}

#[cfg(test)]
mod tests {
    use super::{bernoulli, rates};

    #[test]
    fn bernoulli_is_its_series_near_zero_and_its_quotient_far_from_it() {
        for w in [1e-300_f64, 1e-12, 1e-6, 1e-3] {
            let series = 1.0 - w / 2.0 + w * w / 12.0 - w.powi(4) / 720.0;
            assert!((bernoulli(w) - series).abs() < 2e-16, "{w}");
        }
        assert!((bernoulli(30.0) / (30.0 * (-30.0_f64).exp()) - 1.0).abs() < 1e-12);
        assert_eq!((bernoulli(0.0), bernoulli(1e4), bernoulli(f64::INFINITY)), (1.0, 0.0, 0.0));
    }

    #[test]
    fn rates_are_upwind_without_diffusion_central_without_flow_and_hold_the_exact_ratio() {
        assert_eq!(rates(2.0, 0.0, 0.1), (2.0, 0.0));
        assert_eq!(rates(-2.0, 0.0, 0.1), (0.0, 2.0));
        assert_eq!(rates(-2.0, 1e-320, 0.1), (0.0, 2.0));
        assert_eq!(rates(0.0, 0.5, 0.1), (5.0, 5.0));
        let (forward, backward) = rates(3.0, 0.5, 0.1);
        assert!((forward / backward - 0.6_f64.exp()).abs() < 1e-14);
    }
}
