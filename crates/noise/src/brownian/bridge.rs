use super::BrownianPath;
use super::error::{BrownianError, clock};

/// A Brownian bridge: a Brownian motion that is known to be `start` at time `from` and `end` at time `to`.
///
/// In between, with `p = (t - from) / (to - from)`, it is normal with mean `(1 - p) start + p end`, variance
/// `(t - from)(to - t) / (to - from)` and covariance `(s - from)(to - t) / (to - from)` for `s <= t`. Before and after, it
/// moves freely from its ends. Karatzas & Shreve 1991, "Brownian Motion and Stochastic Calculus", section 5.6.B.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BrownianBridge {
    from: f64,
    to: f64,
    start: f64,
    end: f64,
}

impl BrownianBridge {
    /// From `start` at time `from` to `end` at time `to`.
    ///
    /// # Errors
    /// [`BrownianError`] if the times are not finite or do not rise, or `start` or `end` is not finite.
    pub fn new(from: f64, to: f64, start: f64, end: f64) -> Result<BrownianBridge, BrownianError> {
        clock(from, to)?;
        for (name, value) in [("start", start), ("end", end)] {
            if !value.is_finite() {
                return Err(BrownianError::NotFinite { name, value });
            }
        }
        Ok(BrownianBridge { from, to, start, end })
    }

    /// `E X(t)`.
    pub fn mean(&self, t: f64) -> f64 {
        let [left, passed] = self.shares(t.clamp(self.from, self.to));
        left * self.start + passed * self.end
    }

    /// `Var X(t)`.
    pub fn variance(&self, t: f64) -> f64 {
        self.covariance(t, t)
    }

    /// `Cov(X(s), X(t))`: zero unless both lie between the ends or beyond the same one.
    pub fn covariance(&self, s: f64, t: f64) -> f64 {
        // `min` and `max` would take the other one.
        if s.is_nan() || t.is_nan() {
            return f64::NAN;
        }
        let (s, t) = (s.min(t), s.max(t));
        let BrownianBridge { from, to, .. } = *self;
        if t <= from {
            from - t
        } else if s >= to {
            s - to
        } else if s < from || t > to {
            0.0
        } else {
            (s - from) * self.shares(t)[0]
        }
    }

    /// `X(t)` made of the path's motion, row after row: `(1 - p)(W(t) - W(from)) - p (W(to) - W(t))` about the mean.
    /// At all times it is one process, which is exactly `start` and `end` at its ends.
    ///
    /// # Panics
    /// If `x.len()` is not a multiple of the path's rows.
    pub fn fill(&self, path: &mut BrownianPath, t: f64, x: &mut [f64]) {
        let inside = t.clamp(self.from, self.to);
        let [left, passed] = self.shares(inside);
        let mean = self.mean(t);
        let mut rest = vec![0.0; x.len()];
        if t == inside {
            path.fill_increment(self.from, t, x);
            path.fill_increment(t, self.to, &mut rest);
            x.iter_mut().zip(&rest).for_each(|(x, rest)| *x = mean + (left * *x - passed * rest));
        } else {
            path.fill_increment(inside, t, x);
            x.iter_mut().for_each(|x| *x += mean);
        }
    }

    /// `1 - p` and `p`.
    fn shares(&self, t: f64) -> [f64; 2] {
        [self.to - t, t - self.from].map(|part| part / (self.to - self.from))
    }
}
