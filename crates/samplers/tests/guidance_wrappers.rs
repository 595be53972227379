//! What each guidance wrapper computes, how often it evaluates, and what it refuses.

use ito_samplers::guidance::{ClassConditional, ClassifierGuided, GuidanceError, Guided, OfClass, ScoreSum};
use ito_samplers::{Counted, Denoiser, Pullback};
use ito_schedules::{Level, Path, Straight};
use ito_testkit::{GaussianData, Mixture};
use ndarray::{Array2, Axis, array};

#[test]
fn guidance_of_weight_one_is_the_conditional_model_bit_for_bit_without_the_other() {
    let (conditional, other) = (Counted::new(&CONDITIONAL), Counted::new(&OTHER));
    let guided = Guided::classifier_free(&conditional, &other, 1.0).unwrap();
    assert_eq!(guided.denoise(&x(), &[at(0.4)]), CONDITIONAL.denoise(&x(), &[at(0.4)]));
    assert_eq!((conditional.evaluations(), other.evaluations()), (1, 0));
    let rescaled = guided.rescaled(0.7).unwrap();
    assert_eq!(rescaled.denoise(&x(), &[at(0.4)]), CONDITIONAL.denoise(&x(), &[at(0.4)]));
    assert_eq!((conditional.evaluations(), other.evaluations()), (2, 0));
}

#[test]
fn guidance_of_weight_zero_is_the_other_model_alone() {
    let (conditional, other) = (Counted::new(&CONDITIONAL), Counted::new(&OTHER));
    let guided = Guided::by_worse_model(&conditional, &other, 0.0).unwrap();
    assert_eq!(guided.denoise(&x(), &[at(0.4)]), OTHER.denoise(&x(), &[at(0.4)]));
    assert_eq!((conditional.evaluations(), other.evaluations()), (0, 1));
}

#[test]
fn guidance_goes_beyond_the_conditional_model_by_its_weight() {
    for level in [at(1.0), at(0.4)] {
        let (c, u) = (CONDITIONAL.denoise(&x(), &[level]), OTHER.denoise(&x(), &[level]));
        for weight in [-1.0, 0.5, 3.0] {
            for guided in [
                Guided::classifier_free(CONDITIONAL, OTHER, weight).unwrap(),
                Guided::by_worse_model(CONDITIONAL, OTHER, weight).unwrap(),
            ] {
                near(&guided.denoise(&x(), &[level]), &(&u + &((&c - &u) * weight)), 1e-14);
            }
        }
    }
}

/// Straight levels 0.2, 0.5 and 0.8 have sigma/alpha 0.25, 1 and 4. The lower end is out, the upper one in.
#[test]
fn outside_of_its_interval_guidance_is_the_conditional_model_alone() {
    let other = Counted::new(&OTHER);
    let guided = Guided::classifier_free(CONDITIONAL, &other, 3.0).unwrap().within(0.25, 1.0).unwrap();
    let everywhere = Guided::classifier_free(CONDITIONAL, OTHER, 3.0).unwrap();
    for (t, evaluations) in [(1.0, 0), (0.8, 0), (0.2, 0), (0.5, 1)] {
        let level = Level { t, alpha: 1.0 - t, sigma: t };
        let before = other.evaluations();
        let found = guided.denoise(&x(), &[level]);
        assert_eq!(other.evaluations() - before, evaluations, "{t}");
        let expected =
            if evaluations == 0 { CONDITIONAL.denoise(&x(), &[level]) } else { everywhere.denoise(&x(), &[level]) };
        assert_eq!(found, expected, "{t}");
    }
    let to_noise = Guided::classifier_free(CONDITIONAL, OTHER, 3.0).unwrap().within(1.0, f64::INFINITY).unwrap();
    assert_eq!(to_noise.denoise(&x(), &[at(1.0)]), everywhere.denoise(&x(), &[at(1.0)]));
}

#[test]
fn a_row_at_its_own_level_is_guided_as_it_is_alone() {
    let levels = [at(0.1), at(0.5), at(0.9)];
    let guided = Guided::classifier_free(CONDITIONAL, OTHER, 3.0).unwrap().within(0.25, 4.0).unwrap();
    let gradient = |x: &Array2<f64>, at: &[Level]| CONDITIONAL.denoise(x, at) * 0.3;
    alone_as_together(&guided, &levels);
    alone_as_together(&guided.rescaled(0.7).unwrap(), &levels);
    alone_as_together(&ClassifierGuided::new(OTHER, gradient, 1.5).unwrap(), &levels);
    alone_as_together(&ScoreSum::new(vec![(1.0, CONDITIONAL), (0.5, OTHER)]).unwrap(), &levels);
}

