//! Langevin sampling: stationary laws, their biases, and the orders of the integrators.

mod underdamped;

use std::f64::consts::PI;

use ito_noise::{SampleNoise, Stream};
use ito_sde::fokker_planck::{Density1, Equation1, Grid1, Scheme};
use ito_sde::langevin::{
    Annealing, DoubleWell, Energy, Harmonic, Metropolis, Mixture, Overdamped, Potential, Unadjusted,
};
use ito_sde::measure::GridKernel;
use ito_sde::solver::Sra1;
use ito_sde::{Solver, Times};
use ito_state::Batch;
use ito_testkit::{Fresh, Gaussian, integrate, normal_cdf};
use ndarray::{Array2, array};

use crate::{Claim, Context, Curve, Errors, Experiment, Fault, Findings, Histogram, Plot};

pub const EXPERIMENTS: &[Experiment] = &[
    Experiment {
        name: "unadjusted-langevin",
        title: "Unadjusted Langevin: the stationary law and its bias",
        theory: &[17, 20, 21, 22],
        faults: &[Fault::ScoreSign],
        run: unadjusted,
    },
    Experiment {
        name: "metropolis-langevin",
        title: "Metropolis-adjusted Langevin: no bias at any step",
        theory: &[21, 22],
        faults: &[],
        run: metropolis,
    },
    Experiment {
        name: "annealed-langevin",
        title: "Annealed Langevin crosses where plain Langevin stays",
        theory: &[21],
        faults: &[],
        run: annealed,
    },
    Experiment {
        name: "double-well",
        title: "Langevin in a double well against Fokker-Planck",
        theory: &[17, 20, 27, 30],
        faults: &[],
        run: double_well,
    },
    Experiment {
        name: "underdamped-stationary",
        title: "Underdamped Langevin at rest: BAOAB and QUICSORT",
        theory: &[17, 20],
        faults: &[],
        run: underdamped::rest,
    },
    Experiment {
        name: "underdamped-orders",
        title: "Underdamped Langevin: strong order 1 and 3",
        theory: &[17],
        faults: &[],
        run: underdamped::orders,
    },
];

/// The energy that the chain is given: the well's, or under the fault one whose gradient has the sign of the score.
#[derive(Clone, Copy)]
struct Given<E> {
    energy: E,
    sign: f64,
}

impl<X: Batch, E: Potential<X>> Potential<X> for Given<E> {
    fn gradient(&self, x: &X) -> X {
        X::lincomb(&[(self.sign, &self.energy.gradient(x))])
    }
}

fn unadjusted(context: &Context) -> Findings {
    let sign = if context.planted(Fault::ScoreSign) { -1.0 } else { 1.0 };
    let mut found = Findings::default();
    for (k, h) in [(1.0, 0.1), (2.5, 0.3), (0.4, 1.9)] {
        let energy = Given { energy: Harmonic::new(k).unwrap(), sign };
        let mut noise = Fresh::default();
        let start = noise.draw(&Gaussian::isotropic(1, 2.0));
        let law = Unadjusted::new(energy, h).unwrap().run(start, 400, &mut noise).law();
        let name = format!("variance at rest in a harmonic well, 1/(k (1 - h k/2)), k = {k}, h = {h}");
        found.claim(Claim::within(name, law.covariance[[0, 0]], 1.0 / (k * (1.0 - h * k / 2.0)), 1e-10));
    }

    // No draw: the chain's own stationary law on a grid.
    let energy = Given { energy: well(), sign };
    let rest = |h: f64| {
        let slope = |x: f64| energy.gradient(&array![[x]])[[0, 0]];
        let kernel = GridKernel::new(-2.6, 2.6, 261, |x, y| normal_log(y - x + h * slope(x), 2.0 * h)).unwrap();
        let density = kernel.stationary(1e-13);
        (kernel.points(), density.unwrap_or_else(|_| vec![f64::NAN; 261]))
    };
    let bias = |h: f64| {
        let (points, density) = rest(h);
        let moment = |power: i32| points.iter().zip(&density).map(|(x, p)| x.powi(power) * p).sum::<f64>();
        (moment(2) / moment(0) - expectation(|x| x * x)).abs()
    };
    let errors = Errors::new("E[x^2]", [64.0, 80.0, 100.0, 128.0].map(|n| (1.0 / n, bias(1.0 / n))), 1.0);
    found.claim(Claim::order("order of the bias in a double well, by quadrature", &errors));
    found.plot(Plot::orders("The bias of unadjusted Langevin in a double well", vec![errors]));

    let (seed, count, h) = (101, 20_000, 0.04);
    let mut noise = SampleNoise::consecutive(Stream::new(seed, "verify/unadjusted"), 0, count);
    let chain = Unadjusted::new(energy, h).unwrap();
    let end = chain.run(Array2::<f64>::zeros((count, 1)), 500, &mut noise).into_raw_vec_and_offset().0;
    let (points, density) = rest(h);
    let cdf = |x: f64| {
        let place = ((x + 2.6) / 0.02).clamp(0.0, 260.0);
        let whole: f64 = density.iter().take(place as usize + 1).sum::<f64>() * 0.02;
        whole + (place.fract() - 0.5) * 0.02 * density[place as usize]
    };
    found.claim(Claim::distribution("draws follow the chain's own stationary law", &end, cdf).seed(seed));
    found.plot(Plot::density(
        "Unadjusted Langevin in a double well, step 0.04",
        Histogram::of(&end, -2.2, 2.2, 60),
        vec![
            Curve::new("stationary law of the chain", points.into_iter().zip(density).collect::<Vec<_>>()),
            Curve::function("exp(-V)", -2.2, 2.2, |x| (-value(x)).exp() / normaliser()),
        ],
    ));
    found
}

