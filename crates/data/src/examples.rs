//! What a run learns from: rows of one shape, whatever they are.
use crate::{Images, Points};

/// Examples of one shape as f32 rows: pictures `[channels, height, width]` in [-1, 1], kept as bytes, or points `[columns]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Examples {
    shape: Vec<usize>,
    values: Values,
    labels: Option<Vec<u32>>,
    vectors: Option<Points>,
}

#[derive(Clone, Debug, PartialEq)]
enum Values {
    Bytes(Images),
    Numbers(Vec<f32>),
}

impl Examples {
    /// Points of so many columns, one after another.
    ///
    /// # Panics
    /// If the values are no whole number of points.
    pub fn points(columns: usize, values: Vec<f32>) -> Examples {
        assert!(columns > 0 && values.len().is_multiple_of(columns), "{} values of {columns} columns", values.len());
        Examples { shape: vec![columns], values: Values::Numbers(values), labels: None, vectors: None }
    }

    /// With numbers that belong to each row, such as measured properties.
    ///
    /// # Panics
    /// If there is not one row of them for each of these.
    pub fn with_vectors(self, vectors: Points) -> Examples {
        assert_eq!(vectors.len(), self.len(), "one vector for each example");
        Examples { vectors: Some(vectors), ..self }
    }

    /// How many.
    pub fn len(&self) -> usize {
        match &self.values {
            Values::Bytes(images) => images.len(),
            Values::Numbers(values) => values.len() / self.shape[0],
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Shape of a row.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Numbers of a row.
    pub fn size(&self) -> usize {
        self.shape.iter().product()
    }

    /// Writes row `k`.
    ///
    /// # Panics
    /// If there is no row `k`, or `out` is not of its length.
    pub fn row_into(&self, k: usize, out: &mut [f32]) {
        match &self.values {
            Values::Bytes(images) => images.scaled_into(k, out),
            Values::Numbers(values) => out.copy_from_slice(&values[k * self.shape[0]..][..self.shape[0]]),
        }
    }

    /// The class of each row, counted from 0, where the data have classes.
    pub fn labels(&self) -> Option<&[u32]> {
        self.labels.as_deref()
    }

    /// The numbers that belong to each row, where there are any.
    pub fn vectors(&self) -> Option<&Points> {
        self.vectors.as_ref()
    }
}

/// Pictures keep their bytes: a quarter of the memory.
impl From<Images> for Examples {
    fn from(images: Images) -> Examples {
        let labels = images.labels.as_ref().map(|labels| labels.iter().map(|&label| u32::from(label)).collect());
        Examples {
            shape: vec![images.channels, images.height, images.width],
            values: Values::Bytes(images),
            labels,
            vectors: None,
        }
    }
}
