//! The state of a run and one step of it.
use crate::TrainError;
use crate::condition::Conditions;
use crate::config::Config;
use crate::objective::{Draws, Objective};
use crate::optimiser::{AdamW, clip_norm, follow, learning_rate};
use crate::part::Part;
use crate::score_matching::Chains;
use ito_data::{Examples, Order, Split};
use ito_networks::Network;
use ito_torch::{Weights, workers};
use tch::{Device, Kind, Tensor};

/// Micro-batches whose gradients are held at once, before they are added up.
const AT_ONCE: usize = 16;

/// A run in memory: weights, their average, the optimiser, the step. Step k of seed s is a function of what step k - 1 left
/// and of (s, k), so a run that was cut off goes on as if it had not been.
pub struct Trainer {
    pub(crate) config: Config,
    pub(crate) weights: Weights,
    pub(crate) average: Weights,
    pub(crate) optimiser: AdamW,
    pub(crate) step: u64,
    /// Those of an objective that has some.
    pub(crate) chains: Option<Chains>,
    refused: u64,
    data: Data,
    objective: Objective,
    device: Device,
    workers: Vec<Worker>,
}

#[derive(Debug)]
struct Data {
    examples: Examples,
    order: Order,
    split: Split,
}

/// One thread's networks, over the storage that all share.
struct Worker {
    leaves: Vec<Tensor>,
    network: Box<dyn Network>,
    average: Box<dyn Network>,
}

/// What a step did.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Report {
    /// The step, counted from 1.
    pub step: u64,
    /// Mean loss of the batch before the update.
    pub loss: f64,
    /// Norm of the gradient before clipping.
    pub grad_norm: f64,
    /// Step size.
    pub lr: f64,
    /// False where loss or gradient was not finite: then nothing was updated.
    pub updated: bool,
    /// How many steps in a row were refused so, up to this one.
    pub refused: u64,
}

impl Trainer {
    /// A run at step 0.
    ///
    /// # Errors
    /// [`TrainError`] for a configuration that makes no run on these data.
    pub fn new(mut config: Config, data: impl Into<Examples>, device: Device) -> Result<Trainer, TrainError> {
        config.check()?;
        let examples = data.into();
        let split = Split::new(examples.len(), config.data.held_out, config.train.seed)?;
        settle(&mut config, &examples, &split)?;
        let train = &config.train;
        let conditions = Conditions::new(&config)?;
        let interface = conditions.interface(examples.shape());
        let path = config.path.build()?;
        let prediction = train.prediction.on(&*path, &config)?;
        let preconditioning = config.preconditioning()?;
        let t_max = config.path.noisiest(&*path);
        let weight = config.weight()?;
        let (times, clock) = (train.times, config.clock());
        let objective = Objective { path, prediction, preconditioning, clock, conditions, weight, times, t_max };
        let order = Order::new(train.seed, split.train.len());
        let (weights, network) = Weights::create(train.seed, device, |scope| config.network.build(&interface, scope));
        network?;
        let average = weights.map(Tensor::copy);
        let count = if device == Device::Cpu { workers::available() } else { 1 };
        let worker = |_| -> Result<Worker, TrainError> {
            let leaves = weights.leaves();
            let network = leaves.bind(|scope| config.network.build(&interface, scope))?;
            let average = average.bind(|scope| config.network.build(&interface, scope))?;
            Ok(Worker { leaves: leaves.trained(), network, average })
        };
        let workers = (0..count).map(worker).collect::<Result<_, _>>()?;
        let optimiser = AdamW::new(&weights);
        let chains = config.at_data_alone().then(|| Chains::new(train.seed, config.chains.count, examples.shape()));
        let data = Data { examples, order, split };
        let (step, refused) = (0, 0);
        Ok(Trainer { config, weights, average, optimiser, step, chains, refused, data, objective, device, workers })
    }

