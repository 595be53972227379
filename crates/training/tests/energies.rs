//! Energies learned by three objectives from the mixture in the plane: what they draw, what they refuse, and that a run goes on.
use ito_data::toy::mixture::{DEVIATION, means};
use ito_data::{Examples, Images, Toy};
use ito_networks::{Given, Interface, MlpConfig, NetworkConfig, Predictor};
use ito_noise::Stream;
use ito_samplers::Denoiser;
use ito_schedules::{Path, Prediction, Straight};
use ito_torch::State;
use ito_training::config::{ChainsConfig, ObjectiveName};
use ito_training::{Checkpoint, Config, Trainer};
use tch::{Device, Kind, Tensor};

fn points(count: usize) -> Examples {
    let values = Toy::Mixture.draw(Stream::new(0, "toy"), 0, count).values;
    Examples::points(2, values.into_iter().map(|x| x as f32).collect())
}

fn config(objective: ObjectiveName) -> Config {
    let network = MlpConfig { width: 48, blocks: 2, time_features: 16, embedding: 32, ..MlpConfig::default() };
    let mut config = Config { network: NetworkConfig::Energy(network), ..Config::default() };
    (config.train.objective, config.train.batch, config.train.micro_batch) = (objective, 96, 48);
    (config.train.warmup, config.train.steps, config.train.lr) = (20, 1000, 3e-3);
    (config.sample.n, config.sample.steps, config.sample.sampler) = (512, 20, "heun".to_owned());
    if objective == ObjectiveName::Pcd {
        config.chains = ChainsConfig { count: 256, moves: 15, ..ChainsConfig::default() };
        (config.train.lr, config.train.ema, config.train.batch, config.train.micro_batch) = (1e-3, 0.99, 64, 32);
        (config.sample.steps, config.sample.sampler) = (400, "langevin".to_owned());
    }
    config
}

fn trained(config: Config, steps: usize) -> Trainer {
    let mut trainer = Trainer::new(config, points(20_000), Device::Cpu).unwrap();
    for _ in 0..steps {
        assert!(trainer.step().unwrap().updated);
    }
    trainer
}

/// `E |s' - s|^2 / E |s|^2` at some levels of the straight path, x drawn from the law there and `s' = (alpha D - x) / sigma^2`.
fn score_error(trainer: &Trainer) -> f64 {
    let (config, given) = (trainer.config(), Given::default());
    let network = trainer.average().bind(|scope| config.network.build(&Interface::plain(&[2]), scope)).unwrap();
    let model = Predictor {
        network: &*network,
        dtype: Kind::Float,
        clock: config.clock(),
        given: &given,
        preconditioning: config.preconditioning().unwrap(),
        prediction: Prediction::Velocity,
        path: &Straight,
    };
    let sum = |x: Tensor| x.square().sum(Kind::Double).double_value(&[]);
    let (mut off, mut all) = (0.0, 0.0);
    for t in [0.2, 0.4, 0.6, 0.8] {
        let level = Straight.at(t);
        let x0 = Toy::Mixture.draw(Stream::new(1, "x0"), 0, 1000).values;
        let mut eps = vec![0.0; 2000];
        Stream::new(1, "eps").fill_normal_f64(0, 0, &mut eps);
        let [x0, eps] = [x0, eps].map(|values| Tensor::from_slice(&values).view([1000, 2]));
        let x = State(x0 * level.alpha + eps * level.sigma);
        let exact = exact_score(&x.0, level.alpha, level.sigma);
        let learned = (model.denoise(&x, &[level]).0 * level.alpha - &x.0) / level.sigma.powi(2);
        (off, all) = (off + sum(learned - &exact), all + sum(exact));
    }
    off / all
}

/// Of eight normals with means `alpha m` and variance `alpha^2 d^2 + sigma^2`.
fn exact_score(x: &Tensor, alpha: f64, sigma: f64) -> Tensor {
    let variance = (alpha * DEVIATION).powi(2) + sigma * sigma;
    let towards = (Tensor::from_slice(&means().concat()).view([8, 2]) * alpha).unsqueeze(0) - x.unsqueeze(1);
    let logits = towards.square().sum_dim_intlist([2i64].as_slice(), false, Kind::Double) / (-2.0 * variance);
    (logits.softmax(1, Kind::Double).unsqueeze(2) * towards).sum_dim_intlist([1i64].as_slice(), false, Kind::Double)
        / variance
}

/// How many of the points lie within three deviations of each mean.
fn near_the_modes(values: &[f32]) -> [usize; 8] {
    means().map(|m| {
        let near = |x: &&[f32]| (f64::from(x[0]) - m[0]).hypot(f64::from(x[1]) - m[1]) < 3.0 * DEVIATION;
        values.chunks_exact(2).filter(near).count()
    })
}

/// A network that knows mean and deviation alone is `before` off; the draws are 512.
fn check_on_a_path(objective: ObjectiveName, steps: usize, share: f64) {
    let mut trainer = trained(config(objective), 0);
    let before = score_error(&trainer);
    for _ in 0..steps {
        assert!(trainer.step().unwrap().updated);
    }
    let (after, drawn) = (score_error(&trainer), trainer.draw().unwrap());
    let near = near_the_modes(&drawn.values);
    println!("{objective:?}: score error from {before:.3} to {after:.3}, near the modes {near:?}");
    assert!(after < share * before, "{after} of {before}");
    assert!(near.iter().all(|&count| count > 15), "{near:?}");
}

#[test]
fn denoising_teaches_an_energy_its_score() {
    check_on_a_path(ObjectiveName::Dsm, 250, 0.5);
}

#[test]
fn slicing_teaches_an_energy_its_score_without_the_noise() {
    check_on_a_path(ObjectiveName::Ssm, 500, 0.6);
}

