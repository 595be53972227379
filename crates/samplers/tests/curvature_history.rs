//! Stochastic samplers that remember estimates, where the score is curved: Kolmogorov's equation backwards through the sampler's own
//! steps, for the state and the estimates it remembers together.

use ito_noise::{SampleNoise, Stream};
use ito_samplers::{Denoiser, Dpmpp2mSde, Dpmpp3mSde, Sampler, SecondOrder, Step};
use ito_schedules::{Grid, Level, Path, Straight, VpLinear};
use ito_testkit::{Mesh, Mixture, Nodes, Slope, integrate};
use ndarray::Array2;

type Column = Array2<f64>;

const EDGE: f64 = 6.0;
const POWERS: [i32; 3] = [1, 2, 4];

#[test]
fn the_second_order_holds_with_one_estimate_remembered_on_the_straight_path() {
    check_second(&Straight);
}

#[test]
fn the_second_order_holds_with_one_estimate_remembered_on_a_variance_preserving_path() {
    check_second(&VpLinear::new(0.1, 20.0).unwrap());
}

/// With the largest error allowed at 96 steps.
fn check_second(path: &dyn Path) {
    for (rule, bound) in [(SecondOrder::Midpoint, 3.5e-4), (SecondOrder::Heun, 6.2e-4)] {
        let slope = errors(path, 1, || Dpmpp2mSde::new(rule));
        println!("2M SDE, {rule:?}: {slope}");
        slope.assert("2M SDE", 2.0, 0.1);
        assert!(slope.errors[2].1 < bound, "{slope}");
    }
}

/// A third order of the other sign still weighs at these steps: the slope of the error nears 2 from below, as `2 - b/N`, and its limit
/// is measured from two slopes. In log-SNR all paths are one to this sampler.
#[test]
fn the_second_order_holds_with_two_estimates_remembered() {
    let slope = errors(&Straight, 2, Dpmpp3mSde::new);
    let local = |k: usize| {
        let middle = (slope.errors[k].0 as f64 * slope.errors[k + 1].0 as f64).sqrt();
        (middle, Slope::fit(slope.errors[k..k + 2].to_vec()).value)
    };
    let ((n, before), (m, after)) = (local(0), local(1));
    let limit = (m * after - n * before) / (m - n);
    println!("3M SDE: {slope}, in the limit {limit:.4}");
    assert!((limit - 2.0).abs() < 0.1 && slope.errors[2].1 < 9.5e-5, "3M SDE: {slope}, in the limit {limit}");
}

fn errors<S: Sampler<Column>>(path: &dyn Path, memory: usize, build: impl Fn() -> S) -> Slope {
    assert_eq!(build().order().order, 2);
    Slope::fit([48, 64, 96].map(|steps| (steps, error(path, memory, steps, &build))).to_vec())
}

/// The root of the sum of the squares of the moments' relative errors, from the exact law at log-SNR -3 down to log-SNR 3.
fn error<S: Sampler<Column>>(path: &dyn Path, memory: usize, steps: usize, build: &impl Fn() -> S) -> f64 {
    let law = Mixture::two_modes();
    let grid = Grid::uniform_log_snr(path, -3.0, 3.0, steps).unwrap();
    let mesh = Mesh::new(EDGE, 132);
    let mut known = vec![POWERS.map(|power| mesh.points().iter().map(|x| x.powi(power)).collect())];
    for i in (0..steps).rev() {
        let kept = |i: usize| if i == steps { 0 } else { memory.min(i) };
        known = earlier(&law, path, &grid.levels()[..i + 2], [kept(i), kept(i + 1)], mesh, &known, build);
    }
    let [first, last] = [0, steps].map(|k| law.marginal(grid.levels()[k]));
    let off = |(power, known): (i32, &Vec<f64>)| {
        let got = integrate(|x| first.density(x) * mesh.between(known, x), -EDGE, EDGE, 200);
        let exact = integrate(|x| last.density(x) * x.powi(power), -EDGE, EDGE, 200);
        ((got - exact) / exact).powi(2)
    };
    POWERS.into_iter().zip(&known[0]).map(off).sum::<f64>().sqrt()
}

/// Of each of the functions its values on the mesh.
type Known = [Vec<f64>; 3];

/// Chebyshev's points for how far a remembered estimate is from the present one. A step shifts by a small multiple of that: a
/// polynomial of degree 4 between them will do, also for the few beyond.
const OFF: [f64; 5] = [-0.951, -0.588, 0.0, 0.588, 0.951];

/// One step back, the last of `levels`. `known` holds the functions for every choice of how far off the estimates remembered after
/// it are, the latest one the leading digit; `kept` says how many are remembered before it and after it.
fn earlier<S: Sampler<Column>>(
    law: &Mixture,
    path: &dyn Path,
    levels: &[Level],
    kept: [usize; 2],
    mesh: Mesh,
    known: &[Known],
    build: &impl Fn() -> S,
) -> Vec<Known> {
    let [before, after] = kept;
    let i = levels.len() - 2;
    let (from, to) = (levels[i], levels[i + 1]);
    let points = mesh.points();
    let x = Array2::from_shape_vec((points.len(), 1), points).unwrap();
    let present = law.denoise(&x, &[from]);
    let mut nodes = Nodes::product(&[8]);
    let count = nodes.weights().len();
    let mut choice = |choice: usize| {
        let off: Vec<f64> =
            (0..before).rev().map(|place| OFF[choice / OFF.len().pow(place as u32) % OFF.len()]).collect();
        let mut sampler = build();
        for age in (0..before).rev() {
            let (from, to) = (levels[i - 1 - age], levels[i - age]);
            let mut any = SampleNoise::consecutive(Stream::new(5, "test"), 0, x.len() * count);
            let remembered = nodes.repeat(&(&present + off[age]));
            sampler.step(&Step { model: &Itself, path, from, to }, &remembered, &mut any).unwrap();
        }
        let end = sampler.step(&Step { model: law, path, from, to }, &nodes.repeat(&x), &mut nodes).unwrap();
        let mut means = [(); 3].map(|()| vec![0.0; x.len()]);
        for (row, end) in end.iter().enumerate() {
            let (k, weight) = (row / count, nodes.weights()[row % count]);
            let now = law.denoised(*end, to).0;
            let latest = std::iter::once(0.0).chain(off.iter().copied()).take(after);
            let choices = latest
                .map(|off| basis(present[[k, 0]] + off - now))
                .fold(vec![1.0], |product, next| product.iter().flat_map(|a| next.map(|b| a * b)).collect());
            let nearest = mesh.weights(*end);
            for (known, share) in known.iter().zip(choices) {
                for (mean, values) in means.iter_mut().zip(known) {
                    mean[k] += weight * share * nearest.iter().map(|(j, w)| w * values[*j]).sum::<f64>();
                }
            }
        }
        means
    };
    (0..OFF.len().pow(before as u32)).map(&mut choice).collect()
}

/// Lagrange's, through [`OFF`].
fn basis(off: f64) -> [f64; 5] {
    OFF.map(|i| OFF.iter().filter(|j| **j != i).map(|j| (off - j) / (i - j)).product())
}

/// A model whose estimate is the state: puts an estimate of choice into a sampler's memory.
struct Itself;

impl Denoiser<Column> for Itself {
    fn denoise(&self, x: &Column, _: &[Level]) -> Column {
        x.clone()
    }
}
