//! Single steps, the driver and the names.

use ito_noise::{SampleNoise, Stream};
use ito_samplers::{Ancestral, Counted, Ddim, Denoiser, Failure, Heun, Name, Options, Recipe, Sampler, Step, sample};
use ito_schedules::{Grid, Level, Path, Straight, VpCosine, VpLinear};
use ito_state::Noise;
use ito_testkit::GaussianData;
use ndarray::{Array2, Axis, array, s};

/// With `x0 = 1` and no noise, (alpha, sigma) from (0.6, 0.8) to (0.8, 0.6) gives 0.8; a wrong sign of the data term 0.1.
#[test]
fn a_ddim_step_to_a_cleaner_level_scales_the_datum_with_alpha() {
    let (from, to) = (Level { t: 0.6, alpha: 0.6, sigma: 0.8 }, Level { t: 0.4, alpha: 0.8, sigma: 0.6 });
    let x = Ddim.step(&step(&One, from, to), &array![[0.6]], &mut noise(1)).unwrap();
    assert!((x[[0, 0]] - 0.8_f64).abs() < 1e-15, "{x}");
}

#[test]
fn on_the_straight_path_ddim_is_the_euler_step_of_the_velocity() {
    let (data, x) = (data(), array![[0.3, -1.2], [0.9, 0.1]]);
    let (from, to) = (Straight.at(0.8), Straight.at(0.7));
    let velocity = (&x - &data.denoise(&x, &[from])) / from.t;
    let euler = &x + &(velocity * (to.t - from.t));
    let ddim = Ddim.step(&step(&data, from, to), &x, &mut noise(2)).unwrap();
    assert!((&ddim - &euler).iter().all(|d| d.abs() < 1e-15), "{ddim} {euler}");
}

/// A Heun step in a variable that is infinite at `alpha = 0` was seen to be finite and wrong by 3e7.
#[test]
fn the_first_heun_step_from_pure_noise_is_accurate() {
    let data = data();
    for path in [&Straight as &dyn Path, &VpCosine::default()] {
        let (from, to) = (path.at(1.0), path.at(1.0 - 1.0 / 256.0));
        assert_eq!(from.alpha, 0.0);
        let x = array![[1.3, -0.6]];
        let stepped = Heun.step(&Step { model: &data, path, from, to }, &x, &mut noise(1)).unwrap();
        // The exact flow of a point is the flow of a law without width.
        let point = ito_testkit::Gaussian { mean: x.row(0).to_owned(), covariance: Array2::zeros((2, 2)) };
        let exact = data.flow(&point, from, to).mean;
        assert!((&stepped.row(0) - &exact).iter().all(|d| d.abs() < 1e-6), "{stepped} {exact}");
    }
}

#[test]
fn evaluations_are_as_declared_and_heun_saves_one_at_data() {
    for (name, to_t, expected) in
        [(Name::Ddim, 0.0, 10), (Name::Ancestral, 0.0, 10), (Name::Heun, 0.0, 19), (Name::Heun, 0.1, 20)]
    {
        let (data, grid) = (data(), Grid::uniform(&Straight, 1.0, to_t, 10).unwrap());
        let counted = Counted::new(&data);
        let mut levels = Vec::new();
        let start = noise(4).normal_like(&Array2::zeros((4, 2)));
        let mut observe = |step, _: &Array2<f64>, level| levels.push((step, level));
        sample(&counted, &Straight, &grid, name.build().as_mut(), start, &mut noise(4), &mut observe).unwrap();
        assert_eq!(counted.evaluations(), expected, "{name}");
        assert_eq!(levels, grid.levels().iter().copied().enumerate().collect::<Vec<_>>());
    }
}

#[test]
fn a_sample_is_the_same_alone_and_in_any_batch() {
    let path = VpLinear::default();
    let grid = Grid::karras(&path, 0.002, 80.0, 7.0, 12).unwrap();
    let rows = |first, count| {
        let mut noise = SampleNoise::consecutive(Stream::new(5, "test/batch"), first, count);
        let start = noise.normal_like(&Array2::zeros((count, 2)));
        let mut sampler = Name::Ancestral.build();
        sample(&Diagonal, &path, &grid, sampler.as_mut(), start, &mut noise, &mut |_, _, _| {}).unwrap()
    };
    let all = rows(0, 9);
    for (first, count) in [(0, 1), (4, 1), (2, 7)] {
        assert_eq!(rows(first, count), all.slice(s![first as usize..first as usize + count, ..]));
    }
}

/// Two-sided at 6 standard errors, 36 comparisons of about normal numbers: a false alarm in 1e7 seeds, and the seed is fixed. The law over 128 steps differs from the data by less than 0.05 of a deviation.
#[test]
fn samples_on_arrays_have_the_law_of_the_data() {
    let (data, count) = (GaussianData::new(&[0.7, -0.4], &[1.0, 0.64], 0.0), 4000);
    for path in [&Straight as &dyn Path, &VpLinear::default(), &VpCosine::default()] {
        for name in [Name::Ddim, Name::Heun, Name::Ancestral] {
            let grid = Grid::uniform(path, 1.0, 0.0, 128).unwrap();
            let mut noise = noise(count);
            let start = noise.normal_like(&Array2::zeros((count, 2)));
            let mut sampler = name.build();
            let x = sample(&data, path, &grid, sampler.as_mut(), start, &mut noise, &mut |_, _, _| {}).unwrap();
            let (mean, deviation) = (x.mean_axis(Axis(0)).unwrap(), x.std_axis(Axis(0), 1.0));
            for (k, s) in [1.0, 0.8].into_iter().enumerate() {
                let (mean, spread) = ((mean[k] - data.mean()[k]) / s, deviation[k] / s - 1.0);
                assert!(mean.abs() < 0.05 + 6.0 / (count as f64).sqrt(), "{name}: {mean}");
                assert!(spread.abs() < 0.05 + 6.0 / (2.0 * count as f64).sqrt(), "{name}: {spread}");
            }
        }
    }
}

