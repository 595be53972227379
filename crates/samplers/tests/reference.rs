//! Trajectories of diffusers' schedulers and of EDM's sampler, reproduced at every point given the same start and noise.
//!
//! The model is exact, so nothing but the sampler's arithmetic is compared. diffusers computes its tables in float32 (here they
//! are float64), which limits the agreement to 1e-5 of a trajectory's largest value on the linear table (measured 3e-8 to 2e-6) and
//! to 1e-3 on the cosine one (5e-8 to 1.3e-4), whose last entries are off by 1e-4 relative. Its UniPC runs are float32 throughout.

#[path = "reference/peer.rs"]
mod peer;

use ito_samplers::{
    Ancestral, Churn, Ddim, DdimEta, Dpmpp2mSde, DpmppMultistep, Euler, Heun, KarrasStochastic, Pndm, Sampler,
    SecondOrder, UniPc, UniPcVariant,
};
use ito_schedules::{Edm, Level, Path, Straight};
use ndarray::Array2;
use peer::{Model, Table, Trajectory, array, distance, drive, largest, list, numbers, preserving};

type Boxed = Box<dyn Sampler<Array2<f64>>>;

/// With `set_alpha_to_one = False` the peer's last step goes nowhere. Its steps go to `t - T/N`, which on its leading
/// grid is the next timestep (on its other grids it is not, and the step then ends off the grid).
#[test]
fn ddim_is_reproduced() {
    check("ddim", preserving_levels, &|_| Box::new(Ddim));
    check("ddim eta=1", preserving_levels, &|_| Box::new(DdimEta::new(1.0).unwrap()));
    check("ddim eta=1", preserving_levels, &|_| Box::new(Ancestral));
}

#[test]
fn ddpm_is_reproduced() {
    check("ddpm", to_data, &|_| Box::new(Ancestral));
}

#[test]
fn euler_is_reproduced() {
    for name in ["euler", "euler karras"] {
        check(name, exploding, &|_| Box::new(Euler));
        check(name, exploding, &|_| Box::new(Ddim));
    }
}

#[test]
fn euler_ancestral_is_reproduced() {
    check("euler ancestral", exploding, &|_| Box::new(Ancestral));
}

/// The peer lists the predicted states too: an Euler step from the state before. On the cosine table in 7 steps both go
/// wrong together: the first step, from `sigma = 20291` to 3.8, leaves the state at -430 for data around 2.
#[test]
fn heun_is_reproduced() {
    check("heun", exploding, &|_| Box::new(Heun));
}

/// The peer lists the predicted state of its first step too.
#[test]
fn pndm_is_reproduced() {
    check("pndm", preserving_levels, &|_| Box::new(Pndm::new()));
}

#[test]
fn dpm_solver_is_reproduced() {
    let lowered = |solver: DpmppMultistep<Array2<f64>>, steps: usize| -> Boxed {
        // The peer lowers the order at the end of runs of fewer than 15 steps.
        if steps < 15 { Box::new(solver.lowering_at_the_end(steps).unwrap()) } else { Box::new(solver) }
    };
    check("dpmsolver++ order 1", to_data, &|_| Box::new(Ddim));
    check("dpmsolver++ order 1", to_data, &|n| lowered(DpmppMultistep::first(), n));
    check("dpmsolver++ order 2", to_data, &|n| lowered(DpmppMultistep::second(), n));
    check("dpmsolver++ order 3", to_data, &|n| lowered(DpmppMultistep::third_as_published(), n));
}

#[test]
fn the_sde_of_dpm_solver_is_reproduced() {
    check("sde-dpmsolver++ order 2", to_data, &|_| Box::new(Dpmpp2mSde::new(SecondOrder::Midpoint)));
}

#[test]
fn unipc_is_reproduced() {
    let bh2 = UniPcVariant::Bh2;
    check("unipc order 1 float32", to_data, &|n| Box::new(UniPc::first(bh2).lowering_at_the_end(n).unwrap()));
    check("unipc order 2 float32", to_data, &|n| Box::new(UniPc::second(bh2).lowering_at_the_end(n).unwrap()));
    check("unipc order 3 float32", to_data, &|n| Box::new(UniPc::third(bh2).lowering_at_the_end(n).unwrap()));
}

