use ito_state::{Batch, Noise, Phase};

/// The exact Gaussian law of a linear motion in phase space: given `(q, p)`, the later pair is normal, entry by entry, with mean
/// `matrix (q, p)` and this covariance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PhaseTransition {
    /// `exp(A t)`, rows for position and velocity.
    pub matrix: [[f64; 2]; 2],
    /// `int_0^t exp(A s) Q exp(A s)^T ds`.
    pub covariance: [[f64; 2]; 2],
}

impl PhaseTransition {
    /// Of `d(q, p) = A (q, p) dt` with noise of this rate on `p`.
    ///
    /// Taylor series for a time so short that twenty terms reach the last digit, then doublings `M -> M M`,
    /// `S -> S + M S M^T`. All terms of the covariance add, so that short times, weak noise and critical damping lose no digits,
    /// as closed forms would. Van Loan 1978, "Computing integrals involving the matrix exponential".
    pub(super) fn of(a: [[f64; 2]; 2], rate: f64, time: f64) -> PhaseTransition {
        let size = time * a.iter().flatten().fold(0.0, |sum: f64, entry| sum + entry.abs());
        if !size.is_finite() {
            // Beyond all times that f64 can tell apart; doubling would not end.
            return PhaseTransition { matrix: [[f64::NAN; 2]; 2], covariance: [[f64::NAN; 2]; 2] };
        }
        let doublings = if size > 0.25 { (size / 0.25).log2().ceil() as i32 } else { 0 };
        let short = time * 2.0_f64.powi(-doublings);

        let (mut matrix, mut power) = ([[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.0], [0.0, 1.0]]);
        // `S = sum_n t^(n+1)/(n+1)! L^n Q` with `L Q = A Q + Q A^T`.
        let mut change = [[0.0, 0.0], [0.0, rate * short]];
        let mut covariance = change;
        for n in 1..=20 {
            power = scaled(product(a, power), short / f64::from(n));
            matrix = sum(matrix, power);
            let turned = product(a, change);
            change = scaled(sum(turned, transposed(turned)), short / f64::from(n + 1));
            covariance = sum(covariance, change);
        }
        for _ in 0..doublings {
            covariance = sum(covariance, product(product(matrix, covariance), transposed(matrix)));
            matrix = product(matrix, matrix);
        }
        PhaseTransition { matrix, covariance }
    }

    /// Draws the later pair, without an error of discretisation.
    pub fn draw<X: Batch, N: Noise<X> + ?Sized>(&self, x: &Phase<X>, noise: &mut N) -> Phase<X> {
        let ([[qq, qp], [pq, pp]], [[vq, c], [_, vp]]) = (self.matrix, self.covariance);
        let (first, second) = (noise.normal_like(&x.position), noise.normal_like(&x.position));
        let root = vq.max(0.0).sqrt();
        let along = if root > 0.0 { c / root } else { 0.0 };
        let own = (vp - along * along).max(0.0).sqrt();
        let (q, p) = (&x.position, &x.velocity);
        Phase {
            position: X::lincomb(&[(qq, q), (qp, p), (root, &first)]),
            velocity: X::lincomb(&[(pq, q), (pp, p), (along, &first), (own, &second)]),
        }
    }
}

type Matrix = [[f64; 2]; 2];

fn product(a: Matrix, b: Matrix) -> Matrix {
    [0, 1].map(|i| [0, 1].map(|j| a[i][0] * b[0][j] + a[i][1] * b[1][j]))
}

fn sum(a: Matrix, b: Matrix) -> Matrix {
    [0, 1].map(|i| [0, 1].map(|j| a[i][j] + b[i][j]))
}

fn scaled(a: Matrix, c: f64) -> Matrix {
    a.map(|row| row.map(|entry| c * entry))
}

fn transposed(a: Matrix) -> Matrix {
    [[a[0][0], a[1][0]], [a[0][1], a[1][1]]]
}
