//! scheduler_config.json files as diffusers writes them: the path they mean, against diffusers' own numbers, and what is refused.
use ito_networks::Clock;
use ito_training::config::{ClockName, GridName, LastName, PredictionName};
use ito_training::pretrained::Scheduler;
use ito_training::{BetaName, Betas, Config};
use serde_json::Value;

/// The generator stands beside the file.
fn written() -> Vec<Value> {
    serde_json::from_str(include_str!("reference/schedulers.json")).unwrap()
}

fn settled(entry: &Value) -> (Scheduler, Config) {
    let scheduler = Scheduler::from_json(entry["config"].as_str().unwrap()).unwrap();
    let mut config = Config::default();
    scheduler.settle(&mut config);
    config.check().unwrap();
    (scheduler, config)
}

/// float32 there; zero terminal SNR loses digits where alpha nears zero.
#[test]
fn the_path_of_every_scheduler_is_that_of_diffusers_at_its_timesteps() {
    for entry in written() {
        let (_, config) = settled(&entry);
        let path = config.path.build().unwrap();
        let levels = config.path.table().unwrap().map(|table| table.levels().to_vec()).unwrap_or_default();
        for (timestep, bar) in entry["alphas_cumprod"].as_object().unwrap() {
            let (i, bar): (usize, f64) = (timestep.parse().unwrap(), bar.as_f64().unwrap());
            let level = path.at((i + 1) as f64 / levels.len() as f64);
            let off = (level.alpha - bar.sqrt()).abs();
            assert!(off < 3e-6, "{} {i}: {} {}", entry["config"], level.alpha, bar.sqrt());
            assert_eq!((level.alpha, level.sigma), (levels[i].alpha, levels[i].sigma));
            assert!((config.clock().time(&*path, level) - i as f64).abs() < 1e-9, "{i}");
        }
    }
}

#[test]
fn the_timesteps_are_those_of_diffusers_where_it_takes_whole_ones() {
    for entry in written() {
        let (_, config) = settled(&entry);
        let whole = matches!(config.sample.grid, GridName::Leading | GridName::Linspace | GridName::Trailing)
            && !["PNDM", "Euler", "Heun"].iter().any(|name| entry["config"].as_str().unwrap().contains(name));
        let Some(theirs) = entry["timesteps"].as_array().filter(|_| whole) else { continue };
        let offset = if entry["config"].as_str().unwrap().contains("\"steps_offset\": 1") { 1.0 } else { 0.0 };
        let path = config.path.build().unwrap();
        let grid = config.path.grid(&*path, config.sample.grid, LastName::ToSigmaMin, 10).unwrap();
        let ours: Vec<f64> =
            grid.levels().iter().map(|level| config.clock().time(&*path, *level).round() + offset).collect();
        let theirs: Vec<f64> = theirs.iter().map(|t| t.as_f64().unwrap()).collect();
        // Multistep solvers of diffusers put one more step into the range and leave out its end.
        if !entry["config"].as_str().unwrap().contains("Multistep") {
            assert_eq!(ours, theirs, "{}", entry["config"]);
        }
    }
}

#[test]
fn prediction_clipping_and_sampler_are_taken_over() {
    let all: Vec<(Scheduler, Config)> = written().iter().map(settled).collect();
    let said: Vec<_> = all
        .iter()
        .map(|(_, c)| (c.train.prediction, c.sample.sampler.as_str(), c.sample.grid, c.sample.clip))
        .collect();
    use PredictionName::{Eps, V, Velocity, X0};
    let expected = [
        (Eps, "ancestral", GridName::Leading, Some(1.0)),
        (V, "ddpm_large", GridName::Leading, Some(2.0)),
        (X0, "ancestral", GridName::Leading, None),
        (Eps, "ancestral", GridName::Leading, Some(1.0)),
        (Eps, "ddim", GridName::Leading, None),
        (V, "ddim", GridName::Trailing, Some(1.0)),
        (Eps, "pndm", GridName::Leading, None),
        (Eps, "dpm++2m", GridName::Linspace, None),
        (Eps, "dpm++2m_sde", GridName::Karras, None),
        (Eps, "dpm++3m", GridName::Leading, None),
        (Eps, "ddim", GridName::Linspace, None),
        (Eps, "ancestral", GridName::Trailing, None),
        (Eps, "edm", GridName::Linspace, Some(1.0)),
        (Eps, "unipc3", GridName::Linspace, None),
        (Velocity, "ddim", GridName::Uniform, None),
    ];
    assert_eq!(said, expected);
    let of = |k: usize| &all[k].1;
    assert_eq!(
        (of(2).sample.threshold, of(2).sample.threshold_max, of(2).path.steps),
        (Some(0.995), Some(1.5), Some(200))
    );
    assert_eq!((of(8).sample.threshold, of(8).sample.threshold_max), (Some(0.995), Some(1.0)));
    assert_eq!((of(9).sample.last, of(0).sample.last), (LastName::ToSigmaMin, LastName::ToZero));
    assert!(matches!(&of(3).path.betas, Some(Betas::Listed(betas)) if betas.len() == 12));
    assert_eq!(of(3).clock(), Clock::Timestep { steps: 12 });
    assert_eq!(of(12).path.beta_end, Some(0.012), "Heun has its own defaults");
    assert_eq!(
        (of(14).clock(), of(14).path.clone()),
        (Clock::Thousand, {
            let mut p = Config::default().path;
            p.shift = Some(1.0);
            p
        })
    );
    for (scheduler, config) in &all {
        scheduler.prediction.on(&*config.path.build().unwrap(), config).unwrap();
        config.recipe().unwrap();
        config.clipping().unwrap();
    }
    assert_eq!(all[4].0.unused, ["steps_offset = 1", "set_alpha_to_one = false"]);
    assert_eq!(all[14].0.unused, ["shift = 3.0"]);
    assert!(all[0].0.unused.is_empty() && all[7].0.unused.is_empty());
}

