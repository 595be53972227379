//! Estimates kept in range: what each clipping computes, and what it does to a step.

use ito_samplers::{Ancestral, Clipped, Clipping, Ddim, Denoiser, Sampler, Step};
use ito_schedules::{Level, Path, VpLinear};
use ito_state::{Batch, Noise};
use ndarray::{Array2, array};

/// Says the same whatever it sees.
struct Says(Array2<f64>);

impl Denoiser<Array2<f64>> for Says {
    fn denoise(&self, _: &Array2<f64>, _: &[Level]) -> Array2<f64> {
        self.0.clone()
    }
}

fn check(clipping: Clipping, said: Array2<f64>, expected: Array2<f64>) {
    let clipped = Clipped { model: Says(said.clone()), clipping };
    assert_eq!(clipped.denoise(&said, &[Level::DATA]), expected, "{clipping:?}");
}

#[test]
fn a_fixed_bound_cuts_every_number_on_its_own() {
    let said = array![[-3.0, -1.0, -0.25], [0.5, 1.5, f64::INFINITY]];
    check(Clipping::fixed(1.0).unwrap(), said.clone(), array![[-1.0, -1.0, -0.25], [0.5, 1.0, 1.0]]);
    check(Clipping::fixed(2.0).unwrap(), said, array![[-2.0, -1.0, -0.25], [0.5, 1.5, 2.0]]);
}

/// Sizes 0, 1, 2, 3, 4 have the quantile 3 at the share 3/4 and 3.5 at 7/8; a row within [-1, 1] stays as it is.
#[test]
fn a_dynamic_bound_is_the_quantile_of_each_row_and_scales_it_down() {
    let said = array![[4.0, -3.0, 2.0, -1.0, 0.0], [0.5, -0.5, 0.25, 0.0, -0.125]];
    let kept = [0.5, -0.5, 0.25, 0.0, -0.125];
    let row = |first: [f64; 5]| Array2::from_shape_vec((2, 5), [first, kept].concat()).unwrap();
    let third = 1.0 / 3.0;
    check(
        Clipping::dynamic(0.75, 1e9).unwrap(),
        said.clone(),
        row([3.0 * third, -3.0 * third, 2.0 * third, -third, 0.0]),
    );
    let part = 1.0 / 3.5;
    check(Clipping::dynamic(0.875, 1e9).unwrap(), said.clone(), row([1.0, -3.0 * part, 2.0 * part, -part, 0.0]));
    check(Clipping::dynamic(0.75, 2.0).unwrap(), said.clone(), row([1.0, -1.0, 1.0, -0.5, 0.0]));
    check(Clipping::dynamic(0.75, 1.0).unwrap(), said, row([1.0, -1.0, 1.0, -1.0, 0.0]));
}

#[test]
fn numbers_that_bound_nothing_are_refused() {
    let said = |made: Result<Clipping, ito_samplers::ClippingError>| made.unwrap_err().to_string();
    assert_eq!(said(Clipping::fixed(0.0)), "the bound of the estimate must be a finite number above 0, not 0.0");
    assert_eq!(said(Clipping::fixed(f64::NAN)), "the bound of the estimate must be a finite number above 0, not NaN");
    let share = "the share of dynamic thresholding must lie from 0.0 to 1.0, not be 1.5";
    assert_eq!(said(Clipping::dynamic(1.5, 1.0)), share);
    let most = "the largest threshold must be a finite number from 1.0 up, not 0.5";
    assert_eq!(said(Clipping::dynamic(0.5, 0.5)), most);
}

struct Silent;

impl Noise<Array2<f64>> for Silent {
    fn normal_like(&mut self, like: &Array2<f64>) -> Array2<f64> {
        like * 0.0
    }
    fn uniform_rows(&mut self, like: &Array2<f64>) -> Vec<f64> {
        vec![0.5; like.nrows()]
    }
}

/// The posterior mean of Ho et al. 2020, equation 7, with x0 cut to [-1, 1]; and DDIM with the noise that x0 leaves.
#[test]
fn the_step_of_a_clipped_model_is_the_posterior_of_the_clipped_estimate() {
    let table = VpLinear::new(0.1, 20.0).unwrap().table(1000).unwrap();
    let (from, to) = (table.levels()[599], table.levels()[598]);
    let (x, said) = (array![[0.3, -1.2]], array![[1.7, -0.4]]);
    let x0 = array![[1.0, -0.4]];
    let clipped = Clipped { model: Says(said), clipping: Clipping::fixed(1.0).unwrap() };
    let step = Step { model: &clipped, path: &table as &dyn Path, from, to };
    let (beta, bars) = (table.betas()[599], table.alpha_bars());
    let (bar, before) = (bars[599], bars[598]);
    let mean = &x0 * (before.sqrt() * beta / (1.0 - bar)) + &x * ((1.0 - beta).sqrt() * (1.0 - before) / (1.0 - bar));
    near(&Sampler::step(&mut Ancestral, &step, &x, &mut Silent).unwrap(), &mean);
    let eps = (&x - &(&x0 * bar.sqrt())) / (1.0 - bar).sqrt();
    let ddim = Array2::lincomb(&[(before.sqrt(), &x0), ((1.0 - before).sqrt(), &eps)]);
    near(&Sampler::step(&mut Ddim, &step, &x, &mut Silent).unwrap(), &ddim);
}

fn near(found: &Array2<f64>, expected: &Array2<f64>) {
    assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{found} {expected}");
}
