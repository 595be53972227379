//! What is known of a Brownian motion over one interval, how it splits into halves and how neighbours join.
//!
//! With `x = (v - a) / h` on the interval `[a, a + h]` and the shifted Legendre polynomials `1, 2x - 1, 6x^2 - 6x + 1`,
//! ```text
//! W = int dB,    H = -1/2 int (2x - 1) dB,    K = 1/12 int (6x^2 - 6x + 1) dB:
//! ```
//! independent, of variance `h`, `h/12`, `h/720`. Foster, Lyons & Oberhauser 2020, arXiv:1904.06998.

/// Normals of a node that belong to one entry: three are used, a block of the generator gives four.
pub(crate) const NORMALS: usize = 4;

/// Standard deviations, for an interval of width 1: of `H` and of `K`.
pub(crate) const AREA: f64 = 0.288_675_134_594_812_9;
pub(crate) const TIME_AREA: f64 = 0.037_267_799_624_996_49;
/// And what a split leaves open: of `W1 - W2`, of `H1 - H2`, of `K1 - K2`.
pub(crate) const OPEN_INCREMENT: f64 = 0.5;
pub(crate) const OPEN_AREA: f64 = 0.072_168_783_648_703_22;
pub(crate) const OPEN_TIME_AREA: f64 = TIME_AREA;

/// Increment `w`, space-time Levy area `h` and space-time-time area `k` of every entry over one interval.
#[derive(Clone, Debug, Default)]
pub(crate) struct Motion {
    pub(crate) w: Vec<f64>,
    pub(crate) h: Vec<f64>,
    pub(crate) k: Vec<f64>,
}

impl Motion {
    pub(crate) fn zero(entries: usize) -> Motion {
        Motion { w: vec![0.0; entries], h: vec![0.0; entries], k: vec![0.0; entries] }
    }

    /// The law of an interval of which nothing else is known.
    pub(crate) fn draw(&mut self, width: f64, normals: &[f64]) {
        let scale = width.sqrt();
        for (i, z) in normals.as_chunks::<NORMALS>().0.iter().enumerate() {
            self.w[i] = scale * z[0];
            self.h[i] = scale * AREA * z[1];
            self.k[i] = scale * TIME_AREA * z[2];
        }
    }

    /// The same motion run backwards in time.
    pub(crate) fn reversed(mut self) -> Motion {
        self.w.iter_mut().chain(&mut self.k).for_each(|v| *v = -*v);
        self
    }
}

/// The two halves of an interval.
#[derive(Clone, Debug)]
pub(crate) struct Halves {
    pub(crate) left: Motion,
    pub(crate) right: Motion,
}

impl Halves {
    pub(crate) fn zero(entries: usize) -> Halves {
        Halves { left: Motion::zero(entries), right: Motion::zero(entries) }
    }

    pub(crate) fn side(&self, right: bool) -> &Motion {
        if right { &self.right } else { &self.left }
    }

    /// The law of the halves given the whole, an interval of width `width`.
    ///
    /// `W = W1 + W2`, `H = (H1 + H2) / 2 + (W1 - W2) / 4`, `K = (K1 + K2) / 4 + (H1 - H2) / 8` tie sums to differences in
    /// pairs, so three independent numbers are left open: `d` in `W1 - W2 = 3 H + d` and `H1 + H2 = (H - d) / 2`, `e` in
    /// `H1 - H2 = 15/2 K + e` and `K1 + K2 = K/4 - e/2`, and `K1 - K2`; of variance `h/4`, `h/192`, `h/720`.
    pub(crate) fn split(&mut self, whole: &Motion, width: f64, normals: &[f64]) {
        let scale = width.sqrt();
        let deviations = [OPEN_INCREMENT * scale, OPEN_AREA * scale, OPEN_TIME_AREA * scale];
        let entries = whole.w.len();
        let (left, right) = (&mut self.left, &mut self.right);
        let (w, h, k) = (&whole.w[..entries], &whole.h[..entries], &whole.k[..entries]);
        let (w1, h1, k1) = (&mut left.w[..entries], &mut left.h[..entries], &mut left.k[..entries]);
        let (w2, h2, k2) = (&mut right.w[..entries], &mut right.h[..entries], &mut right.k[..entries]);
        let normals = &normals.as_chunks::<NORMALS>().0[..entries];
        for i in 0..entries {
            let [d, e, f] = [0, 1, 2].map(|open| deviations[open] * normals[i][open]);
            let w_difference = 3.0 * h[i] + d;
            let (h_sum, h_difference) = (0.5 * (h[i] - d), 7.5 * k[i] + e);
            let (k_sum, k_difference) = (0.25 * k[i] - 0.5 * e, f);
            (w1[i], w2[i]) = (0.5 * (w[i] + w_difference), 0.5 * (w[i] - w_difference));
            (h1[i], h2[i]) = (0.5 * (h_sum + h_difference), 0.5 * (h_sum - h_difference));
            (k1[i], k2[i]) = (0.5 * (k_sum + k_difference), 0.5 * (k_sum - k_difference));
        }
    }
}

/// The union of neighbouring intervals, grown piece by piece; empty at first.
#[derive(Clone, Debug)]
pub(crate) struct Union {
    pub(crate) width: f64,
    pub(crate) motion: Motion,
}

impl Union {
    pub(crate) fn empty(entries: usize) -> Union {
        Union { width: 0.0, motion: Motion::zero(entries) }
    }

    /// Joins an interval that begins where this one ends.
    pub(crate) fn append(&mut self, piece: &Motion, width: f64) {
        self.join(piece, width, join);
    }

    /// Joins an interval that ends where this one begins.
    pub(crate) fn prepend(&mut self, piece: &Motion, width: f64) {
        self.join(piece, width, |own, piece, a, b| join(piece, own, b, a));
    }

    #[inline(always)]
    fn join(&mut self, piece: &Motion, width: f64, rule: impl Fn([f64; 3], [f64; 3], f64, f64) -> [f64; 3]) {
        if width == 0.0 {
            return;
        }
        if self.width == 0.0 {
            self.motion.clone_from(piece);
            self.width = width;
            return;
        }
        let total = self.width + width;
        let (own_share, share) = (self.width / total, width / total);
        let entries = piece.w.len();
        let (w, h, k) = (&mut self.motion.w[..entries], &mut self.motion.h[..entries], &mut self.motion.k[..entries]);
        let (pw, ph, pk) = (&piece.w[..entries], &piece.h[..entries], &piece.k[..entries]);
        for i in 0..entries {
            [w[i], h[i], k[i]] = rule([w[i], h[i], k[i]], [pw[i], ph[i], pk[i]], own_share, share);
        }
        self.width = total;
    }
}

/// Chen's relation for `(W, H, K)`: the first interval is the share `a` of the whole, the second the share `b = 1 - a`.
#[inline(always)]
fn join([w1, h1, k1]: [f64; 3], [w2, h2, k2]: [f64; 3], a: f64, b: f64) -> [f64; 3] {
    let lean = b * w1 - a * w2;
    let w = w1 + w2;
    let h = a * h1 + b * h2 + 0.5 * lean;
    let k = a * a * k1 + b * b * k2 + 0.5 * a * b * (h1 - h2) + (b - a) / 12.0 * lean;
    [w, h, k]
}
