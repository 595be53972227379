//! Energies against differences of themselves, and the signs of their scores.

use ito_sde::SdeError;
use ito_sde::langevin::{
    Curvature, DoubleWell, Energy, FromScore, Harmonic, Mixture, Potential, Quadratic, RowMixture, Scaled, Sum,
};
use ito_state::Rows;
use ito_testkit::{Gaussian, MixtureNd};
use ndarray::{Array2, array};

#[test]
fn the_gradient_of_an_energy_is_its_slope() {
    gradient_is_slope("harmonic", &Harmonic::new(1.7).unwrap());
    gradient_is_slope("double well", &well());
    gradient_is_slope("mixture", &mixture());
    gradient_is_slope("row mixture", &row_mixture());
    gradient_is_slope("sum", &Sum(well(), mixture()));
    gradient_is_slope("tempered", &Scaled::new(-0.3, well()).unwrap());
    let precision = array![[2.0, 0.5], [0.5, 1.0]];
    gradient_is_slope(
        "full precision",
        &Quadratic { mean: 0.2 * states(), precision: |x: &Array2<f64>| x.dot(&precision) },
    );
    let diagonal = states().mapv(|_| 1.5);
    gradient_is_slope(
        "diagonal precision",
        &Quadratic { mean: 0.2 * states(), precision: |x: &Array2<f64>| x.mul(&diagonal) },
    );
}

#[test]
fn the_laplacian_of_an_energy_is_the_divergence_of_its_gradient() {
    laplacian_is_divergence("harmonic", &Harmonic::new(1.7).unwrap());
    laplacian_is_divergence("double well", &well());
    laplacian_is_divergence("mixture", &mixture());
    laplacian_is_divergence("sum", &Sum(well(), Scaled::new(0.4, mixture()).unwrap()));
}

/// Theory's most common misprint: the score of `e^{-E}` is `-grad E`.
#[test]
fn the_score_points_down_the_energy() {
    let (x, step) = (states(), 1e-3);
    for energy in [&well() as &dyn Energy<Array2<f64>>, &mixture(), &row_mixture()] {
        let uphill = &x + &(step * energy.score(&x));
        let gains = energy.energy(&x).into_iter().zip(energy.energy(&uphill)).map(|(before, after)| before - after);
        assert!(gains.into_iter().all(|gain| gain > 0.0), "a step along the score makes the state likelier");
    }
}

#[test]
fn a_score_is_a_potential() {
    let from_score = FromScore(|x: &Array2<f64>| mixture().score(x));
    assert_eq!(from_score.gradient(&states()), mixture().gradient(&states()));
    assert_eq!(from_score.score(&states()), mixture().score(&states()));
}

#[test]
fn a_mixture_is_normalised_and_has_no_tail_where_its_score_breaks() {
    let (mixture, step) = (mixture(), 1e-2);
    let mass: f64 = (-3000..3000).map(|i| mixture.log_density(f64::from(i) * step)[0].exp() * step).sum();
    assert!((mass - 1.0).abs() < 1e-12, "{mass}");
    let far: Array2<f64> = mixture.gradient(&array![[1e6], [-1e6]]);
    assert!((far[[0, 0]] - (1e6 - 2.0) / 0.49).abs() < 1e-6 && far[[1, 0]] < -1e6, "{far}");
}

#[test]
fn a_row_mixture_on_the_line_is_a_mixture() {
    let x: Array2<f64> = array![[-3.0], [-0.4], [0.1], [2.9], [40.0]];
    let parts = [(1.0, -1.5, 0.4), (3.0, 2.0, 0.7)];
    let rows = RowMixture::new(parts.map(|(w, m, s)| (w, x.mapv(|_| m), s)).to_vec()).unwrap();
    let (rows_energy, line_energy) = (rows.energy(&x), mixture().energy(&x));
    let constant = (2.0 * std::f64::consts::PI).sqrt().ln();
    for (row, line) in rows_energy.iter().zip(&line_energy) {
        assert!((row + constant - line).abs() < 1e-12 * (1.0 + line.abs()), "{row} {line}");
    }
    let off = rows.gradient(&x) - mixture().gradient(&x);
    assert!(off.iter().all(|d| d.abs() < 1e-12), "{off}");
}