#[test]
fn chains_teach_an_energy_the_law_of_clean_data() {
    let config = config(ObjectiveName::Pcd);
    let spread = near_the_modes(&trained(config.clone(), 0).draw().unwrap().values).iter().sum::<usize>();
    let trainer = trained(config, 400);
    for name in ["langevin", "mala"] {
        let mut other = trainer.config().clone();
        other.sample.sampler = name.to_owned();
        let plan = ito_training::Plan::new(&other, Device::Cpu).unwrap();
        let near = near_the_modes(&ito_training::generate(trainer.average(), &plan, &|_| ()).unwrap().values);
        println!("{name}: near the modes {near:?}, {spread} in all before");
        assert!(near.iter().all(|&count| count > 8) && near.iter().sum::<usize>() > spread + 100, "{near:?}");
    }
}

fn bits(trainer: &Trainer) -> Vec<u32> {
    let all = trainer.weights().tensors().into_iter().chain(trainer.average().tensors());
    all.flat_map(|w| Vec::<f32>::try_from(w.flatten(0, -1)).unwrap()).map(f32::to_bits).collect()
}

/// Some steps in one go, and with a checkpoint between; the held-out loss sees the chains too.
fn check_resume(objective: ObjectiveName) {
    let mut whole = trained(config(objective), 7);
    let folder = tempfile::tempdir().unwrap();
    let saved = trained(config(objective), 4).save(folder.path()).unwrap();
    assert_eq!(saved.folder.join("chains.safetensors").exists(), objective == ObjectiveName::Pcd);
    let mut resumed = trained(config(objective), 0);
    resumed.load(&saved).unwrap();
    (0..3).for_each(|_| assert!(resumed.step().unwrap().updated));
    assert_eq!(bits(&whole), bits(&resumed));
    let [a, b] = [&mut whole, &mut resumed].map(|trainer| trainer.held_out_loss().unwrap().unwrap());
    assert!(a.is_finite() && a.to_bits() == b.to_bits());
}

#[test]
fn a_run_with_chains_goes_on_bit_for_bit() {
    check_resume(ObjectiveName::Pcd);
}

#[test]
fn a_run_with_slices_goes_on_bit_for_bit() {
    check_resume(ObjectiveName::Ssm);
}

#[test]
fn a_checkpoint_without_its_chains_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let saved = trained(config(ObjectiveName::Pcd), 1).save(folder.path()).unwrap();
    std::fs::remove_file(saved.folder.join("chains.safetensors")).unwrap();
    let error = trained(config(ObjectiveName::Pcd), 0).load(&saved).unwrap_err();
    assert!(Checkpoint::is_damage(&error) && error.to_string().contains("chains.safetensors"), "{error}");
}

fn refused(objective: ObjectiveName, change: impl FnOnce(&mut Config), sentence: &str) {
    let mut config = config(objective);
    change(&mut config);
    let said = Trainer::new(config, points(100), Device::Cpu).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(said.contains(sentence) && said.lines().count() == 1, "{said}");
}

#[test]
fn what_does_not_go_together_is_named() {
    use ObjectiveName::{Dsm, Pcd, Ssm};
    let unet = |c: &mut Config| c.network = NetworkConfig::default();
    refused(Pcd, unet, "network.kind must be energy or energy-unet");
    refused(Ssm, unet, "network.kind must be mlp, energy or energy-unet");
    refused(
        Pcd,
        |c| c.network = NetworkConfig::Mlp(MlpConfig::default()),
        "network.kind must be energy or energy-unet",
    );
    refused(Pcd, |c| c.sample.sampler = "heun".to_owned(), "it must be langevin or mala");
    refused(Dsm, |c| c.sample.sampler = "mala".to_owned(), "draws from an energy of clean data");
    refused(Pcd, |c| c.condition.class = true, "the table condition must say nothing");
    refused(Pcd, |c| c.chains.count = 63, "chains.count = 63 must be from train.batch to 1048576");
    refused(Pcd, |c| c.chains.step = 0.0, "chains.step = 0 must be above 0");
    refused(Pcd, |c| c.sample.langevin_step = Some(f64::NAN), "sample.langevin_step = NaN must be above 0");
}

#[test]
fn an_energy_of_clean_data_has_no_path() {
    let trainer = trained(config(ObjectiveName::Pcd), 0);
    let error = ito_training::Scoring::new(trainer.config(), Device::Cpu).err().unwrap().to_string();
    assert!(error.contains("no path to noise and back"), "{error}");
}

/// Pictures too: an energy over the U-Net, with attention, by each objective.
#[test]
fn an_energy_over_a_unet_trains_by_each_objective() {
    let bars = || {
        let pixels =
            (0..32usize).flat_map(|k| (0..64usize).map(move |p| if p / 8 == k % 8 { 255 } else { 0 })).collect();
        Images { channels: 1, height: 8, width: 8, pixels, labels: None }
    };
    for objective in [ObjectiveName::Dsm, ObjectiveName::Ssm, ObjectiveName::Pcd] {
        let mut config = config(objective);
        let unet = ito_networks::UNetConfig { channels: vec![8, 16], groups: 4, head_dim: 8, ..Default::default() };
        config.network = NetworkConfig::EnergyUnet(unet);
        (config.train.batch, config.sample.n, config.sample.steps) = (8, 4, 4);
        let mut trainer = Trainer::new(config, bars(), Device::Cpu).unwrap();
        let report = (0..2).map(|_| trainer.step().unwrap()).last().unwrap();
        assert!(report.updated && report.loss.is_finite() && report.grad_norm > 0.0, "{objective:?}: {report:?}");
        assert!(trainer.draw().unwrap().values.iter().all(|p| p.is_finite()), "{objective:?}");
    }
}
