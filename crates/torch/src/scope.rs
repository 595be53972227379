//! How a network asks for its tensors: by name, shape and first values.
use crate::Weights;
use crate::weights::Entry;
use ito_noise::Stream;
use std::cell::RefCell;
use std::rc::Rc;
use tch::{Device, Kind, Tensor};

/// First values of a tensor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Init {
    /// All the same value.
    Constant(f64),
    /// Uniform on `[-bound, bound]`.
    Uniform {
        /// Half the width.
        bound: f64,
    },
    /// Normal with mean 0.
    Normal {
        /// Standard deviation.
        deviation: f64,
    },
}

/// A place in the tree of names, `down_blocks.0.resnets.1`, that either creates tensors or finds them.
pub struct Scope {
    source: Rc<Source>,
    prefix: String,
}

enum Source {
    Create { seed: u64, device: Device, made: RefCell<Vec<Entry>> },
    Outline { asked: RefCell<Vec<Entry>> },
    Bind { named: Vec<(String, Tensor)> },
}

impl Scope {
    pub(crate) fn creating(seed: u64, device: Device) -> Scope {
        Scope { source: Rc::new(Source::Create { seed, device, made: RefCell::default() }), prefix: String::new() }
    }

    pub(crate) fn binding(weights: &Weights) -> Scope {
        let named = weights.entries.iter().map(|e| (e.name.clone(), e.tensor.shallow_clone())).collect();
        Scope { source: Rc::new(Source::Bind { named }), prefix: String::new() }
    }

    pub(crate) fn outlining() -> Scope {
        Scope { source: Rc::new(Source::Outline { asked: RefCell::default() }), prefix: String::new() }
    }

    pub(crate) fn into_made(self) -> Vec<Entry> {
        match &*self.source {
            Source::Create { made, .. } => made.take(),
            Source::Outline { asked } => asked.take(),
            Source::Bind { .. } => Vec::new(),
        }
    }

    /// The place `name` below this one.
    pub fn child(&self, name: impl std::fmt::Display) -> Scope {
        Scope { source: Rc::clone(&self.source), prefix: self.full(&name.to_string()) }
    }

    /// The device of the tensors.
    pub fn device(&self) -> Device {
        match &*self.source {
            Source::Create { device, .. } => *device,
            Source::Outline { .. } => Device::Cpu,
            Source::Bind { named } => named.first().map_or(Device::Cpu, |(_, w)| w.device()),
        }
    }

    /// The f32 tensor `name` here, to be trained. A created one is a function of (seed, full name) alone.
    ///
    /// # Panics
    /// If weights bound here have no tensor of that name and shape.
    pub fn tensor(&self, name: &str, shape: &[i64], init: Init) -> Tensor {
        self.entry(name, shape, init, true)
    }

    /// As [`Scope::tensor`], but never trained: saved with the weights, no gradient asked.
    ///
    /// # Panics
    /// As [`Scope::tensor`].
    pub fn constant(&self, name: &str, shape: &[i64], init: Init) -> Tensor {
        self.entry(name, shape, init, false)
    }

    fn entry(&self, name: &str, shape: &[i64], init: Init, trained: bool) -> Tensor {
        let full = self.full(name);
        match &*self.source {
            Source::Create { seed, device, made } => {
                let w = first_values(Stream::new(*seed, &format!("init/{full}")), shape, init).to_device(*device);
                made.borrow_mut().push(Entry { name: full, tensor: w.shallow_clone(), trained });
                w
            }
            Source::Outline { asked } => {
                // One number in memory, whatever the shape.
                let w = Tensor::zeros([1], (Kind::Float, Device::Cpu)).expand(shape, false);
                asked.borrow_mut().push(Entry { name: full, tensor: w.shallow_clone(), trained });
                w
            }
            Source::Bind { named } => {
                let found = named.iter().find(|(own, w)| *own == full && w.size() == shape);
                found.map(|(_, w)| w.shallow_clone()).unwrap_or_else(|| panic!("no weight {full} {shape:?}"))
            }
        }
    }

    fn full(&self, name: &str) -> String {
        if self.prefix.is_empty() { name.to_owned() } else { format!("{}.{name}", self.prefix) }
    }
}

fn first_values(stream: Stream, shape: &[i64], init: Init) -> Tensor {
    let count = shape.iter().product::<i64>() as usize;
    let values: Vec<f32> = match init {
        Init::Constant(value) => vec![value as f32; count],
        Init::Uniform { bound } => {
            (0..count as u64).map(|k| (bound * (2.0 * stream.uniform(0, k) - 1.0)) as f32).collect()
        }
        Init::Normal { deviation } => {
            let mut values = vec![0f32; count];
            stream.fill_normal_f32(0, 0, &mut values);
            values.iter().map(|z| z * deviation as f32).collect()
        }
    };
    Tensor::from_slice(&values).to_kind(Kind::Float).view(shape)
}
