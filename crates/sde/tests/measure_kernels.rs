//! Kernels of steps: their densities, their composition, and the probability of a path.

use ito_noise::{SampleNoise, Stream};
use ito_sde::langevin::{DoubleWell, Harmonic, Overdamped};
use ito_sde::measure::{
    DiagonalKernel, GridKernel, IsotropicKernel, Kernel, MeasureError, draw_path, log_probability, normal_log_density,
    onsager_machlup_ito, onsager_machlup_stratonovich,
};
use ito_sde::process::OrnsteinUhlenbeck;
use ito_sde::{Commutative, Diagonal, Sde, SdeError, Times};
use ito_state::Rows;
use ito_testkit::Slope;
use ito_testkit::statistics::assert_distribution;
use ndarray::{Array2, array};

/// The variance is `g^2 h`, not `g^2`; written out by hand, in two dimensions.
#[test]
fn the_kernel_of_a_step_has_the_step_in_its_variance() {
    let ou = OrnsteinUhlenbeck::new(0.7, 0.5).unwrap();
    let (x, y, h) = (array![[1.0, -2.0]], array![[1.1, -1.7]], 0.2_f64);
    let log = IsotropicKernel::new::<Array2<f64>>(&ou, 0.3, 0.3 + h).unwrap().log_density(&x, &y)[0];
    let variance = 0.25 * h;
    let square = (1.1 - 1.0 + 0.7 * h).powi(2) + (-1.7 + 2.0 - 1.4 * h).powi(2);
    let expected = -square / (2.0 * variance) - (2.0 * std::f64::consts::PI * variance).ln();
    assert!((log - expected).abs() < 1e-12, "{log} {expected}");
}

/// Geometric Brownian motion: `g_i = 0.4 x_i`, of either sign.
#[test]
fn the_kernel_of_diagonal_noise_is_a_product_of_its_entries() {
    let (x, y, h) = (array![[2.0, -1.0]], array![[2.3, -1.2]], 0.3);
    let log = DiagonalKernel::new(&Geometric, 0.0, h).unwrap().log_density(&x, &y)[0];
    let one = |x: f64, y: f64| normal_log_density(&array![[y - x - 0.2 * x * h]], (0.4 * x).powi(2) * h)[0];
    let expected = one(2.0, 2.3) + one(-1.0, -1.2);
    assert!((log - expected).abs() < 1e-13, "{log} {expected}");
}

/// 20000 draws of either kernel against the integral of its density; false alarm 1e-6.
#[test]
fn draws_follow_the_density() {
    let count = 20_000;
    let (start, ou) = (Array2::<f64>::ones((count, 1)), OrnsteinUhlenbeck::new(0.7, 0.5).unwrap());
    let mut noise = SampleNoise::consecutive(Stream::new(3, "measure/kernel"), 0, count);
    let isotropic = IsotropicKernel::new::<Array2<f64>>(&ou, 0.0, 0.2).unwrap();
    let draws = isotropic.draw(&start, &mut noise);
    assert_distribution(
        "isotropic",
        draws.as_slice().unwrap(),
        integral(|y| isotropic.log_density(&array![[1.0]], &array![[y]])[0]),
    );
    let diagonal = DiagonalKernel::new(&Geometric, 0.0, 0.2).unwrap();
    let draws = diagonal.draw(&start, &mut noise);
    assert_distribution(
        "diagonal",
        draws.as_slice().unwrap(),
        integral(|y| diagonal.log_density(&array![[1.0]], &array![[y]])[0]),
    );
}

/// Chapman-Kolmogorov for a law that is known: two exact kernels make the exact kernel of the sum of times.
#[test]
fn kernels_compose_on_a_grid() {
    let ou = OrnsteinUhlenbeck::new(1.0, 1.0).unwrap();
    let exact = |time: f64| {
        let law = ou.transition(time).unwrap();
        GridKernel::new(-6.0, 6.0, 241, move |x, y| normal_log_density(&array![[y - law.decay * x]], law.variance)[0])
            .unwrap()
    };
    let (whole, composed) = (exact(0.8), exact(0.3).then(&exact(0.5)).unwrap());
    for i in [60, 120, 150] {
        let off = whole.density(i).iter().zip(composed.density(i)).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(off < 1e-12, "{off}");
    }
    let rest = exact(0.3).stationary(1e-14).unwrap();
    let normal = exact(0.3).points().iter().map(|x| (-x * x).exp() / std::f64::consts::PI.sqrt()).collect::<Vec<_>>();
    assert!(rest.iter().zip(&normal).all(|(a, b)| (a - b).abs() < 1e-9), "at rest N(0, 1/2)");
    let pushed = exact(0.3).push(&normal).unwrap();
    assert!(pushed.iter().zip(&normal).all(|(a, b)| (a - b).abs() < 1e-9), "and stays there");
}

/// At the largest distance of the densities, from a start off the centre.
#[test]
fn composed_euler_kernels_reach_the_transition_at_first_order() {
    let ou = OrnsteinUhlenbeck::new(1.0, 1.0).unwrap();
    let law = ou.transition(1.0).unwrap();
    let distance = |doublings: u32| {
        let step = IsotropicKernel::new::<Array2<f64>>(&ou, 0.0, 0.5_f64.powi(doublings as i32)).unwrap();
        let one = GridKernel::new(-4.5, 4.5, 401, |x, y| step.log_density(&array![[x]], &array![[y]])[0]).unwrap();
        let all = (0..doublings).fold(one, |kernel, _| kernel.then(&kernel).unwrap());
        let exact = |y: f64| normal_log_density(&array![[y - law.decay * all.points()[250]]], law.variance)[0].exp();
        let off = all.density(250).iter().zip(all.points()).map(|(p, y)| (p - exact(y)).abs()).fold(0.0, f64::max);
        (1 << doublings, off)
    };
    Slope::fit([6, 7, 8].map(distance).to_vec()).assert("composed kernels", 1.0, 0.1);
}

