//! Folders of diffusers: read, against what diffusers computes with them; refused; written and read again.
use ito_networks::{Given, NetworkConfig, Predictor, UNet2dConfig};
use ito_samplers::{Clipped, Clipping, Denoiser, sample};
use ito_schedules::Level;
use ito_state::Noise;
use ito_torch::{Scope, State, Weights, WeightsError};
use ito_training::config::{ClockName, Config, GridName, PreconditioningName, PredictionName};
use ito_training::pretrained::{Layout, Pretrained, export};
use ito_training::{BetaName, Betas, PathName, TrainError};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tch::{Device, Kind, Tensor};

/// `make_pretrained.py` beside it made it.
fn reference(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/pretrained").join(name)
}

fn expected() -> BTreeMap<String, Tensor> {
    Tensor::read_safetensors(reference("expected.safetensors")).unwrap().into_iter().collect()
}

/// A copy of the pipeline to change, all its files in one folder or as they are.
fn copy(flat: bool) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let names = [
        "model_index.json",
        "unet/config.json",
        "unet/diffusion_pytorch_model.safetensors",
        "scheduler/scheduler_config.json",
    ];
    for name in names {
        let place = folder.path().join(if flat { name.rsplit('/').next().unwrap() } else { name });
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, fs::read(reference("pipeline").join(name)).unwrap()).unwrap();
    }
    folder
}

fn off(found: &Tensor, expected: &Tensor) -> f64 {
    let largest = |x: Tensor| x.abs().max().double_value(&[]);
    assert_eq!(found.size(), expected.size());
    largest(found.to_kind(Kind::Float) - expected) / largest(expected.shallow_clone())
}

fn forward(config: &Config, weights: &Weights, x: &Tensor, t: &Tensor) -> Tensor {
    let network = weights.bind(|scope| config.network.build(&config.interface(), scope)).unwrap();
    tch::no_grad(|| network.forward(x, t, &Given::default()))
}

#[test]
fn a_pipeline_is_a_run_with_its_path_prediction_and_clipping() {
    let Pretrained { config, scheduler, unused, .. } = Pretrained::open(&reference("pipeline")).unwrap();
    assert_eq!(scheduler, Some(reference("pipeline/scheduler/scheduler_config.json")));
    assert_eq!((config.path.name, &config.path.betas), (PathName::Table, &Some(Betas::Named(BetaName::Linear))));
    assert_eq!((config.train.prediction, config.train.clock), (PredictionName::Eps, Some(ClockName::Timestep)));
    assert_eq!((config.sample.clip, config.sample.grid), (Some(1.0), GridName::Leading));
    assert_eq!((config.data.shape.clone(), unused), (Some(vec![1, 8, 8]), vec![]));
    config.check().unwrap();
    // What a run writes down it also reads.
    let text = toml::to_string(&config).unwrap();
    assert_eq!(toml::from_str::<Config>(&text).unwrap(), config);
}

#[test]
fn the_network_of_a_folder_says_what_it_says_in_diffusers() {
    let (expected, model) = (expected(), Pretrained::open(&reference("pipeline")).unwrap());
    let found = forward(&model.config, &model.weights().unwrap(), &expected["x"], &expected["t"]);
    let off = off(&found, &expected["y"]);
    println!("forward: {off:.1e} of the largest value");
    assert!(off < 1e-5, "{off:e}");
}

/// The draws of the reference, one a step, as the increments that a sampler asks for.
struct Recorded(Vec<Tensor>);

impl Noise<State> for Recorded {
    fn normal_like(&mut self, _: &State) -> State {
        State(self.0.remove(0))
    }
    fn uniform_rows(&mut self, _: &State) -> Vec<f64> {
        unreachable!("no sampler here accepts or rejects")
    }
}

