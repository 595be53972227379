//! One, two and three steps, pure noise and data at the ends, evaluations, and steps that cannot be taken.

use ito_samplers::{
    Ancestral, AnnealedLangevin, Churn, Counted, DdimEta, Dpmpp2mSde, Dpmpp3mSde, DpmppSde, EulerMaruyama, Failure,
    FixedLangevin, KarrasStochastic, LargeVariance, NoiseForm, PredictorCorrector, ReverseDiffusion, Sampler,
    SecondOrder, SnrLangevin, Step, StochasticError, TunableNoise,
};
use ito_schedules::{Grid, LastStep, Level, Path, Straight};
use ito_testkit::{Fresh, Gaussian, GaussianData, LinearForm};

use crate::common::{data, law, paths};

type Any = Box<dyn Sampler<LinearForm>>;

/// For samplers that solve a step exactly but for the estimate.
const EXPONENTIAL: [f64; 2] = [0.02, 1.03];

/// All that run on linear forms, and how far from the marginal their worst run of one to three steps may be: the error of the mean
/// in deviations, and the largest factor of a deviation. Explicit methods overshoot when a step is all there is, and annealed
/// Langevin carries the wider law of the level before along.
fn all(steps: usize) -> Vec<(&'static str, Any, [f64; 2])> {
    let churn = Churn { total: 40.0, ..Churn::default() };
    let corrector = FixedLangevin::new(0.1, 2).unwrap();
    let exponential = EXPONENTIAL;
    vec![
        ("ancestral", Box::new(Ancestral), exponential),
        ("ddim 0.5", Box::new(DdimEta::new(0.5).unwrap()), exponential),
        ("large", Box::new(LargeVariance), [0.01, 2.4]),
        ("sde", Box::new(DpmppSde), exponential),
        ("2m midpoint", Box::new(Dpmpp2mSde::new(SecondOrder::Midpoint)), exponential),
        ("2m heun", Box::new(Dpmpp2mSde::new(SecondOrder::Heun)), exponential),
        ("3m", Box::new(Dpmpp3mSde::new()), exponential),
        ("karras", Box::new(KarrasStochastic::new(Churn::default(), steps).unwrap()), [0.02, 8.5]),
        ("karras churn", Box::new(KarrasStochastic::new(churn, steps).unwrap()), [0.02, 8.5]),
        ("tunable", Box::new(TunableNoise::new(NoiseForm::Relative(0.6)).unwrap()), exponential),
        ("tunable sigma", Box::new(TunableNoise::new(NoiseForm::Sigma(1.0)).unwrap()), exponential),
        ("euler-maruyama", Box::new(EulerMaruyama), [0.35, 7.5]),
        ("reverse diffusion", Box::new(ReverseDiffusion), [0.4, 2.4]),
        ("pc", Box::new(PredictorCorrector::new(Ancestral, corrector)), exponential),
        ("annealed", Box::new(AnnealedLangevin::new(2e-5, 0.01, 5).unwrap()), [0.25, 50.0]),
    ]
}

/// From the noisiest level, on some paths pure noise, to data by its own level or by [`Level::DATA`], and to a level with noise.
#[test]
fn one_two_and_three_steps_are_finite_and_sensible() {
    for (path_name, path) in paths() {
        for steps in 1..=3 {
            let to = |t| Grid::uniform(path.as_ref(), path.end(), t * path.end(), steps).unwrap();
            let grids = [to(0.0), to(0.4), to(0.4).ending(LastStep::ToZero).unwrap()];
            for grid in grids {
                for (name, mut sampler, bounds) in all(steps) {
                    // From sigma = 100 to 0.01: the others are merely finite.
                    let merely_finite = path_name == "VE" && bounds != EXPONENTIAL;
                    let bounds = if merely_finite { [f64::MAX; 2] } else { bounds };
                    let claim = format!("{name}, {path_name}, {steps} steps to {:?}", grid.levels().last());
                    sensible(&claim, path.as_ref(), &grid, sampler.as_mut(), bounds);
                }
            }
        }
    }
}

fn sensible(
    claim: &str,
    path: &dyn Path,
    grid: &Grid,
    sampler: &mut dyn Sampler<LinearForm>,
    [most_mean, most_spread]: [f64; 2],
) {
    let data = data();
    let (from, to) = (grid.levels()[0], *grid.levels().last().unwrap());
    let made = law(&data, path, grid, sampler, &Gaussian::isotropic(2, from.sigma));
    let marginal = data.marginal(to);
    for (axis, _) in data.axes() {
        let deviation = marginal.deviation_along(&axis);
        let mean = (&made.mean - &marginal.mean).dot(&axis).abs() / deviation;
        let spread = made.deviation_along(&axis) / deviation;
        assert!(mean <= most_mean && spread <= most_spread, "{claim}: {mean} {spread}");
    }
}

