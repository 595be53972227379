//! Guidance of rows without colour, of models whose derivative is not symmetric, of drowned data, and sums whose weights do not add to 1.

use ito_samplers::guidance::{ClassConditional, ClassPullback, ClassifierGuided, Guided, OfClass, ScoreSum};
use ito_samplers::{Denoiser, Name, Pullback, sample};
use ito_schedules::{Edm, Grid, Level, Path, Straight};
use ito_testkit::{Fresh, Gaussian, GaussianData, LinearForm};
use ndarray::{Array2, array};

/// The mean of equal numbers is not always that number: what is left must not be taken as spread.
#[test]
fn rescaled_guidance_leaves_rows_of_constant_colour_alone() {
    for (c, u) in [(0.3, 0.1), (0.1, 0.7), (0.7, 0.2), (0.5, 0.25), (1.0, 0.3), (0.0, 0.0)] {
        let guided = Guided::classifier_free(Flat(c), Flat(u), 3.0).unwrap();
        let rescaled = guided.rescaled(1.0).unwrap();
        for entries in [1, 3, 10, 784, 3072] {
            let (x, single) = (Array2::<f64>::zeros((2, entries)), Array2::<f32>::zeros((2, entries)));
            assert_eq!(rescaled.denoise(&x, &[at(0.5)]), guided.denoise(&x, &[at(0.5)]), "{c}, {u}, {entries}");
            assert_eq!(
                rescaled.denoise(&single, &[at(0.5)]),
                guided.denoise(&single, &[at(0.5)]),
                "{c}, {u}, {entries}"
            );
        }
    }
}

/// A spread of a ten thousandth of the size is one.
#[test]
fn rescaled_guidance_keeps_faint_pictures() {
    let faint = |by: f64| move |x: &Array2<f64>| Array2::from_shape_fn(x.raw_dim(), |(_, k)| 1.0 + by * k as f64);
    let guided = Guided::classifier_free(By(faint(1e-4)), By(faint(3e-4)), 3.0).unwrap();
    let found = guided.rescaled(1.0).unwrap().denoise(&Array2::zeros((1, 4)), &[at(0.5)]);
    let spread = |x: &Array2<f64>| x.std(0.0);
    assert!((spread(&found) / spread(&faint(1e-4)(&found)) - 1.0).abs() < 1e-9, "{found}");
}

/// `D = B x` with `B` not symmetric: `J^T v`, not `J v`.
#[test]
fn pullbacks_of_wrappers_are_transposed() {
    let (one, two) = (array![[0.5, 0.3], [-0.1, 0.7]], array![[0.2, -0.6], [0.4, 0.1]]);
    let model = Told([one.clone(), two.clone()]);
    let (x, v) = (array![[0.3, -1.2]], array![[0.4, 2.0]]);
    let check = |model: &dyn Pullback<Array2<f64>>, expected: Array2<f64>| {
        let (value, back) = model.pullback(&x, &[at(0.5)], &v);
        assert_eq!(value, model.denoise(&x, &[at(0.5)]));
        assert!((&back - &v.dot(&expected)).iter().all(|d| d.abs() < 1e-14), "{back}");
    };
    let of = |class| OfClass::new(&model, class).unwrap();
    check(&of(0), one.clone());
    check(&of(1), two.clone());
    check(&OfClass::none(&model), &one + &two);
    check(&Guided::to_class(&model, 1, 2.5).unwrap(), &two * 2.5 - (&one + &two) * 1.5);
    check(&Guided::by_worse_model(of(0), of(1), -0.5).unwrap(), &one * -0.5 + &two * 1.5);
    let rest = Array2::<f64>::eye(2) * (0.3 / at(0.5).alpha);
    check(&ScoreSum::new(vec![(1.5, of(0)), (-0.8, of(1))]).unwrap(), &one * 1.5 - &two * 0.8 + rest);
    let erased: &dyn ClassPullback<Array2<f64>> = &model;
    check(&OfClass::new(erased, 1).unwrap(), two);
}

