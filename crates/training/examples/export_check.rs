//! What Ito computes with a model in a folder of diffusers, for `tests/reference/check_export.py` to compare with:
//!
//! ```text
//! ito export --run NAME --out model
//! cargo run --release -p ito-training --example export_check -- model numbers.safetensors
//! python crates/training/tests/reference/check_export.py model numbers.safetensors
//! ```
//!
//! One forward (`x`, `t`, `y`), and all states of DDIM in 20 steps with the folder's clipping (`states`).
use ito_networks::{Given, Predictor};
use ito_noise::{SampleNoise, Stream};
use ito_samplers::{Clipped, Ddim, Denoiser, sample};
use ito_state::Noise;
use ito_torch::{HostNoise, State};
use ito_training::config::{GridName, LastName};
use ito_training::pretrained::Pretrained;
use std::path::Path;
use tch::{Device, Kind, Tensor};

const STEPS: usize = 20;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().collect();
    let [_, folder, out] = args.as_slice() else { return Err("give FOLDER and OUT.safetensors".into()) };
    let model = Pretrained::open(Path::new(folder))?;
    let (config, weights) = (&model.config, model.weights()?);
    let interface = config.interface();
    let network = weights.bind(|scope| config.network.build(&interface, scope))?;
    let rows = 2;
    let shape: Vec<i64> = std::iter::once(rows).chain(interface.shape.iter().copied()).map(|n| n as i64).collect();
    let like = State(Tensor::zeros(shape, (Kind::Float, Device::Cpu)));
    let mut noise = HostNoise(SampleNoise::consecutive(Stream::new(0, "export-check"), 0, rows));
    let (x, start) = (noise.normal_like(&like), noise.normal_like(&like));
    let class = (interface.classes > 0).then(|| Tensor::from_slice(&[0i64, interface.classes as i64 - 1]));
    let given = Given { class, ..Given::default() };
    let t = Tensor::from_slice(&[3f32, 411.0]);
    let y = tch::no_grad(|| network.forward(&x.0.to_kind(network.dtype()), &t, &given));
    let path = config.path.build()?;
    let model = Predictor {
        network: &*network,
        dtype: network.dtype(),
        clock: config.clock(),
        given: &given,
        preconditioning: config.preconditioning()?,
        prediction: config.train.prediction.on(&*path, config)?,
        path: &*path,
    };
    let clipped = config.clipping()?.map(|clipping| Clipped { model: &model, clipping });
    let model: &dyn Denoiser<State> = clipped.as_ref().map_or(&model, |clipped| clipped);
    let grid = if config.path.timesteps().is_some() { GridName::Leading } else { GridName::Uniform };
    let grid = config.path.grid(&*path, grid, LastName::ToZero, STEPS)?;
    let mut states = Vec::new();
    sample(model, &*path, &grid, &mut Ddim, start, &mut noise, &mut |_, x: &State, _| states.push(x.0.copy()))?;
    let states = Tensor::stack(&states, 0);
    let mut numbers = vec![("x", x.0), ("t", t), ("y", y.to_kind(Kind::Float)), ("states", states)];
    numbers.extend(given.class.map(|class| ("class", class)));
    let numbers: Vec<(&str, &Tensor)> = numbers.iter().map(|(name, w)| (*name, w)).collect();
    Tensor::write_safetensors(&numbers, out)?;
    Ok(())
}
