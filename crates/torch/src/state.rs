//! A batch of states on libtorch.
use ito_state::{Batch, Clamp, Rows, quantile_at};
use tch::{Kind, Tensor};

/// A batch of states: a tensor whose axis 0 is the batch. Any shape behind it, any float dtype, any device.
///
/// Coefficients are f64 whatever the dtype; in f64 on the CPU the results are bit-equal to ndarray's, since both multiply
/// and then add in the order of the terms.
#[derive(Debug)]
pub struct State(pub Tensor);

impl Clone for State {
    /// A deep copy: two states never share storage.
    fn clone(&self) -> Self {
        State(self.0.copy())
    }
}

/// A `[B]` quantity shaped `[B, 1, ..]` to meet a `[B, ...]` tensor: the one place where the two are brought together.
///
/// # Panics
/// If there is not one value a row.
pub fn rows_like(values: &[f64], like: &Tensor) -> Tensor {
    let mut shape = vec![1; like.dim()];
    shape[0] = values.len() as i64;
    assert_eq!(shape[0], like.size()[0], "{} values for {} rows", values.len(), like.size()[0]);
    Tensor::from_slice(values).to_kind(like.kind()).to_device(like.device()).view(shape.as_slice())
}

impl Batch for State {
    fn lincomb(terms: &[(f64, &Self)]) -> Self {
        let _no_grad = tch::no_grad_guard();
        sum(terms.iter().map(|(c, x)| &x.0 * *c))
    }

    fn lincomb_rows(terms: &[(&[f64], &Self)]) -> Self {
        let _no_grad = tch::no_grad_guard();
        sum(terms.iter().map(|(c, x)| &x.0 * rows_like(c, &x.0)))
    }
}

impl Rows for State {
    fn dot_rows(&self, other: &Self) -> Vec<f64> {
        let _no_grad = tch::no_grad_guard();
        same(&self.0, &other.0);
        let products = &self.0.to_kind(Kind::Double) * &other.0.to_kind(Kind::Double);
        let sums = products.flatten(1, -1).sum_dim_intlist([1i64].as_slice(), false, Kind::Double);
        Vec::try_from(sums).expect("a vector of f64")
    }

    fn select_rows(pick: &[bool], yes: &Self, no: &Self) -> Self {
        let _no_grad = tch::no_grad_guard();
        same(&yes.0, &no.0);
        let mask = rows_like(&pick.iter().map(|&p| f64::from(u8::from(p))).collect::<Vec<_>>(), &yes.0).gt(0.5);
        State(yes.0.where_self(&mask, &no.0))
    }

    fn mul(&self, other: &Self) -> Self {
        let _no_grad = tch::no_grad_guard();
        same(&self.0, &other.0);
        State(&self.0 * &other.0)
    }

    fn fill_like(&self, value: f64) -> Self {
        State(self.0.full_like(value))
    }

    fn row_count(&self) -> usize {
        self.0.size()[0] as usize
    }

    fn row_len(&self) -> usize {
        self.0.size()[1..].iter().product::<i64>() as usize
    }

    fn unit_like(&self, entry: usize) -> Self {
        assert!(entry < self.row_len(), "entry {entry} of a row of {}", self.row_len());
        let flat = self.0.zeros_like().reshape([self.0.size()[0], -1]);
        let _ = flat.select(1, entry as i64).fill_(1.0);
        State(flat.reshape(self.0.size()))
    }

    fn take_rows(&self, rows: &[usize]) -> Self {
        let _no_grad = tch::no_grad_guard();
        let rows: Vec<i64> = rows.iter().map(|row| *row as i64).collect();
        State(self.0.index_select(0, &Tensor::from_slice(&rows).to_device(self.0.device())))
    }
}

impl Clamp for State {
    fn clamp_rows(&self, most: &[f64]) -> Self {
        let _no_grad = tch::no_grad_guard();
        let most = rows_like(most, &self.0);
        State(self.0.clamp_tensor(Some(-&most), Some(most)))
    }

    fn sizes_at(&self, share: f64) -> Vec<f64> {
        let _no_grad = tch::no_grad_guard();
        let (low, rest) = quantile_at(share, self.row_len());
        let sizes = self.0.abs().flatten(1, -1);
        // libtorch counts from 1.
        let at =
            |place: usize| sizes.kthvalue((place + 1).min(self.row_len()) as i64, 1, false).0.to_kind(Kind::Double);
        let (low, high) = (at(low), at(low + 1));
        Vec::try_from(&low + rest * (high - &low)).expect("a vector of f64")
    }
}

fn sum(products: impl Iterator<Item = Tensor>) -> State {
    let total = products.reduce(|mut total, next| {
        same(&total, &next);
        total.g_add_(&next)
    });
    State(total.expect("a combination has at least one term"))
}

/// libtorch would stretch a smaller tensor over a larger one without a word.
fn same(a: &Tensor, b: &Tensor) {
    assert_eq!(a.size(), b.size(), "states of different shapes");
}