    /// One step: the gradient of a batch, clipped, through AdamW, then the average follows.
    ///
    /// On the CPU it sets this thread's number of libtorch threads to 1, since the bits of a norm depend on it.
    ///
    /// # Errors
    /// libtorch's own refusals.
    pub fn step(&mut self) -> Result<Report, TrainError> {
        if self.device == Device::Cpu {
            tch::set_num_threads(1);
        }
        let lr = learning_rate(&self.config.train, self.step);
        let Found { loss, mut gradients, chains } = self.gradients()?;
        let grad_norm = clip_norm(&mut gradients, self.config.train.clip);
        let updated = loss.is_finite() && grad_norm.is_finite();
        if updated {
            self.optimiser.update(&self.weights, &gradients, &self.config.train, lr)?;
            follow(&self.average, &self.weights, &self.config.train, self.optimiser.count)?;
            let first = self.first();
            if let Some(own) = &mut self.chains {
                own.put(first, &chains);
            }
        }
        self.step += 1;
        self.refused = if updated { 0 } else { self.refused + 1 };
        Ok(Report { step: self.step, loss, grad_norm, lr, updated, refused: self.refused })
    }

    /// Number of the first sample of this step.
    fn first(&self) -> u64 {
        self.step * self.config.train.batch as u64
    }

    /// Loss and gradient of this step's batch. Micro-batches are added in their order, whichever thread computed them.
    fn gradients(&mut self) -> Result<Found, TrainError> {
        let (config, train, first) = (&self.config, &self.config.train, self.first());
        let take = |chains: &Chains| chains.take(first, train.batch, config.chains.restart);
        let chains = self.chains.as_ref().map_or_else(Vec::new, take);
        let Data { examples, order, split } = &mut self.data;
        let rows: Vec<usize> =
            (first..first + train.batch as u64).map(|k| split.train[order.index(k)] as usize).collect();
        let micro = if self.device == Device::Cpu { train.micro_batch } else { train.batch };
        let parts: Vec<&[usize]> = rows.chunks(micro).collect();
        let draws = Draws::new(train.seed, "train");
        let (objective, device, examples) = (&self.objective, self.device, &*examples);
        let _no_grad = tch::no_grad_guard();
        let mut total: Option<Found> = None;
        for (round, parts) in parts.chunks(AT_ONCE).enumerate() {
            let begin = round * AT_ONCE * micro;
            let results = workers::over(&mut self.workers, parts.len(), |worker, k| {
                let (begin, rows, size) = (begin + k * micro, parts[k], chains.len() / train.batch);
                let chains = &chains[begin * size..][..rows.len() * size];
                let (moves, first) = (config.chains.moves, first + begin as u64);
                let part = Part { config, objective, data: examples, rows, draws, first, chains, moves, device };
                worker.gradient(&part, rows.len() as f64 / train.batch as f64)
            });
            for result in results {
                total = Some(added(total, result?));
            }
        }
        total.ok_or_else(|| TrainError::Config("train.batch must be at least 1".to_owned()))
    }

    /// Mean loss of the average weights on the held-out pictures, always with the same times and noise; none are held out:
    /// none.
    ///
    /// # Errors
    /// libtorch's own refusals.
    pub fn held_out_loss(&mut self) -> Result<Option<f64>, TrainError> {
        let held_out: Vec<usize> = self.data.split.held_out.iter().map(|&k| k as usize).collect();
        if held_out.is_empty() {
            return Ok(None);
        }
        let micro = self.config.train.micro_batch;
        let parts: Vec<&[usize]> = held_out.chunks(micro).collect();
        let draws = Draws::new(self.config.train.seed, "held-out").keeping();
        // Against the chains as they stand.
        let chains = self.chains.as_ref().map_or_else(Vec::new, |chains| chains.take(0, held_out.len(), 0.0));
        let (config, objective, device, data) = (&self.config, &self.objective, self.device, &self.data.examples);
        let losses = workers::over(&mut self.workers, parts.len(), |worker, k| {
            let _no_grad = tch::no_grad_guard();
            let (first, rows, size) = (k * micro, parts[k], chains.len() / held_out.len());
            let chains = &chains[first * size..][..rows.len() * size];
            let (first, moves) = (first as u64, 0);
            let part = Part { config, objective, data, rows, draws, first, chains, moves, device };
            Ok(part.loss(&*worker.average)?.0.double_value(&[]) * rows.len() as f64)
        });
        let losses = losses.into_iter().collect::<Result<Vec<f64>, TrainError>>()?;
        Ok(Some(losses.iter().sum::<f64>() / held_out.len() as f64))
    }