#[test]
fn what_is_left_out_has_the_defaults_of_its_class() {
    let read = |class: &str| Scheduler::from_json(&format!("{{\"_class_name\": \"{class}\"}}")).unwrap();
    let ddpm = read("DDPMScheduler");
    assert_eq!(ddpm, Scheduler::default());
    assert_eq!(
        (ddpm.sample.clip, ddpm.clock, &ddpm.path.betas),
        (Some(1.0), ClockName::Timestep, &Some(Betas::Named(BetaName::Linear)))
    );
    assert_eq!(
        (read("PNDMScheduler").sample.clip, read("HeunDiscreteScheduler").path.beta_start),
        (None, Some(0.00085))
    );
    // As in the oldest files; a key of another class is passed over, as diffusers does.
    let old = r#"{"_class_name": "PNDMScheduler", "timestep_values": null, "tensor_format": "pt", "clip_sample": true, "beta_end": 0.01}"#;
    let old = Scheduler::from_json(old).unwrap();
    assert_eq!((old.sample.clip, old.path.beta_end), (None, Some(0.01)));
}

#[test]
fn what_makes_no_model_is_refused_by_name() {
    let refused = |keys: &str, words: &str| {
        let said = Scheduler::from_json(&format!("{{{keys}}}")).unwrap_err();
        assert!(said.contains(words), "{keys}: {said}");
    };
    let ddpm = |key: &str| format!("\"_class_name\": \"DDPMScheduler\", {key}");
    refused("", "the key \"_class_name\" is missing");
    refused("\"_class_name\": \"LCMScheduler\"", "the scheduler \"LCMScheduler\" is not read here; DDPMScheduler, ");
    refused(&ddpm("\"beta_begin\": 1"), "unknown key \"beta_begin\": no scheduler has it; the nearest is \"beta_end\"");
    refused(
        &ddpm("\"beta_schedule\": \"laplace\""),
        "beta_schedule = \"laplace\" of a DDPMScheduler must be one of linear, scaled_linear, squaredcos_cap_v2, sigmoid",
    );
    refused(
        &ddpm("\"prediction_type\": \"flow\""),
        "prediction_type = \"flow\" of a DDPMScheduler must be one of epsilon, sample, v_prediction",
    );
    refused(&ddpm("\"variance_type\": \"learned_range\""), "networks that also predict a variance are not read");
    refused(&ddpm("\"num_train_timesteps\": -3"), "num_train_timesteps = -3 of a DDPMScheduler must be a whole number");
    refused(&ddpm("\"beta_end\": \"much\""), "beta_end = \"much\" of a DDPMScheduler must be a number");
    refused(&ddpm("\"clip_sample\": 3"), "clip_sample = 3 of a DDPMScheduler must be true or false");
    refused(&ddpm("\"trained_betas\": [0.1, 0.2]"), "must be null or 1000 numbers");
    refused(&ddpm("\"timestep_spacing\": \"even\""), "timestep_spacing = \"even\"");
    refused(
        "\"_class_name\": \"EulerDiscreteScheduler\", \"timestep_type\": \"continuous\"",
        "timestep_type = \"continuous\" of a EulerDiscreteScheduler must be one of discrete",
    );
    refused(
        "\"_class_name\": \"UniPCMultistepScheduler\", \"use_flow_sigmas\": true",
        "FlowMatchEulerDiscreteScheduler",
    );
    refused(
        "\"_class_name\": \"UniPCMultistepScheduler\", \"solver_order\": 4",
        "solver_order = 4 of a UniPCMultistepScheduler must be 1, 2 or 3",
    );
    refused(
        "\"_class_name\": \"FlowMatchEulerDiscreteScheduler\", \"invert_sigmas\": true",
        "invert_sigmas = true of a FlowMatchEulerDiscreteScheduler must be false",
    );
    refused("\"_class_name\": \"FlowMatchEulerDiscreteScheduler\", \"num_train_timesteps\": 50", "must be 1000");
    assert!(Scheduler::from_json("[]").unwrap_err().contains("no JSON object"));
}
