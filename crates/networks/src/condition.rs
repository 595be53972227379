//! What a network is told beside time, as terms of its time embedding.
use crate::{Given, Interface};
use ito_torch::{Init, Scope};
use tch::Tensor;

/// Class and vector become terms of the time embedding: `e + C[class] + W vector`, `C` `[classes + 1, width]`, `W` `[width, n]`.
///
/// The last row of `C` says "no class", and stands for rows that are told none; a vector of zeros says "no vector", so who tells
/// numbers puts a 1 among them. A network trained with both can be guided (Ho & Salimans 2022, arXiv:2207.12598). `C` starts as
/// unit normals, as tables of embeddings do, `W` as zero: before training a vector says nothing.
#[derive(Debug)]
pub struct ConditionEmbedding {
    class: Option<Tensor>,
    vector: Option<Tensor>,
}

impl ConditionEmbedding {
    /// The parameters `class_embedding.weight` and `vector_embedding.weight`, where the interface has classes and a vector.
    pub fn new(scope: &Scope, interface: &Interface, width: usize) -> ConditionEmbedding {
        let (classes, n, width) = (interface.classes as i64, interface.vector as i64, width as i64);
        let place = |name, shape: [i64; 2], init| scope.child(name).tensor("weight", &shape, init);
        ConditionEmbedding {
            class: (classes > 0)
                .then(|| place("class_embedding", [classes + 1, width], Init::Normal { deviation: 1.0 })),
            vector: (n > 0).then(|| place("vector_embedding", [width, n], Init::Constant(0.0))),
        }
    }

    /// The embedding `[B, width]` with what is given added.
    pub fn forward(&self, embedded: Tensor, given: &Given) -> Tensor {
        let class = self.class.as_ref().map(|table| match &given.class {
            Some(class) => Tensor::embedding(table, class, -1, false, false),
            None => table.narrow(0, table.size()[0] - 1, 1),
        });
        let told = self.vector.as_ref().zip(given.vector.as_ref());
        let vector = told.map(|(map, vector)| vector.to_kind(map.kind()).linear(map, None::<&Tensor>));
        [class, vector].into_iter().flatten().fold(embedded, |sum, term| sum + term)
    }
}
