use ito_state::{Noise, Rows};

use super::milstein::double_integral;
use crate::{Commutative, NoiseKind, Order, Solver};

/// SRIW1 of Roessler's family SRI: strong and weak order 1.5, scalar noise and diagonal noise, no derivative of `g`.
///
/// It is often listed with weak order 2; its stages at `+ sqrt h` alone leave a term of order 3/2, small but measured.
/// Two evaluations of the drift and four of the diffusion a step; the noise enters by the iterated integrals
/// `I1 = dW`, `I10/h = dW / 2 + H`, `I11 = (dW^2 - h) / 2` and `I111 = (dW^3 - 3 h dW) / 6`.
/// Roessler 2010, SIAM J. Numer. Anal. 48, pages 922 to 952, section 6. Noise that is not known to commute is refused:
///
/// ```
/// # use ito_sde::{Commutative, Solver, solver::Sriw1};
/// # use ndarray::Array2;
/// Solver::<dyn Commutative<Array2<f64>>, Array2<f64>>::orders(&Sriw1);
/// ```
/// ```compile_fail,E0277
/// # use ito_sde::{Sde, Solver, solver::Sriw1};
/// # use ndarray::Array2;
/// Solver::<dyn Sde<Array2<f64>>, Array2<f64>>::orders(&Sriw1);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sriw1;

impl<X: Rows, W: Rows, S: Commutative<X, W> + ?Sized> Solver<S, X, W> for Sriw1 {
    fn orders(&self) -> &'static [(NoiseKind, Order)] {
        const ORDER: Order = Order { strong: Some(1.5), weak: 1.5 };
        &[(NoiseKind::Scalar, ORDER), (NoiseKind::Diagonal, ORDER)]
    }

    #[inline(always)]
    fn step<N: Noise<W> + ?Sized>(&self, sde: &S, from: f64, to: f64, x: &X, noise: &mut N) -> X {
        let h = to - from;
        if h == 0.0 {
            return x.clone();
        }
        let size = h.abs();
        let (i1, area) = noise.increment_with_area(from, to, &sde.wiener_like(x));
        let root = i1.fill_like(size.sqrt());
        let i10 = W::lincomb(&[(0.5, &i1), (1.0, &area)]);
        let i11 = double_integral(&i1, size);
        let i111 = W::lincomb(&[(1.0 / 6.0, &i1.mul(&i1).mul(&i1)), (-0.5 * size, &i1)]);
        // What a stage of the diffusion is multiplied with: the row of betas over I1, I11 / sqrt h, I10 / h, I111 / h.
        let weights =
            |b: [f64; 4]| W::lincomb(&[(b[0], &i1), (b[1] / size.sqrt(), &i11), (b[2], &i10), (b[3] / size, &i111)]);

        let f = sde.drift(from, x);
        let g = |t: f64, at: &X, w: &W| sde.diffuse(t, at, w);
        let ahead = X::lincomb(&[(1.0, x), (0.75 * h, &f), (1.5, &g(from, x, &i10))]);
        let f_ahead = sde.drift(from + 0.75 * h, &ahead);

        let (t2, t3, t4) = (from + 0.25 * h, to, from + 0.25 * h);
        let g1 = g(from, x, &root);
        let y2 = X::lincomb(&[(1.0, x), (0.25 * h, &f), (0.5, &g1)]);
        let g2 = g(t2, &y2, &root);
        let y3 = X::lincomb(&[(1.0, x), (h, &f), (-1.0, &g1)]);
        let g3 = g(t3, &y3, &root);
        let y4 = X::lincomb(&[(1.0, x), (0.25 * h, &f), (-5.0, &g1), (3.0, &g2), (0.5, &g3)]);

        X::lincomb(&[
            (1.0, x),
            (h / 3.0, &f),
            (2.0 * h / 3.0, &f_ahead),
            (1.0, &g(from, x, &weights([-1.0, -1.0, 2.0, -2.0]))),
            (1.0, &g(t2, &y2, &weights([4.0 / 3.0, 4.0 / 3.0, -4.0 / 3.0, 5.0 / 3.0]))),
            (1.0, &g(t3, &y3, &weights([2.0 / 3.0, -1.0 / 3.0, -2.0 / 3.0, -2.0 / 3.0]))),
            (1.0, &g(t4, &y4, &weights([0.0, 0.0, 0.0, 1.0]))),
        ])
    }
}