#[test]
fn a_step_cannot_start_at_data() {
    let (from, to) = (Straight.at(0.0), Straight.at(0.0));
    for name in [Name::Ddim, Name::Heun, Name::Ancestral] {
        let failed = name.build().step(&step(&One, from, to), &array![[1.0]], &mut noise(1));
        assert_eq!(failed, Err(Failure::FromData { t: 0.0 }), "{name}");
    }
}

#[test]
fn an_ancestral_step_cannot_rise() {
    let failed = Ancestral.step(&step(&One, Straight.at(0.2), Straight.at(0.3)), &array![[1.0]], &mut noise(1));
    assert_eq!(failed, Err(Failure::Rising { from: 0.2, to: 0.3 }));
}

#[test]
fn samplers_are_found_by_all_their_names() {
    for name in [Name::Ddim, Name::Heun, Name::Ancestral] {
        assert!(name.names().iter().all(|alias| alias.parse() == Ok(name)));
        assert_eq!(name.to_string().parse(), Ok(name));
    }
    assert_eq!("euler".parse(), Ok(Name::Ddim));
    assert_eq!("euler_a".parse(), Ok(Name::Ancestral));
    assert_eq!("DPM++ 2M SDE".parse(), Ok(Name::Dpmpp2mSde));
    assert_eq!("dpmpp_2m".parse(), Ok(Name::Dpmpp2m));
    assert_eq!("Euler-A".parse(), Ok(Name::Ancestral));
}

#[test]
fn an_unknown_sampler_is_told_the_nearest_name() {
    let unknown = "huen".parse::<Name>().unwrap_err();
    assert_eq!(unknown.nearest, "heun");
    let told = unknown.to_string();
    assert!(
        told.starts_with("unknown sampler \"huen\": did you mean \"heun\"? Known are ddim, flow_euler, "),
        "{told}"
    );
    for (given, nearest) in [
        ("dpm++m2", "dpm++2m"),
        ("unipc4", "unipc"),
        ("eulera2", "euler_a"),
        ("DPM++ 2M Karras", "dpm++2m"),
        ("lms_karras", "lms"),
    ] {
        assert_eq!(given.parse::<Name>().unwrap_err().nearest, nearest);
    }
}

/// A model that knows the one datum 1.
struct One;

impl Denoiser<Array2<f64>> for One {
    fn denoise(&self, x: &Array2<f64>, _at: &[Level]) -> Array2<f64> {
        Array2::ones(x.raw_dim())
    }
}

/// A model that works entry by entry, so its rows cannot depend on how a matrix product sums.
struct Diagonal;

impl Denoiser<Array2<f64>> for Diagonal {
    fn denoise(&self, x: &Array2<f64>, at: &[Level]) -> Array2<f64> {
        x.mapv(|x| at[0].alpha * x / (at[0].alpha.powi(2) + at[0].sigma.powi(2)))
    }
}

fn step<'a>(model: &'a dyn Denoiser<Array2<f64>>, from: Level, to: Level) -> Step<'a, Array2<f64>> {
    Step { model, path: &Straight, from, to }
}

fn data() -> GaussianData {
    GaussianData::new(&[0.7, -0.4], &[0.8, 0.25], 0.6)
}

fn noise(rows: usize) -> SampleNoise {
    SampleNoise::consecutive(Stream::new(5, "test"), 0, rows)
}

#[test]
fn no_two_samplers_share_a_name() {
    let plain = |name: &str| name.to_lowercase().replace("++", "pp").replace(['_', '-', ' '], "");
    let mut names: Vec<String> = Name::ALL.into_iter().flat_map(|name| name.names()).map(|name| plain(name)).collect();
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn options_and_steps_that_a_sampler_cannot_take_are_refused_in_a_sentence() {
    let eta = Options { eta: Some(0.5), ..Options::default() };
    refused(Name::Heun, 10, &eta, "eta is an option of ddim, not of heun");
    refused(
        Name::Ddim,
        10,
        &Options { eta: Some(1.5), ..Options::default() },
        "eta must lie between 0.0 and 1.0, not be 1.5",
    );
    let tolerance = Options { tolerance: Some(0.0), ..Options::default() };
    assert!(Recipe::new(Name::DormandPrince, 1, &tolerance).is_err());
    refused(Name::UniPc3, 2, &Options::default(), "unipc3 works from 3 estimates, so it needs at least 3 steps, not 2");
    assert!(Recipe::new(Name::Ddim, 1, &eta).unwrap().order().noise);
}

fn refused(name: Name, steps: usize, options: &Options, words: &str) {
    assert_eq!(Recipe::new(name, steps, options).unwrap_err().to_string(), words);
}

#[test]
fn a_grid_of_another_path_is_refused() {
    let grid = Grid::uniform(&Straight, 1.0, 0.0, 4).unwrap();
    let start = array![[1.0, 0.0]];
    let path = VpLinear::default();
    let failed = sample(&data(), &path, &grid, &mut Heun, start, &mut noise(1), &mut |_, _, _| {});
    assert!(matches!(failed, Err(Failure::AnotherPath { t: 1.0, .. })), "{failed:?}");
}