fn metropolis(_: &Context) -> Findings {
    let (seed, count, h) = (102, 20_000, 0.5);
    let parts = [(1.0, -1.0, 0.5), (2.0, 1.0, 0.7)];
    let mixture = Mixture::new(&parts).unwrap();
    let cdf = |x: f64| parts.iter().map(|(w, m, s)| w / 3.0 * normal_cdf((x - m) / s)).sum::<f64>();
    let mut noise = SampleNoise::consecutive(Stream::new(seed, "verify/metropolis"), 0, count);
    let chain = Metropolis::new(&mixture, h).unwrap();
    let mut walkers = chain.start(Array2::<f64>::zeros((count, 1))).unwrap();
    chain.run(&mut walkers, 150, &mut noise);
    let accepted = chain.advance(&mut walkers, &mut noise).probability;
    let end: Vec<f64> = walkers.position().iter().copied().collect();
    let plain = Unadjusted::new(&mixture, h).unwrap().run(Array2::<f64>::zeros((count, 1)), 150, &mut noise);
    let plain = plain.into_raw_vec_and_offset().0;

    let mut found = Findings::default();
    found.claim(Claim::distribution("adjusted draws of a mixture at step 0.5", &end, cdf).seed(seed));
    let unseen = Claim::distribution("", &plain, cdf).measured;
    found.claim(Claim::at_least("the same test sees the bias of the unadjusted chain", unseen, 2.694).seed(seed));
    let acceptance = integrate(|x| integrate(|y| accepted_flow(&mixture, h, x, y), -8.0, 8.0, 400), -4.0, 5.0, 200);
    found.claim(Claim::mean("mean probability of acceptance, against its integral", &accepted, acceptance).seed(seed));
    found.plot(Plot::density(
        "Metropolis-adjusted Langevin, step 0.5",
        Histogram::of(&end, -3.5, 4.0, 75),
        vec![Curve::function("density", -3.5, 4.0, |x| mixture.log_density(x)[0].exp())],
    ));
    found
}

/// `min(pi(x) q(x -> y), pi(y) q(y -> x))`.
fn accepted_flow(mixture: &Mixture, h: f64, x: f64, y: f64) -> f64 {
    let flow = |x: f64, y: f64| {
        let [log, score, _] = mixture.log_density(x);
        log + normal_log(y - x - h * score, 2.0 * h)
    };
    flow(x, y).min(flow(y, x)).exp()
}