/// In two dimensions, with unequal deviations: the weights of the parts count the volume of each.
#[test]
fn a_row_mixture_in_the_plane_has_the_density_of_its_parts() {
    let part = |mean: [f64; 2], deviation: f64| {
        let mut law = Gaussian::isotropic(2, deviation);
        law.mean.assign(&array![mean[0], mean[1]]);
        law
    };
    let exact = MixtureNd::new(vec![(1.0 / 3.0, part([1.0, 0.0], 0.5)), (2.0 / 3.0, part([-1.0, 0.5], 1.1))]);
    let (energy, score) = (row_mixture().energy(&states()), row_mixture().score(&states()));
    let volume = 2.0 * std::f64::consts::PI;
    for (row, x) in states().outer_iter().enumerate() {
        let x = x.to_owned();
        assert!((energy[row] + volume.ln() + exact.log_density(&x)).abs() < 1e-12, "{}", energy[row]);
        assert!((&score.row(row) - &exact.score(&x)).iter().all(|d| d.abs() < 1e-12));
    }
}

#[test]
fn energies_of_f32_states_are_those_of_f64_to_rounding() {
    let x = states();
    let narrow = x.mapv(|v| v as f32);
    for (wide, narrow) in mixture().energy(&x).into_iter().zip(mixture().energy(&narrow)) {
        assert!((wide - narrow).abs() < 1e-5, "{wide} {narrow}");
    }
    let off = well().gradient(&narrow).mapv(f64::from) - well().gradient(&x);
    assert!(off.iter().all(|d| d.abs() < 1e-4), "{off}");
}

#[test]
fn impossible_energies_are_refused() {
    assert!(matches!(Harmonic::new(f64::NAN), Err(SdeError::NotFinite { name: "the stiffness", .. })));
    assert!(matches!(DoubleWell::new(0.0, 1.0), Err(SdeError::NotPositive { name: "the barrier", .. })));
    assert!(matches!(DoubleWell::new(1.0, -1.0), Err(SdeError::NotPositive { .. })));
    assert!(matches!(Mixture::new(&[]), Err(SdeError::Empty { name: "the mixture" })));
    assert!(matches!(Mixture::new(&[(-1.0, 0.0, 1.0)]), Err(SdeError::NotPositive { value: -1.0, .. })));
    assert!(matches!(Mixture::new(&[(1.0, f64::INFINITY, 1.0)]), Err(SdeError::NotFinite { .. })));
    assert!(matches!(RowMixture::new(vec![(1.0, states(), 0.0)]), Err(SdeError::NotPositive { value: 0.0, .. })));
    assert!(matches!(Scaled::new(f64::INFINITY, well()), Err(SdeError::NotFinite { .. })));
}

fn gradient_is_slope(claim: &str, energy: &impl Energy<Array2<f64>>) {
    let gradient = energy.gradient(&states());
    for column in 0..2 {
        let slope = difference(column, |x| energy.energy(x));
        for (row, slope) in slope.iter().enumerate() {
            let exact = gradient[[row, column]];
            assert!((slope - exact).abs() < 1e-7 * (1.0 + exact.abs()), "{claim}: {slope} {exact}");
        }
    }
}

fn laplacian_is_divergence(claim: &str, energy: &impl Curvature<Array2<f64>>) {
    let columns = [0, 1].map(|c| difference(c, |x| energy.gradient(x).column(c).to_vec()));
    for (row, laplacian) in energy.laplacian(&states()).iter().enumerate() {
        let divergence = columns[0][row] + columns[1][row];
        assert!((divergence - laplacian).abs() < 1e-6 * (1.0 + laplacian.abs()), "{claim}: {divergence} {laplacian}");
    }
}

/// Central differences along a column, one number a row.
fn difference(column: usize, f: impl Fn(&Array2<f64>) -> Vec<f64>) -> Vec<f64> {
    let step = 1e-5;
    let moved = |by: f64| {
        let mut x = states();
        x.column_mut(column).mapv_inplace(|v| v + by);
        f(&x)
    };
    moved(step).iter().zip(moved(-step)).map(|(up, down)| (up - down) / (2.0 * step)).collect()
}

fn states() -> Array2<f64> {
    array![[0.3, -1.2], [2.1, 0.4], [-0.7, -0.1]]
}

fn well() -> DoubleWell {
    DoubleWell::new(1.3, 0.8).unwrap()
}

fn mixture() -> Mixture {
    Mixture::new(&[(1.0, -1.5, 0.4), (3.0, 2.0, 0.7)]).unwrap()
}

fn row_mixture() -> RowMixture<Array2<f64>> {
    let mean = |a: f64, b: f64| array![[a, b], [a, b], [a, b]];
    RowMixture::new(vec![(1.0, mean(1.0, 0.0), 0.5), (2.0, mean(-1.0, 0.5), 1.1)]).unwrap()
}
