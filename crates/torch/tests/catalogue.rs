//! The catalogue of samplers on tensors: in f64 on the CPU, given the same noise, it draws what it draws on arrays. Bit for bit
//! where a sampler only combines states; to 1e-12 where it measures them, since the two add up a row in another order.
use ito_noise::{SampleNoise, Stream};
use ito_samplers::{Denoiser, Name, sample};
use ito_schedules::{Grid, LastStep, Level, Path, Straight, VpCosine, VpLinear};
use ito_state::{Noise, Rows};
use ito_torch::{HostNoise, State};
use ndarray::Array4;
use tch::{Device, Kind, Tensor};

const SHAPE: [usize; 4] = [3, 2, 2, 2];

/// `E[x0 | x]` for data N(0.3, 0.7^2), every number for itself: the same two terms for arrays and tensors.
struct Exact;

impl<X: Rows> Denoiser<X> for Exact {
    fn denoise(&self, x: &X, at: &[Level]) -> X {
        let (gain, shift): (Vec<f64>, Vec<f64>) = at
            .iter()
            .map(|level| {
                let gain = level.alpha * 0.49 / (level.alpha.powi(2) * 0.49 + level.sigma.powi(2));
                (gain, 0.3 - gain * level.alpha * 0.3)
            })
            .unzip();
        let ones = x.fill_like(1.0);
        match at {
            [_] => X::lincomb(&[(gain[0], x), (shift[0], &ones)]),
            _ => X::lincomb_rows(&[(&gain, x), (&shift, &ones)]),
        }
    }
}

/// Every state on the way, or what the sampler refused.
fn drawn<X: Rows + 'static>(
    name: Name,
    path: &dyn Path,
    grid: &Grid,
    like: &X,
    noise: &mut dyn Noise<X>,
    numbers: fn(&X) -> Vec<f64>,
) -> Result<Vec<Vec<f64>>, String> {
    let z = noise.normal_like(like);
    let start = X::lincomb(&[(grid.levels()[0].sigma, &z)]);
    let mut seen = Vec::new();
    let mut observe = |_: usize, x: &X, _: Level| seen.push(numbers(x));
    let end = sample(&Exact, path, grid, &mut *name.build::<X>(), start, noise, &mut observe);
    end.map(|_| seen).map_err(|refused| refused.to_string())
}

/// Whether a sampler takes norms or products of states.
fn measures(name: Name) -> bool {
    name.build_linear::<State>().is_none()
}

fn check(name: Name, path: &dyn Path, grid: &Grid) {
    let noise = || SampleNoise::new(Stream::new(11, "catalogue"), vec![4, 0, 9]);
    let arrays = drawn(name, path, grid, &Array4::<f64>::zeros(SHAPE), &mut noise(), |x| x.iter().copied().collect());
    let like = State(Tensor::zeros(SHAPE.map(|n| n as i64), (Kind::Double, Device::Cpu)));
    let tensors = drawn(name, path, grid, &like, &mut HostNoise(noise()), |x| {
        Vec::try_from(x.0.flatten(0, -1)).expect("a vector of f64")
    });
    let (arrays, tensors) = match (arrays, tensors) {
        (Ok(arrays), Ok(tensors)) => (arrays, tensors),
        // Too few steps for it: then for both.
        (arrays, tensors) => return assert_eq!(arrays, tensors, "{name}, {} steps", grid.len()),
    };
    assert!(arrays.len() > grid.len() && arrays.len() == tensors.len(), "{name}");
    for (step, (a, t)) in arrays.iter().zip(&tensors).enumerate() {
        let largest = a.iter().fold(1.0f64, |m, v| m.max(v.abs()));
        for (a, t) in a.iter().zip(t) {
            assert!(a.is_finite(), "{name}, step {step}: {a}");
            let off = (a - t).abs();
            let same = if measures(name) { off <= 1e-12 * largest } else { a.to_bits() == t.to_bits() };
            assert!(same, "{name}, step {step} of {}: {a:e} on arrays, {t:e} on tensors, {off:e} apart", grid.len());
        }
    }
}

#[test]
fn every_sampler_draws_on_tensors_what_it_draws_on_arrays() {
    let (straight, cosine, linear) = (Straight, VpCosine::default(), VpLinear::default());
    for name in Name::ALL {
        // A score measured at sigma = 0.002 is moved by a rounding error of the state times 1 / sigma^2 = 2.5e5.
        let smallest = if measures(name) { 0.02 } else { 0.002 };
        for steps in [1, 2, 3, 9] {
            check(name, &straight, &Grid::uniform(&straight, 1.0, 0.0, steps).unwrap());
            check(name, &cosine, &Grid::karras(&cosine, smallest, 80.0, 7.0, steps).unwrap());
            check(name, &linear, &Grid::uniform_log_snr(&linear, -9.0, 8.0, steps).unwrap());
            let tweedie = Grid::uniform(&linear, 1.0, 0.001, steps).unwrap().ending(LastStep::Tweedie).unwrap();
            check(name, &linear, &tweedie);
        }
    }
}
