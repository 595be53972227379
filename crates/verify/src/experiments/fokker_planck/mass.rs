//! Where mass goes.

use ito_sde::fokker_planck::{
    Density1, Density2, Edges, Equation1, Equation2, FokkerPlanckError, Grid1, Grid2, Scheme, Side,
};
use ito_testkit::largest;

use super::{curve, normal, steps};
use crate::{Claim, Context, Curve, Fault, Findings, Plot};

/// The worked case at `alpha = 1`, whose drift `k (x - 1)` expands, moved by Heun's method with the public operator:
/// so that a fault can take the operator's place.
pub fn mass(context: &Context) -> Findings {
    let (pull, t) = (1.0_f64.exp(), 0.25);
    let grid = Grid1::uniform(-6.0, 7.0, 400).unwrap();
    let equation = Equation1::steady(&grid, |x| pull * (x - 1.0), |_| 0.2);
    let generator = equation.generator(0.0).unwrap();
    let operator = |p: &[f64]| -> Vec<f64> {
        let right = generator.forward(p).unwrap();
        match context.fault() {
            Some(Fault::NonConservativeFlux) => leaking(&grid, &right),
            // -b p' = -(b p)' + b' p.
            Some(Fault::AdvectiveTransport) => right.iter().zip(p).map(|(r, p)| r + pull * p).collect(),
            _ => right,
        }
    };
    let law = |t: f64, x: f64| {
        let grown = (2.0 * pull * t).exp();
        normal(x, 1.0 - 0.3 * (pull * t).exp(), 0.05 * grown + 0.2 / pull * (grown - 1.0))
    };
    let mut p = Density1::from_function(&grid, |x| law(0.0, x)).unwrap().values().to_vec();
    let (count, mut masses) = (400, Vec::new());
    let h = t / f64::from(count);
    let whole = |p: &[f64]| p.iter().enumerate().map(|(i, p)| p * grid.width(i)).sum::<f64>();
    let start = whole(&p);
    for k in 0..count {
        masses.push((h * f64::from(k), whole(&p)));
        let slope = operator(&p);
        let ahead: Vec<f64> = p.iter().zip(&slope).map(|(p, s)| p + h * s).collect();
        let next = operator(&ahead);
        p = p.iter().zip(slope.iter().zip(&next)).map(|(p, (a, b))| p + 0.5 * h * (a + b)).collect();
    }
    let exact = Density1::from_function(&grid, |x| law(t, x)).unwrap();
    let error: f64 = p.iter().zip(exact.values()).enumerate().map(|(i, (p, q))| (p - q).abs() * grid.width(i)).sum();
    let mut found = Findings::default();
    found.claim(Claim::within("mass that expands is the mass that was", whole(&p), start, 1e-12));
    found.claim(Claim::at_most("L1 distance to the Gaussian law", error, 5e-3));
    let points: Vec<_> = p.iter().enumerate().map(|(i, p)| (grid.center(i), *p)).collect();
    let shown = vec![Curve::new("finite volumes", points), curve("exact", &exact)];
    found.plot(Plot::curves("Density of the expanding case", "x", "density", shown));
    found.plot(Plot::curves("Mass over time", "t", "mass", vec![Curve::new("mass", masses)]));
    found
}

/// The fluxes that an operator has, with what enters a cell a hundredth more than what left the one before.
fn leaking(grid: &Grid1, right: &[f64]) -> Vec<f64> {
    let mut flux = 0.0;
    right
        .iter()
        .enumerate()
        .map(|(i, change)| {
            let enters = flux;
            flux -= change * grid.width(i);
            (1.01 * enters - flux) / grid.width(i)
        })
        .collect()
}

