use ito_schedules::Level;

use crate::guidance::GuidanceError;
use crate::{Denoiser, Pullback};

/// A model that can be told the class of its data.
pub trait ClassConditional<X> {
    /// How many classes it knows, numbered from 0; none for a model that is only unconditional.
    fn classes(&self) -> usize;

    /// `E[x0 | x, class]`, or `E[x0 | x]` without a class, in the shape of `x`. One level for all rows, or one a row. Asked only for
    /// classes it knows.
    fn denoise_class(&self, x: &X, at: &[Level], class: Option<usize>) -> X;
}

/// A class-conditional model whose derivative is known, as that of a [`Pullback`].
pub trait ClassPullback<X>: ClassConditional<X> {
    /// The estimate of [`ClassConditional::denoise_class`], and `J^T v` for its Jacobian `J`.
    fn pullback_class(&self, x: &X, at: &[Level], class: Option<usize>, v: &X) -> (X, X);
}

/// A class-conditional model held to one class for all rows, or to none: a [`Denoiser`], and a [`Pullback`] if the model is a
/// [`ClassPullback`].
pub struct OfClass<'a, M: ?Sized> {
    model: &'a M,
    class: Option<usize>,
}

impl<'a, M: ?Sized> OfClass<'a, M> {
    /// The model of one class.
    ///
    /// # Errors
    /// [`GuidanceError::NotConditional`] of a model without classes, [`GuidanceError::NoSuchClass`] beyond the last one.
    pub fn new<X>(model: &'a M, class: usize) -> Result<Self, GuidanceError>
    where
        M: ClassConditional<X>,
    {
        match model.classes() {
            0 => Err(GuidanceError::NotConditional { class }),
            classes if class >= classes => Err(GuidanceError::NoSuchClass { class, classes }),
            _ => Ok(OfClass { model, class: Some(class) }),
        }
    }

    /// The unconditional model.
    pub fn none(model: &'a M) -> Self {
        OfClass { model, class: None }
    }
}

impl<X, M: ClassConditional<X> + ?Sized> Denoiser<X> for OfClass<'_, M> {
    fn denoise(&self, x: &X, at: &[Level]) -> X {
        self.model.denoise_class(x, at, self.class)
    }
}

impl<X, M: ClassPullback<X> + ?Sized> Pullback<X> for OfClass<'_, M> {
    fn pullback(&self, x: &X, at: &[Level], v: &X) -> (X, X) {
        self.model.pullback_class(x, at, self.class, v)
    }
}