/// By phi between the guided estimate and one of the conditional estimate's own deviation, in every row.
#[test]
fn rescaled_guidance_has_the_conditional_deviation_by_its_part_phi() {
    let guided = Guided::classifier_free(CONDITIONAL, OTHER, 4.0).unwrap();
    let deviation = |x: Array2<f64>| x.std_axis(Axis(1), 0.0);
    let wanted = deviation(CONDITIONAL.denoise(&x(), &[at(0.5)]));
    let plain = deviation(guided.denoise(&x(), &[at(0.5)]));
    for phi in [0.0, 0.25, 1.0] {
        let found = deviation(guided.rescaled(phi).unwrap().denoise(&x(), &[at(0.5)]));
        let expected = &wanted * phi + &plain * (1.0 - phi);
        assert!((found - expected).iter().all(|d| d.abs() < 1e-14), "{phi}");
    }
    let narrow = array![[0.3], [-0.9]];
    let left = guided.rescaled(1.0).unwrap().denoise(&narrow, &[at(0.5)]);
    assert_eq!(left, guided.denoise(&narrow, &[at(0.5)]), "a row of one entry has no spread");
}

/// A sum of scores whose weights add to 1, here only to rounding (0.7 + 0.2 + 0.1 < 1), is finite at pure noise and near it; any other leaves the
/// infinite term out there.
#[test]
fn every_wrapper_is_finite_at_pure_noise() {
    let one = ScoreSum::new(vec![(0.7, OTHER), (0.2, CONDITIONAL), (0.1, CONDITIONAL)]).unwrap();
    let expected = CONDITIONAL.denoise(&x(), &[at(1.0)]) * 0.3 + OTHER.denoise(&x(), &[at(1.0)]) * 0.7;
    near(&one.denoise(&x(), &[at(1.0)]), &expected, 1e-14);
    near(&one.denoise(&x(), &[Level { t: 1.0, alpha: 6e-17, sigma: 1.0 }]), &expected, 1e-14);
    let two = ScoreSum::new(vec![(1.0, CONDITIONAL), (1.0, OTHER)]).unwrap();
    assert!(two.denoise(&x(), &[at(1.0)]).iter().all(|d| d.abs() < 4.0));
    let unasked = |_: &Array2<f64>, _: &[Level]| -> Array2<f64> { panic!("no gradient at pure noise") };
    let classified = ClassifierGuided::new(OTHER, unasked, 2.0).unwrap();
    assert_eq!(classified.denoise(&x(), &[at(1.0)]), OTHER.denoise(&x(), &[at(1.0)]));
}

#[test]
fn the_score_of_a_sum_is_the_sum_of_the_scores() {
    let (level, mixture) = (at(0.6), Mixture::two_modes());
    let wide = Mixture::new(&[(1.0, 0.3, 1.1)]);
    let sum = ScoreSum::new(vec![(1.5, &mixture), (-0.8, &wide)]).unwrap().denoise(&x(), &[level]);
    for (x, d) in x().iter().zip(&sum) {
        let score = (level.alpha * d - x) / level.sigma.powi(2);
        let expected = 1.5 * mixture.marginal(level).score(*x) - 0.8 * wide.marginal(level).score(*x);
        assert!((score - expected).abs() < 1e-12, "{score} {expected}");
    }
}

/// Against central differences, on curved estimates.
#[test]
fn pullbacks_of_wrappers_are_their_derivatives() {
    let (mixture, wide) = (Mixture::two_modes(), Mixture::new(&[(1.0, 0.3, 1.1)]));
    let guided = Guided::classifier_free(&mixture, &wide, 2.5).unwrap();
    is_the_derivative(&guided);
    is_the_derivative(&guided.within(10.0, 20.0).unwrap());
    is_the_derivative(&Guided::by_worse_model(&mixture, &wide, 0.0).unwrap());
    is_the_derivative(&ScoreSum::new(vec![(1.5, &mixture), (-0.8, &wide)]).unwrap());
}

#[test]
fn a_class_is_guided_away_from_no_class() {
    let model = Classes(2);
    let guided = Guided::to_class(&model, 1, 2.0).unwrap();
    assert_eq!(guided.denoise(&x(), &[at(0.5)]), Array2::from_elem((3, 4), 2.0 * 1.0 - -1.0));
    assert_eq!(OfClass::new(&model, 0).unwrap().denoise(&x(), &[at(0.5)]), Array2::zeros((3, 4)));
}