/// A rough case: jumps in the drift, no diffusion on parts, a source, every kind of side, steps from tiny to huge.
pub fn positivity(_: &Context) -> Findings {
    let sides = [Side::Reflecting, Side::Absorbing, Side::Open];
    let all = sides.iter().flat_map(|left| sides.map(|right| Edges::Sides { left: *left, right }));
    let edges: Vec<Edges> = all.chain([Edges::Periodic]).collect();
    let (mut imbalance, mut least, mut scaled, mut runs) = (0.0_f64, f64::INFINITY, 0.0_f64, 0_u32);
    let mut see = |balance: ito_sde::fokker_planck::Balance| {
        imbalance = largest([imbalance, balance.residual().abs() / balance.after.max(balance.before)]);
        least = least.min(balance.minimum);
        scaled = largest([scaled, balance.drift / balance.work as f64]);
        runs += 1;
    };
    let drift = |t: f64, x: f64| 3.0 * (7.0 * x + 3.0 * t).sin() + if x > 0.3 { 4.0 } else { -1.0 };
    let diffusion = |_: f64, x: f64| if x.abs() < 0.2 { 0.0 } else { 0.1 * (1.0 + (9.0 * x).sin()) };
    for edges in edges {
        let grid = Grid1::clustered(-1.0, 1.0, 60, 0.3, 0.1).unwrap();
        let equation =
            Equation1::new(&grid, drift, diffusion).with_edges(edges).with_source(|t, x| (t * x).sin().powi(2));
        let start = Density1::point(&grid, 0.29).unwrap();
        for (scheme, longest) in
            [(Scheme::Exponential, 3.0), (Scheme::ImplicitEuler, 1e6), (Scheme::CrankNicolson, 2e-4)]
        {
            for step in [1e-9, 1e-3, 1.0] {
                see(equation.evolve(&start, &steps(3.0 * step * longest, 3), scheme).unwrap().balance);
            }
        }
        let plane = Grid2::new(Grid1::uniform(-1.0, 1.0, 16).unwrap(), Grid1::uniform(-1.0, 1.0, 12).unwrap());
        let both = |t, [x, y]: [f64; 2]| [drift(t, x + y), drift(t, y - x)];
        let equation =
            Equation2::new(&plane, both, |t, [x, y]| [diffusion(t, x), diffusion(t, y)]).with_edges(edges, edges);
        let start = Density2::from_function(&plane, |[x, y]| if x > 0.5 && y < 0.0 { 1.0 } else { 0.0 }).unwrap();
        for scheme in [Scheme::Exponential, Scheme::ImplicitEuler] {
            see(equation.evolve(&start, &steps(2.0, 2), scheme).unwrap().balance);
        }
    }
    let mut found = Findings::default();
    let name = format!("mass + outflow - source balances, the worst of {runs} runs");
    found.claim(Claim::at_most(name, imbalance, 1e-12));
    found.claim(Claim::at_least("the least density of all of them", least, 0.0));
    found.claim(Claim::at_most("rounding scaled away, a product", scaled, 2e-15));
    bound(&mut found);
    found
}

/// 400 cells: the bound is some 0.0008, and a step of 0.01 is refused with it.
fn bound(found: &mut Findings) {
    let grid = Grid1::uniform(-4.0, 4.0, 400).unwrap();
    let equation = Equation1::steady(&grid, |x| -x, |_| 0.5);
    let start = Density1::point(&grid, 1.0).unwrap();
    let bound = equation.generator(0.0).unwrap().crank_nicolson_bound();
    let refused = match equation.evolve(&start, &steps(1.0, 100), Scheme::CrankNicolson) {
        Err(FokkerPlanckError::StepTooLarge { bound, .. }) => bound,
        _ => f64::NAN,
    };
    found.claim(Claim::within("Crank-Nicolson above its bound is refused with the bound", refused, bound, 0.0));
    let count = (1.0 / bound).ceil() as usize;
    let run = equation.evolve(&start, &steps(1.0, count), Scheme::CrankNicolson).unwrap();
    found.claim(Claim::at_least("Crank-Nicolson at its bound stays positive", run.balance.minimum, 0.0));
    let worst = below_zero(&equation, &start, 25.0 * bound);
    let peak = start.values().iter().copied().fold(0.0, f64::max);
    found.claim(Claim::at_most("what a step of 25 bounds would have done to a peak of 1", worst / peak, -0.7));
}

/// One Crank-Nicolson step of the public operator, its bound ignored: `(I - h/2 A)^-1` is implicit Euler's step of `h/2`.
fn below_zero(equation: &Equation1, start: &Density1, step: f64) -> f64 {
    let half = equation.evolve(start, &steps(0.5 * step, 1), Scheme::ImplicitEuler).unwrap().density;
    // (I - h/2 A)^-1 (I + h/2 A) = 2 (I - h/2 A)^-1 - I.
    half.values().iter().zip(start.values()).map(|(half, p)| 2.0 * half - p).fold(f64::INFINITY, f64::min)
}
