//! What a step of training regresses on.
use crate::condition::{ConditionDraws, Conditions};
use crate::config::Times;
use ito_data::Examples;
use ito_networks::{Clock, Given, Network, Preconditioning, at_clock};
use ito_noise::{SampleNoise, Stream};
use ito_schedules::{Level, Path, Prediction, Weight};
use ito_torch::rows_like;
use tch::{Device, Reduction, Tensor};

/// `E |p(x_t, t) - (a x0 + b eps)|^2`, the mean over all numbers of a picture, with `x_t = alpha x0 + sigma eps`, `(a, b)` the
/// target of the prediction and p the preconditioned network, `p = skip x + offset + out F`: flow matching (Lipman et al.
/// 2023) for the velocity, L_simple (Ho et al. 2020) for eps, and the same regression in x0 and v.
pub struct Objective {
    /// The path from data to noise.
    pub path: Box<dyn Path>,
    /// What is predicted.
    pub prediction: Prediction,
    /// What stands around the network.
    pub preconditioning: Preconditioning,
    /// The time that the network is told.
    pub clock: Clock,
    /// What the network is told of the data.
    pub conditions: Conditions,
    /// How much each level counts; none: all the same, in the prediction's own error.
    pub weight: Option<Weight>,
    /// Law of the times.
    pub times: Times,
    /// The noisiest time, on the unit clock as the law of the times.
    pub t_max: f64,
}

/// One micro-batch: what the network sees, and what `out F` should be.
#[derive(Debug)]
pub struct Task {
    seen: Tensor,
    t: Tensor,
    given: Given,
    out: Tensor,
    target: Tensor,
}

impl Task {
    /// Mean square of `out F - (p - skip x - offset)`, a scalar with the graph of F.
    pub fn loss(&self, network: &dyn Network) -> Tensor {
        (network.forward(&self.given.beside(&self.seen), &self.t, &self.given) * &self.out)
            .mse_loss(&self.target, Reduction::Mean)
    }
}

/// The streams that a task draws from: times, noise, and what the network is told.
#[derive(Debug, Clone, Copy)]
pub struct Draws {
    times: Stream,
    noise: Stream,
    pub(crate) slices: Stream,
    pub(crate) condition: ConditionDraws,
}

impl Draws {
    /// The streams of a purpose, `train` or `held-out`.
    pub fn new(seed: u64, purpose: &str) -> Draws {
        Draws {
            times: Stream::new(seed, &format!("{purpose}/times")),
            noise: Stream::new(seed, &format!("{purpose}/noise")),
            slices: Stream::new(seed, &format!("{purpose}/slices")),
            condition: ConditionDraws::new(seed, purpose),
        }
    }

    /// Nothing is dropped: every label is told.
    pub fn keeping(self) -> Draws {
        Draws { condition: self.condition.keeping(), ..self }
    }
}

impl Objective {
    /// The task of some rows of the data; row k draws as sample `first + k`, so a task is a function of (seed, first, rows).
    pub fn task(&self, data: &Examples, rows: &[usize], draws: Draws, first: u64, device: Device) -> Task {
        let (levels, x0, eps) = self.noisy(data, rows, draws, first, device);
        let target = |&level: &Level| self.prediction.target(level, self.path.derivative(level.t));
        let around = |level: &Level| self.preconditioning.at(*level, target(level));
        let row = |of: &dyn Fn(&Level) -> f64| rows_like(&levels.iter().map(of).collect::<Vec<f64>>(), &x0);
        let x = &x0 * row(&|l| l.alpha) + &eps * row(&|l| l.sigma);
        let predicted = &x0 * row(&|l| target(l).0) + &eps * row(&|l| target(l).1);
        let t: Vec<f32> = levels.iter().map(|&level| self.clock.time(&*self.path, level) as f32).collect();
        let task = Task {
            seen: &x * row(&|l| around(l).input) + row(&|l| around(l).shift),
            t: Tensor::from_slice(&t).to_device(device),
            given: self.conditions.given(data, rows, &x0, draws.condition, first),
            out: row(&|l| around(l).out),
            target: predicted - &x * row(&|l| around(l).skip) - row(&|l| around(l).offset),
        };
        let Some(weight) = self.weight else { return task };
        // `w |out F - target|^2` as the square of both times sqrt w.
        let root = row(&|&l| weight.of(self.prediction, l, self.path.derivative(l.t)).sqrt());
        Task { out: task.out * &root, target: task.target * root, ..task }
    }

    /// Levels, clean rows and noise.
    pub(crate) fn noisy(
        &self,
        data: &Examples,
        rows: &[usize],
        draws: Draws,
        first: u64,
        device: Device,
    ) -> (Vec<Level>, Tensor, Tensor) {
        let times = SampleNoise::consecutive(draws.times, first, rows.len());
        let levels = self.draw(times).into_iter().map(|t| at_clock(&*self.path, t)).collect();
        let x0 = clean(data, rows).to_device(device);
        let mut noise = ito_torch::HostNoise(SampleNoise::consecutive(draws.noise, first, rows.len()));
        let eps = noise.normal_f32(&x0.size()).to_device(device);
        (levels, x0, eps)
    }

    fn draw(&self, mut noise: SampleNoise) -> Vec<f64> {
        match self.times {
            Times::Uniform => noise.uniform().into_iter().map(|u| u * self.t_max).collect(),
            Times::LogitNormal => {
                let mut z = vec![0f64; noise.rows()];
                noise.normal_f64(&mut z);
                z.into_iter().map(|z| self.t_max / (1.0 + (-z).exp())).collect()
            }
        }
    }
}

/// Rows of the data, `[B, ...]`.
pub(crate) fn clean(data: &Examples, rows: &[usize]) -> Tensor {
    let mut values = vec![0f32; rows.len() * data.size()];
    for (&k, row) in rows.iter().zip(values.chunks_exact_mut(data.size())) {
        data.row_into(k, row);
    }
    let shape: Vec<i64> = std::iter::once(rows.len()).chain(data.shape().iter().copied()).map(|n| n as i64).collect();
    Tensor::from_slice(&values).view(shape.as_slice())
}
