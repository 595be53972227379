use ito_schedules::Level;

use crate::Denoiser;
use crate::guidance::GuidanceError;

/// A model that can be told the class of its data.
pub trait ClassConditional<X> {
    /// How many classes it knows, numbered from 0; none for a model that is only unconditional.
    fn classes(&self) -> usize;

    /// `E[x0 | x, class]`, or `E[x0 | x]` without a class, in the shape of `x`. One level for all rows, or one a row. Asked only for
    /// classes it knows.
    fn denoise_class(&self, x: &X, at: &[Level], class: Option<usize>) -> X;
}

/// A class-conditional model held to one class for all rows, or to none.
pub struct OfClass<'a, X> {
    model: &'a dyn ClassConditional<X>,
    class: Option<usize>,
}

impl<'a, X> OfClass<'a, X> {
    /// The model of one class.
    ///
    /// # Errors
    /// [`GuidanceError::NotConditional`] of a model without classes, [`GuidanceError::NoSuchClass`] beyond the last one.
    pub fn new(model: &'a dyn ClassConditional<X>, class: usize) -> Result<Self, GuidanceError> {
        match model.classes() {
            0 => Err(GuidanceError::NotConditional { class }),
            classes if class >= classes => Err(GuidanceError::NoSuchClass { class, classes }),
            _ => Ok(OfClass { model, class: Some(class) }),
        }
    }

    /// The unconditional model.
    pub fn none(model: &'a dyn ClassConditional<X>) -> Self {
        OfClass { model, class: None }
    }
}

impl<X> Denoiser<X> for OfClass<'_, X> {
    fn denoise(&self, x: &X, at: &[Level]) -> X {
        self.model.denoise_class(x, at, self.class)
    }
}