#[test]
fn the_sampler_of_edm_is_reproduced_to_1e_12() {
    let (data, runs) = peer::edm();
    assert_eq!(runs.len(), 3);
    for run in runs {
        let number = |key: &str| run[key].as_f64().unwrap();
        let states: Vec<_> = list(&run["path"]).iter().map(array).collect();
        let draws: Vec<_> = list(&run["noise"]).iter().map(|draw| Some(array(draw))).collect();
        let levels: Vec<Level> =
            numbers(&run["sigmas"]).into_iter().map(|s| Level { t: s, alpha: 1.0, sigma: s }).collect();
        let churn = Churn {
            total: number("churn"),
            lowest: number("s_min"),
            highest: number("s_max"),
            scale: number("s_noise"),
        };
        let steps = levels.len() - 1;
        let path = Edm::new(200.0).unwrap();
        let mut samplers: Vec<Boxed> = vec![Box::new(KarrasStochastic::new(churn, steps).unwrap())];
        if churn.total == 0.0 {
            samplers.push(Box::new(Heun));
        }
        for mut sampler in samplers {
            let ours = drive(sampler.as_mut(), &data, &path, &levels, &states[0], &draws);
            let off = distance(&ours, &states, largest(&states));
            assert!(off < 1e-12, "{steps} steps, churn {}: {off:e}", churn.total);
        }
    }
}

/// DDIM, Euler and DPM-Solver++ 2M once more, straight from `dy/ds = (y - D)/s`: what is left of the differences above is the
/// peer's float32.
#[test]
fn ddim_euler_and_dpm_solver_agree_with_an_independent_computation_to_1e_12() {
    let (data, all) = peer::trajectories();
    let mut seen = 0;
    for run in &all {
        let (levels, mut sampler): (fn(&Trajectory, &Table) -> Grid, Boxed) = match run.name.as_str() {
            "ddim" => (preserving_levels, Box::new(Ddim)),
            "euler" | "euler karras" => (exploding, Box::new(Euler)),
            "dpmsolver++ order 2" => (to_data, Box::new(DpmppMultistep::second())),
            _ => continue,
        };
        seen += 1;
        let multistep = run.name.starts_with("dpm");
        let Grid { levels, told, path } = levels(run, &run.table());
        let model = Model { data: &data, told };
        let ours = drive(sampler.as_mut(), &model, path.as_ref(), &levels, &run.path[0], &[]);
        let (mut x, mut states) = (run.path[0].clone(), vec![run.path[0].clone()]);
        let mut before: Option<(f64, Array2<f64>)> = None;
        for pair in levels.windows(2) {
            let (s, end) = (pair[0].sigma / pair[0].alpha, pair[1].sigma / pair[1].alpha);
            let y = &x / pair[0].alpha;
            let mut d = ito_samplers::Denoiser::denoise(&model, &x, &pair[..1]);
            let latest = (s, d.clone());
            if let (true, Some((s0, d0)), true) = (multistep, &before, end > 0.0) {
                let half: f64 = (s / end).ln() / (2.0 * (s0 / s).ln());
                d = &d * (1.0 + half) - d0 * half;
            }
            before = Some(latest);
            x = (&y + &((&y - &d) / s * (end - s))) * pair[1].alpha;
            states.push(x.clone());
        }
        let off = distance(&ours, &states, largest(&run.path));
        assert!(off < 1e-12, "{}, {} steps: {off:e}", run.name, run.steps);
    }
    assert_eq!(seen, 16);
}

/// The levels a trajectory stops at, what the model is told there, and the path for samplers that ask it.
struct Grid {
    levels: Vec<Level>,
    told: Vec<(f64, f64)>,
    path: Box<dyn Path>,
}

