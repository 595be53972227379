use ito_state::{Batch, Noise};
use ndarray::Array2;

/// One Brownian motion a row and column with its space-time Levy area, on a grid of equal cells: drawn once, so that methods
/// with different steps run on the same paths. Intervals that end at borders of cells are answered exactly.
#[derive(Clone, Debug)]
pub struct Cells {
    from: f64,
    width: f64,
    /// Increment and area of each cell.
    cells: Vec<[Array2<f64>; 2]>,
}

impl Cells {
    /// `count` cells from `from` to `to`, in the shape of `like`.
    pub fn draw<N: Noise<Array2<f64>>>(from: f64, to: f64, count: usize, like: &Array2<f64>, noise: &mut N) -> Cells {
        let width = (to - from) / count as f64;
        let cells = (0..count).map(|_| <[_; 2]>::from(noise.increment_with_area(0.0, width, like))).collect();
        Cells { from, width, cells }
    }

    fn border(&self, t: f64) -> usize {
        let border = (t - self.from) / self.width;
        assert!((border - border.round()).abs() < 1e-6, "{t} is no border of a cell");
        border.round() as usize
    }
}

impl Noise<Array2<f64>> for Cells {
    fn normal_like(&mut self, _like: &Array2<f64>) -> Array2<f64> {
        panic!("the cells answer increments alone")
    }

    fn increment(&mut self, from: f64, to: f64, like: &Array2<f64>) -> Array2<f64> {
        self.increment_with_area(from, to, like).0
    }

    /// `int (W(s) - W(from)) ds = h (W/2 + H)` adds up over the cells.
    fn increment_with_area(&mut self, from: f64, to: f64, like: &Array2<f64>) -> (Array2<f64>, Array2<f64>) {
        let mut sum = Array2::<f64>::zeros(like.raw_dim());
        let mut integral = sum.clone();
        let cells = self.border(from)..self.border(to);
        for [w, h] in &self.cells[cells] {
            let width = self.width;
            integral = Array2::lincomb(&[(1.0, &integral), (width, &sum), (0.5 * width, w), (width, h)]);
            sum += w;
        }
        let area = Array2::lincomb(&[(1.0 / (to - from), &integral), (-0.5, &sum)]);
        (sum, area)
    }

    fn uniform_rows(&mut self, _like: &Array2<f64>) -> Vec<f64> {
        panic!("the cells answer increments alone")
    }
}

/// `sqrt(E |x - y|^2)` over the rows.
pub fn root_mean_square(x: &Array2<f64>, y: &Array2<f64>) -> f64 {
    ((x - y).mapv(|d| d * d).sum() / x.nrows() as f64).sqrt()
}
