use crate::Fault;

/// What an experiment is told: whether a fault is planted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    fault: Option<Fault>,
}

impl Context {
    /// Everything as it is.
    pub fn sound() -> Context {
        Context { fault: None }
    }

    /// With one fault planted.
    pub fn with(fault: Fault) -> Context {
        Context { fault: Some(fault) }
    }

    /// Whether this fault is planted.
    pub fn planted(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    /// The fault planted.
    pub fn fault(&self) -> Option<Fault> {
        self.fault
    }
}
