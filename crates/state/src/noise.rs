use crate::Batch;

/// Where randomness comes from: the caller owns it, a solver borrows it.
pub trait Noise<X: Batch> {
    /// Independent standard normals in the shape of `like`.
    fn normal_like(&mut self, like: &X) -> X;

    /// `W(to) - W(from)` of a Brownian motion over an interval of a clock, in either direction:
    /// normal with variance `|to - from|` an entry.
    ///
    /// The default is white: every call is independent of all others. A Brownian path answers consistently, so that the
    /// same picture comes out when the steps are refined.
    fn increment(&mut self, from: f64, to: f64, like: &X) -> X {
        let z = self.normal_like(like);
        X::lincomb(&[((to - from).abs().sqrt(), &z)])
    }

    /// One uniform number in (0, 1) a row.
    fn uniform_rows(&mut self, like: &X) -> Vec<f64>;
}
