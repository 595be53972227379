//! What samples are told.
use crate::condition::conditions::classes;
use crate::condition::{Classes, Conditions};
use crate::{Config, TrainError};
use ito_data::{Examples, Points};
use ito_networks::Given;
use ito_noise::Stream;
use tch::{Device, Tensor};

/// Sample k is told entry `k mod m` of each list of m; an empty list says nothing of its kind.
pub(crate) struct Told {
    pub(crate) conditions: Conditions,
    /// Shape of a row of the data.
    pub(super) shape: Vec<i64>,
    classes: Vec<usize>,
    /// Whether the settings name the classes.
    named: bool,
    /// Rows of the numbers that [`Conditions::vectors`] makes.
    vectors: Vec<f32>,
    /// Pictures as a degradation puts them beside x, one after another.
    pub(super) pictures: Vec<f32>,
}

impl Told {
    /// The classes that a configuration names, else `unnamed`.
    ///
    /// # Errors
    /// [`TrainError::Config`] for classes that the network does not know.
    pub(crate) fn new(config: &Config, unnamed: &Classes) -> Result<Told, TrainError> {
        let conditions = Conditions::new(config)?;
        let (known, named) = (conditions.classes, config.sample.class.is_some());
        let wanted = config.sample.class.as_ref().unwrap_or(unnamed);
        let say = |what: String| Err(TrainError::Config(format!("sample.class = \"{wanted}\" (--class): {what}")));
        if known == 0 && named {
            return say("the run's network knows no classes: train one with --conditional".to_owned());
        }
        if let Classes::These(list) = wanted
            && let Some(class) = list.iter().find(|class| **class >= known)
        {
            let last = known - 1;
            return say(format!("there is no class {class}: the network knows {known}, numbered 0 to {last}"));
        }
        if known > 0 && *wanted == Classes::None && conditions.dropout == 0.0 {
            return say("the run's condition.dropout is 0, so its network was always told a class".to_owned());
        }
        let classes = if known == 0 { Vec::new() } else { wanted.numbers(known) };
        let shape = config.shape().iter().map(|&n| n as i64).collect();
        Ok(Told { conditions, shape, classes, named, vectors: Vec::new(), pictures: Vec::new() })
    }

    /// What rows of the data are told; their classes where the settings name none. Row k has mask k.
    pub(crate) fn examples(&mut self, data: &Examples, rows: &[usize], masks: Stream) {
        if let (false, 1.., Some(labels)) = (self.named, self.conditions.classes, data.labels()) {
            self.classes = rows.iter().map(|&k| labels[k] as usize).collect();
        }
        if let (Some(_), Some(vectors)) = (&self.conditions.vector, data.vectors()) {
            self.vectors = numbers(&self.conditions.vectors(rows.iter().map(|&k| Some(vectors.row(k))), Device::Cpu));
        }
        if let Some(degradation) = self.conditions.picture {
            let mut values = vec![0f32; rows.len() * data.size()];
            rows.iter().zip(values.chunks_exact_mut(data.size())).for_each(|(&k, row)| data.row_into(k, row));
            let ids: Vec<u64> = rows.iter().map(|&k| k as u64).collect();
            self.pictures = numbers(&degradation.of(&self.shaped(&values), masks, &ids));
        }
    }

    /// These numbers.
    ///
    /// # Errors
    /// [`TrainError::Config`] where the network is told none, or of another length.
    pub(crate) fn vectors(&mut self, vectors: &Points) -> Result<(), TrainError> {
        let say = |what: String| Err(TrainError::Config(format!("--vector, --vectors: {what}")));
        match &self.conditions.vector {
            None => say("the run's network is told no numbers: train one with --vectors".to_owned()),
            Some(standard) if standard.mean.len() != vectors.columns => {
                let (found, wanted) = (vectors.columns, standard.mean.len());
                say(format!("{found} numbers were given, but the run's network is told {wanted}"))
            }
            Some(_) => {
                let rows = (0..vectors.len()).map(|k| Some(vectors.row(k)));
                self.vectors = numbers(&self.conditions.vectors(rows, Device::Cpu));
                Ok(())
            }
        }
    }

