/// The `x` in [0, `end`] with `f(x) = target`, for an `f` that rises strictly from `f(0) = 0` and gives its slope too.
///
/// Newton's steps where they stay in the bracket, bisection else; ends when the bracket or the step is one rounding wide,
/// and after 200 steps at the latest (bisection alone needs 64 halvings from 1, and Newton's last are quadratic).
pub(crate) fn rising(f: impl Fn(f64) -> (f64, f64), target: f64, end: f64) -> f64 {
    let (mut low, mut high) = (0.0, end);
    let mut x = (target * end / f(end).0).clamp(0.0, end);
    for _ in 0..200 {
        let (value, slope) = f(x);
        if value < target {
            low = x
        } else {
            high = x
        }
        let newton = x - (value - target) / slope;
        let next = if newton >= low && newton <= high { newton } else { 0.5 * (low + high) };
        if (next - x).abs() <= f64::EPSILON * next {
            return next;
        }
        x = next;
    }
    x
}