/// All states of 50 leading steps from the reference's start.
fn states(sampler: &str, clipping: Option<Clipping>, draws: Vec<Tensor>) -> Tensor {
    let Pretrained { mut config, .. } = Pretrained::open(&reference("pipeline")).unwrap();
    let weights = Pretrained::open(&reference("pipeline")).unwrap().weights().unwrap();
    config.sample.sampler = sampler.to_owned();
    let network = weights.bind(|scope| config.network.build(&config.interface(), scope)).unwrap();
    let path = config.path.build().unwrap();
    let given = Given::default();
    let model = Predictor {
        network: &*network,
        dtype: Kind::Float,
        clock: config.clock(),
        given: &given,
        preconditioning: config.preconditioning().unwrap(),
        prediction: config.train.prediction.on(&*path, &config).unwrap(),
        path: &*path,
    };
    let clipped = clipping.map(|clipping| Clipped { model: &model, clipping });
    let model: &dyn Denoiser<State> = clipped.as_ref().map_or(&model, |clipped| clipped);
    let grid = config.path.grid(&*path, config.sample.grid, config.sample.last, 50).unwrap();
    let mut seen = Vec::new();
    let mut observe = |_: usize, x: &State, _: Level| seen.push(x.0.copy());
    let start = State(expected()["start"].copy());
    let mut sampler = config.recipe().unwrap().build::<State>();
    let mut noise = Recorded(draws);
    sample(model, &*path, &grid, &mut *sampler, start, &mut noise, &mut observe).unwrap();
    assert!(noise.0.is_empty(), "every draw is used");
    Tensor::stack(&seen, 0)
}

fn check(name: &str, sampler: &str, clipping: Option<Clipping>, most: f64) {
    let draws = if name == "ddpm" { (0..49).map(|k| expected()["noise"].get(k)).collect() } else { Vec::new() };
    let found = states(sampler, clipping, draws);
    let off = off(&found, &expected()[name]);
    println!("{name}, 51 states of 50 leading steps: {off:.1e} of the largest value");
    assert!(off < most, "{name}: {off:e}");
}

/// float32 there and in the network here; clipping forgets, so that errors do not grow.
#[test]
fn trajectories_are_those_of_diffusers_state_by_state() {
    let one = Some(Clipping::fixed(1.0).unwrap());
    check("ddim", "ddim", one, 1e-5);
    check("ddpm", "ancestral", one, 1e-5);
    check("dynamic", "ddim", Some(Clipping::dynamic(0.9, 1.5).unwrap()), 1e-5);
    check("plain", "ddim", None, 1e-5);
}

#[test]
fn files_in_one_folder_old_names_and_other_dtypes_are_read_as_they_are() {
    let folder = copy(true);
    let file = folder.path().join("diffusion_pytorch_model.safetensors");
    let old = |name: &str| {
        let pairs = [("to_q", "query"), ("to_k", "key"), ("to_v", "value"), ("to_out.0", "proj_attn")];
        pairs.into_iter().fold(name.to_owned(), |name, (today, old)| name.replace(today, old))
    };
    let original = Pretrained::open(&reference("pipeline")).unwrap().weights().unwrap();
    for kind in [Kind::Float, Kind::BFloat16, Kind::Half, Kind::Double] {
        let named = Tensor::read_safetensors(reference("pipeline/unet/diffusion_pytorch_model.safetensors")).unwrap();
        let named: Vec<(String, Tensor)> = named.into_iter().map(|(name, w)| (old(&name), w.to_kind(kind))).collect();
        assert!(named.iter().any(|(name, _)| name.ends_with("query.weight")));
        Tensor::write_safetensors(&named.iter().map(|(name, w)| (name.as_str(), w)).collect::<Vec<_>>(), &file)
            .unwrap();
        let model = Pretrained::open(folder.path()).unwrap();
        assert_eq!(model.scheduler, Some(folder.path().join("scheduler_config.json")));
        let weights = model.weights().unwrap();
        assert!(weights.names().eq(original.names()));
        let same = |(a, b): (&Tensor, &Tensor)| a.kind() == kind && a.equal(&b.to_kind(kind));
        assert!(weights.tensors().iter().zip(&original.tensors()).all(same), "{kind:?}");
    }
}

#[test]
fn a_bare_folder_is_supposed_to_be_ddpm() {
    let folder = copy(true);
    for name in ["model_index.json", "scheduler_config.json"] {
        fs::remove_file(folder.path().join(name)).unwrap();
    }
    let bare = Pretrained::open(folder.path()).unwrap();
    assert_eq!((bare.scheduler, bare.config), (None, Pretrained::open(&reference("pipeline")).unwrap().config));
}