    /// What the samples `first`, `first + 1`, .. are told.
    pub(crate) fn given(&self, first: u64, rows: usize, device: Device) -> Given {
        let interface = self.conditions.interface(&self.sizes());
        let at = |m: usize| (0..rows as u64).map(move |k| ((first + k) % m as u64) as usize);
        let taken = |values: &[f32], shape: &[i64]| {
            let size = shape.iter().product::<i64>() as usize;
            let rows = at(values.len() / size).flat_map(|k| &values[k * size..][..size]).copied();
            let shape: Vec<i64> = std::iter::once(-1).chain(shape.iter().copied()).collect();
            Tensor::from_slice(&rows.collect::<Vec<f32>>()).view(shape.as_slice()).to_device(device)
        };
        let beside = || [&[interface.beside as i64], &self.shape[1..]].concat();
        Given {
            class: (!self.classes.is_empty()).then(|| classes(at(self.classes.len()).map(|k| self.classes[k]), device)),
            vector: (!self.vectors.is_empty()).then(|| taken(&self.vectors, &[interface.vector as i64])),
            picture: (!self.pictures.is_empty()).then(|| taken(&self.pictures, &beside())),
            dropout: None,
        }
    }

    /// What they are told where class and vector are dropped.
    pub(crate) fn without(&self, first: u64, rows: usize, device: Device) -> Given {
        Given { class: None, vector: None, ..self.given(first, rows, device) }
    }

    /// Proves that nothing is missing that the network was always told.
    ///
    /// # Errors
    /// [`TrainError::Config`].
    pub(crate) fn complete(&self) -> Result<(), TrainError> {
        let always = self.conditions.dropout == 0.0;
        let what = match &self.conditions {
            Conditions { picture: Some(_), .. } if self.pictures.is_empty() => "a picture: give one (--given)",
            Conditions { vector: Some(_), .. } if always && self.vectors.is_empty() => {
                "numbers without exception: give them (--vector)"
            }
            _ => return Ok(()),
        };
        Err(TrainError::Config(format!("the run's network is told {what}")))
    }

    /// Samples `[n, c, H, W]` with the pixels that they were told put back.
    pub(crate) fn put_back(&self, values: &mut Vec<f32>) {
        if let (Some(degradation), false) = (self.conditions.picture, self.pictures.is_empty() || values.is_empty()) {
            let x = self.shaped(values);
            let given = self.given(0, x.size()[0] as usize, Device::Cpu);
            *values = given.picture.map_or_else(|| numbers(&x), |beside| numbers(&degradation.kept(&x, &beside)));
        }
    }

    /// What each of n samples was told, to be looked at, `[n, c, H, W]`; none where it was no picture.
    pub(crate) fn shown(&self, n: usize) -> Option<Vec<f32>> {
        let degradation = self.conditions.picture?;
        Some(numbers(&degradation.shown(&self.given(0, n, Device::Cpu).picture?)))
    }

    /// How many classes are drawn in turn.
    pub(crate) fn turn(&self) -> usize {
        self.classes.len()
    }

    /// Whether all samples are told the same.
    pub(crate) fn uniform(&self) -> bool {
        let interface = self.conditions.interface(&self.sizes());
        let pictures = interface.beside * self.sizes()[1..].iter().product::<usize>();
        self.classes.len() <= 1 && self.vectors.len() <= interface.vector && self.pictures.len() <= pictures
    }

    fn sizes(&self) -> Vec<usize> {
        self.shape.iter().map(|&n| n as usize).collect()
    }

    fn shaped(&self, values: &[f32]) -> Tensor {
        let shape: Vec<i64> = std::iter::once(-1).chain(self.shape.iter().copied()).collect();
        Tensor::from_slice(values).view(shape.as_slice())
    }
}

/// All numbers of an f32 tensor.
pub(super) fn numbers(x: &Tensor) -> Vec<f32> {
    Vec::try_from(x.contiguous().flatten(0, -1)).expect("a vector of f32")
}
