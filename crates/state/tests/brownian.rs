//! A Brownian path as the noise of arrays, and the law of its actual numbers. (That their construction has the right law is
//! proved without sampling in ito-noise.)

use ito_noise::{BrownianPath, Stream};
use ito_state::Noise;
use ito_testkit::normal_cdf;
use ito_testkit::statistics::{assert_distribution, assert_mean, assert_normal_variance, assert_variance};
use ndarray::{Array1, Array2, Array3, ShapeBuilder};

fn path(rows: usize) -> BrownianPath {
    BrownianPath::consecutive(Stream::new(3, "brownian"), 0, rows, 0.0, 1.0).unwrap()
}

#[test]
fn arrays_of_any_shape_and_layout_get_the_same_motion() {
    let [standard, columns] = [Array3::<f64>::zeros((4, 3, 2)), Array3::zeros((4, 3, 2).f())];
    let flat: Array2<f64> = path(4).increment(0.2, 0.7, &Array2::zeros((4, 6)));
    for like in [standard, columns] {
        let w: Array3<f64> = path(4).increment(0.2, 0.7, &like);
        assert_eq!(w.into_shape_with_order((4, 6)).unwrap(), flat);
    }
}

#[test]
fn f32_states_get_the_rounded_motion() {
    let wide = path(3).increment_with_areas(0.9, 0.4, &Array2::<f64>::zeros((3, 5)));
    let narrow = path(3).increment_with_areas(0.9, 0.4, &Array2::<f32>::zeros((3, 5)));
    assert_eq!(narrow, wide.clone().map(|x| x.mapv(|v| v as f32)));
    let (w, h) = path(3).increment_with_area(0.9, 0.4, &Array2::<f64>::zeros((3, 5)));
    assert_eq!([&w, &h], [&wide[0], &wide[1]]);
    assert_eq!(path(3).increment(0.9, 0.4, &w), wide[0]);
}

#[test]
fn what_is_drawn_beside_the_motion_leaves_it_alone() {
    let like = Array2::<f64>::zeros((3, 2));
    let mut path = path(3);
    let before: Array2<f64> = path.increment(0.0, 0.3, &like);
    let z: Array2<f64> = path.normal_like(&like);
    let again: Array2<f64> = path.normal_like(&like);
    assert_ne!(z, again);
    assert_eq!(path.uniform_rows(&like).len(), 3);
    assert_eq!(path.increment(0.0, 0.3, &like), before);
}

/// Increment and areas over intervals that share no node, one node, many: Kolmogorov's test on each, their products.
#[test]
fn increments_and_areas_are_normal_and_independent() {
    const ROWS: usize = 20_000;
    let like = Array1::<f64>::zeros(ROWS);
    let mut path = path(ROWS);
    let intervals = [[0.0, 0.5], [0.5, 0.625], [0.63, 0.9], [0.9, 1.3], [-0.2, 0.0]];
    let mut all: Vec<(String, Array1<f64>)> = Vec::new();
    for [from, to] in intervals {
        let motion = path.increment_with_areas(from, to, &like);
        for ((name, share), part) in [("W", 1.0), ("H", 12.0), ("K", 720.0)].into_iter().zip(motion) {
            let standard = part / ((to - from) / share).sqrt();
            let name = format!("{name} over [{from}, {to}]");
            assert_distribution(&name, standard.as_slice().unwrap(), normal_cdf);
            assert_mean(&name, standard.as_slice().unwrap(), 0.0);
            assert_normal_variance(&name, standard.as_slice().unwrap(), 0.0, 1.0);
            all.push((name, standard));
        }
    }
    for (i, (name, x)) in all.iter().enumerate() {
        for (other, y) in &all[..i] {
            let products = (x * y).to_vec();
            assert_mean(&format!("{name} times {other}"), &products, 0.0);
            let squares = ((x * x - 1.0) * (y * y - 1.0)).to_vec();
            assert_mean(&format!("squares of {name} and {other}"), &squares, 0.0);
        }
    }
}

/// A sum of `n` independent squares: mean `t`, variance `2 t^2 / n`, and `n` of it over `t` is chi-square.
#[test]
fn quadratic_variation_becomes_the_time_passed() {
    const ROWS: usize = 20_000;
    for steps in [10, 37, 64] {
        let (from, to) = (0.25, 0.95);
        let times: Vec<f64> = (0..=steps).map(|i| from + (to - from) * f64::from(i) / f64::from(steps)).collect();
        let mut sum = vec![0.0; ROWS];
        path(ROWS).fill_quadratic_variation(&times, &mut sum);
        let t = to - from;
        assert_mean("quadratic variation", &sum, t);
        assert_variance("quadratic variation", &sum, t, 2.0 * t * t / f64::from(steps));
    }
}

/// A motion that was seen at ten times and then at a thousand: the ten are where they were.
#[test]
fn refining_the_times_changes_nothing_that_was_seen() {
    let like = Array2::<f64>::zeros((2, 3));
    let mut path = path(2);
    let value = |path: &mut BrownianPath, t: f64| -> Array2<f64> { path.increment(0.0, t, &like) };
    let coarse: Vec<Array2<f64>> = (0..=10).map(|i| value(&mut path, f64::from(i) / 10.0)).collect();
    for i in 0..=1000 {
        value(&mut path, f64::from(i) / 1000.0);
    }
    for (i, seen) in (0..=10).zip(&coarse) {
        assert_eq!(&value(&mut path, f64::from(i) / 10.0), seen);
    }
    // And the sum of the fine increments is the coarse one, to rounding.
    let fine = (300..400).map(|i| path.increment(f64::from(i) / 1000.0, f64::from(i + 1) / 1000.0, &like));
    let sum = fine.reduce(|sum, w: Array2<f64>| sum + w).unwrap();
    let error = sum - (&coarse[4] - &coarse[3]);
    assert!(error.iter().all(|e| e.abs() < 1e-14), "{error}");
}

/// Wrong sizes are errors of the program.
#[test]
#[should_panic(expected = "one row a sample")]
fn a_state_of_other_rows_is_refused() {
    let _: Array2<f64> = path(3).increment(0.0, 0.5, &Array2::zeros((4, 3)));
}
