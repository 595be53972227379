//! Weak orders, measured against exact laws.

use ito_samplers::{
    Churn, DdimEta, Dpmpp2mSde, Dpmpp3mSde, DpmppSde, EulerMaruyama, KarrasStochastic, LargeVariance, NoiseForm,
    ReverseDiffusion, Sampler, SecondOrder, TunableNoise,
};
use ito_schedules::Level;
use ito_testkit::{Gaussian, GaussianData, LinearForm};

use crate::common::{Mean, check_order, check_order_where, errors, paths, start};

/// With eta 0 and 1 it is another sampler, of its own order.
#[test]
fn ddim_with_noise_is_of_first_order_towards_the_sde_with_that_noise() {
    let exact =
        |data: &GaussianData, start: &Gaussian, from: Level, to: Level| data.reverse_with_noise(start, from, to, 0.5);
    check_order(&|_| Box::new(DdimEta::new(0.5).unwrap()), &exact, Mean::Errs, 0.1);
}

#[test]
fn ddpm_with_the_large_variance_is_of_first_order_and_exact_in_the_mean() {
    check_order(&|_| Box::new(LargeVariance), &GaussianData::reverse, Mean::Exact, 0.1);
}

#[test]
fn the_two_stage_sde_solver_is_of_second_order() {
    check_order(&|_| Box::new(DpmppSde), &GaussianData::reverse, Mean::Exact, 3e-4);
}

#[test]
fn both_two_step_sde_solvers_are_of_second_order() {
    for rule in [SecondOrder::Midpoint, SecondOrder::Heun] {
        check_order(&|_| Box::new(Dpmpp2mSde::new(rule)), &GaussianData::reverse, Mean::Exact, 5e-4);
    }
}

/// Over the whole range of log-SNR. On the other grids its third-order error is not yet small against the second-order one at 1024
/// steps, so no slope is clean; in t it errs less than half as much as the two-step solver.
#[test]
fn the_three_step_sde_solver_is_of_second_order_and_errs_less_than_the_two_step_one() {
    let three = |_| Box::new(Dpmpp3mSde::new()) as Box<dyn Sampler<LinearForm>>;
    let two = |_| Box::new(Dpmpp2mSde::new(SecondOrder::Heun)) as Box<dyn Sampler<LinearForm>>;
    let whole = |claim: &str| claim.ends_with("log-SNR") && !claim.starts_with("VE");
    check_order_where(&whole, &three, &GaussianData::reverse, Mean::Exact, 5e-5);
    for (name, path) in paths() {
        let at = |build| errors((name, path.as_ref()), 1, build, &GaussianData::reverse, &start);
        let [[_, three], [_, two]] = [at(&three), at(&two)];
        assert!(three.iter().zip(&two).all(|(three, two)| three.1 < 0.5 * two.1), "{name}: {three:?} {two:?}");
    }
}

#[test]
fn without_churn_the_karras_sampler_is_of_second_order_towards_the_flow() {
    let build = |n| KarrasStochastic::new(Churn::default(), n).unwrap();
    check_order(&|n| Box::new(build(n)), &GaussianData::flow, Mean::Errs, 1e-4);
}

#[test]
fn euler_maruyama_is_of_first_order() {
    check_order(&|_| Box::new(EulerMaruyama), &GaussianData::reverse, Mean::Errs, 0.1);
}

#[test]
fn reverse_diffusion_is_of_first_order() {
    check_order(&|_| Box::new(ReverseDiffusion), &GaussianData::reverse, Mean::ExactIfExploding, 0.1);
}

/// With the forward process's own noise it is another sampler.
#[test]
fn with_any_share_of_the_forward_noise_the_tunable_sde_is_of_second_order() {
    for lambda in [0.0, 0.5, 1.5] {
        let exact = move |data: &GaussianData, start: &Gaussian, from: Level, to: Level| {
            data.reverse_with_noise(start, from, to, lambda)
        };
        let build = || TunableNoise::new(NoiseForm::Relative(lambda)).unwrap();
        check_order(&|_| Box::new(build()), &exact, Mean::Errs, 1e-3);
    }
}