fn annealed(_: &Context) -> Findings {
    let (seed, count, parts) = (103, 1200, [(0.2, -10.0, 0.5), (0.8, 10.0, 0.5)]);
    let blurred = |sigma: f64| Mixture::new(&parts.map(|(w, m, s): (f64, f64, f64)| (w, m, s.hypot(sigma)))).unwrap();
    let mut noise = SampleNoise::consecutive(Stream::new(seed, "verify/annealed"), 0, count);
    let start = Array2::<f64>::from_elem((count, 1), -10.0);
    let annealing = Annealing::geometric(20.0, 0.2, 16, 8e-3, 60).unwrap();
    let end = annealing.run(|sigma, x: &Array2<f64>| blurred(sigma).score(x), start.clone(), &mut noise).unwrap();
    let stuck = Unadjusted::new(blurred(0.2), 4e-3).unwrap().run(start, 16 * 60, &mut noise);
    let right = |x: &Array2<f64>| x.iter().map(|x| f64::from(u8::from(*x > 0.0))).collect::<Vec<_>>();

    let mut found = Findings::default();
    found.claim(Claim::mean("weight of the right mode, annealed from the left one", &right(&end), 0.8).seed(seed));
    let crossed = right(&stuck).iter().sum::<f64>() / count as f64;
    found.claim(Claim::at_most("share that plain Langevin carries across", crossed, 0.0).seed(seed));
    found
}

/// Weak order 2 at step 0.02, so that the histogram's errors are those of counting.
fn double_well(_: &Context) -> Findings {
    let (seed, count, diffusion) = (104, 20_000, 0.4);
    let sde = Overdamped::new(well(), diffusion).unwrap();
    let grid = Grid1::uniform(-2.4, 2.4, 480).unwrap();
    let equation = Equation1::steady(&grid, |x| well().score(&array![[x]])[[0, 0]], |_| diffusion);
    let mut density = Density1::point(&grid, 1.0).unwrap();
    let mut noise = SampleNoise::consecutive(Stream::new(seed, "verify/double-well"), 0, count);
    let mut paths = Array2::<f64>::ones((count, 1));

    let mut found = Findings::default();
    let mut tracks = vec![vec![(0.0, 1.0)]; 8];
    for (from, to) in [(0.0, 0.5), (0.5, 2.0), (2.0, 8.0)] {
        let steps = ((to - from) / 0.02_f64).round() as usize;
        for (early, late) in Times::uniform(from, to, steps).unwrap().pairs() {
            paths = Sra1.step(&sde, early, late, &paths, &mut noise);
            tracks.iter_mut().enumerate().for_each(|(row, track)| track.push((late, paths[[row, 0]])));
        }
        let once = Times::uniform(from, to, 1).unwrap();
        density = equation.evolve(&density, &once, Scheme::Exponential).unwrap().density;
        let values: Vec<f64> = paths.iter().copied().collect();
        let name = format!("distribution of the paths at time {to}");
        found.claim(Claim::distribution(name, &values, |x| density.cumulative(x)).seed(seed));
        if to > 1.0 {
            let curve = grid.centers().into_iter().zip(density.values().iter().copied()).collect::<Vec<_>>();
            found.plot(Plot::density(
                format!("Paths in a double well at time {to}, all from the right well"),
                Histogram::of(&values, -2.4, 2.4, 60),
                vec![Curve::new("Fokker-Planck", curve)],
            ));
        }
    }
    let law = Density1::from_function(&grid, |x| (-value(x) / diffusion).exp()).unwrap().normalised();
    let rest = equation.stationary(0.0).unwrap();
    found.claim(Claim::at_most(
        "L1 distance of the stationary density and exp(-V/D)",
        rest.l1_distance(&law).unwrap(),
        1e-3,
    ));
    found.plot(Plot::trajectories("Eight paths in a double well", "x", tracks));
    found
}

fn well() -> DoubleWell {
    DoubleWell::new(1.0, 1.0).unwrap()
}

fn value(x: f64) -> f64 {
    well().energy(&array![[x]])[0]
}

fn normaliser() -> f64 {
    integrate(|x| (-value(x)).exp(), -4.0, 4.0, 60)
}

fn expectation(f: impl Fn(f64) -> f64) -> f64 {
    integrate(|x| f(x) * (-value(x)).exp(), -4.0, 4.0, 60) / normaliser()
}

fn normal_log(off: f64, variance: f64) -> f64 {
    -off * off / (2.0 * variance) - (2.0 * PI * variance).ln() / 2.0
}