/// All trajectories of a name, at every point, to the precision of the peer's tables.
fn check(name: &str, grid: fn(&Trajectory, &Table) -> Grid, sampler: &dyn Fn(usize) -> Boxed) {
    let (data, all) = peer::trajectories();
    let runs: Vec<_> = all.iter().filter(|run| run.name == name).collect();
    assert_eq!(runs.len(), 4, "{name}: two tables, two lengths");
    for run in runs {
        let Grid { levels, told, path } = grid(run, &run.table());
        let model = Model { data: &data, told };
        let states = drive(sampler(run.steps).as_mut(), &model, path.as_ref(), &levels, &run.path[0], &run.noise);
        let ours = with_predictions(run, &states, &model, &levels);
        let tolerance = if run.cosine { 1e-3 } else { 1e-5 };
        let off = distance(&ours, &run.path, largest(&run.path));
        assert!(off < tolerance, "{name}, cosine {}, {} steps: {off:e}", run.cosine, run.steps);
        // Stricter where the states shrink from sigma = 20000 to the data's size.
        for (k, (ours, theirs)) in ours.iter().zip(&run.path).enumerate() {
            let off = distance(std::slice::from_ref(ours), [theirs], largest([theirs]));
            assert!(off < 2.0 * tolerance, "{name}, cosine {}, {} steps, point {k}: {off:e}", run.cosine, run.steps);
        }
    }
}

/// The predicted states that Heun's and PNDM's schedulers list between the corrected ones.
fn with_predictions(run: &Trajectory, states: &[Array2<f64>], model: &Model, levels: &[Level]) -> Vec<Array2<f64>> {
    let evaluated_again = |k: usize| match run.name.as_str() {
        "heun" => k + 2 < levels.len(),
        "pndm" => k == 0,
        _ => false,
    };
    let mut ours = vec![states[0].clone()];
    for k in 0..levels.len() - 1 {
        if evaluated_again(k) {
            ours.push(drive(&mut Ddim, model, &Straight, &levels[k..k + 2], &states[k], &[])[1].clone());
        }
        ours.push(states[k + 1].clone());
    }
    ours
}

/// The timesteps' own variance-preserving levels, the last one twice.
fn preserving_levels(run: &Trajectory, table: &Table) -> Grid {
    let mut grid = to_data(run, table);
    let last = grid.levels.len() - 1;
    grid.levels[last] = grid.levels[last - 1];
    grid
}

/// The timesteps' own variance-preserving levels, then data.
fn to_data(run: &Trajectory, table: &Table) -> Grid {
    let timesteps = deduplicated(run);
    let mut levels: Vec<_> = timesteps.iter().map(|t| preserving(*t, table.linear(*t))).collect();
    levels.push(Level { t: -1.0, ..Level::DATA });
    Grid { levels, told: timesteps.iter().map(|t| (*t, table.logarithmic(*t))).collect(), path: Box::new(Straight) }
}

/// `x = x0 + sigma eps` at times `sigma`: linear between the table's entries, or Karras et al.'s grid between its ends; then data.
fn exploding(run: &Trajectory, table: &Table) -> Grid {
    let timesteps = deduplicated(run);
    let last = timesteps.len() - 1;
    let (high, low) = (table.linear(999.0).powf(1.0 / 7.0), table.linear(0.0).powf(1.0 / 7.0));
    let sigma = |k: usize| match run.name.as_str() {
        "euler karras" => (high + k as f64 / last as f64 * (low - high)).powi(7),
        _ => table.linear(timesteps[k]),
    };
    let sigmas: Vec<f64> = (0..=last).map(sigma).collect();
    let told = sigmas.iter().zip(&timesteps).map(|(sigma, t)| (*sigma, table.logarithmic(*t))).collect();
    let levels = sigmas.iter().chain([&0.0]).map(|s| Level { t: *s, alpha: 1.0, sigma: *s }).collect();
    Grid { levels, told, path: Box::new(Edm::new(1e6).unwrap()) }
}

fn deduplicated(run: &Trajectory) -> Vec<f64> {
    let mut timesteps = run.timesteps.clone();
    timesteps.dedup();
    timesteps
}
