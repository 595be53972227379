use ito_state::{Batch, Noise};

use super::Stratonovich;
use crate::{NoiseKind, Order, Sde, Solver};

/// Ninomiya and Ninomiya's scheme of weak order 2 for an SDE in Stratonovich's reading, any noise: two flows of ODEs.
///
/// With `S` normal of variance `h/2` and `R = dW - S`, first along `g S`, then along `f h + g R`, each for one unit of time.
/// Then `Var R = 3h/2` and `Cov(S, R) = -h/2` an entry: their parameter `u = 1/2`. No bracket of columns of `g` is formed, so
/// the noise need not commute. It follows laws, not paths. Each flow is one classical Runge-Kutta step: its error of fifth
/// order in `sqrt h` is odd in the noise and vanishes in the mean. Eight evaluations a step.
/// Ninomiya & Ninomiya 2009, Finance and Stochastics 13, pages 415 to 443.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NinomiyaNinomiya;

impl<X: Batch, W: Batch, S: Sde<X, W>> Solver<Stratonovich<S>, X, W> for NinomiyaNinomiya {
    fn orders(&self) -> &'static [(NoiseKind, Order)] {
        &[(NoiseKind::General, Order { strong: None, weak: 2.0 })]
    }

    #[inline(always)]
    fn step<N: Noise<W> + ?Sized>(&self, sde: &Stratonovich<S>, from: f64, to: f64, x: &X, noise: &mut N) -> X {
        let Stratonovich(sde) = sde;
        let like = sde.wiener_like(x);
        let h = to - from;
        let first = W::lincomb(&[((0.5 * h.abs()).sqrt(), &noise.normal_like(&like))]);
        let second = W::lincomb(&[(1.0, &noise.increment(from, to, &like)), (-1.0, &first)]);
        let middle = runge_kutta(x, |_, x| sde.diffuse(from, x, &first));
        runge_kutta(&middle, |part, x| {
            let t = from + part * h;
            X::lincomb(&[(h, &sde.drift(t, x)), (1.0, &sde.diffuse(t, x, &second))])
        })
    }
}

/// The classical method of order 4 over one unit of time.
#[inline]
fn runge_kutta<X: Batch>(x: &X, field: impl Fn(f64, &X) -> X) -> X {
    let ahead = |k: &X, part: f64| X::lincomb(&[(1.0, x), (part, k)]);
    let k1 = field(0.0, x);
    let k2 = field(0.5, &ahead(&k1, 0.5));
    let k3 = field(0.5, &ahead(&k2, 0.5));
    let k4 = field(1.0, &ahead(&k3, 1.0));
    X::lincomb(&[(1.0, x), (1.0 / 6.0, &k1), (1.0 / 3.0, &k2), (1.0 / 3.0, &k3), (1.0 / 6.0, &k4)])
}