    /// How far the data are from pure noise at the noisiest time, in nats a number, as if they were normal.
    pub fn prior_mismatch(&self) -> f64 {
        let (mean, deviation) = (self.config.data.mean.unwrap_or(0.0), self.config.data.deviation.unwrap_or(1.0));
        self.config.path.prior_mismatch(&*self.objective.path, mean, deviation)
    }

    /// Steps made so far.
    pub fn steps_done(&self) -> u64 {
        self.step
    }

    /// The configuration, as resolved so far.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The averaged weights, which are the ones to sample from.
    pub fn average(&self) -> &Weights {
        &self.average
    }

    /// The weights as the optimiser moves them.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// Shape of a row of the data.
    pub fn shape(&self) -> &[usize] {
        self.data.examples.shape()
    }

    /// The data.
    pub(crate) fn data(&self) -> &Examples {
        &self.data.examples
    }

    /// How many rows the data have, held-out ones with them.
    pub fn examples(&self) -> usize {
        self.data.examples.len()
    }

    /// Where the run computes.
    pub fn device(&self) -> Device {
        self.device
    }
}

/// What a micro-batch, or several, say: a share of the loss and of the gradient, and where their chains went.
struct Found {
    loss: f64,
    gradients: Vec<Tensor>,
    chains: Vec<f32>,
}

/// Sum of losses and gradients, the second added to the first in place; chains behind each other.
fn added(total: Option<Found>, next: Found) -> Found {
    let Some(mut sum) = total else { return next };
    for (sum, gradient) in sum.gradients.iter_mut().zip(&next.gradients) {
        let _ = sum.g_add_(gradient);
    }
    sum.chains.extend(next.chains);
    Found { loss: sum.loss + next.loss, ..sum }
}

/// What a configuration leaves open until the run starts: the micro-batch, the data's mean and deviation, the number of classes.
fn settle(config: &mut Config, examples: &Examples, split: &Split) -> Result<(), TrainError> {
    config.data.shape = Some(examples.shape().to_vec());
    config.condition.settle(examples)?;
    config.path.settle();
    if config.train.micro_batch == 0 {
        let most = if examples.shape().len() == 1 { 1024 } else { 32 };
        config.train.micro_batch = config.train.batch.div_ceil(workers::available()).clamp(8, most);
    }
    if config.data.mean.is_none() || config.data.deviation.is_none() {
        let (mean, deviation) = moments(examples, split);
        (config.data.mean, config.data.deviation) = (Some(mean), Some(deviation));
    }
    Ok(())
}

/// Mean and deviation of all numbers of the training data.
fn moments(examples: &Examples, split: &Split) -> (f64, f64) {
    let size = examples.size();
    let mut row = vec![0f32; size];
    let (mut sum, mut squares) = (0.0, 0.0);
    for &k in &split.train {
        examples.row_into(k as usize, &mut row);
        sum += row.iter().map(|&p| f64::from(p)).sum::<f64>();
        squares += row.iter().map(|&p| f64::from(p) * f64::from(p)).sum::<f64>();
    }
    let count = (split.train.len() * size) as f64;
    let mean = sum / count;
    // Pictures that are all one colour still make a run.
    (mean, (squares / count - mean * mean).max(1e-6).sqrt())
}

impl Worker {
    fn gradient(&self, part: &Part, share: f64) -> Result<Found, TrainError> {
        let (loss, chains) = part.loss(&*self.network)?;
        let loss = loss * share;
        let gradients = Tensor::f_run_backward(&[&loss], &self.leaves, false, false)?;
        Ok(Found { loss: loss.to_kind(Kind::Double).double_value(&[]), gradients, chains })
    }
}
