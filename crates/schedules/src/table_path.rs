use crate::{Level, Rate};

/// The continuous path through a table of `b_i = -ln alpha_bar_i` at `t = (i + 1)/T`, from `b = 0` at `t = 0`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Interpolant {
    /// `b` at `t = i/T`, `T + 1` values that rise strictly; the last may be infinite.
    knots: Vec<f64>,
    /// `db/du` at the knots, `u = t T`, positive.
    slopes: Vec<f64>,
}

impl Interpolant {
    pub(crate) fn new(decay: &[f64]) -> Self {
        let knots: Vec<f64> = std::iter::once(0.0).chain(decay.iter().copied()).collect();
        let secants: Vec<f64> = knots.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let last = secants.len() - 1;
        let slope = |i: usize| match i {
            0 => end(secants[0], secants[1]),
            // Before pure noise the parabola in alpha falls as long as its first slope is below 4.
            i if i <= last && secants[i].is_infinite() => secants[i - 1].min(3.0),
            i if i <= last => {
                let (a, b) = (secants[i - 1], secants[i]);
                (0.5 * (a + b)).min(2.0 * a.min(b))
            }
            _ => end(secants[last], secants[last - 1]),
        };
        let slopes = (0..=last + 1).map(slope).collect();
        Interpolant { knots, slopes }
    }

    pub(crate) fn at(&self, t: f64) -> Level {
        let (i, u) = self.piece(t);
        if self.knots[i + 1].is_infinite() {
            return self.to_noise(t, i, u);
        }
        Level::decayed(t, self.cubic(i, u).0)
    }

    pub(crate) fn rate(&self, t: f64) -> Rate {
        let (i, u) = self.piece(t);
        let steps = (self.knots.len() - 1) as f64;
        if self.knots[i + 1].is_infinite() {
            let Level { alpha, sigma, .. } = self.to_noise(t, i, u);
            let bend = self.bend(i);
            let falling = steps * (-0.5 * self.knots[i]).exp() * (bend - 1.0 - 2.0 * bend * u);
            return Rate { alpha: falling, sigma: -alpha * falling / sigma };
        }
        let (b, slope) = self.cubic(i, u);
        Rate::decaying(Level::decayed(t, b), steps * slope)
    }

    pub(crate) fn at_log_snr(&self, lambda: f64) -> Level {
        let b = Level::decay(lambda);
        let last = self.knots.len() - 1;
        if b >= self.knots[last] {
            return self.at(1.0);
        }
        let i = self.knots.partition_point(|&knot| knot <= b).saturating_sub(1);
        let level = Level::variance_preserving(f64::NAN, lambda);
        let u = if self.knots[i + 1].is_infinite() {
            // (1 - u)(1 + k u) = m, the root in [0, 1] in the form that does not cancel.
            let (k, m) = (self.bend(i), level.alpha / (-0.5 * self.knots[i]).exp());
            let gone = (1.0 - m).max(0.0);
            2.0 * gone / ((1.0 - k) + ((1.0 - k).powi(2) + 4.0 * k * gone).sqrt())
        } else {
            crate::root::rising(|u| self.risen(i, u), b - self.knots[i], 1.0)
        };
        Level { t: ((i as f64 + u) / last as f64).min(1.0), ..level }
    }

    /// The piece of a time and the place in it, in [0, 1].
    fn piece(&self, t: f64) -> (usize, f64) {
        let steps = self.knots.len() - 1;
        let place = t * steps as f64;
        let i = (place as usize).min(steps - 1);
        (i, place - i as f64)
    }

    /// `b` and `db/du` on a piece.
    fn cubic(&self, i: usize, u: f64) -> (f64, f64) {
        let (rise, slope) = self.risen(i, u);
        (if u == 1.0 { self.knots[i + 1] } else { self.knots[i] + rise }, slope)
    }

    /// How far `b` has risen on a piece, and its slope: Hermite's cubic.
    fn risen(&self, i: usize, u: f64) -> (f64, f64) {
        let (rise, m0, m1) = (self.knots[i + 1] - self.knots[i], self.slopes[i], self.slopes[i + 1]);
        let (c2, c3) = (3.0 * rise - 2.0 * m0 - m1, m0 + m1 - 2.0 * rise);
        (u * (m0 + u * (c2 + u * c3)), m0 + u * (2.0 * c2 + 3.0 * u * c3))
    }

    /// The last piece where it ends in pure noise: `alpha` falls to 0 as `(1 - u)(1 + k u)`, with the slope of `b` kept.
    fn to_noise(&self, t: f64, i: usize, u: f64) -> Level {
        let kept = (1.0 - u) * (1.0 + self.bend(i) * u);
        let gone = u * ((1.0 - self.bend(i)) + self.bend(i) * u);
        let start = (-self.knots[i]).exp();
        // 1 - start kept^2 = (1 - start) + start (1 - kept)(1 + kept)
        let variance = -(-self.knots[i]).exp_m1() + start * gone * (1.0 + kept);
        Level { t, alpha: start.sqrt() * kept, sigma: variance.sqrt() }
    }

    /// `k`: at `u = 0`, `db/du = 2 (1 - k)`.
    fn bend(&self, i: usize) -> f64 {
        1.0 - 0.5 * self.slopes[i]
    }
}

/// Steffen's slope at an end: the parabola's through three knots, within (0, 2] secants.
fn end(near: f64, next: f64) -> f64 {
    let slope = if next.is_finite() { 1.5 * near - 0.5 * next } else { near };
    slope.clamp(0.1 * near, 2.0 * near)
}
