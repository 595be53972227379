use std::error::Error;
use std::fmt;

/// An order that a multistep sampler cannot keep to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderError {
    /// A method of this order needs at least as many steps.
    AboveSteps {
        /// The order of the method.
        order: u32,
        /// The steps it was given.
        steps: usize,
    },
}

impl fmt::Display for OrderError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let OrderError::AboveSteps { order, steps } = self;
        write!(f, "a sampler of order {order} needs at least {order} steps, not {steps}")
    }
}

impl Error for OrderError {}
