//! What a Brownian path does between the ends of a step.

use ito_state::Noise;
use ndarray::Array2;

use super::{ROWS, SEED, increment, path as path_of, products};
use crate::{Claim, Context, Findings};

pub fn levy_areas(_: &Context) -> Findings {
    let mut found = Findings::default();
    let mut path = path_of(ROWS);
    let like = Array2::<f64>::zeros((ROWS, 1));
    for [from, to] in [[0.0, 1.0], [0.2, 0.7], [1.1, 0.85]] {
        let parts =
            path.increment_with_areas(from, to, &like).map(|part: Array2<f64>| part.into_raw_vec_and_offset().0);
        let width = f64::abs(to - from);
        for (i, (name, share)) in [("W", 1.0), ("H", 12.0), ("K", 720.0)].into_iter().enumerate() {
            let over = format!("from {from} to {to}");
            found.claim(
                Claim::normal_variance(format!("variance of {name} {over}"), &parts[i], width / share).seed(SEED),
            );
            for (j, other) in ["W", "H", "K"].into_iter().enumerate().take(i) {
                let product = products(&parts[i], &parts[j]);
                found.claim(Claim::mean(format!("covariance of {other} and {name} {over}"), &product, 0.0).seed(SEED));
            }
        }
    }
    // The definition of H, by the trapezoidal rule on one path of 1024 steps.
    let mut path = path_of(64);
    let mut area = vec![0.0; 64];
    let whole = increment(&mut path, 0.0, 1.0);
    let steps = 1024;
    for i in 1..steps {
        let u = f64::from(i) / f64::from(steps);
        let w = increment(&mut path, 0.0, u);
        area.iter_mut().zip(w).zip(&whole).for_each(|((area, w), whole)| *area += (w - u * whole) / f64::from(steps));
    }
    let like = Array2::<f64>::zeros((64, 1));
    let (_, h) = path.increment_with_area(0.0, 1.0, &like);
    let square: f64 = area.iter().zip(&h).map(|(sum, h)| (sum - h) * (sum - h)).sum::<f64>() / 64.0;
    // What the trapezoids miss has variance h^2 / 12.
    let name = "rms of H less its integral by 1024 trapezoids";
    let rule = 1.0 / f64::from(steps) / 12_f64.sqrt();
    found.claim(Claim::within(name, square.sqrt(), rule, 0.5 * rule).seed(SEED));
    found
}
