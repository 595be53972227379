/// An even mesh on `[-edge, edge]`, and polynomials through the values of a function there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mesh {
    edge: f64,
    cells: usize,
}

impl Mesh {
    /// # Panics
    /// With less than 20 cells, or an edge that is not positive.
    pub fn new(edge: f64, cells: usize) -> Mesh {
        assert!(cells >= 20 && edge > 0.0, "{cells} cells to {edge}");
        Mesh { edge, cells }
    }

    /// `cells + 1` points, both edges among them.
    pub fn points(&self) -> Vec<f64> {
        (0..=self.cells).map(|k| self.edge * (2.0 * k as f64 / self.cells as f64 - 1.0)).collect()
    }

    /// Lagrange's polynomial through the values at the six nearest points; beyond the edges a parabola through wide points, which
    /// does not blow rounding up.
    pub fn between(&self, values: &[f64], x: f64) -> f64 {
        self.weights(x).into_iter().map(|(k, weight)| weight * values[k]).sum()
    }

    /// The points that [`Mesh::between`] takes, and the weights of their values.
    pub fn weights(&self, x: f64) -> Vec<(usize, f64)> {
        let place = (x + self.edge) / (2.0 * self.edge) * self.cells as f64;
        let last = self.cells as f64;
        if place < 0.0 {
            return lagrange(&[0.0, 10.0, 20.0], place);
        }
        if place > last {
            return lagrange(&[last - 20.0, last - 10.0, last], place);
        }
        let first = (place.floor() - 2.0).clamp(0.0, last - 5.0);
        lagrange(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0].map(|k| first + k), place)
    }
}

fn lagrange(points: &[f64], place: f64) -> Vec<(usize, f64)> {
    let basis = |i: f64| points.iter().filter(|j| **j != i).map(|j| (place - j) / (i - j)).product::<f64>();
    points.iter().map(|&i| (i as usize, basis(i))).collect()
}
