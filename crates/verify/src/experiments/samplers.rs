//! Reverse-time samplers on Gaussian data, where the law of their output is known exactly: no Monte Carlo.

use ito_samplers::{Denoiser, Failure, Order, Sampler, Step, sample};
use ito_schedules::{Grid, Level, Path};
use ito_state::Noise;
use ito_testkit::{Fresh, Gaussian, GaussianData, LinearForm};

use crate::{Experiment, Fault};

mod discrete;
mod held;
mod noise;
mod unipc;

pub const EXPERIMENTS: &[Experiment] = &[
    Experiment {
        name: "second-order-sampling",
        title: "Samplers of weak order 2 for the reverse SDE",
        theory: &[33],
        faults: &[Fault::FirstOrderSoldAsSecond],
        run: noise::second_order,
    },
    Experiment {
        name: "predictor-corrector",
        title: "A corrector decides what law its level has, so it moves last",
        theory: &[21, 33],
        faults: &[Fault::SwappedPredictorCorrector],
        run: noise::predictor_corrector,
    },
    Experiment {
        name: "unipc",
        title: "UniPC is its textbook form, at its order",
        theory: &[8, 32],
        faults: &[Fault::UnipcLateLambda, Fault::UnipcFactorialsAdded],
        run: unipc::unipc,
    },
    Experiment {
        name: "exponential-step",
        title: "The step of DPM-Solver++, and the level at which it asks its model",
        theory: &[8, 32],
        faults: &[Fault::DpmSolverSign, Fault::ShiftedGrid],
        run: held::exponential_step,
    },
    Experiment {
        name: "ddim-on-a-table",
        title: "DDIM on the grids of a discrete table: every step begins where the last one ended",
        theory: &[32, 36],
        faults: &[Fault::DdimByStride],
        run: discrete::ddim_on_a_table,
    },
    Experiment {
        name: "large-variance",
        title: "DDPM with the larger of its two variances",
        theory: &[33, 36],
        faults: &[Fault::RootOfLogVariance],
        run: discrete::large_variance,
    },
];

type Build<'a> = &'a dyn Fn() -> Box<dyn Sampler<LinearForm>>;

fn data() -> GaussianData {
    GaussianData::new(&[0.7, -0.4], &[0.8, 0.25], 0.6)
}

/// What a sampler makes of a law at the grid's first level.
fn end_law(data: &GaussianData, path: &dyn Path, grid: &Grid, start: &Gaussian, build: Build) -> Gaussian {
    let mut noise = Fresh::default();
    let x = noise.draw(start);
    sample(data, path, grid, build().as_mut(), x, &mut noise, &mut |_, _, _| {}).unwrap().law()
}

/// Mean and covariance together.
fn distance(a: &Gaussian, b: &Gaussian) -> f64 {
    a.mean_error(b) + a.covariance_error(b)
}

/// A sampler that is a function of its step: what is planted has no history.
struct Planted<F> {
    order: Order,
    step: F,
}

impl<F> Sampler<LinearForm> for Planted<F>
where
    F: FnMut(&Step<LinearForm>, &LinearForm, &mut dyn Noise<LinearForm>) -> LinearForm,
{
    fn order(&self) -> Order {
        self.order
    }

    fn step(
        &mut self,
        at: &Step<LinearForm>,
        x: &LinearForm,
        noise: &mut dyn Noise<LinearForm>,
    ) -> Result<LinearForm, Failure> {
        Ok((self.step)(at, x, noise))
    }
}

/// A model that is asked at one level and answers for another.
struct Instead<'a> {
    model: &'a dyn Denoiser<LinearForm>,
    level: Level,
}

impl Denoiser<LinearForm> for Instead<'_> {
    fn denoise(&self, x: &LinearForm, _at: &[Level]) -> LinearForm {
        self.model.denoise(x, &[self.level])
    }
}