/// On data of no width the estimate is the datum itself: exponential samplers are exact at every level they stop at.
#[test]
fn on_a_single_datum_the_exponential_samplers_are_exact() {
    let datum = GaussianData::new(&[0.7, -0.4], &[1e-30, 1e-30], 0.0);
    let exact = ["ancestral", "ddim 0.5", "sde", "2m midpoint", "2m heun", "3m", "karras", "karras churn"];
    for (path_name, path) in paths() {
        for (to_t, steps) in [(0.0, 1), (0.0, 10), (0.3, 1), (0.3, 3)] {
            let grid = Grid::uniform(path.as_ref(), path.end(), to_t * path.end(), steps).unwrap();
            let start = datum.marginal(grid.levels()[0]);
            let at = *grid.levels().last().unwrap();
            let (end, scale) = (datum.marginal(at), grid.levels()[0].sigma.powi(2));
            for (name, mut sampler, _) in all(steps) {
                let made = law(&datum, path.as_ref(), &grid, sampler.as_mut(), &start);
                let error = made.mean_error(&end) + made.covariance_error(&end);
                let claimed = exact.contains(&name) || name.starts_with("tunable") || at.sigma == 0.0;
                assert!(!claimed || error < 1e-13 * scale, "{name}, {path_name}, to {to_t} in {steps}: {error}");
            }
        }
    }
}

#[test]
fn evaluations_are_as_declared_in_inner_steps() {
    for (name, mut sampler, _) in all(8) {
        let model = data();
        let counted = Counted::new(&model);
        let grid = Grid::uniform(&Straight, 0.9, 0.1, 8).unwrap();
        law(&counted, &Straight, &grid, sampler.as_mut(), &Gaussian::isotropic(2, 0.9));
        assert_eq!(counted.evaluations(), 8 * u64::from(sampler.order().evaluations), "{name}");
    }
}

#[test]
fn a_step_cannot_start_at_data_nor_rise_if_it_draws_noise() {
    let model = data();
    let taken = |sampler: &mut dyn Sampler<LinearForm>, from: Level, to: Level| {
        let mut noise = Fresh::default();
        let x = noise.draw(&Gaussian::isotropic(2, 1.0));
        sampler.step(&Step { model: &model, path: &Straight, from, to }, &x, &mut noise).unwrap_err()
    };
    for (name, mut sampler, _) in all(4) {
        let failed = taken(sampler.as_mut(), Straight.at(0.0), Straight.at(0.0));
        assert_eq!(failed, Failure::FromData { t: 0.0 }, "{name}");
        if sampler.order().noise {
            let failed = taken(sampler.as_mut(), Straight.at(0.2), Straight.at(0.3));
            assert_eq!(failed, Failure::Rising { from: 0.2, to: 0.3 }, "{name}");
        }
    }
}

#[test]
fn parameters_out_of_range_are_refused_with_their_numbers() {
    let told = |error: StochasticError| error.to_string();
    assert_eq!(told(DdimEta::new(1.5).unwrap_err()), "eta must lie between 0 and 1, not be 1.5");
    assert!(matches!(DdimEta::new(f64::NAN), Err(StochasticError::OutOfRange { name: "eta", .. })));
    let churn = |churn| told(KarrasStochastic::new(churn, 5).unwrap_err());
    assert!(churn(Churn { total: -1.0, ..Churn::default() }).starts_with("S_churn must lie between 0 and"));
    assert!(churn(Churn { lowest: 2.0, highest: 1.0, ..Churn::default() }).starts_with("S_max must lie between 2 and"));
    assert_eq!(churn(Churn { scale: 3.0, ..Churn::default() }), "S_noise must lie between 0 and 2, not be 3");
    let none = KarrasStochastic::new(Churn::default(), 0).unwrap_err();
    assert_eq!(told(none), "steps must be at least 1, not 0");
    let form = TunableNoise::new(NoiseForm::Sigma(-0.1)).unwrap_err();
    assert_eq!(told(form), "the factor of the noise must lie between 0 and 100, not be -0.1");
    assert_eq!(told(FixedLangevin::new(1.1, 1).unwrap_err()), "c must lie between 0 and 1, not be 1.1");
    assert_eq!(told(SnrLangevin::new(0.16, 0).unwrap_err()), "corrector steps must be at least 1, not 0");
    let annealed = told(AnnealedLangevin::new(3.0, 1.0, 1).unwrap_err());
    assert_eq!(annealed, "eps must lie between 0 and 2, not be 3");
    assert!(AnnealedLangevin::new(0.1, 0.0, 1).is_err() && AnnealedLangevin::new(0.1, 0.1, 0).is_err());
}
