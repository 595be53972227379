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

    /// The increment and the space-time Levy area `H` over the interval,
    /// `H = 1/h int_0^h (B(u) - u/h B(h)) du` for `B(u)` the motion since `from`, `h = |to - from|`: normal with variance
    /// `h / 12`, independent of the increment. Foster, Lyons & Oberhauser 2020, arXiv:1904.06998, definition 3.5.
    fn increment_with_area(&mut self, from: f64, to: f64, like: &X) -> (X, X) {
        let w = self.increment(from, to, like);
        let z = self.normal_like(like);
        (w, X::lincomb(&[(((to - from).abs() / 12.0).sqrt(), &z)]))
    }

    /// The increment, `H`, and the space-time-time area
    /// `K = 1/h^2 int_0^h (B(u) - u/h B(h)) (h/2 - u) du`: normal with variance `h / 720`, independent of both.
    fn increment_with_areas(&mut self, from: f64, to: f64, like: &X) -> [X; 3] {
        let (w, h) = self.increment_with_area(from, to, like);
        let z = self.normal_like(like);
        [w, h, X::lincomb(&[(((to - from).abs() / 720.0).sqrt(), &z)])]
    }

    /// One uniform number in (0, 1) a row.
    fn uniform_rows(&mut self, like: &X) -> Vec<f64>;
}
