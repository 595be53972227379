//! A few numbers side by side.

use std::ops::{Add, Div, Mul, Sub};

/// `K` independent numbers; every operation is done on each.
///
/// A loop over lanes whose body works on packs has `K` chains of dependent operations under way, turn by turn, each as wide
/// as the processor's vectors: the latency of one hides behind the others.
#[derive(Clone, Copy)]
pub(crate) struct Pack<T, const K: usize>(pub(crate) [T; K]);

impl<T: Copy + Default, const K: usize> Pack<T, K> {
    /// The numbers `of(0) .. of(K - 1)`.
    #[inline(always)]
    pub(crate) fn from_fn(of: impl Fn(usize) -> T) -> Self {
        let mut out = [T::default(); K];
        for (k, out) in out.iter_mut().enumerate() {
            *out = of(k);
        }
        Pack(out)
    }

    #[inline(always)]
    pub(crate) fn map<U: Copy + Default>(self, f: impl Fn(T) -> U) -> Pack<U, K> {
        Pack::from_fn(
            #[inline(always)]
            |k| f(self.0[k]),
        )
    }

    #[inline(always)]
    pub(crate) fn zip<U: Copy, V: Copy + Default>(self, other: Pack<U, K>, f: impl Fn(T, U) -> V) -> Pack<V, K> {
        Pack::from_fn(
            #[inline(always)]
            |k| f(self.0[k], other.0[k]),
        )
    }
}

impl<const K: usize> Pack<bool, K> {
    /// `yes` where true, else `no`.
    #[inline(always)]
    pub(crate) fn select<T: Copy + Default>(self, yes: Pack<T, K>, no: Pack<T, K>) -> Pack<T, K> {
        Pack::from_fn(
            #[inline(always)]
            |k| if self.0[k] { yes.0[k] } else { no.0[k] },
        )
    }
}

macro_rules! operators {
    ($($operator:ident $name:ident),+) => { $(
        impl<T: Copy + Default + $operator<Output = T>, const K: usize> $operator for Pack<T, K> {
            type Output = Self;
            #[inline(always)]
            fn $name(self, other: Self) -> Self {
                self.zip(other, #[inline(always)] |a, b| a.$name(b))
            }
        }
        impl<T: Copy + Default + $operator<Output = T>, const K: usize> $operator<T> for Pack<T, K> {
            type Output = Self;
            #[inline(always)]
            fn $name(self, other: T) -> Self {
                self.map(#[inline(always)] |a| a.$name(other))
            }
        }
    )+ };
}

operators!(Add add, Sub sub, Mul mul, Div div);