#[test]
fn what_cannot_guide_is_refused_with_its_numbers() {
    let says = |error: GuidanceError, text: &str| assert_eq!(error.to_string(), text);
    let none = Guided::to_class(&Classes(0), 3, 2.0).map(drop).unwrap_err();
    assert_eq!(none, GuidanceError::NotConditional { class: 3 });
    says(none, "class 3 was asked of a model without classes: guidance needs a conditional model");
    let beyond = Guided::to_class(&Classes(10), 10, 2.0).map(drop).unwrap_err();
    assert_eq!(beyond, GuidanceError::NoSuchClass { class: 10, classes: 10 });
    says(beyond, "there is no class 10: the model knows 10, numbered 0 to 9");
    let nan = Guided::classifier_free(CONDITIONAL, OTHER, f64::NAN).map(drop).unwrap_err();
    says(nan, "the guidance weight must be a finite number from -1000000 to 1000000, not NaN");
    let guided = Guided::classifier_free(CONDITIONAL, OTHER, 2.0).unwrap();
    says(guided.rescaled(1.5).map(drop).unwrap_err(), "phi must be a finite number from 0 to 1, not 1.5");
    for (low, high) in [(1.0, 1.0), (-1.0, 2.0), (f64::NAN, 1.0), (0.0, f64::NAN)] {
        assert!(matches!(guided.within(low, high), Err(GuidanceError::EmptyInterval { .. })), "{low} {high}");
    }
    says(
        guided.within(3.0, 2.0).map(drop).unwrap_err(),
        "no noise level sigma/alpha is above 3 and at most 2: give 0 <= low < high",
    );
    assert_eq!(ScoreSum::new(vec![(0.0, CONDITIONAL)]).map(drop), Err(GuidanceError::NoModels));
    assert!(ScoreSum::new(vec![(f64::INFINITY, CONDITIONAL)]).is_err());
    assert!(ClassifierGuided::new(OTHER, |x: &Array2<f64>, _: &[Level]| x.clone(), f64::NAN).is_err());
}

/// `E[x0 | x]` of N(mean, deviation^2), entry by entry.
#[derive(Clone, Copy)]
struct Normal {
    mean: f64,
    deviation: f64,
}

const CONDITIONAL: Normal = Normal { mean: 1.0, deviation: 0.5 };
const OTHER: Normal = Normal { mean: 0.0, deviation: 1.0 };

impl Denoiser<Array2<f64>> for Normal {
    fn denoise(&self, x: &Array2<f64>, at: &[Level]) -> Array2<f64> {
        let s2 = self.deviation.powi(2);
        Array2::from_shape_fn(x.raw_dim(), |(row, k)| {
            let Level { alpha, sigma, .. } = at[row.min(at.len() - 1)];
            self.mean + alpha * s2 / (alpha * alpha * s2 + sigma * sigma) * (x[[row, k]] - alpha * self.mean)
        })
    }
}

/// Estimates the number of the class, or -1 without one.
struct Classes(usize);

impl ClassConditional<Array2<f64>> for Classes {
    fn classes(&self) -> usize {
        self.0
    }

    fn denoise_class(&self, x: &Array2<f64>, _at: &[Level], class: Option<usize>) -> Array2<f64> {
        Array2::from_elem(x.raw_dim(), class.map_or(-1.0, |class| class as f64))
    }
}

fn alone_as_together(model: &dyn Denoiser<Array2<f64>>, levels: &[Level; 3]) {
    let together = model.denoise(&x(), levels);
    for (k, level) in levels.iter().enumerate() {
        let alone = model.denoise(&x().select(Axis(0), &[k]), &[*level]);
        near(&together.select(Axis(0), &[k]), &alone, 1e-14);
    }
}

fn is_the_derivative(model: &dyn Pullback<Array2<f64>>) {
    let (at, v, h) = ([at(0.6)], Array2::from_shape_fn((3, 4), |(i, j)| 0.3 + i as f64 - 0.7 * j as f64), 1e-5);
    let (value, back) = model.pullback(&x(), &at, &v);
    assert_eq!(value, model.denoise(&x(), &at));
    // Each entry's estimate depends on that entry alone.
    let slope = (model.denoise(&(x() + h), &at) - model.denoise(&(x() - h), &at)) / (2.0 * h);
    near(&back, &(slope * v), 1e-8);
}

fn near(found: &Array2<f64>, expected: &Array2<f64>, tolerance: f64) {
    assert!((found - expected).iter().all(|d| d.abs() < tolerance), "{found} {expected}");
}

fn at(t: f64) -> Level {
    Straight.at(t)
}

fn x() -> Array2<f64> {
    array![[0.3, -1.2, 2.0, 0.1], [0.9, 0.4, -0.6, -2.2], [-0.2, 0.0, 1.1, 0.7]]
}

/// Guided models may be borrowed or owned, and guided again.
#[test]
fn wrappers_nest() {
    let data = GaussianData::new(&[0.7, -0.4], &[0.8, 0.25], 0.6);
    let (x, at) = (array![[0.3, -1.2]], [at(0.5)]);
    let inner = Guided::classifier_free(&data, &data, 3.0).unwrap();
    let outer = ScoreSum::new(vec![(0.4, &inner as &dyn Pullback<Array2<f64>>), (0.6, &data)]).unwrap();
    near(&outer.denoise(&x, &at), &data.denoise(&x, &at), 1e-14);
    near(&outer.pullback(&x, &at, &x).1, &data.pullback(&x, &at, &x).1, 1e-14);
}
