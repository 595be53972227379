//! The weak order of Alfonsi's positive step for the Cox-Ingersoll-Ross process, against its exact moments and without Monte
//! Carlo: Gauss-Hermite nodes in the noise, Chebyshev interpolation in `sqrt x`.

use ito_sde::process::CoxIngersollRoss;
use ito_sde::solver::SquareRootImplicit;
use ito_sde::{NoiseKind, Solver};
use ito_testkit::{Nodes, Slope};
use ndarray::{Array1, Array2, Axis};
use std::f64::consts::PI;

#[test]
fn alfonsis_step_has_the_weak_order_it_declares() {
    let sde = CoxIngersollRoss::new(1.0, 1.0, 0.6).unwrap();
    let exact = sde.transition(1.6, 1.0).unwrap();
    let second = exact.variance() + exact.mean().powi(2);
    let [(NoiseKind::Diagonal, order)] = Solver::<CoxIngersollRoss, Array2<f64>>::orders(&SquareRootImplicit) else {
        panic!("one kind of noise");
    };
    for (name, expected, f) in [("mean", exact.mean(), (|x| x) as fn(f64) -> f64), ("second moment", second, |x| x * x)]
    {
        let error = |steps| (steps, (expect(&sde, steps, 1.6, f) - expected).abs());
        let slope = Slope::fit([16, 24, 32, 48].map(error).to_vec());
        println!("{name}: {slope}");
        slope.assert(name, order.weak, 0.1);
    }
}

/// `E f(X_n)` from `x` after time 1, backward from the end. The law stays well inside of the interval of interpolation.
fn expect(sde: &CoxIngersollRoss, steps: usize, x: f64, f: fn(f64) -> f64) -> f64 {
    let (low, high, points, h) = (0.05, 3.0, 48, 1.0 / steps as f64);
    let mut nodes = Nodes::product(&[24]);
    let root = |k: usize| 0.5 * (low + high) - 0.5 * (high - low) * (PI * k as f64 / (points - 1) as f64).cos();
    let starts = nodes.repeat(&Array2::from_shape_fn((points, 1), |(k, _)| root(k).powi(2)));
    let ends = SquareRootImplicit.step(sde, 0.0, h, &starts, &mut nodes).mapv(|x| x.sqrt().clamp(low, high));
    // Barycentric weights of Chebyshev's points: signs that alternate, the ends halved.
    let sign = |k: usize| if k.is_multiple_of(2) { 1.0 } else { -1.0 };
    let weight = |k: usize| if k == 0 || k == points - 1 { 0.5 * sign(k) } else { sign(k) };
    let interpolate = |values: &Array1<f64>, y: f64| {
        let (mut above, mut below) = (0.0, 0.0);
        for k in 0..points {
            let gap = y - root(k);
            if gap == 0.0 {
                return values[k];
            }
            above += weight(k) / gap * values[k];
            below += weight(k) / gap;
        }
        above / below
    };
    let mut values = Array1::from_shape_fn(points, |k| f(root(k).powi(2)));
    for _ in 0..steps {
        values = nodes.mean(&ends.mapv(|y| interpolate(&values, y))).remove_axis(Axis(1));
    }
    interpolate(&values, x.sqrt())
}