#[test]
fn drowned_data_are_taken_as_pure_noise() {
    let (x, level) = (array![[0.3, -1.2]], Level { t: 1.0, alpha: 6e-17, sigma: 1.0 });
    let gradient = |x: &Array2<f64>, at: &[Level]| x.mapv(|x| at[0].alpha * x + 1e-12);
    let classified = ClassifierGuided::new(Flat(0.3), gradient, 2.0).unwrap();
    assert_eq!(classified.denoise(&x, &[level]), Flat(0.3).denoise(&x, &[level]));
    let sum = ScoreSum::new(vec![(1.0, Flat(0.3)), (1.0, Flat(0.2))]).unwrap();
    assert!((sum.denoise(&x, &[level]) - 0.5).iter().all(|d| d.abs() < 1e-15));
    let level = Level { alpha: 1e-3, ..level };
    assert!((classified.denoise(&x, &[level]) - 0.3 - &x * 2.0).iter().all(|d| d.abs() < 1e-8));
}

/// The flow of two scores added contracts twice as fast as its law: an eighth of the spread from eight times the noise. As Liu et al. have a
/// conjunction, with the unconditional model to make the weights' total 1, where it starts does not matter.
#[test]
fn the_spread_of_a_sum_of_another_total_falls_with_the_noise_it_starts_from() {
    let models = || [(1.0, 0.5), (0.2, 0.8), (0.0, 1.0)].map(|(m, s)| GaussianData::new(&[m], &[s * s], 0.0));
    let deviation = |weights: [f64; 3], from: f64| {
        let grid = Grid::karras(&Edm::default(), 0.002, from, 7.0, 400).unwrap();
        let sum = ScoreSum::new(weights.into_iter().zip(models()).collect()).unwrap();
        let mut noise = Fresh::default();
        let start: LinearForm = noise.draw(&Gaussian::isotropic(1, from));
        let mut sampler = Name::Heun.build_linear().unwrap();
        let end = sample(&sum, &Edm::default(), &grid, sampler.as_mut(), start, &mut noise, &mut |_, _, _| {});
        end.unwrap().law().covariance[[0, 0]].sqrt()
    };
    for (total, weights) in [(2.0, [1.0, 1.0, 0.0]), (0.5, [0.5, 0.0, 0.0]), (1.0, [1.0, 1.0, -1.0])] {
        let [wide, narrow] = [80.0, 10.0].map(|from| deviation(weights, from));
        let expected = 8.0_f64.powf(1.0 - total);
        println!("W = {total}: {narrow} from 10, {wide} from 80");
        assert!((wide / narrow / expected - 1.0).abs() < 0.02, "{total}: {narrow} {wide}");
    }
}

fn at(t: f64) -> Level {
    Straight.at(t)
}

/// One number everywhere.
#[derive(Clone, Copy)]
struct Flat(f64);

impl Denoiser<Array2<f64>> for Flat {
    fn denoise(&self, x: &Array2<f64>, _at: &[Level]) -> Array2<f64> {
        Array2::from_elem(x.raw_dim(), self.0)
    }
}

impl Denoiser<Array2<f32>> for Flat {
    fn denoise(&self, x: &Array2<f32>, _at: &[Level]) -> Array2<f32> {
        Array2::from_elem(x.raw_dim(), self.0 as f32)
    }
}

struct By<F>(F);

impl<F: Fn(&Array2<f64>) -> Array2<f64>> Denoiser<Array2<f64>> for By<F> {
    fn denoise(&self, x: &Array2<f64>, _at: &[Level]) -> Array2<f64> {
        (self.0)(x)
    }
}

/// `B_k x` of class k, the sum of both without a class.
struct Told([Array2<f64>; 2]);

impl Told {
    fn matrix(&self, class: Option<usize>) -> Array2<f64> {
        class.map_or_else(|| &self.0[0] + &self.0[1], |class| self.0[class].clone())
    }
}

impl ClassConditional<Array2<f64>> for Told {
    fn classes(&self) -> usize {
        2
    }

    fn denoise_class(&self, x: &Array2<f64>, _at: &[Level], class: Option<usize>) -> Array2<f64> {
        x.dot(&self.matrix(class).t())
    }
}

impl ClassPullback<Array2<f64>> for Told {
    fn pullback_class(
        &self,
        x: &Array2<f64>,
        at: &[Level],
        class: Option<usize>,
        v: &Array2<f64>,
    ) -> (Array2<f64>, Array2<f64>) {
        (self.denoise_class(x, at, class), v.dot(&self.matrix(class)))
    }
}