#[test]
fn the_probability_of_a_path_is_the_product_of_its_kernels() {
    let ou = OrnsteinUhlenbeck::new(0.7, 0.5).unwrap();
    let times = Times::new(vec![0.0, 0.1, 0.4, 0.5]).unwrap();
    let mut noise = SampleNoise::consecutive(Stream::new(3, "measure/path"), 0, 4);
    let path = draw_path(&ou, &times, Array2::<f64>::ones((4, 2)), &mut noise);
    let logs = log_probability(&ou, &times, &path).unwrap();
    for (row, log) in logs.iter().enumerate() {
        let sum: f64 = times
            .pairs()
            .enumerate()
            .map(|(i, (from, to))| {
                let kernel = IsotropicKernel::new::<Array2<f64>>(&ou, from, to).unwrap();
                kernel.log_density(&path[i], &path[i + 1])[row]
            })
            .sum();
        assert!((log - sum).abs() < 1e-12);
    }
    // Of an overdamped motion it is the Ito form of Onsager and Machlup, for any force.
    let well = Overdamped::new(DoubleWell::new(1.0, 1.0).unwrap(), 0.6).unwrap();
    let (kernels, action) = (log_probability(&well, &times, &path), onsager_machlup_ito(&well, &times, &path));
    for (kernels, action) in kernels.unwrap().iter().zip(action.unwrap()) {
        assert!((kernels - action).abs() < 1e-12);
    }
}

#[test]
fn impossible_paths_are_refused() {
    let times = Times::uniform(0.0, 1.0, 2).unwrap();
    let harmonic = Overdamped::new(Harmonic::new(1.0).unwrap(), 0.6).unwrap();
    let short = vec![Array2::<f64>::zeros((1, 1)); 2];
    let expected = SdeError::Dimension { name: "the path", expected: 3, found: 2 };
    assert_eq!(onsager_machlup_ito(&harmonic, &times, &short), Err(expected));
    let still = OrnsteinUhlenbeck::new(1.0, 0.0).unwrap();
    let path = vec![Array2::<f64>::zeros((1, 1)); 3];
    assert!(matches!(
        log_probability(&still, &times, &path),
        Err(SdeError::NotPositive { name: "the noise rate", .. })
    ));
    let cold = Overdamped::new(Harmonic::new(1.0).unwrap(), 0.0).unwrap();
    assert!(matches!(onsager_machlup_stratonovich(&cold, &times, &path), Err(SdeError::NotPositive { .. })));
    let back = Times::uniform(1.0, 0.0, 2).unwrap();
    assert!(matches!(
        onsager_machlup_ito(&harmonic, &back, &path),
        Err(SdeError::NotPositive { name: "the step", .. })
    ));
    assert!(matches!(DiagonalKernel::new(&Geometric, 0.5, 0.5), Err(SdeError::NotPositive { .. })));
    assert!(matches!(IsotropicKernel::new::<Array2<f64>>(&still, 0.0, f64::NAN), Err(SdeError::NotFinite { .. })));
    let flat = |_: f64, _: f64| 0.0;
    assert!(matches!(GridKernel::new(0.0, 1.0, 1, flat), Err(SdeError::Empty { .. })));
    assert!(matches!(GridKernel::new(1.0, 0.0, 5, flat), Err(SdeError::NotPositive { .. })));
    assert!(matches!(GridKernel::new(0.0, 1.0, 5, |_, _| f64::NAN), Err(SdeError::NotFinite { .. })));
    let (one, other) = (GridKernel::new(0.0, 1.0, 5, flat).unwrap(), GridKernel::new(0.0, 2.0, 5, flat).unwrap());
    assert!(matches!(one.then(&other), Err(MeasureError::GridsDiffer { .. })));
    assert!(matches!(one.push(&[0.0; 4]), Err(SdeError::Dimension { expected: 5, found: 4, .. })));
    let stays = GridKernel::new(0.0, 1.0, 5, |x, y| if x == y { 0.0 } else { f64::NEG_INFINITY }).unwrap();
    assert!(matches!(stays.stationary(1e-9), Err(MeasureError::NotStationary { .. })));
}

/// The distribution function of a density, from its integral on a fine grid.
fn integral(log_density: impl Fn(f64) -> f64) -> impl Fn(f64) -> f64 {
    let (from, step) = (-3.0, 2e-3);
    let mut sums = vec![0.0];
    for i in 0..4000 {
        let middle = from + step * (f64::from(i) + 0.5);
        sums.push(sums[sums.len() - 1] + step * log_density(middle).exp());
    }
    move |x| {
        let place = ((x - from) / step).clamp(0.0, 3999.0);
        let (i, part) = (place.floor() as usize, place.fract());
        sums[i] + part * (sums[i + 1] - sums[i])
    }
}

/// `dX = 0.2 X dt + 0.4 X dW`.
struct Geometric;

impl<X: Rows> Sde<X> for Geometric {
    fn drift(&self, _t: f64, x: &X) -> X {
        X::lincomb(&[(0.2, x)])
    }
    fn diffuse(&self, _t: f64, x: &X, dw: &X) -> X {
        X::lincomb(&[(0.4, &x.mul(dw))])
    }
    fn wiener_like(&self, x: &X) -> X {
        x.clone()
    }
}

impl<X: Rows> Commutative<X> for Geometric {
    fn diffuse_slope(&self, _t: f64, x: &X, w: &X) -> X {
        X::lincomb(&[(0.16, &x.mul(w))])
    }
}

impl<X: Rows> Diagonal<X> for Geometric {}
