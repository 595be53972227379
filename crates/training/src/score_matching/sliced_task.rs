//! Sliced score matching of a model on a path.
use super::sliced_with_variance_reduced;
use crate::objective::{Draws, Objective};
use ito_data::Examples;
use ito_networks::{Given, Network};
use ito_noise::SampleNoise;
use ito_schedules::{Level, Prediction};
use ito_torch::{HostNoise, rows_like};
use tch::{Device, Kind, Tensor};

/// One micro-batch: noisy data as `z = x / sigma`, slices, and how the network becomes the noise, `eps = of_x x + constant + of_said F`,
/// one of each a row.
#[derive(Debug)]
pub(crate) struct SlicedTask {
    z: Tensor,
    slices: Tensor,
    sigma: Tensor,
    input: Tensor,
    shift: Tensor,
    t: Tensor,
    given: Given,
    of_x: Tensor,
    constant: Tensor,
    of_said: Tensor,
    weight: Tensor,
}

impl SlicedTask {
    /// `w (v^T J v + |s|^2 / 2)`, the mean over rows and over the numbers of a row, with `s(z) = -eps(sigma z)`: in the mean over the
    /// noise that of `w |eps(x) - eps|^2 / 2 - 1/2`, without having been told the noise. Song et al. 2020, arXiv:1907.05600,
    /// section 3.2 weigh the levels so, by sigma^2.
    pub(crate) fn loss(&self, network: &dyn Network) -> Tensor {
        let score = |z: &Tensor| {
            let x = z * &self.sigma;
            let seen = &x * &self.input + &self.shift;
            let said = network.forward(&self.given.beside(&seen), &self.t, &self.given);
            -(x * &self.of_x + &self.constant + said * &self.of_said)
        };
        let losses = sliced_with_variance_reduced(score, &self.z, &self.slices);
        let numbers = self.z.numel() as f64 / self.z.size()[0] as f64;
        (losses * &self.weight).mean(Kind::Float) / numbers
    }
}

impl Objective {
    /// The task of some rows of the data, as [`Objective::task`]; slices are rows of signs. Without a weight all levels count the same
    /// in the error of the noise, whatever is predicted.
    pub(crate) fn sliced(
        &self,
        data: &Examples,
        rows: &[usize],
        draws: Draws,
        first: u64,
        device: Device,
    ) -> SlicedTask {
        let (levels, x0, eps) = self.noisy(data, rows, draws, first, device);
        let mut slices = HostNoise(SampleNoise::consecutive(draws.slices, first, rows.len()));
        let row = |of: &dyn Fn(&Level) -> f64| rows_like(&levels.iter().map(of).collect::<Vec<f64>>(), &x0);
        let rate = |level: &Level| self.path.derivative(level.t);
        let around = |level: &Level| self.preconditioning.at(*level, self.prediction.target(*level, rate(level)));
        let noise = |level: &Level| self.prediction.convert(Prediction::Eps, *level, rate(level));
        let weight = |level: &Level| self.weight.map_or(1.0, |w| w.of(Prediction::Eps, *level, rate(level)));
        let t: Vec<f32> = levels.iter().map(|&level| self.clock.time(&*self.path, level) as f32).collect();
        SlicedTask {
            z: &x0 * row(&|l| l.alpha / l.sigma) + eps,
            slices: slices.normal_f32(&x0.size()).to_device(device).sign(),
            sigma: row(&|l| l.sigma),
            input: row(&|l| around(l).input),
            shift: row(&|l| around(l).shift),
            t: Tensor::from_slice(&t).to_device(device),
            given: self.conditions.given(data, rows, &x0, draws.condition, first),
            of_x: row(&|l| noise(l).0 + noise(l).1 * around(l).skip),
            constant: row(&|l| noise(l).1 * around(l).offset),
            of_said: row(&|l| noise(l).1 * around(l).out),
            weight: row(&weight).flatten(0, -1),
        }
    }
}
