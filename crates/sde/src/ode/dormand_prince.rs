use ito_state::Batch;

use crate::ode::{Method, VectorField};

/// The pair of Dormand & Prince 5(4) at a fixed step: order 5, six evaluations a step. [`Adaptive`](crate::ode::Adaptive) chooses
/// the steps by the fourth-order solution beside it.
///
/// Dormand & Prince 1980; Hairer, Norsett & Wanner 1993, table II.5.2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DormandPrince;

impl<X: Batch> Method<X> for DormandPrince {
    fn order(&self) -> u32 {
        5
    }

    #[inline]
    fn step<V: VectorField<X> + ?Sized>(&self, field: &V, from: f64, to: f64, x: &X) -> X {
        fifth_order(field, from, to, x, &field.velocity(from, x)).0
    }
}

/// The fifth-order solution, and the stages that it is made of: the first is `first`.
pub(super) fn fifth_order<X: Batch, V: VectorField<X> + ?Sized>(
    field: &V,
    from: f64,
    to: f64,
    x: &X,
    first: &X,
) -> (X, [X; 5]) {
    let h = to - from;
    let at = |c: f64, y: &X| field.velocity(from + c * h, y);
    let k1 = first;
    let k2 = at(1.0 / 5.0, &X::lincomb(&[(1.0, x), (h / 5.0, k1)]));
    let k3 = at(3.0 / 10.0, &X::lincomb(&[(1.0, x), (h * 3.0 / 40.0, k1), (h * 9.0 / 40.0, &k2)]));
    let k4 =
        at(4.0 / 5.0, &X::lincomb(&[(1.0, x), (h * 44.0 / 45.0, k1), (-h * 56.0 / 15.0, &k2), (h * 32.0 / 9.0, &k3)]));
    let k5 = at(
        8.0 / 9.0,
        &X::lincomb(&[
            (1.0, x),
            (h * 19372.0 / 6561.0, k1),
            (-h * 25360.0 / 2187.0, &k2),
            (h * 64448.0 / 6561.0, &k3),
            (-h * 212.0 / 729.0, &k4),
        ]),
    );
    let k6 = field.velocity(
        to,
        &X::lincomb(&[
            (1.0, x),
            (h * 9017.0 / 3168.0, k1),
            (-h * 355.0 / 33.0, &k2),
            (h * 46732.0 / 5247.0, &k3),
            (h * 49.0 / 176.0, &k4),
            (-h * 5103.0 / 18656.0, &k5),
        ]),
    );
    let next = X::lincomb(&[
        (1.0, x),
        (h * 35.0 / 384.0, k1),
        (h * 500.0 / 1113.0, &k3),
        (h * 125.0 / 192.0, &k4),
        (-h * 2187.0 / 6784.0, &k5),
        (h * 11.0 / 84.0, &k6),
    ]);
    (next, [k1.clone(), k3, k4, k5, k6])
}

/// The fifth-order solution less the fourth-order one; `last` is the velocity at the end of the step.
pub(super) fn error_estimate<X: Batch>(h: f64, stages: &[X; 5], last: &X) -> X {
    let [k1, k3, k4, k5, k6] = stages;
    X::lincomb(&[
        (h * 71.0 / 57600.0, k1),
        (-h * 71.0 / 16695.0, k3),
        (h * 71.0 / 1920.0, k4),
        (-h * 17253.0 / 339200.0, k5),
        (h * 22.0 / 525.0, k6),
        (-h / 40.0, last),
    ])
}
