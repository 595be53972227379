//! One Brownian motion behind all steps: what it is needed for, and what it gives.

use std::cell::{Cell, RefCell};

use ito_noise::{BrownianPath, SampleNoise, Stream};
use ito_samplers::{Ancestral, Denoiser, DpmppSde, Sampler, sample};
use ito_schedules::{Grid, Level, Straight, VpLinear};
use ito_state::{Batch, Noise};
use ito_testkit::{Fresh, GaussianData, LinearForm, Mixture, Slope, root_mean_square};
use ndarray::Array2;

use crate::common::{data, start};

/// The stage is moved by noise of its own, as independent draws would: the order falls from 2 to 1.
#[test]
fn the_two_stage_sde_solver_loses_an_order_if_its_two_draws_are_independent() {
    let error = |n: usize, coupled: bool| {
        let grid = Grid::uniform_log_snr(&Straight, -8.0, 8.0, n).unwrap();
        let (from, to) = (grid.levels()[0], grid.levels()[n]);
        let (fresh, last, calls) = Default::default();
        let draws = Decoupled { fresh, last, calls, coupled, data: data() };
        let x = draws.fresh.borrow_mut().draw(&start(from));
        let end = sample(&draws, &Straight, &grid, &mut DpmppSde, x, &mut &draws, &mut |_, _, _| {}).unwrap();
        end.law().covariance_error(&data().reverse(&start(from), from, to))
    };
    Slope::measure(|n| error(n, true)).assert("coupled", 2.0, 0.1);
    Slope::measure(|n| error(n, false)).assert("independent", 1.0, 0.1);
}

/// Noise that remembers its last increment, and a model that can replace it, in the state of a stage, by an independent one.
struct Decoupled {
    fresh: RefCell<Fresh>,
    /// The last increment, and an independent one of the same law.
    last: RefCell<Option<[LinearForm; 2]>>,
    /// Evaluations so far: the odd ones are of stages.
    calls: Cell<usize>,
    coupled: bool,
    data: GaussianData,
}

impl Noise<LinearForm> for &Decoupled {
    fn normal_like(&mut self, like: &LinearForm) -> LinearForm {
        self.fresh.borrow_mut().normal_like(like)
    }

    fn increment(&mut self, from: f64, to: f64, like: &LinearForm) -> LinearForm {
        let pair = [(); 2].map(|()| self.fresh.borrow_mut().increment(from, to, like));
        self.last.borrow_mut().insert(pair)[0].clone()
    }

    fn uniform_rows(&mut self, like: &LinearForm) -> Vec<f64> {
        self.fresh.borrow_mut().uniform_rows(like)
    }
}

impl Denoiser<LinearForm> for Decoupled {
    fn denoise(&self, x: &LinearForm, at: &[Level]) -> LinearForm {
        let call = self.calls.replace(self.calls.get() + 1);
        let last = self.last.borrow();
        let (Some([one, other]), false, 1) = (last.as_ref(), self.coupled, call % 2) else {
            return self.data.denoise(x, at);
        };
        let spread = at[0].sigma.powi(2) / at[0].alpha;
        self.data.denoise(&LinearForm::lincomb(&[(1.0, x), (-spread, one), (spread, other)]), at)
    }
}

/// Path by path against a run of 4096 steps with the same motion, by the root mean square of the difference: of order 1, which is
/// all that increments can give. On Gaussian data of deviation 0.55; on data of two modes a few paths choose the other mode late.
#[test]
fn a_picture_survives_the_refinement_of_its_steps() {
    let (gaussian, modes) = (GaussianData::new(&[0.7], &[0.3], 0.0), Mixture::two_modes());
    converges(&|| Box::new(Ancestral), &gaussian, 0.05);
    converges(&|| Box::new(DpmppSde), &gaussian, 0.02);
    for (build, bound) in [(&(|| Box::new(Ancestral) as Any) as &dyn Fn() -> Any, 0.03), (&|| Box::new(DpmppSde), 0.02)]
    {
        let [coarse, fine] = [256, 4096].map(|n| refined(&modes, build().as_mut(), n, &mut motion()));
        let distance = root_mean_square(&coarse, &fine);
        assert!(distance < bound, "{distance}");
    }
}

/// With white noise the finer run is another picture.
#[test]
fn without_a_motion_the_picture_changes_when_the_steps_are_refined() {
    let white = || SampleNoise::consecutive(Stream::new(7, "test/white"), 0, ROWS);
    let [coarse, fine] = [64, 128].map(|n| refined(&Mixture::two_modes(), &mut Ancestral, n, &mut white()));
    assert!(root_mean_square(&coarse, &fine) > 0.5);
}

const ROWS: usize = 50;

type Any = Box<dyn Sampler<Array2<f64>>>;

fn converges(build: &dyn Fn() -> Any, model: &dyn Denoiser<Array2<f64>>, bound: f64) {
    let run = |n| refined(model, build().as_mut(), n, &mut motion());
    let fine = run(4096);
    let slope = Slope::fit([64, 128, 256].map(|n| (n, root_mean_square(&run(n), &fine))).to_vec());
    slope.assert("strong", 1.0, 0.1);
    assert!(slope.errors[0].1 < bound, "{slope}");
}

/// On the clock of the signal-to-noise ratio.
fn motion() -> BrownianPath {
    BrownianPath::consecutive(Stream::new(7, "test/motion"), 0, ROWS, 0.0, 500.0).unwrap()
}

/// The same start, down to a log-SNR of 6 in `n` steps.
fn refined(
    model: &dyn Denoiser<Array2<f64>>,
    sampler: &mut dyn Sampler<Array2<f64>>,
    n: usize,
    noise: &mut dyn Noise<Array2<f64>>,
) -> Array2<f64> {
    let path = VpLinear::default();
    let grid = Grid::uniform_log_snr(&path, -8.0, 6.0, n).unwrap();
    let mut first = SampleNoise::consecutive(Stream::new(7, "test/start"), 0, ROWS);
    let start = first.normal_like(&Array2::zeros((ROWS, 1)));
    sample(model, &path, &grid, sampler, start, noise, &mut |_, _, _| {}).unwrap()
}
