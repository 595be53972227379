//! From one picture to another, through the noise that the flow assigns to each.
use crate::TrainError;
use crate::generate::{Drawn, Plan, generate};
use crate::model::host;
use crate::score_matching::AT_DATA;
use ito_networks::Network;
use ito_samplers::inversion::{InversionError, invert, slerp};
use ito_state::Rows;
use ito_torch::{State, Weights, workers};
use tch::Tensor;

/// The plan's pictures as frames from one picture to another, each `[channels, height, width]` in [-1, 1]: both are taken to the
/// noise they come from, the frames start evenly spaced on the great circle between, and are drawn down the same grid. The first and
/// last are the pictures themselves, up to the error of the way there and back. Song, Meng & Ermon 2021, arXiv:2010.02502,
/// section 5.3. `progress` as [`generate`]'s.
///
/// # Errors
/// [`TrainError::Inversion`] for a sampler that draws noise or fewer than two frames; as [`generate`].
///
/// # Panics
/// If an end has another number of values than a picture.
pub fn between(
    weights: &Weights,
    plan: Plan,
    ends: [&[f32]; 2],
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Drawn, TrainError> {
    if plan.walk.is_some() {
        return Err(TrainError::Config(AT_DATA.to_owned()));
    }
    if plan.n < 2 {
        return Err(InversionError::Frames { given: plan.n }.into());
    }
    if !plan.told.uniform() {
        let what = "all frames are told the same: give one --class or --class none, one --vector or one --given";
        return Err(TrainError::Config(what.to_owned()));
    }
    plan.told.complete()?;
    let mut networks = plan.model.networks(weights, 1)?;
    let mut latents = workers::over(&mut networks, 1, |network, _| plan.latents(&**network, ends));
    let (latents, last) = (latents.remove(0)?, (plan.n - 1) as f64);
    let [a, b] = [0, 1].map(|row| latents.take_rows(&[row]));
    let starts = (0..plan.n).flat_map(|k| host(&slerp(&a, &b, k as f64 / last))).collect();
    generate(weights, &plan.starting(starts), progress)
}

impl Plan {
    /// The noise of both ends, in rows 0 and 1 of a micro-batch that is otherwise filled with the first.
    fn latents(&self, network: &dyn Network, ends: [&[f32]; 2]) -> Result<State, TrainError> {
        let like = self.model.zeros(self.rows().max(2));
        let rows = (0..like.row_count()).flat_map(|row| ends[usize::from(row == 1)]);
        let values: Vec<f32> = rows.copied().collect();
        let data = State(Tensor::from_slice(&values).view_as(&like.0).to_device(like.0.device()));
        let (given, without) = self.given(0);
        let (told, other) = (self.model.predictor(network, &given), self.model.predictor(network, &without));
        let model = self.guidance.around(&told, &other)?;
        let mut sampler = self.sampler.build::<State>();
        Ok(invert(&*model, &*self.model.path, &self.grid, &mut *sampler, data, &mut |_, _, _| {})?)
    }
}