fn refused(change: impl Fn(&Path), words: &[&str]) {
    let folder = copy(false);
    change(folder.path());
    let said = Pretrained::open(folder.path()).and_then(|model| model.weights()).unwrap_err().to_string();
    assert!(words.iter().all(|word| said.contains(word)), "{words:?} in {said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}

fn edit(name: &'static str, from: &'static str, to: &'static str) -> impl Fn(&Path) {
    move |folder| {
        let text = fs::read_to_string(folder.join(name)).unwrap();
        assert!(text.contains(from), "{from} in {text}");
        fs::write(folder.join(name), text.replacen(from, to, 1)).unwrap();
    }
}

#[test]
fn folders_that_hold_no_model_are_refused_by_file_and_key() {
    const UNET: &str = "unet/config.json";
    const FILE: &str = "unet/diffusion_pytorch_model.safetensors";
    let gone = |name: &'static str| move |folder: &Path| fs::remove_file(folder.join(name)).unwrap();
    refused(gone(UNET), &["no model here", "unet/config.json", "save_pretrained"]);
    refused(|folder| fs::remove_dir_all(folder).unwrap(), &["no such folder"]);
    refused(gone(FILE), &["no weights here", "diffusion_pytorch_model.safetensors is missing"]);
    refused(
        |folder| fs::rename(folder.join(FILE), folder.join("unet/diffusion_pytorch_model.bin")).unwrap(),
        &["diffusion_pytorch_model.bin is a pickle", "save_pretrained(OTHER)"],
    );
    let condition = edit(UNET, "\"UNet2DModel\"", "\"UNet2DConditionModel\"");
    refused(condition, &[UNET, "a UNet2DConditionModel", "text-to-image"]);
    refused(
        edit("model_index.json", "\"UNet2DModel\"", "\"UNet2DConditionModel\""),
        &["model_index.json", "text-to-image"],
    );
    let vae = edit("model_index.json", "\"unet\":", "\"vqvae\": [\"diffusers\", \"VQModel\"], \"unet\":");
    refused(vae, &["model_index.json", "\"vqvae\" (VQModel)"]);
    refused(edit(UNET, "\"act_fn\"", "\"act\""), &[UNET, "\"act\""]);
    refused(edit(UNET, "\"sample_size\": 8", "\"sample_size\": null"), &[UNET, "sample_size is missing"]);
    refused(edit(UNET, "\"sample_size\": 8", "\"sample_size\": 7"), &[UNET, "7 x 7"]);
    let betas = edit("scheduler/scheduler_config.json", "\"beta_end\": 0.02", "\"beta_end\": 2");
    refused(betas, &["scheduler_config.json", "every beta must be greater than 0 and less than 1"]);
    let blind = edit(
        "scheduler/scheduler_config.json",
        "\"rescale_betas_zero_snr\": false",
        "\"rescale_betas_zero_snr\": true",
    );
    refused(blind, &["scheduler_config.json", "a prediction of eps is singular", "alpha = 0"]);
    let range = edit("scheduler/scheduler_config.json", "\"clip_sample_range\": 1.0", "\"clip_sample_range\": -1");
    refused(range, &["scheduler_config.json", "sample.clip"]);
    refused(edit(UNET, "\"out_channels\": 1", "\"out_channels\": 2"), &["in_channels = 1 and out_channels = 2"]);
    refused(
        edit("scheduler/scheduler_config.json", "\"linear\"", "\"laplace\""),
        &["scheduler_config.json", "beta_schedule = \"laplace\""],
    );
    refused(|folder| fs::write(folder.join(UNET), "{").unwrap(), &[UNET, "no JSON object"]);
    refused(|folder| fs::write(folder.join(UNET), [0xff]).unwrap(), &[UNET, "UTF-8"]);
}

#[test]
fn weights_of_another_network_are_refused_with_every_name() {
    let wider = edit("unet/config.json", "\"layers_per_block\": 1", "\"layers_per_block\": 2");
    refused(wider, &["does not fit the network", "missing", "down_blocks.0.resnets.1.conv1.bias [8]", "and", "more"]);
    let smaller = edit("unet/config.json", "\"add_attention\": true", "\"add_attention\": false");
    refused(smaller, &["surplus mid_block.attentions.0.group_norm.bias [16]"]);
    let cut = |folder: &Path| {
        let file = folder.join("unet/diffusion_pytorch_model.safetensors");
        let bytes = fs::read(&file).unwrap();
        fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    };
    refused(cut, &["diffusion_pytorch_model.safetensors", "no whole safetensors file"]);
    let folder = copy(false);
    edit("unet/config.json", "\"layers_per_block\": 1", "\"layers_per_block\": 2")(folder.path());
    let error = Pretrained::open(folder.path()).unwrap().weights().unwrap_err();
    let TrainError::Weights(WeightsError::Mismatch { mismatch, .. }) = error else { panic!("{error}") };
    assert!(mismatch.missing.len() > 20, "all of them: {mismatch:?}");
}

/// A run that could have trained the pipeline.
fn run(settings: &str) -> Config {
    let mut config =
        Config { network: Pretrained::open(&reference("pipeline")).unwrap().config.network, ..Config::default() };
    config.data.shape = Some(vec![1, 8, 8]);
    config.train.preconditioning = PreconditioningName::None;
    let mut table = toml::Table::try_from(&config).unwrap();
    for (name, values) in settings.parse::<toml::Table>().unwrap() {
        table.get_mut(&name).unwrap().as_table_mut().unwrap().extend(values.as_table().unwrap().clone());
    }
    table.try_into().unwrap()
}

fn weights() -> Weights {
    Pretrained::open(&reference("pipeline")).unwrap().weights().unwrap()
}

#[test]
fn an_export_is_read_again_bit_for_bit() {
    let (root, expected) = (tempfile::tempdir().unwrap(), expected());
    let config = run("path = { name = 'table', betas = 'cosine', steps = 500, zero_terminal_snr = true }
                      train = { prediction = 'v', clock = 'timestep' }
                      sample = { sampler = 'ddpm', grid = 'trailing', clip = 1.5 }");
    let (there, own) = (root.path().join("model"), weights());
    for layout in [Layout::Pipeline, Layout::Pipeline, Layout::Bare] {
        export(&config, &own, &there, layout).unwrap();
        let model = Pretrained::open(&there).unwrap();
        let read = model.weights().unwrap();
        assert!(read.names().eq(own.names()) && read.tensors().iter().zip(&own.tensors()).all(|(a, b)| a.equal(b)));
        let y = |config: &Config, weights: &Weights| forward(config, weights, &expected["x"], &expected["t"]);
        assert!(y(&model.config, &read).equal(&y(&config, &own)), "the same bits");
        if layout == Layout::Pipeline {
            let mut settled = config.path.clone();
            settled.beta_start = None;
            assert_eq!(model.config.path, settled);
            assert_eq!((model.config.train.prediction, model.config.clock()), (PredictionName::V, config.clock()));
            assert_eq!((model.config.sample.grid, model.config.sample.clip), (GridName::Trailing, Some(1.5)));
            assert_eq!(model.config.sample.sampler, "ancestral");
        }
    }
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1, "nothing is left beside it");
}

/// A table of classes has no word for "no class": an export says how many rows are classes, elsewhere all are.
#[test]
fn classes_are_those_that_the_run_knew() {
    let root = tempfile::tempdir().unwrap();
    let mut config = run("train = { clock = 'thousand' }\ncondition = { class = true, classes = 10 }");
    let NetworkConfig::Unet2d(unet) = &mut config.network else { panic!("{:?}", config.network) };
    unet.num_class_embeds = Some(11);
    let network = |scope: &Scope| config.network.build(&config.interface(), scope).map(drop);
    let (own, made) = Weights::create(0, Device::Cpu, network);
    made.unwrap();
    let there = root.path().join("model");
    export(&config, &own, &there, Layout::Pipeline).unwrap();
    let classes =
        || Pretrained::open(&there).map(|model| (model.config.interface().classes, model.weights().unwrap().count()));
    assert_eq!(classes().unwrap(), (10, own.count()));
    edit("unet/config.json", "\"_classes\"", "\"_others\"")(&there);
    assert_eq!(classes().unwrap(), (11, own.count()));
}

#[test]
fn every_path_that_diffusers_knows_is_exported_as_it_is() {
    let root = tempfile::tempdir().unwrap();
    let there = root.path().join("model");
    for (settings, prediction) in [
        ("path = { name = 'table', betas = 'scaled-linear', beta_end = 0.012 }", "eps"),
        ("path = { name = 'table', betas = [0.1, 0.2, 0.5, 0.7] }", "x0"),
        ("path = { name = 'vp-linear' }", "eps"),
        ("path = { name = 'vp-cosine' }", "v"),
        ("path = { name = 'trigonometric' }", "x0"),
    ] {
        let config = run(&format!("{settings}\ntrain = {{ prediction = '{prediction}', clock = 'timestep' }}"));
        export(&config, &weights(), &there, Layout::Pipeline).unwrap();
        let (own, read) = (config.path.build().unwrap(), Pretrained::open(&there).unwrap().config);
        let table = read.path.table().unwrap().unwrap();
        for (i, level) in table.levels().iter().enumerate() {
            let expected = own.at((i + 1) as f64 / table.levels().len() as f64);
            assert!(
                (level.alpha - expected.alpha).abs() < 1e-9 && (level.sigma - expected.sigma).abs() < 1e-9,
                "{settings} {i}"
            );
        }
        assert_eq!(read.clock(), config.clock(), "{settings}");
    }
    let flow = run("train = { prediction = 'velocity', clock = 'thousand' }");
    export(&flow, &weights(), &there, Layout::Pipeline).unwrap();
    let read = Pretrained::open(&there).unwrap().config;
    assert_eq!(
        (read.path.name, read.train.prediction, read.clock()),
        (PathName::Straight, PredictionName::Velocity, flow.clock())
    );
}

#[test]
fn runs_that_diffusers_has_no_words_for_are_refused_and_their_network_alone_is_not() {
    let root = tempfile::tempdir().unwrap();
    let there = root.path().join("model");
    let refused = |config: Config, words: &str| {
        let said = export(&config, &weights(), &there, Layout::Pipeline).unwrap_err().to_string();
        assert!(said.contains(words), "{words}: {said}");
        assert!(!there.exists());
    };
    refused(run("train = { clock = 'unit' }"), "it takes train.clock = \"thousand\" on path.name = \"straight\"");
    refused(run("train = { prediction = 'x0', clock = 'thousand' }"), "it takes train.prediction = \"velocity\"");
    refused(run("path = { shift = 3.0 }\ntrain = { clock = 'thousand' }"), "it takes path.shift = 1");
    refused(
        run("path = { name = 'vp-linear' }\ntrain = { prediction = 'eps' }"),
        "it takes train.clock = \"timestep\"",
    );
    refused(run("path = { name = 've' }\ntrain = { prediction = 'eps', clock = 'timestep' }"), "alpha^2 + sigma^2 = 1");
    refused(
        run("path = { name = 'vp-linear', t_max = 0.9 }\ntrain = { prediction = 'eps', clock = 'timestep' }"),
        "path.t_max = 1",
    );
    refused(
        run("path = { name = 'vp-linear' }\ntrain = { prediction = 'score', clock = 'timestep' }"),
        "\"eps\", \"x0\" or \"v\"",
    );
    let mut around = run("train = { clock = 'thousand' }\ndata = { mean = 0.0, deviation = 1.0 }");
    around.train.preconditioning = PreconditioningName::Edm;
    refused(around.clone(), "train.preconditioning = \"none\"");
    refused(Config::default(), "network.kind = \"unet2d\"");
    let scaled = UNet2dConfig { skip_scale: 0.5, ..UNet2dConfig::default() };
    refused(Config { network: NetworkConfig::Unet2d(scaled), ..run("") }, "network.skip_scale = 0.5");
    export(&around, &weights(), &there, Layout::Bare).unwrap();
    assert!(Pretrained::open(&there).unwrap().scheduler.is_none());
}

#[test]
fn what_is_no_export_is_never_overwritten() {
    let root = tempfile::tempdir().unwrap();
    let config = run("train = { clock = 'thousand' }");
    let refused = |folder: &Path, words: &str| {
        let said = export(&config, &weights(), folder, Layout::Pipeline).unwrap_err().to_string();
        assert!(said.contains(words), "{words}: {said}");
    };
    let notes = root.path().join("notes");
    fs::create_dir(&notes).unwrap();
    fs::write(notes.join("todo.txt"), "mine").unwrap();
    refused(&notes, "holds todo.txt, which is no part of an export");
    assert_eq!(fs::read_to_string(notes.join("todo.txt")).unwrap(), "mine");
    refused(&notes.join("todo.txt"), "this is a file");
    let theirs = copy(false);
    refused(theirs.path(), "holds a model that Ito did not export");
    Pretrained::open(theirs.path()).unwrap().weights().unwrap();
    let empty = root.path().join("empty");
    fs::create_dir(&empty).unwrap();
    export(&config, &weights(), &empty, Layout::Pipeline).unwrap();
}
