//! The laws in the plane: their moments, densities and supports against closed forms. Every statistical test alarms falsely in
//! about one of a million seeds.

use std::f64::consts::{FRAC_2_PI, PI};

use ito_data::{Toy, toy::mixture};
use ito_noise::Stream;
use ito_testkit::statistics::{assert_counts, assert_mean};

const POINTS: usize = 40_000;

fn drawn(toy: Toy) -> Vec<[f64; 2]> {
    toy.draw(Stream::new(7, "test"), 0, POINTS).values.as_chunks().0.to_vec()
}

#[test]
fn moments_are_those_of_the_formulas() {
    // Of sqrt 2 (m - (1/2, 1/4)): var m = (3/4, 5/8 - 1/pi - 1/16), cov m = (1/2 - 2/pi)/2 - 1/8.
    let moons = [1.5, 1.125 - FRAC_2_PI, 0.25 - FRAC_2_PI].map(|v| v + 0.0);
    check(Toy::Moons, moons, 0.08);
    // E a^2 = 39 pi^2 / 4, E a^2 cos 2a = -1/2, E a^2 sin 2a = 3 pi.
    let (square, mean) = (9.75 * PI * PI, [2.0, 2.0 / (3.0 * PI)]);
    let roll = [
        (square - 0.5) / 2.0 - mean[0] * mean[0],
        (square + 0.5) / 2.0 - mean[1] * mean[1],
        1.5 * PI - mean[0] * mean[1],
    ];
    check(Toy::SwissRoll, roll.map(|v| v / 49.0), 0.08);
    check(Toy::Checkerboard, [4.0 / 3.0, 4.0 / 3.0, 0.25], 0.0);
    // With u = s^2: 8 int s^3 cos^2(3 pi s) ds = 1 + 1/(3 pi^2), and -8 int s^3 sin cos ds = 4 (1/k - 6/k^3), k = 6 pi.
    let (k, third) = (6.0 * PI, 1.0 / (3.0 * PI * PI));
    check(Toy::Spirals, [1.0 + third, 1.0 - third, 4.0 * (1.0 / k - 6.0 / k.powi(3))], 0.05);
    check(Toy::Mixture, [mixture::RADIUS.powi(2) / 2.0, mixture::RADIUS.powi(2) / 2.0, 0.0], mixture::DEVIATION);
}

/// Mean 0; variances and covariance of the law before noise of that deviation; the promised spread.
fn check(toy: Toy, [xx, yy, xy]: [f64; 3], noise: f64) {
    let (points, name, more) = (drawn(toy), toy.name(), noise * noise);
    let mean = |claim: &str, of: &dyn Fn([f64; 2]) -> f64, expected| {
        assert_mean(&format!("{name}: {claim}"), &points.iter().map(|&x| of(x)).collect::<Vec<_>>(), expected);
    };
    mean("E x", &|[x, _]| x, 0.0);
    mean("E y", &|[_, y]| y, 0.0);
    mean("E x^2", &|[x, _]| x * x, xx + more);
    mean("E y^2", &|[_, y]| y * y, yy + more);
    mean("E xy", &|[x, y]| x * y, xy);
    let spread = ((xx + yy) / 2.0 + more).sqrt();
    assert!((0.97..1.16).contains(&spread), "{name}: spread {spread}");
}

/// Without its noise a point of a spiral has angle and radius in a fixed ratio; so with 8 deviations of noise it lies that near.
#[test]
fn points_lie_on_their_curves() {
    let near = |toy: Toy, noise: f64, curve: &dyn Fn(f64) -> [f64; 2], symmetric: bool| {
        let line: Vec<[f64; 2]> = (0..=4000).map(|k| curve(f64::from(k) / 4000.0)).collect();
        for [x, y] in drawn(toy).into_iter().take(2000) {
            let to = |sign: f64| line.iter().map(move |[a, b]| (x - sign * a).hypot(y - sign * b));
            let nearest = to(1.0).chain(to(if symmetric { -1.0 } else { 1.0 })).fold(f64::INFINITY, f64::min);
            assert!(nearest < 8.0 * noise, "{}: ({x}, {y}) is {nearest} off", toy.name());
        }
    };
    near(Toy::Spirals, 0.05, &|s| [-2.0 * s * (3.0 * PI * s).cos(), 2.0 * s * (3.0 * PI * s).sin()], true);
    let roll = |u: f64| {
        let a = 1.5 * PI + 3.0 * PI * u;
        [(a * a.cos() - 2.0) / 7.0, (a * a.sin() - 2.0 / (3.0 * PI)) / 7.0]
    };
    near(Toy::SwissRoll, 0.08, &roll, false);
    // The second moon is the first turned by half a circle about 0.
    let moon = |u: f64| [2f64.sqrt() * ((PI * u).cos() - 0.5), 2f64.sqrt() * ((PI * u).sin() - 0.25)];
    near(Toy::Moons, 0.08, &moon, true);
}

#[test]
fn a_point_is_a_function_of_stream_and_number() {
    for toy in Toy::ALL {
        let stream = Stream::new(3, "test");
        let many = toy.draw(stream, 0, 100);
        assert_eq!(toy.draw(stream, 40, 10).values, many.values[80..100]);
        assert_ne!(toy.draw(Stream::new(4, "test"), 0, 100), many);
        assert_eq!((many.columns, many.len()), (2, 100));
    }
}

#[test]
fn points_of_the_checkerboard_lie_in_its_cells_as_f32_too() {
    for x in drawn(Toy::Checkerboard) {
        assert_eq!(Toy::Checkerboard.log_density(x), Some(-(8f64.ln())), "{x:?}");
        assert_eq!(x.map(|v| f64::from(v as f32)), x);
    }
    for outside in [[2.0, 0.5], [-2.1, 0.5], [0.5, 2.5], [0.5, 1.5], [-0.5, 0.5], [f64::NAN, 0.0]] {
        assert_eq!(Toy::Checkerboard.log_density(outside), Some(f64::NEG_INFINITY), "{outside:?}");
    }
    for toy in [Toy::Moons, Toy::SwissRoll, Toy::Spirals] {
        assert_eq!(toy.log_density([0.0, 0.0]), None);
    }
}

/// The midpoint rule on cells of 1/64: exact for the checkerboard, and far beyond f64 for the mixture but for its tails.
#[test]
fn densities_integrate_to_1() {
    for toy in [Toy::Checkerboard, Toy::Mixture] {
        let side = |k: i32| (f64::from(k) + 0.5) / 64.0;
        let cells = (-256..256).flat_map(|i| (-256..256).map(move |j| [side(i), side(j)]));
        let mass: f64 = cells.map(|x| toy.log_density(x).unwrap().exp()).sum::<f64>() / (64.0 * 64.0);
        assert!((mass - 1.0).abs() < 1e-12, "{}: {mass}", toy.name());
    }
}

/// Chi-square over 32 x 32 bins of [-2, 2]^2 and what lies outside, two-sided.
#[test]
fn densities_are_those_of_the_drawn_points() {
    for toy in [Toy::Checkerboard, Toy::Mixture] {
        let mut counts = [0_u64; 1025];
        for x in drawn(toy) {
            let bin = x.map(|v| ((v + 2.0) * 8.0).floor());
            let inside = bin.iter().all(|b| (0.0..32.0).contains(b));
            counts[if inside { bin[0] as usize * 32 + bin[1] as usize } else { 1024 }] += 1;
        }
        let place = |bin: usize, k: usize| ((bin as f64 + (k as f64 + 0.5) / 16.0) / 8.0) - 2.0;
        let mass = |bin: usize| {
            let cells = (0..256).map(|k| [place(bin / 32, k / 16), place(bin % 32, k % 16)]);
            cells.map(|x| toy.log_density(x).unwrap().exp()).sum::<f64>() / (64.0 * 256.0)
        };
        let mut expected: Vec<f64> = (0..1024).map(mass).collect();
        expected.push(1.0 - expected.iter().sum::<f64>());
        assert_counts(toy.name(), &counts, &expected);
    }
}

#[test]
fn the_mixture_says_what_it_is_made_of() {
    let means = mixture::means();
    let x = [0.3, -1.1];
    let density: f64 = means
        .iter()
        .map(|m| {
            let square = (x[0] - m[0]).powi(2) + (x[1] - m[1]).powi(2);
            let variance = mixture::DEVIATION.powi(2);
            mixture::WEIGHT * (-square / (2.0 * variance)).exp() / (2.0 * PI * variance)
        })
        .sum();
    assert!((mixture::log_density(x) - density.ln()).abs() < 1e-12);
    assert!(mixture::log_density([1e6, 1e6]).is_finite());
    assert!(means.iter().all(|[x, y]| (x.hypot(*y) - mixture::RADIUS).abs() < 1e-15));
}
